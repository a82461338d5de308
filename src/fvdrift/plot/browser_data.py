"""What a page in a browser knows of particles: positions and variables as whole numbers, record by record. Not
how they look there."""

from dataclasses import dataclass, field

import numpy as np

from .colouring import OUTLIERS, flags_of, habitats, label, values
from .palette import CATEGORIES, mark_of
from .quantised import Codes, Span
from .subject import Subject
from .track_file import TrackFile

DOTS = 100_000  # with software alone a browser still draws some of these a second
BYTES = 128 << 20  # of all records, opened: what a browser holds beside its work
# columns that have a place of their own on the page, or none
NOT_YET = Codes(0.0, 1.0, np.uint8)
APART = {"time", "x", "y", "z", "lon", "lat", "status", "age"}


@dataclass
class Shown:
    """A variable: name: as --color has it; text: with its unit; flags: number, name and colour of each that it
    can be; drawn: numbers of those that any particle is; seen: all values; codes: how `values` are coded; span: from
    which to which value colours go; values: codes (row, particle)."""

    name: str
    text: str
    units: str
    flags: list[tuple[int, str, str]] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)
    seen: Span = field(default_factory=Span)
    codes: Codes = NOT_YET
    span: tuple[float, float] = (0.0, 1.0)
    values: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.uint8))


@dataclass
class Particles:
    """ids: of those on the page; rows: the records; box: smallest x, y, and the width of a step of their codes;
    places: uint16 (row, particle, 2), 65535 where a particle is nowhere; turn: from which longitude they are
    counted, None where they are as in the file."""

    ids: np.ndarray
    rows: range
    x: Codes
    y: Codes
    places: np.ndarray
    turn: float | None
    variables: list[Shown]


def particles_of(subject: Subject) -> Particles:
    """Read them, block by block, twice: first for the range of each variable. Raises RunFileError."""
    tracks, rows = subject.tracks, subject.rows()
    shown = variables_of(tracks, subject.color)
    ids = subject.sampled(DOTS, rows, values=BYTES // (5 + 2 * len(shown)))
    names = tuple(dict.fromkeys(("z", *(v.name for v in shown if v.name in tracks.columns))))
    x, y, turns = Span(), Span(), np.zeros(360, bool)
    for block in tracks.blocks(rows, ids):
        read = tracks.read_held(names, block, rows)
        x.see(read["x"])
        y.see(read["y"])
        turns[np.unique(np.floor(read["x"][np.isfinite(read["x"])] % 360).astype(int) % 360)] = True
        for variable in shown:
            variable.seen.see(values(tracks, variable.name, block, rows, read))
    subject.refuse_nowhere(x.low <= x.high)
    turn = _seam(turns) if tracks.geographic and x.high - x.low > 180 else None
    if turn is not None:
        x = Span(turn, turn + 360.0 - _longest_gap(turns)[1])
    return _coded(subject, ids, rows, shown, (x.codes(exact=False), y.codes(exact=False)), turn)


def _coded(
    subject: Subject,
    ids: np.ndarray,
    rows: range,
    shown: list[Shown],
    axes: tuple[Codes, Codes],
    turn: float | None,
) -> Particles:
    """The second reading."""
    tracks, (x, y) = subject.tracks, axes
    places = np.empty((len(rows), len(ids), 2), np.uint16)
    for variable in shown:
        variable.codes = variable.seen.codes()
        variable.values = np.empty((len(rows), len(ids)), variable.codes.dtype)
    names = tuple(dict.fromkeys(("z", *(v.name for v in shown if v.name in tracks.columns))))
    for block in tracks.blocks(rows, ids):
        read = tracks.read_held(names, block, rows)
        at = slice(*np.searchsorted(ids, (block[0], block[-1] + 1)))
        nowhere = ~(np.isfinite(read["x"]) & np.isfinite(read["y"]))
        degrees = read["x"] if turn is None else turn + (read["x"] - turn) % 360
        places[:, at, 0] = x.of(np.where(nowhere, np.nan, degrees)).T
        places[:, at, 1] = y.of(np.where(nowhere, np.nan, read["y"])).T
        for variable in shown:
            variable.values[:, at] = variable.codes.of(
                values(tracks, variable.name, block, rows, read).astype(float)
            ).T
    there = places[:, :, 0] != x.none
    for variable in shown:
        count = np.bincount(variable.values[there], minlength=variable.codes.none + 1)[: variable.codes.none]
        variable.span = _span(variable, count)
        is_there = set((variable.codes.offset + variable.codes.scale * np.flatnonzero(count)).tolist())
        variable.drawn = [number for number, *_ in variable.flags if number in is_there]
    return Particles(ids, rows, x, y, places, turn, shown)


def variables_of(tracks: TrackFile, color: str) -> list[Shown]:
    """What the page can colour by, but for the release, which is one number for each particle; `color` too."""
    status = [(number, _plain(name), mark_of(name).colour) for number, name in enumerate(tracks.statuses)]
    found = [
        Shown("age", label(tracks, "age"), "h"),
        Shown("depth", label(tracks, "depth"), "m"),
        Shown("status", "status", "", status),
    ]
    for name, column in sorted(tracks.columns.items()):
        if (name in APART and name != color) or name in ("status", "age"):
            continue
        unit = "" if column.units == "1" else column.units
        found.append(Shown(name, label(tracks, name), unit, _flags(tracks, name)))
    return found


def _flags(tracks: TrackFile, name: str) -> list[tuple[int, str, str]]:
    """Number as `values` counts, name and colour of what a variable can be, [] where it is no list, or one of more than
    there are colours."""
    named = [words for _, words in flags_of(tracks, name)]
    if name == "habitat" and habitats(tracks):
        named = ["not settled", *habitats(tracks)]
    if len(named) > len(CATEGORIES):
        return []
    return [
        (number, _plain(words), colour)
        for number, (words, colour) in enumerate(zip(named, CATEGORIES, strict=False))
    ]


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _span(variable: Shown, count: np.ndarray) -> tuple[float, float]:
    """As `colouring`: age from 0 to the oldest, others without a few odd values. count: of each code."""
    codes = variable.codes
    if not count.any():
        return 0.0, 1.0
    number = np.flatnonzero(count)
    low, high = int(number[0]), int(number[-1])
    part = np.cumsum(count) / count.sum() * 100
    ends = [int(np.searchsorted(part, end)) for end in OUTLIERS]
    if variable.name != "age" and ends[0] < ends[1]:
        low, high = ends
    first, last = codes.offset + codes.scale * low, codes.offset + codes.scale * high
    if variable.name == "age":
        first = min(0.0, first)
    return (first, last) if first < last else (first - 0.5, last + 0.5)


def _longest_gap(turns: np.ndarray) -> tuple[int, int]:
    """Start and length of the longest run of False, round the circle."""
    there = np.flatnonzero(turns)
    gaps = np.diff(there, append=there[0] + len(turns)) - 1
    longest = int(gaps.argmax())
    return int(there[longest]) + 1, int(gaps[longest])


def _seam(turns: np.ndarray) -> float | None:
    """The longitude after the widest part of the circle where nobody is, None where they are all round it."""
    start, length = _longest_gap(turns)
    if length < 180:
        return None
    return (start + length + 180) % 360 - 180.0
