"""The run that is held against drifters: the run file's own, but for what is released, when, and where its tracks go.
Nothing is moved here."""

import csv
import io
import os
from collections.abc import Iterator
from os.path import exists
from pathlib import Path
from typing import Any, NamedTuple

from fvdrift.errors import RunFileError
from fvdrift.forcing import Forcing
from fvdrift.mesh import to_run_coordinates, track_coordinates
from fvdrift.output import check_output
from fvdrift.preparation import open_forcing, run_period
from fvdrift.release import read_fixes
from fvdrift.settings import RunFile, as_written, run_file_with
from fvdrift.timeline import StepGrid
from fvdrift.tools.calendar import format_time
from fvdrift.tools.duration import format_duration, short_duration
from fvdrift.tools.new_file import NewFile

from .drifters import Clock, Drifter, Start, count_said, drifters_of, starts_along
from .skill import Distance, distance_by


class Wish(NamedTuple):
    """What is asked for. every: from start to start; longest: of a comparison; gap: the longest that is interpolated,
    all microseconds; particles: of a start; tolerance: n of the skill score; output: NAME, None: beside the tracks
    of the run file."""

    drifters: Path
    every: int
    longest: int
    gap: int
    particles: int = 1
    tolerance: float = 1.0
    output: str | None = None
    overwrite: bool = False


class Comparison(NamedTuple):
    """run_file: of the run to do; calendar: False for times without one; notes: sentences for the person."""

    run_file: RunFile
    wish: Wish
    clock: Clock
    drifters: list[Drifter]
    starts: list[Start]
    distance: Distance
    geographic: bool
    calendar: bool
    notes: list[str]

    @property
    def tracks(self) -> Path:
        return self.run_file.resolve(self.run_file.output.file)

    def beside(self, ending: str) -> Path:
        """NAME.csv, NAME.png ... beside NAME.nc."""
        return self.tracks.with_suffix(ending)


def tracks_path(run_file: RunFile, wish: Wish) -> Path:
    """NAME.nc, absolute: a run file resolves what is not from its own folder."""
    if wish.output is None:
        beside = run_file.resolve(run_file.output.file).absolute()
        return beside.with_name(f"{wish.drifters.stem}-compared.nc")
    if not wish.output.strip() or wish.output.endswith("/"):
        raise RunFileError(f"-o: {wish.output!r} is no name of files, such as results/buoys")
    path = Path(wish.output).absolute()
    return path.with_name((path.name if path.suffix not in (".nc", ".csv", ".png") else path.stem) + ".nc")


def plan_comparison(run_file: RunFile, wish: Wish) -> Comparison:
    """What to run, and what to hold it against; writes NAME.starts.csv, which that run releases from. Raises
    RunFileError, ForcingError, OutputError."""
    _refuse(run_file, wish)
    tracks = tracks_path(run_file, wish)
    starts_path = tracks.with_suffix(".starts.csv")
    others = (tracks.with_suffix(ending) for ending in (".csv", ".png", ".run.json"))
    run_file.keep_forcing(tracks)
    for path in (tracks, starts_path, *others):
        if exists(path) and exists(wish.drifters) and path.samefile(wish.drifters):
            raise RunFileError(f"{path}: holds the drifters, and is kept: choose another name with -o")
        check_output(path, wish.overwrite, where="with -o")
    series = open_forcing(run_file)
    try:
        made = _planned(run_file, wish, series, tracks, starts_path)
    finally:
        series.close()
    tracks.parent.mkdir(parents=True, exist_ok=True)
    with NewFile(starts_path) as file:
        file.write(_starts_text(made, int(series.times[0])))
        file.commit()
    return made


def _refuse(run_file: RunFile, wish: Wish) -> None:
    name, step = run_file.path.name, run_file.output.every
    problems = []
    if run_file.time.direction == "backward":
        problems.append(f"{name}: time.direction: drifters are compared with a forward run")
    if not run_file.ensemble.off:
        problems.append(
            f"{name}: ensemble: drifters are compared with one run: take [ensemble] away, or set what varies"
        )
    for option, given in (("every", wish.every), ("for", wish.longest)):
        if given % step:
            said = (
                f"--{option} {short_duration(given)} is no multiple of output.every, {short_duration(step)}"
            )
            problems.append(f"{name}: {said}, in which drifters are compared: change one of them")
    if not 0 < wish.tolerance < float("inf"):
        problems.append(f"tolerance = {wish.tolerance:g}: must be a number above 0")
    if problems:
        raise RunFileError(problems)


