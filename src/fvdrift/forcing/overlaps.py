"""Where records have the time of others: whether they tell the same, and whether it is known which of them
serves.

A file that begins later has seen more, so its records serve, and a person is told where they differ. Where
only the names of files say which is the later, and where a file begins the clock anew, that would be a guess:
it is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.forcing.fields import Reading, Variable
from fvdrift.forcing.merge import Double, Merged, Place

FEWEST = 12  # pairs that are compared whatever they hold
MOST_BYTES = 1 << 30  # of records that are read to compare them, where there are more pairs than that
_ROUNDING = 1e-6  # of the largest number: single precision keeps 6e-8
_MOVED = 4.0  # times what a field may change from frame to frame in the time between two stamps of one record

Read = Callable[[Place, str], Reading]


class _Difference(NamedTuple):
    """double: what differs; values: of the record that serves and the other; place: the node or element, from
    0."""

    double: Double
    variable: Variable
    values: tuple[float, float]
    place: int

    def __str__(self) -> str:
        kept, left = self.values
        return (
            f"{self.variable.name} is {left:.6g} and {kept:.6g} at {self.variable.location} {self.place + 1}"
        )


def overlaps(
    merged: Merged,
    variables: Sequence[Variable],
    read: Read,
    say: Callable[[int], str],
    calendar: bool,
    usual: int,
) -> Iterator[str]:
    """What to tell of records that others replace. variables: those to compare; read: a record of one, by its
    name; say: a time as a person writes it; usual: microseconds between frames. Raises ForcingError where
    none can be said to serve."""
    yield from _turns(merged, say, calendar)
    head = merged.heads[0]
    picked = _picked(
        merged.doubles, 4 * len(variables) * max(head.layers, 1) * max(head.nodes, head.elements)
    )
    flat_first = sorted(variables, key=lambda variable: (variable.vertical != "none", variable.name))
    found = [
        difference
        for double in picked
        if (difference := _difference(double, flat_first, read, usual)) is not None
    ]
    compared = (
        f"{len(picked)} compared stamps"
        if len(picked) < len(merged.doubles)
        else f"{len(picked)} repeated stamps"
    )
    for (kept, left), group in groupby(
        sorted(found, key=lambda each: (each.double.kept.file, each.double.left.file, each.double.frame)),
        key=lambda each: (each.double.kept.file, each.double.left.file),
    ):
        differences = list(group)
        first, last = differences[0], differences[-1]
        when = say(int(merged.times[first.double.frame]))
        if last is not first:
            when = f"{when} to {say(int(merged.times[last.double.frame]))}"
        of, other = merged.heads[kept].name, merged.heads[left].name
        if kept == left:
            yield (
                f"warning: {of}: holds {when} twice, and its records {first.double.left.record + 1} and "
                f"{first.double.kept.record + 1} disagree ({first}); the later serves"
            )
            continue
        told = f"{other} and {of} disagree at {when} ({first}; {len(differences)} of {compared})"
        _refuse(merged, kept, left, told, calendar)
        yield f"warning: {told}; {of}, which begins later, serves"


def _refuse(merged: Merged, kept: int, left: int, told: str, calendar: bool) -> None:
    """Raise ForcingError where it is not known which of two files that disagree is right."""
    begins = [int(merged.heads[file].times.times.min()) for file in (kept, left)]
    apart = [
        double.apart for double in merged.doubles if double.kept.file == kept and double.left.file == left
    ]
    together, both = abs(begins[0] - begins[1]) <= max(apart), len(apart)
    if not calendar and (together or both > 1 or both == merged.heads[left].records):
        raise ForcingError(
            f"{told}: the files seem to start anew, each from its own zero; run them apart, or give them dates"
        )
    if together:
        raise ForcingError(
            f"{told}: they begin together, so that only their names would say which serves; name the one that is to serve"
        )


def _turns(merged: Merged, say: Callable[[int], str], calendar: bool) -> Iterator[str]:
    """What to tell of files whose records take turns without ever meeting, so that nothing tells whether they
    are of one run. Raises ForcingError for those without dates: each has its own zero."""
    met = {(double.kept.file, double.left.file) for double in merged.doubles}
    for frame in np.flatnonzero(np.diff(merged.file) < 0):
        a, b = int(merged.file[frame]), int(merged.file[frame + 1])
        if (a, b) not in met:
            told = f"{merged.heads[b].name} and {merged.heads[a].name} take turns at {say(int(merged.times[frame]))}"
            if not calendar:
                raise ForcingError(
                    f"{told}: the files seem to start anew, each from its own zero; run them apart, or give them dates"
                )
            met.add((a, b))
            yield f"warning: {told}: are they of one run?"


def _picked(doubles: Sequence[Double], size: int) -> Sequence[Double]:
    """All, or as many as may be read, spread evenly. size: bytes of a record of all variables."""
    most = max(FEWEST, MOST_BYTES // max(2 * size, 1))
    if len(doubles) <= most:
        return doubles
    return [doubles[i] for i in np.linspace(0, len(doubles) - 1, most).astype(int)]


def _difference(double: Double, variables: Sequence[Variable], read: Read, usual: int) -> _Difference | None:
    """The first variable in which two records of one time differ by more than rounding, where both have
    values."""
    for variable in variables:
        kept, left = (read(place, variable.name) for place in (double.kept, double.left))
        if kept.missing is None and left.missing is None and np.array_equal(kept.values, left.values):
            continue
        off = np.abs(kept.values.astype(np.float64) - left.values)
        for reading in (kept, left):
            if reading.missing is not None:
                off[reading.missing] = 0.0
        size = max(abs(end) for reading in (kept, left) for end in _ends(reading))
        allowed = _ROUNDING * size + 0.5 * (kept.grain + left.grain)
        if double.apart and usual:
            allowed += _MOVED * double.apart / usual * size
        if off.max(initial=0.0) > allowed:
            at = np.unravel_index(int(np.argmax(off)), off.shape)
            return _Difference(
                double, variable, (float(kept.values[at]), float(left.values[at])), int(at[-1])
            )
    return None


def _ends(reading: Reading) -> tuple[float, float]:
    return float(reading.values.min(initial=0.0)), float(reading.values.max(initial=0.0))
