"""The [[release]] blocks of a run file, one after the other: their particles are numbered, their events, shapes
and names gathered. What is made of that is `plan`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from fvdrift.errors import RunFileError, asked_by
from fvdrift.mesh import Points, Polygon, Shape, ToRun, area_in_run, box_in_run, box_ring, lines_in_run
from fvdrift.settings import Depth
from fvdrift.tools.feature_file import is_features
from fvdrift.tools.quantity import shown

from .amounts import LEAST, Amounts, asked, of_one_kind
from .csv_file import Times, read_csv
from .events import by_rows, repeated
from .geojson import read_features
from .sources import MOST_PARTICLES, PER_POINT, Defaults, Names, Part, PointRows, Written
from .times import Calendar, block_times, rounded, time_reader
from .track_release import read_tracks

if TYPE_CHECKING:
    from fvdrift.settings import Release, RunFile

AMOUNTS = ("mass", "number", "rate")
MOST_EVENTS = 10_000_000  # 68 bytes each: more would fill the memory before a particle moves


def held_depth(run_file: "RunFile") -> Depth | None:
    """Where in the column the run keeps all its particles."""
    kind, depth = run_file.advection.dimension
    return {"surface": Depth("surface"), "depth": Depth("range", depth, depth)}.get(kind)


class Blocks:
    """Blocks one after the other: numbers particles, gathers events, shapes, names and notes."""

    def __init__(self, run_file: "RunFile", calendar: Calendar, to_run: ToRun, geographic: bool):
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
        self._kinds: list[tuple[str, str | None]] = []  # of what each block releases

    def amount(self) -> tuple[str | None, list[str]]:
        """What the particles of all blocks carry, "mass", "number" or None, and what is wrong with that."""
        return of_one_kind(self._kinds)

    def add(self, number: int, release: "Release") -> None:
        """Take the next block in. Raises RunFileError with all that is wrong with it."""
        place = f"{self.run_file.path}: release.{number}"
        times, wrong = block_times(self.calendar, release.start, release.every, release.until)
        problems = [f"{place}.{key}: {sentence}" for key, sentence in wrong]
        row_times: np.ndarray | None = None
        parts: list[Part] = []
        kind: str | None = None
        self.names.begin(number)
        name = release.name or str(number + 1)
        try:
            parts, row_times, kind = self._parts(place, release, name, int(times[0]))
        except RunFileError as error:
            problems += error.problems
        problems += self._at_odds(place, release, parts, row_times)
        amounts = None
        try:
            amounts = asked(release, self.calendar, times, self.run_file.resolve) if not wrong else None
        except RunFileError as error:
            problems += [f"{place}.rate: {problem}" for problem in error.problems]
        except ValueError as problem:
            problems.append(f"{place}.rate: {problem}")
        if amounts is not None:
            started = amounts.by_time > 0
            up_to_next = started[:-1] if self.calendar.direction > 0 else started[1:]
            if isinstance(release.rate, str) and not up_to_next.all():
                none = int(np.count_nonzero(~up_to_next))
                self.notes.append(
                    f"{name}: nothing starts at {none} of {len(times)} release times: the rate is 0 till the next"
                )
            amounts, times = amounts._replace(by_time=amounts.by_time[started]), times[started]
        problems += self._nobody_carries(place, release, parts, amounts)
        problems = problems or list(self._too_many(place, parts, times))
        if problems:
            raise RunFileError(problems)
        last = release.until if self.calendar.direction > 0 else release.start
        if release.every is not None and last is None:
            self.lasting.append((number, name))
        if row_times is None:
            events = repeated(parts, times)
        else:
            assert isinstance(parts[0].shape, Points)
            events = by_rows(parts[0].shape, row_times)
        if amounts is not None:
            each = amounts.by_time / sum(part.particles for part in parts)
            events["amount"] = np.repeat(each, len(parts))
        self._kinds.append((place, kind if amounts is None else amounts.kind))
        events["shape"] += len(self.shapes)
        events["allow_outside"], events["wet"] = release.allow_outside, release.wet
        events["by_volume"] = release.spread == "volume"
        events["first_id"] = self.total + np.cumsum(events["count"]) - events["count"]
        self.total += int(events["count"].sum())
        self.events.append(events[events["count"] > 0])
        self.shapes += [part.shape for part in parts]
        self.written += [part.written for part in parts]

    def _parts(
        self, place: str, release: "Release", name: str, start: int
    ) -> tuple[list[Part], np.ndarray | None, str | None]:
        """Where a block releases, the times of its rows where they have their own, and what its file says that they
        release."""
        defaults = Defaults(
            name,
            release.name is not None,
            release.count,
            release.depth,
            release.radius,
            release.coordinates or self.run_coordinates,
            release.coordinates is not None,
            next((key for key in AMOUNTS if getattr(release, key) is not None), None),
        )
        if release.file is not None:
            with asked_by(f"{place}.file"):
                return self._from_file(place, release, defaults, start)
        return [self._from_keys(place, release, defaults)], None, None

    def _at_odds(
        self, place: str, release: "Release", parts: list[Part], row_times: np.ndarray | None
    ) -> Iterator[str]:
        """What of a block does not go together, with itself or with blocks before."""
        if row_times is not None and (release.every is not None or release.until is not None):
            yield f"{place}.every: the rows of {release.file} have times of their own: take every away"
        given = [key for key in ("mass", "number") if getattr(release, key) is not None]
        if row_times is not None and given:
            yield (
                f"{place}.{given[0]}: the rows of {release.file} have times of their own: give them a column {given[0]}"
            )
        if release.spread == "volume":
            yield from (f"{place}.spread: {why}" for why in self._without_volume(parts))
        for name, other in self.names.taken.items():
            whose = (
                f"{shown(name)} is the name of release.{other} too, and all counts would take both for one"
            )
            yield f"{place}.name: {whose}: give each a name of its own"

    def _nobody_carries(
        self, place: str, release: "Release", parts: list[Part], amounts: Amounts | None
    ) -> Iterator[str]:
        """Why what a block releases comes to nothing."""
        if amounts is None or not parts:
            return
        key = "rate" if release.rate is not None else amounts.kind
        particles = sum(part.particles for part in parts)
        if not particles:
            yield f"{place}.{key}: no particle carries it, as all counts are 0"
        elif not amounts.by_time.min() / particles >= LEAST:
            yield f"{place}.{key}: is less than can be shared by {particles:,} particles"

    def _too_many(self, place: str, parts: list[Part], times: np.ndarray) -> Iterator[str]:
        if self.total + sum(part.particles for part in parts) * len(times) > MOST_PARTICLES:
            yield f"{place}.count: more than {MOST_PARTICLES} particles in all: take fewer"
        elif len(parts) * len(times) > MOST_EVENTS:
            yield (
                f"{place}.every: {len(parts)} parts at {len(times)} times are more than {MOST_EVENTS}: take fewer"
            )

    def _without_volume(self, parts: Iterable[Part]) -> Iterator[str]:
        """Why particles cannot be spread evenly over water."""
        held = held_depth(self.run_file)
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

    def _from_keys(self, place: str, release: "Release", defaults: Defaults) -> Part:
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
        self, place: str, release: "Release", defaults: Defaults, start: int
    ) -> tuple[list[Part], np.ndarray | None, str | None]:
        path = self.run_file.resolve(str(release.file))
        row_times = kind = None
        match path.suffix.lower():
            case ".csv":
                skip = release.outside_time == "skip"
                times = Times(time_reader(self.calendar), start, skip, self.calendar.period)
                points, written, row_times, told, kind = read_csv(
                    path, defaults, self.names, self.to_run, times
                )
                self.notes += told
                if row_times is not None:
                    row_times, note = rounded(self.calendar, row_times, str(path))
                    self.notes += [note] if note else []
            case _ if is_features(path):
                parts, notes = read_features(path, defaults, self.names, self.to_run)
                self.notes += notes
                if len(parts) > 1:
                    total = sum(part.particles for part in parts)
                    self.notes.append(
                        f"{path}: {len(parts)} features, {total:,} particles at each release time "
                        f"(count = {release.count:,} is of each that has no count of its own)"
                    )
                return parts, None, None
            case ".nc":
                points, written, left_out, kind = read_tracks(path, defaults, self.names, self.to_run)
                if left_out:
                    self.notes.append(
                        f"{path}: {left_out} of {left_out + len(points.x)} trajectories are left out: "
                        "they never started, or left the mesh, or died"
                    )
            case _:
                raise RunFileError(
                    f"{place}.file: {path} is none of .csv, .geojson, .shp, .gpkg and .nc, by its name"
                )
        return [Part(points, int(points.end[-1]), PER_POINT, None, written)], row_times, kind