def _planned(run_file: RunFile, wish: Wish, series: Forcing, tracks: Path, starts_path: Path) -> Comparison:
    begin, end = run_period(run_file, series)
    first_record, path, step = int(series.times[0]), wish.drifters, run_file.output.every
    fixes = read_fixes(
        path,
        to_run_coordinates(run_file, series),
        StepGrid(begin, end, run_file.time.step),
        geographic=series.geographic,
        first_record=first_record,
        calendar=series.calendar,
    )
    drifters, order = drifters_of(fixes, path)
    within = max(begin, first_record), min(end, int(series.times[-1]))
    clock = Clock(begin, *within, step, wish.every, wish.longest, wish.gap)
    starts, count = starts_along(drifters, clock)
    notes = [*fixes.notes, *order, *count_said(count, clock, path)]
    if not starts:
        period = " to ".join(format_time(time, series.calendar) for time in within)
        whole = f"no drifter has fixes for {short_duration(step)} or more within the run, {period}"
        raise RunFileError(
            [f"{path}: nothing can be compared: {whole}", *(note.removeprefix("warning: ") for note in notes)]
        )
    depth, more = _depth(run_file, starts)
    projection = track_coordinates(run_file, series)
    if not projection.geographic and projection.to_lonlat is None:
        notes.append(
            "distances are those of the plane of the mesh: forcing.projection would give them on the ellipsoid"
        )
    last = max(start.time + start.leads * step for start in starts)
    tree = as_written(run_file)
    for table in ("statistic", "alert"):
        tree.pop(table, None)
    file = os.path.relpath(starts_path, run_file.folder)
    tree["release"] = [{"file": file, "count": wish.particles, "allow_outside": True, **depth}]
    tree["time"] = {key: value for key, value in tree.get("time", {}).items() if key != "duration"} | {
        "start": _instant(min(start.time for start in starts), first_record, series.calendar),
        "end": _instant(last, first_record, series.calendar),
    }
    tree["output"] = {**tree.get("output", {}), "file": str(tracks), "tracks": True}
    made = run_file_with(tree, run_file.path)
    distance = distance_by(projection.to_lonlat, series.geographic)
    return Comparison(
        made, wish, clock, drifters, starts, distance, series.geographic, series.calendar, [*notes, *more]
    )


def _instant(time: int, first_record: int, calendar: bool) -> str:
    return format_time(time, True) if calendar else format_duration(time - first_record)


def _depth(run_file: RunFile, starts: list[Start]) -> tuple[dict[str, Any], list[str]]:
    """The keys of the [[release]] that say how deep those start whose depth the drifters don't tell, and sentences."""
    if run_file.advection.dimension.kind != "3d":
        return {}, []
    first = run_file.release[0]
    notes = [
        'particles go up and down with the water (advection.dimension = "3d"), as no drifter does: --set '
        "advection.dimension=surface, or advection.depth=15m, holds them"
    ]
    if first.sigma is not None:
        return {"sigma": first.sigma}, notes
    kind, upper, lower = first.depth
    if kind in ("surface", "bottom"):
        return {"depth": kind}, notes
    if kind == "range" and upper == lower:
        return {"depth": f"{upper!r} m"}, notes
    if not all(start.depth for start in starts):
        notes.append(
            "particles start at the surface, as neither the drifters (a column depth) nor the first [[release]] say one depth"
        )
    return {"depth": "surface"}, notes


def _starts_text(made: Comparison, first_record: int) -> str:
    """Points as a [[release]] reads them, a row a start."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    deep = any(start.depth for start in made.starts)
    place = ("lon", "lat") if made.geographic else ("x", "y")
    rows.writerow([*place, "time", *(["depth"] if deep else []), "name"])
    for start in made.starts:
        time = _instant(start.time, first_record, made.calendar)
        depth = [start.depth] if deep else []
        rows.writerow(
            [
                repr(float(start.x[0])),
                repr(float(start.y[0])),
                time,
                *depth,
                made.drifters[start.drifter].name,
            ]
        )
    return text.getvalue()


def notes_of(made: Comparison) -> Iterator[str]:
    """What is compared, then what is not."""
    wish, clock = made.wish, made.clock
    yield (
        f"{len(made.starts):,} starts along {len({start.drifter for start in made.starts}):,} drifters, one every "
        f"{short_duration(clock.every)} with {wish.particles:,} particle(s), compared every {short_duration(clock.step)} for up "
        f"to {short_duration(clock.longest)}"
    )
    yield from made.notes
