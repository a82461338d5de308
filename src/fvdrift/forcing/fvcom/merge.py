"""The records of many files in one order of time. Works on heads and times alone; fields are not touched."""

from typing import NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.calendar import format_time
from fvdrift.tools.duration import MINUTE, rounded_duration, short_duration

from ..rounded_times import evenly, snap
from .file import FileHead
from .times import FileTimes

_ENOUGH = 8  # records, to believe an even step that all of them fit
NEAR = 100  # parts of the usual interval: records nearer than one of them are one, written twice


class Place(NamedTuple):
    """Where a record lies: the number of its file in the order of time, and of the record in it."""

    file: int
    record: int


class Double(NamedTuple):
    """frame: what it belongs to; kept, left: the record that serves and one that has its time; apart:
    microseconds between their stamps."""

    frame: int
    kept: Place
    left: Place
    apart: int


class Merged(NamedTuple):
    """heads: in order of time. times: int64 (frame,); file, record: int64 (frame,), where each frame lies.

    doubles: one for every record that another one with the same time replaces.
    """

    heads: list[FileHead]
    times: np.ndarray
    file: np.ndarray
    record: np.ndarray
    doubles: list[Double]
    notes: list[str]


def merge(heads: list[FileHead]) -> Merged:
    """One series of strictly increasing times. Of records with one time the later file's stays, within a file
    the later record.

    The later file is the one that begins later; of two that begin together, the one named later. Records at
    most a minute and a hundredth of the usual interval apart have one time. Raises ForcingError when files do
    not belong together, or times cannot be told apart.
    """
    notes: list[str] = []
    _refuse_two_calendars(heads)
    stamps = {head.path: _told_apart(head, notes) for head in heads}
    heads = sorted(heads, key=lambda head: int(stamps[head.path].times.min()))
    times = np.concatenate([stamps[head.path].times for head in heads])
    doubt = np.concatenate([stamps[head.path].doubt for head in heads])
    if doubt.any():
        vague = next(head for head in heads if stamps[head.path].doubt.any())
        times, unit = snap(times, doubt)
        notes.append(_vague_note(vague, rounded_duration(int(doubt.max())), unit))
    file = np.repeat(np.arange(len(heads)), [head.records for head in heads])
    record = np.concatenate([np.arange(head.records) for head in heads])
    notes += _turned_back(heads, np.split(times, np.flatnonzero(np.diff(file)) + 1))
    order = np.lexsort((record, file, times))
    times, file, record = times[order], file[order], record[order]
    frame = _frames(times, file)
    order = np.lexsort((record, file, frame))  # of those of one frame the one that serves is the last
    times, file, record, frame = times[order], file[order], record[order], frame[order]
    last = np.append(frame[1:] != frame[:-1], True)
    doubles = _doubles(times, file, record, frame, last)
    if doubles:
        near = max(double.apart for double in doubles)
        within = f" to within {short_duration(near)}" if near else ""
        notes.append(
            f"{len(doubles)} of {len(times)} records repeat the time of another{within}; the later file's are kept"
        )
    return Merged(heads, times[last], file[last], record[last], doubles, notes)


def _refuse_two_calendars(heads: list[FileHead]) -> None:
    """Raises ForcingError."""
    odd = next((head for head in heads if head.times.calendar != heads[0].times.calendar), None)
    if odd is not None:
        raise ForcingError(
            f"{odd.name} and {heads[0].name}: one has dates, the other counts from its own zero; run them apart"
        )


def _vague_note(vague: FileHead, good_to: str, unit: int | None) -> str:
    """What is done with times in single precision. vague: the first file with such; unit: as `snap` found."""
    told = f"{vague.name}: time is stored in single precision, good to {good_to}, and nothing better is there"
    if not unit:
        return f"warning: {told}; they are used as they are"
    return f"{told}; all are taken as multiples of {short_duration(unit)}, which they match"


def _turned_back(heads: list[FileHead], times: list[np.ndarray]) -> list[str]:
    """A note for each file in which time goes back. times: of the records of each."""
    notes = []
    for head, own in zip(heads, times, strict=True):
        back = np.flatnonzero(np.diff(own) < 0)
        if back.size:
            more = f" and {back.size - 1} more" if back.size > 1 else ""
            told = f"time goes back at record {back[0] + 2}{more}"
            notes.append(f"warning: {head.name}: {told}; records are taken by their times")
    return notes


def _doubles(
    times: np.ndarray, file: np.ndarray, record: np.ndarray, frame: np.ndarray, last: np.ndarray
) -> list[Double]:
    """Of records (record,) in the order of their frames; last: bool, which serve."""
    last_of_file = last | np.append(file[1:] != file[:-1], True)
    rival = np.where(last_of_file, _next(last), _next(last_of_file))

    def place(i: np.intp) -> Place:
        return Place(int(file[i]), int(record[i]))

    return [
        Double(int(frame[i]), place(rival[i]), place(i), int(abs(times[rival[i]] - times[i])))
        for i in np.flatnonzero(~last)
    ]


def _next(marked: np.ndarray) -> np.ndarray:
    """int64, as `marked`: the place of the next mark, from itself on."""
    places = np.where(marked, np.arange(len(marked)), len(marked))
    return np.minimum.accumulate(places[::-1])[::-1]


def _told_apart(head: FileHead, notes: list[str]) -> FileTimes:
    """The times of a file; where stamps in single precision are hardly farther from each other than they can
    tell, those they meant. Raises ForcingError where two stamps are the same and those cannot be told."""
    times, doubt = head.times.times, head.times.doubt
    same = np.flatnonzero((np.diff(times) <= 0) & (doubt[1:] > 0) & (doubt[:-1] > 0))
    if not same.size and (not doubt.any() or len(times) < _ENOUGH or snap(times, doubt)[1] is not None):
        return head.times
    told = f"{head.name}: time is stored in single precision, good to {rounded_duration(int(doubt.max()))}"
    found = evenly(times, doubt) if doubt.all() else None
    if found is None and not same.size:
        return head.times
    if found is None:
        a, b = same[0] + 1, same[0] + 2
        raise ForcingError(
            f"{told}: records {a} and {b} cannot be told apart; give Times, or Itime and Itime2"
        )
    begin = format_time(int(found[0][0]), head.times.calendar)
    notes.append(
        f"{told}; records are taken as {short_duration(found[1])} apart from {begin} on, which they match"
    )
    return head.times._replace(times=found[0], doubt=np.zeros_like(doubt))


def _frames(times: np.ndarray, file: np.ndarray) -> np.ndarray:
    """int64 (record,): which frame each record of increasing times belongs to. Equal times are one. So are
    two files' ends that meet nearly: groups nearer to each other than `NEAR` allows, with nothing else near,
    twice in a file at most."""
    gaps = np.diff(times)
    usual = float(np.quantile(gaps[gaps > 0], 0.75, method="higher")) if (gaps > 0).any() else 0.0
    reach = min(usual / NEAR, MINUTE)
    near = gaps <= reach
    for begin in np.flatnonzero(near & ~np.append(False, near[:-1])):
        end = begin + int(np.argmin(np.append(near[begin:], False)))
        distinct = np.unique(np.stack([times[begin : end + 1], file[begin : end + 1]]), axis=1)
        stands = all(gaps[i] >= usual / 2 for i in (begin - 1, end) if 0 <= i < len(gaps))
        if not stands or times[end] - times[begin] > reach or np.bincount(distinct[1]).max() > 2:
            near[begin:end] &= gaps[begin:end] == 0
    return np.append(0, np.cumsum(~near))
