"""Records that have the time of others: whether they tell the same, and whether it is known which serves.

A file that begins later has seen more, so its records serve, and a person is told where they differ. Where
only the names of files say which is the later, and where a file begins the clock anew, that would be a guess:
it is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from fvdrift.errors import ForcingError

from ..fields import Reading, Variable
from .merge import Double, Merged, Place

FEWEST = 12  # pairs that are compared whatever they hold
FEWEST_VARIABLES = 3
MOST_BYTES = 1 << 30  # of records that are read to compare them; eight times as much for the fewest pairs
_ROUNDING = 1e-6  # of the largest number: single precision keeps 6e-8
_ANEW = "the files seem to start anew, each from its own zero; run them apart, or give them dates"
_MOVED = 4.0  # times what a field may change from frame to frame in the time between two stamps of one record

Read = Callable[[Place, str], Reading]


class _Difference(NamedTuple):
    """double: what differs; values: of the record that serves and the other; place: the node or element, from
    0."""

    double: Double
    variable: Variable
    values: tuple[float, float]
    place: int

    @property
    def files(self) -> tuple[int, int]:
        """That of the record that serves, and the other."""
        return self.double.kept.file, self.double.left.file

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
    flat_first = sorted(variables, key=lambda it: (it.vertical != "none", it.name not in ("u", "v"), it.name))
    whole = 4 * max(head.layers, 1) * max(head.nodes, head.elements)
    while len(flat_first) > FEWEST_VARIABLES and 2 * FEWEST * whole * _layered(flat_first) > 8 * MOST_BYTES:
        flat_first.pop()
    together = _together(merged)
    for double in (
        end for ends in together.values() for end in ends
    ):  # none of these files is left to chance
        difference = _difference(double, flat_first, read, usual)
        if difference is not None:
            _refuse(merged, difference, say, calendar, True)
    picked = _picked(merged.doubles, whole * max(_layered(flat_first), 1))
    found = [each for double in picked if (each := _difference(double, flat_first, read, usual)) is not None]
    which = "compared" if len(picked) < len(merged.doubles) else "repeated"
    found.sort(key=lambda each: (each.files, each.double.frame))
    for (kept, left), group in groupby(found, key=lambda each: each.files):
        differences = list(group)
        first, last = differences[0], differences[-1]
        when = say(int(merged.times[first.double.frame]))
        of, other = merged.heads[kept].name, merged.heads[left].name
        if kept == left:
            records = f"{first.double.left.record + 1} and {first.double.kept.record + 1}"
            yield f"warning: {of}: holds {when} twice, and its records {records} disagree ({first}); the later serves"
            continue
        _refuse(merged, first, say, calendar, first.files in together)
        until = "" if last is first else f" to {say(int(merged.times[last.double.frame]))}"
        counted = f"{len(differences)} of {len(picked)} {which} stamps"
        yield f"warning: {other} and {of} disagree at {when}{until} ({first}; {counted}); {of}, which begins later, serves"


def _together(merged: Merged) -> dict[tuple[int, int], list[Double]]:
    """First and last record that two files have both, of all that begin together, as far as their stamps can
    tell."""
    begins = [int(head.times.times.min()) for head in merged.heads]
    found: dict[tuple[int, int], list[Double]] = {}
    for double in merged.doubles:
        files = kept, left = double.kept.file, double.left.file
        if kept != left and (files in found or abs(begins[kept] - begins[left]) <= double.apart):
            found[files] = [*found.get(files, [double])[:1], double]
    return found


def _refuse(
    merged: Merged, difference: _Difference, say: Callable[[int], str], calendar: bool, together: bool
) -> None:
    """Raise ForcingError where it is not known which of two files that disagree is right. together: whether
    they begin so."""
    kept, left = difference.files
    when = say(int(merged.times[difference.double.frame]))
    told = f"{merged.heads[left].name} and {merged.heads[kept].name} disagree at {when} ({difference})"
    both = sum(double.kept.file == kept and double.left.file == left for double in merged.doubles)
    if not calendar and (together or both > 1 or both == merged.heads[left].records):
        raise ForcingError(f"{told}: {_ANEW}")
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
                raise ForcingError(f"{told}: {_ANEW}")
            met.add((a, b))
            yield f"warning: {told}: are they of one run?"


def _layered(variables: Sequence[Variable]) -> int:
    return sum(variable.vertical != "none" for variable in variables)


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
