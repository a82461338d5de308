"""What a picture of tracks is about: the particles chosen, the water they are in, the part of the map.
Nothing is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.forcing import Forcing
from fvdrift.mesh import Polygons
from fvdrift.settings import Instant

from .areas import areas_of
from .colouring import FATES, needed, values
from .lines import Lines
from .map_base import Extent, extent_asked, extent_round
from .moments import row_at
from .origin import origin
from .palette import CATEGORIES
from .request import PlotRequest
from .surface import Surface
from .track_file import TrackFile, ends_of, sample
from .water import Water, open_forcing, water_of

VALUES = 4_000_000  # of one column in memory at once: 32 MB
LOOKED_AT = 300  # records by which a colour is chosen
LEVEL = 0.5  # metres that particles at one depth may lie apart
MOST_ROWS = 2000  # of a line: no page shows more


@dataclass
class Subject:
    """tracks: open; ids: of the particles chosen, int64; color: what they are coloured by; series, water:
    None where the forcing is not there; areas: that particles settle in; say: tells the person."""

    tracks: TrackFile
    request: PlotRequest
    ids: np.ndarray
    color: str
    series: Forcing | None
    water: Water | None
    areas: Polygons | None
    say: Callable[[str], None]

    @property
    def geographic(self) -> bool:
        return self.tracks.geographic

    @property
    def title(self) -> str:
        return self.tracks.title if self.request.title is None else self.request.title

    def sampled(self, most: int, rows: range, *, values: int = VALUES) -> np.ndarray:
        """Of the ids chosen at most `most`, or --sample, and no more than fit; says so. values: of a column,
        that fit."""
        most = min(self.request.sample or most, max(1, values // max(len(rows), 1)))
        taken = sample(self.ids, most)
        if len(taken) < len(self.ids):
            self.say(f"{self.how_many(taken)}, taken by lot (--sample changes how many)")
        return taken

    def how_many(self, taken: np.ndarray) -> str:
        word = "particle" if len(self.ids) == 1 else "particles"
        return (
            f"{len(taken):,} of {len(self.ids):,} {word}"
            if len(taken) < len(self.ids)
            else f"{len(taken):,} {word}"
        )

    def present(self, taken: np.ndarray, there: int) -> str:
        """How many of those taken are in sight at one time."""
        return self.how_many(taken) + (f", {there:,} of them in sight" if there < len(taken) else "")

    def drawn(self, taken: np.ndarray, lines: Lines) -> str:
        """How many of those taken have a line, or a place."""
        there = int(np.isfinite(lines.x).any(axis=1).sum())
        return self.how_many(taken) + (f", {there:,} of them with a position" if there < len(taken) else "")

    def rows(self) -> range:
        """All records, or every so many of them where a line would have more than anybody sees."""
        every = -(-self.tracks.observations // MOST_ROWS)
        if every > 1:
            self.say(f"every {every}th of {self.tracks.observations:,} records")
        return range(0, self.tracks.observations, every)

    def lines(
        self, taken: np.ndarray, rows: range, *more: str, held: bool = False, nobody: bool = False
    ) -> tuple[Lines, dict[str, np.ndarray]]:
        """Positions and what colours them, of the particles `taken`; also the columns `more`, by name. held:
        what has settled stays in sight; nobody: whether nobody may be there."""
        names = tuple(dict.fromkeys(("x", "y", "status", *needed(self.tracks, self.color), *more)))
        read = (self.tracks.read_held if held else self.tracks.read)(names, taken, rows)
        status = read["status"][:, -1]
        self.refuse_nowhere(nobody or bool(np.isfinite(read["x"]).any()))
        colours = values(self.tracks, self.color, taken, rows, read)
        if self.color in FATES and not held:  # a line has the colour of what became of it
            fate = status.astype(float) if self.color == "status" else _last(colours)
            colours = np.broadcast_to(fate[:, None], colours.shape)
        return Lines(read["x"], read["y"], colours, status), read

    def surface(self, x: np.ndarray, y: np.ndarray) -> Surface | None:
        """Over these places; None without the forcing."""
        if self.series is None or self.water is None or not np.isfinite(x).any():
            return None
        return Surface(self.series, self.water, x, y)

    def refuse_nowhere(self, there: bool) -> None:
        """Raises RunFileError where no particle is there."""
        if not there:
            raise RunFileError(
                f"{self.tracks.path}: no particle of those chosen has a position then: were they released by that time?"
            )

    def extent(self, bounds: Extent) -> Extent:
        if self.request.extent is None:
            return extent_round(bounds, self.water, self.geographic)
        x0, x1, y0, y1 = bounds
        if self.water is not None:
            w0, w1, v0, v1 = self.water.bounds()
            x0, x1, y0, y1 = min(x0, w0), max(x1, w1), min(y0, v0), max(y1, v1)
        return extent_asked(self.request.extent, (x0, x1, y0, y1), self.geographic)

    def row_at(self, at: Instant | str) -> int:
        """The record nearest to a time. Raises RunFileError for one outside the tracks."""
        return row_at(self.tracks.times, self.tracks.calendar, at, self.say)


def _last(values: np.ndarray) -> np.ndarray:
    """The last number of each row, NaN where there is none."""
    there = np.isfinite(values)
    last: np.ndarray = values[np.arange(len(values)), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)]
    return last


def bounds_of(x: np.ndarray, y: np.ndarray) -> Extent:
    """Smallest and largest x and y that are numbers."""
    return float(np.nanmin(x)), float(np.nanmax(x)), float(np.nanmin(y)), float(np.nanmax(y))


def subject_of(tracks: TrackFile, request: PlotRequest, say: Callable[[str], None]) -> Subject:
    """Everything chosen and opened. Raises RunFileError, and ForcingError for forcing that was asked for."""
    if request.statistic is not None:
        raise RunFileError(f"{tracks.path}: holds tracks, not statistics: take --statistic away")
    ids = tracks.chosen(request.release)
    if not len(ids) or not tracks.observations:
        raise RunFileError(f"{tracks.path}: holds no records to draw")
    color = request.color or _usual_color(tracks, request, ids)
    needed(tracks, color)
    series, water, areas = _water(tracks, request, say)
    return Subject(tracks, request, ids, color, series, water, areas, say)


def _usual_color(tracks: TrackFile, request: PlotRequest, ids: np.ndarray) -> str:
    """What tells particles apart: their age, unless all start at one time or one time is shown; releases, if they are
    several; depth, but not where it is an axis, or all are at one; else what became of each."""
    moment = request.section or request.moves or request.at or request.panels or request.browsed
    if not moment and not tracks.starts_at_once(ids):
        return "age"
    if 1 < len(np.unique(tracks.release[ids])) <= len(CATEGORIES):
        return "release"
    return "status" if request.section or _level(tracks, ends_of(ids)) else "depth"


def _level(tracks: TrackFile, ids: np.ndarray) -> bool:
    """Whether particles keep at one depth, but for the tide."""
    rows = range(0, tracks.observations, -(-tracks.observations // LOOKED_AT))
    z = tracks.read(("z",), ids, rows)["z"]
    there = np.isfinite(z).any(axis=0)
    return not there.any() or bool(
        (np.nanmax(z[:, there], axis=0) - np.nanmin(z[:, there], axis=0)).max() < LEVEL
    )


def _water(
    tracks: TrackFile, request: PlotRequest, say: Callable[[str], None]
) -> tuple[Forcing | None, Water | None, Polygons | None]:
    found = origin(tracks, list(request.forcing))
    if not found.files:
        say(f"without mesh, coast and depth: {found.why}; --forcing FILE ... says where it is")
        return None, None, None
    try:
        series = open_forcing(found)
        water = water_of(series, found.boundary, found.projection)
    except ForcingError as error:
        if request.forcing:
            raise
        say(f"without mesh, coast and depth: {error}")
        return None, None, None
    return series, water, areas_of(found.settlement, series, found.projection)
