"""The plan of all releases of a run: which particles start when, in which shape, at which depth. Not where
exactly.

Particles are numbered block by block in the order of the run file; within a block by time, within a time by
shape or row. Rows of a CSV file with times of their own are numbered in the order of the rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import (
    DEPTH_KINDS,
    Points,
    Polygon,
    Reach,
    Shape,
    ToRun,
    area_in_run,
    box_in_run,
    box_ring,
    lines_in_run,
)
from fvdrift.settings import Depth, Release, RunFile
from fvdrift.timeline import StepGrid
from fvdrift.tools.quantity import shown

from .csv_file import Times, read_csv
from .geojson import read_geojson
from .sources import MOST_PARTICLES, PER_POINT, Defaults, Names, Part, PointRows, Written
from .times import Calendar, block_times, rounded, time_reader
from .track_release import read_tracks

MOST_NAMED = 6  # releases in a note
MOST_EVENTS = 10_000_000  # 60 bytes each: more would fill the memory before a particle moves

# offset: number, within the shape, of the event's first particle (Points count theirs point by point);
# release, depth_kind: PER_POINT where the shape's points have their own
EVENT = np.dtype(
    [
        ("time_us", np.int64),
        ("first_id", np.int64),
        ("count", np.int64),
        ("offset", np.int64),
        ("shape", np.int32),
        ("release", np.int32),
        ("depth_kind", np.int8),
        ("allow_outside", np.bool_),
        ("by_volume", np.bool_),
        ("wet", np.bool_),
        ("upper", np.float64),
        ("lower", np.float64),
    ]
)


class Depths(NamedTuple):
    """Depths of the particles of an event: int8 (particle,) index into DEPTH_KINDS, and two float64
    (particle,)."""

    kind: np.ndarray
    upper: np.ndarray
    lower: np.ndarray


@dataclass(frozen=True)
class ReleasePlan:
    """All releases. total: particles; names: of releases; events: EVENT (event,) sorted by (time_us,
    first_id); written: where those are in the words of the person; notes: sentences for the person (what was
    rounded or left out); origin: the run file, for messages; held: where in the column all particles are,
    whatever their releases say; reach: where the mesh is."""

    total: int
    names: list[str]
    events: np.ndarray
    shapes: list[Shape]
    written: list[Written]
    notes: list[str]
    origin: str = ""
    held: Depth | None = None
    reach: Reach | None = None

    @cached_property
    def _by_id(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.events["first_id"], kind="stable")
        return self.events["first_id"][order], order

    def event_of(self, ids: np.ndarray) -> np.ndarray:
        """Index of the event each particle starts in. ids: int64 (particle,), each below `total`."""
        first, order = self._by_id
        return order[np.searchsorted(first, ids, side="right") - 1]

    def born_of(self, ids: np.ndarray) -> np.ndarray:
        """Release times, int64 (particle,) microseconds."""
        times: np.ndarray = self.events["time_us"][self.event_of(ids)]
        return times

    def release_of(self, ids: np.ndarray) -> np.ndarray:
        """Index into `names`, int32 (particle,)."""
        ids = np.asarray(ids, np.int64)
        event = self.event_of(ids)
        release: np.ndarray = self.events["release"][event].astype(np.int32)
        own = np.flatnonzero(release == PER_POINT)
        shape_of = self.events["shape"][event[own]]
        for shape in np.unique(shape_of):
            mine = own[shape_of == shape]
            numbers = ids[mine] - self.events["first_id"][event[mine]] + self.events["offset"][event[mine]]
            points = self.shapes[shape]
            assert isinstance(points, Points)
            release[mine] = points.release[np.searchsorted(points.end, numbers, side="right")]
        return release

    def events_in(self, start: int, end: int) -> range:
        """Indices of the events with start <= time_us < end."""
        return range(*map(int, np.searchsorted(self.events["time_us"], [start, end])))

    def depths_of(self, event: int) -> Depths:
        """Depths of the particles of one event, in the order of their ids."""
        it = self.events[event]
        count = int(it["count"])
        if self.held is not None:
            kind = np.full(count, DEPTH_KINDS.index(self.held.kind), np.int8)
            return Depths(kind, np.full(count, self.held.upper), np.full(count, self.held.lower))
        if it["depth_kind"] != PER_POINT:
            kind = np.full(count, it["depth_kind"], np.int8)
            return Depths(kind, np.full(count, it["upper"]), np.full(count, it["lower"]))
        points = self.shapes[it["shape"]]
        assert isinstance(points, Points)
        numbers = np.arange(it["offset"], it["offset"] + count)
        point = np.searchsorted(points.end, numbers, side="right")
        return Depths(points.depth_kind[point], points.upper[point], points.lower[point])


def plan_releases(
    run_file: RunFile,
    grid: StepGrid,
    to_run_coordinates: ToRun,
    *,
    geographic: bool = False,
    first_record: int | None = None,
    calendar: bool = True,
    direction: int = 1,
    reach: Reach | None = None,
) -> ReleasePlan:
    """The plan of all [[release]] blocks.

    to_run_coordinates: (x, y, "geographic" or "projected") -> (x, y) in the coordinates of the run, arrays of
    float64; not finite where a point has no place in them. geographic: what those of the run are;
    first_record: microseconds that relative times count from (default: the start of the run); calendar: False
    for times without one; direction: -1 for a backward run, whose grid and times have the opposite sign;
    reach: as ReleasePlan has it. Raises RunFileError with all that is wrong.
    """
    clock = Calendar(grid, grid.start if first_record is None else first_record, calendar, direction)
    builder = _Builder(run_file, clock, to_run_coordinates, geographic)
    problems: list[str] = []
    for number, release in enumerate(run_file.release):
        try:
            builder.add(number, release)
        except RunFileError as error:
            problems += error.problems
    if not problems and builder.total == 0:
        problems.append(f"{run_file.path}: release: no particle is released: all counts are 0")
    if problems:
        raise RunFileError(problems)
    events = np.concatenate(builder.events)
    events = events[np.lexsort((events["first_id"], events["time_us"]))]
    held = _held(run_file)
    notes = [*builder.notes, *_unused_depths(held, events, builder.shapes), *_spread(events, builder)]
    notes += _numbers(builder, direction)
    names = list(builder.names)
    origin = str(run_file.path)
    return ReleasePlan(
        builder.total, names, events, builder.shapes, builder.written, notes, origin, held, reach
    )


def _held(run_file: RunFile) -> Depth | None:
    """Where in the column the run keeps all its particles."""
    kind, depth = run_file.advection.dimension
    return {"surface": Depth("surface"), "depth": Depth("range", depth, depth)}.get(kind)


def _unused_depths(held: Depth | None, events: np.ndarray, shapes: Iterable[Shape]) -> Iterator[str]:
    """A sentence where a release gives another depth than the one its particles are held at."""
    if held is None:
        return
    points = [shape for shape in shapes if isinstance(shape, Points)]
    columns = ("depth_kind", "upper", "lower")
    kinds, upper, lower = (
        np.concatenate([events[c], *(getattr(shape, c) for shape in points)]) for c in columns
    )
    uniform, surface = DEPTH_KINDS.index("uniform"), DEPTH_KINDS.index("surface")
    # "surface", 0 m and sigma 0 are one depth; sigma is never above 0, a depth never below
    at_surface = (kinds == surface) | ((kinds > surface + 1) & (upper == 0) & (lower == 0))
    same = at_surface & (held.upper == 0)
    same |= (kinds == DEPTH_KINDS.index("range")) & (upper == held.upper) & (lower == held.lower)
    if not (same | (kinds == uniform) | (kinds == PER_POINT)).all():
        where = "at the surface" if held.kind == "surface" else f"{held.upper:g} m deep"
        yield f"particles are held {where}: the depths that releases give are not used"


def _spread(events: np.ndarray, builder: "_Builder") -> Iterator[str]:
    """Which releases fill areas by what."""
    areas = [number for number, shape in enumerate(builder.shapes) if isinstance(shape, Polygon)]
    filling, names = events[np.isin(events["shape"], areas)], list(builder.names)
    said = []
    for by_volume, what in ((False, "area"), (True, "volume of still water")):
        found = [
            names[release] for release in np.unique(filling["release"][filling["by_volume"] == by_volume])
        ]
        if found:
            said.append(
                f"by {what}: {', '.join(found[:MOST_NAMED])}" + (" ..." if len(found) > MOST_NAMED else "")
            )
    if said:
        yield f"releases even {'; '.join(said)}"


def _numbers(builder: "_Builder", direction: int) -> Iterator[str]:
    """A sentence where numbers of particles depend on how long the run is."""
    *before, _ = [number for number, events in enumerate(builder.events) if len(events)]
    lasting = [name for number, name in builder.lasting if number in before]
    if lasting:
        names = ", ".join(lasting[:MOST_NAMED]) + (" ..." if len(lasting) > MOST_NAMED else "")
        end, key = ("time.end", "until") if direction > 0 else ("time.start", "start")
        yield (
            f"releases that last as long as the run: {names}; with another {end} the particles of releases after them have other "
            f"numbers, so other walks and places (give each of them {key})"
        )


class _Builder:
    """Blocks one after the other: numbers particles, gathers events, shapes, names and notes."""

    def __init__(self, run_file: RunFile, calendar: Calendar, to_run: ToRun, geographic: bool):
        self.run_file, self.calendar, self.to_run = run_file, calendar, to_run
        self.run_coordinates = "geographic" if geographic else "projected"
        self.total = 0
        self.names = Names()
        self.shapes: list[Shape] = []
        self.written: list[Written] = []
        self.events: list[np.ndarray] = []
        # number and name of releases that go on to the end of the run
        self.lasting: list[tuple[int, str]] = []
        self.notes: list[str] = []

    def add(self, number: int, release: Release) -> None:
        place = f"{self.run_file.path}: release.{number}"
        times, wrong = block_times(self.calendar, release.start, release.every, release.until)
        problems = [f"{place}.{key}: {sentence}" for key, sentence in wrong]
        row_times: np.ndarray | None = None
        parts: list[Part] = []
        self.names.begin(number)
        try:
            defaults = Defaults(
                release.name or str(number + 1),
                release.name is not None,
                release.count,
                release.depth,
                release.radius,
                release.coordinates or self.run_coordinates,
                release.coordinates is not None,
            )
            if release.file is not None:
                parts, row_times = self._from_file(place, release, defaults, int(times[0]))
            else:
                parts = [self._from_keys(place, release, defaults)]
        except RunFileError as error:
            problems += error.problems
        if row_times is not None and (release.every is not None or release.until is not None):
            problems.append(
                f"{place}.every: the rows of {release.file} have times of their own: take every away"
            )
        if release.spread == "volume":
            problems += [f"{place}.spread: {why}" for why in self._without_volume(parts)]
        for name, other in self.names.taken.items():
            whose = (
                f"{shown(name)} is the name of release.{other} too, and all counts would take both for one"
            )
            problems.append(f"{place}.name: {whose}: give each a name of its own")
        if not problems and self.total + sum(part.particles for part in parts) * len(times) > MOST_PARTICLES:
            problems.append(f"{place}.count: more than {MOST_PARTICLES} particles in all: take fewer")
        if not problems and len(parts) * len(times) > MOST_EVENTS:
            problems.append(
                f"{place}.every: {len(parts)} parts at {len(times)} times are more than {MOST_EVENTS}: take fewer"
            )
        if problems:
            raise RunFileError(problems)
        if (
            release.every is not None
            and (release.until if self.calendar.direction > 0 else release.start) is None
        ):
            self.lasting.append((number, defaults.name))
        first_shape = len(self.shapes)
        self.shapes += [part.shape for part in parts]
        self.written += [part.written for part in parts]
        if row_times is None:
            events = _repeated(parts, times)
        else:
            assert isinstance(parts[0].shape, Points)
            events = _by_rows(parts[0].shape, row_times)
        events["shape"] += first_shape
        events["allow_outside"], events["wet"] = release.allow_outside, release.wet
        events["by_volume"] = release.spread == "volume"
        events["first_id"] = self.total + np.cumsum(events["count"]) - events["count"]
        self.total += int(events["count"].sum())
        self.events.append(events[events["count"] > 0])

    def _without_volume(self, parts: Iterable[Part]) -> Iterator[str]:
        """Why particles cannot be spread evenly over water."""
        held = _held(self.run_file)
        if held is not None:
            where = "at the surface" if held.kind == "surface" else f"{held.upper:g} m deep"
            yield f'"volume" fills the whole column, but advection.dimension holds particles {where}: spread evenly by "area"'
        others = [part.shape for part in parts if not isinstance(part.shape, Polygon)]
        if others:
            kinds = " and ".join(
                sorted({"points" if isinstance(shape, Points) else "lines" for shape in others})
            )
            yield f'"volume" needs areas, and the file has {kinds}: give them another [[release]]'
        elif any(part.depth is not None and part.depth.kind != "uniform" for part in parts):
            yield '"volume" fills the whole column, but areas of the file have a depth of their own: take it away'

    def _from_keys(self, place: str, release: Release, defaults: Defaults) -> Part:
        key = next(key for key in ("point", "box", "polygon", "line") if getattr(release, key) is not None)
        given = np.array(getattr(release, key), np.float64)
        try:
            if key == "point":
                rows = PointRows()
                rows.add(given[0], given[1], release.count, self.names(defaults.name), release.depth)
                points = rows.points(release.radius, defaults.coordinates, self.to_run)
                return Part(points, release.count, PER_POINT, None, rows.written(defaults.coordinates))
            shape: Shape
            if key == "line":
                shape = lines_in_run(self.to_run, [given], defaults.coordinates)
            elif key == "box":
                shape = box_in_run(self.to_run, given.tolist(), defaults.coordinates)
            else:
                shape = area_in_run(self.to_run, [[given]], defaults.coordinates)
            corners = given.reshape(-1, 2) if key != "box" else box_ring(*given)
            return Part(
                shape,
                release.count,
                self.names(defaults.name),
                release.depth,
                Written(defaults.coordinates, *corners.T),
            )
        except ValueError as problem:
            raise RunFileError(f"{place}.{key}: {problem}") from None

    def _from_file(
        self, place: str, release: Release, defaults: Defaults, start: int
    ) -> tuple[list[Part], np.ndarray | None]:
        path = self.run_file.resolve(str(release.file))
        row_times = None
        match path.suffix.lower():
            case ".csv":
                skip = release.outside_time == "skip"
                times = Times(time_reader(self.calendar), start, skip, self.calendar.period)
                points, written, row_times, told = read_csv(path, defaults, self.names, self.to_run, times)
                self.notes += told
                if row_times is not None:
                    row_times, note = rounded(self.calendar, row_times, str(path))
                    self.notes += [note] if note else []
            case ".geojson" | ".json":
                parts, notes = read_geojson(path, defaults, self.names, self.to_run)
                self.notes += notes
                if len(parts) > 1:
                    total = sum(part.particles for part in parts)
                    self.notes.append(
                        f"{path}: {len(parts)} features, {total:,} particles at each release time "
                        f"(count = {release.count:,} is of each that has no count of its own)"
                    )
                return parts, None
            case ".nc":
                points, written, left_out = read_tracks(path, defaults, self.names, self.to_run)
                if left_out:
                    self.notes.append(
                        f"{path}: {left_out} of {left_out + len(points.x)} trajectories are left out: "
                        "they never started, or left the mesh, or died"
                    )
            case _:
                raise RunFileError(f"{place}.file: {path} is none of .csv, .geojson and .nc, by its name")
        return [Part(points, int(points.end[-1]), PER_POINT, None, written)], row_times


def _repeated(parts: Iterable[Part], times: np.ndarray) -> np.ndarray:
    """Events of all parts at all times, time by time; shape numbers from 0."""
    rows = []
    for i, part in enumerate(parts):
        kind = PER_POINT if part.depth is None else DEPTH_KINDS.index(part.depth.kind)
        upper, lower = (0.0, 0.0) if part.depth is None else part.depth[1:]
        rows.append((0, 0, part.particles, 0, i, part.release, kind, False, False, False, upper, lower))
    once = np.array(rows, EVENT)
    events = np.tile(once, len(times))
    events["time_us"] = np.repeat(times, len(once))
    return events


def _by_rows(points: Points, times: np.ndarray) -> np.ndarray:
    """Events of points with a time each: one for every run of rows with the same time."""
    first = np.flatnonzero(np.concatenate(([True], times[1:] != times[:-1])))
    last = np.append(first[1:], len(times)) - 1
    events = np.zeros(len(first), EVENT)
    events["time_us"] = times[first]
    events["offset"] = np.concatenate(([0], points.end[last][:-1]))
    events["count"] = points.end[last] - events["offset"]
    events["release"] = events["depth_kind"] = PER_POINT
    return events
