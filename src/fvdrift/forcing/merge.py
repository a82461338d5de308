"""The records of many files in one order of time. Works on heads and times alone; fields are not touched."""

from typing import NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.forcing.coordinates import Pairs
from fvdrift.forcing.file import FileHead
from fvdrift.forcing.rounded_times import snap
from fvdrift.forcing.time_units import format_about, format_duration


class Merged(NamedTuple):
    """heads: in order of time. times: int64 (frame,); file, record: int64 (frame,), where each frame lies.

    doubles: (frame, file, record) for every record that another one with the same time replaces.
    """

    heads: list[FileHead]
    times: np.ndarray
    file: np.ndarray
    record: np.ndarray
    doubles: list[tuple[int, int, int]]
    notes: list[str]


def merge(heads: list[FileHead]) -> Merged:
    """One series of strictly increasing times. Of records with one time the later file's stays, within a file the later
    record.

    The later file is the one that begins later; of two that begin together, the one named later.
    Raises ForcingError when files do not belong together.
    """
    notes: list[str] = []
    if len({head.times.calendar for head in heads}) > 1:
        odd = next(head for head in heads if head.times.calendar != heads[0].times.calendar)
        raise ForcingError(f"{odd.name} and {heads[0].name}: one has dates, the other counts from its own zero; run them apart")
    for head in heads[1:]:
        _same_mesh(heads[0], head)
    heads = sorted(heads, key=lambda head: int(head.times.times.min()))
    times = np.concatenate([head.times.times for head in heads])
    doubt = np.concatenate([head.times.doubt for head in heads])
    if doubt.any():
        vague = next(head for head in heads if head.times.doubt.any())
        times, unit = snap(times, doubt)
        width = format_about(int(doubt.max()))
        how = f"all are taken as multiples of {format_duration(unit)}, which they match" if unit else "they are used as they are"
        notes.append(f"{vague.name}: time is stored in single precision, good to {width}, and nothing better is there; {how}")
    file = np.repeat(np.arange(len(heads)), [head.records for head in heads])
    record = np.concatenate([np.arange(head.records) for head in heads])
    order = np.lexsort((record, file, times))
    times, file, record = times[order], file[order], record[order]
    last = np.append(times[1:] != times[:-1], True)
    frame_of = np.cumsum(last) - last
    doubles = [(int(frame_of[i]), int(file[i]), int(record[i])) for i in np.flatnonzero(~last)]
    if doubles:
        notes.append(f"{len(doubles)} of {len(times)} records repeat the time of another; the later file's are kept")
    return Merged(heads, times[last], file[last], record[last], doubles, notes)


def _same_mesh(first: FileHead, other: FileHead) -> None:
    for what in ("nodes", "elements", "layers"):
        a, b = getattr(first, what), getattr(other, what)
        if a != b:
            raise ForcingError(f"{other.name}: has {b} {what}, {first.name} has {a}; only files of one mesh can be one series")
    if not np.array_equal(first.triangles, other.triangles):
        raise ForcingError(f"{other.name}: nv: differs from that of {first.name}; only files of one mesh can be one series")
    for key in ("lon", "lat", "x", "y"):
        a, b = _of(first.pairs, key), _of(other.pairs, key)
        if (a is None) != (b is None) or (a is not None and b is not None and not np.allclose(a, b, rtol=1e-6, equal_nan=True)):
            raise ForcingError(
                f"{other.name}: {key}: differs from that of {first.name}; only files of one mesh can be one series"
            )


def _of(pairs: Pairs, key: str) -> np.ndarray | None:
    return getattr(pairs, key)
