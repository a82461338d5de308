"""The statistics of a run worked out from its tracks, read in blocks: as many trajectories at a time as fit.

A block of trajectories is asked as a worker is of the particles it holds, so that all numbers come out of the
same lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import WholeMesh, to_run_coordinates
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.orders import END, StatisticsOrder
from fvdrift.preparation import open_forcing, with_open_sides
from fvdrift.settings import RunFile
from fvdrift.statistics import Amounts, Context, ElementFinder, Ledger, Observer, origins_of, plan_statistics
from fvdrift.tools.particle_arrays import STATUS_NAMES

from .track_starts import TrackStarts
from .water_of_tracks import WaterOfTracks

BLOCK_BYTES = 64 << 20  # of all columns of a block of trajectories
# have a position at every record
_IN_SIGHT = [STATUS_NAMES.index(name) for name in ("active", "stranded", "deposited")]
_TAKEN_OUT = (
    "records were taken out of it (xarray's where): statistics are of whole tracks; choose by their keys releases, status "
    "and box, or take whole trajectories, by isel(trajectory=[...])"
)
NEEDED = ("trajectory", "time", "release_time", "release", "release_name", "status")


@dataclass(frozen=True)
class _Area:
    """Where the tracks are, as `preparation.Area` has it."""

    file: Any
    geographic: bool

    @cached_property
    def _middle(self) -> float:
        lon = self.file["lon"]
        blocks = ((part, rows) for rows, parts in _slabs(lon, 4) for part in parts)
        ends = [(np.nanmin(b), np.nanmax(b)) for block in blocks if np.isfinite(b := lon[block]).any()]
        return 0.5 * float(min(low for low, _ in ends) + max(high for _, high in ends)) if ends else 0.0

    def nearest_longitude(self, lon: Any) -> Any:
        """Moved by whole turns to the side on which the tracks have their longitudes."""
        return lon + 360.0 * np.round((self._middle - lon) / 360.0)


def statistics_of(path: Path, file: Any, run_file: RunFile) -> Ledger:
    """Of the tracks in an open netCDF4 `file`. Raises RunFileError where they can't give what `run_file` asks
    for."""
    _refuse_other_files(path, file)
    starts = _starts(path, file, run_file)
    context = starts.context
    _refuse_other_numbers(path, np.asarray(file["trajectory"][:]), run_file)
    plan = plan_statistics(run_file, lambda: context)
    if plan is None:
        raise RunFileError(f"{run_file.path}: has no [[statistic]]: give --config with a file that has some")
    _refuse_without(path, file, plan.order.wants)
    ledger, seen, observer = Ledger(plan), _Seen(path, file, context, plan.order), Observer(plan.order)
    with ExitStack() as stack:
        water = None
        if plan.order.needs_water:
            series = stack.enter_context(closing(open_forcing(run_file)))
            water = WaterOfTracks(series, context.mesh(), context.times, context.direction)
        for rows, blocks in _slabs(file["status"], 4 + len(plan.order.wants)):
            said = seen.answers(rows, blocks)
            for row, answers in zip(range(rows.start, rows.stop), said, strict=True):
                if row == len(context.times):
                    ledger.end(int(starts.times[row]), answers)
                    continue
                looked = plan.order.looks_at_water(row)
                more = [observer.of_water(row, water.at(row))] if water and looked else []
                ledger.take(row, [*answers, *more])
    return ledger


def _refuse_other_files(path: Path, file: Any) -> None:
    """Raise RunFileError for what are no whole tracks of a run that came to its end."""
    missing = [name for name in NEEDED if name not in file.variables]
    if missing or not {"x", "lon"} & set(file.variables):
        raise RunFileError(
            f"{path}: are not tracks that give statistics: there is no {(missing or ['x'])[0]} in the file"
        )
    if file["status"].dimensions != ("trajectory", "obs"):
        raise RunFileError(f"{path}: holds the records of a run that is not finished")
    if getattr(file, "masked", False):
        raise RunFileError(f"{path}: {_TAKEN_OUT}")


def _refuse_other_numbers(path: Path, numbers: np.ndarray, run_file: RunFile) -> None:
    """Raise RunFileError where trajectories are not those of one run, as what is asked needs them."""
    if len(np.unique(numbers)) < len(numbers):
        raise RunFileError(
            f"{path}: has trajectories of one number twice: of several runs? Take one run at a time"
        )
    if any(block.kind == "ftle" for block in run_file.statistic) and not np.array_equal(
        numbers, np.arange(len(numbers))
    ):
        raise RunFileError(
            f"{path}: ftle compares neighbours of a grid, and trajectories were taken out of it"
        )


def _refuse_without(path: Path, file: Any, wants: Sequence[str]) -> None:
    """Raise RunFileError where tracks don't hold what statistics look at."""
    for name in wants:
        if name not in file.variables or file[name].dimensions != ("trajectory", "obs"):
            raise RunFileError(
                f"{path}: does not hold {name}, which a [[statistic]] looks at: tracks hold it where output.variables "
                "of the run names it"
            )


class _Seen:
    """What observers say of the particles of one slab after another."""

    def __init__(self, path: Path, file: Any, context: Context, order: StatisticsOrder):
        self._path, self._file, self._context, self._order = path, file, context, order
        self._axes = ("lon", "lat") if context.geographic else ("x", "y")
        self._finder = ElementFinder(context.mesh()) if order.needs_element else None
        self._observers: dict[int, Observer] = {}

    def answers(self, rows: slice, blocks: Iterable[slice]) -> list[list[Any]]:
        """Of each row those of all blocks of trajectories. Raises RunFileError."""
        file, order = self._file, self._order
        said: list[list[Any]] = [[] for _ in range(rows.start, rows.stop)]
        for part in blocks:
            observer = self._observers.setdefault(part.start, Observer(order))
            x, y, status = (file[name][part, rows] for name in (*self._axes, "status"))
            wanted = {name: file[name][part, rows] for name in order.wants}
            for j, row in enumerate(range(rows.start, rows.stop)):
                read = {"x": x[:, j], "y": y[:, j], "status": status[:, j]}
                read |= {name: values[:, j].astype(np.float64) for name, values in wanted.items()}
                columns = self._columns(read, part.start, row)
                said[j].append(observer.answers(row if row < len(self._context.times) else END, columns))
        return said

    def _columns(self, read: dict[str, np.ndarray], first: int, row: int) -> dict[str, np.ndarray]:
        """Those of the particles that have a place. first: the number of the first."""
        has_place = np.isfinite(read["x"])
        lost = np.isin(read["status"], _IN_SIGHT) & ~has_place
        if lost.any():
            raise RunFileError(
                f"{self._path}: {_TAKEN_OUT} (particle {first + int(np.argmax(lost))}, record {row})"
            )
        there = np.flatnonzero(has_place)
        columns = {name: np.ascontiguousarray(values[there]) for name, values in read.items()}
        columns["id"] = first + there
        columns["element"] = np.full(len(there), -1, np.int32)
        asked = any(question.needs_element and question.is_look(row) for question in self._order.questions)
        if asked and self._finder is not None:
            columns["element"] = self._finder(columns["x"], columns["y"])
        return columns


def _starts(path: Path, file: Any, run_file: RunFile) -> TrackStarts:
    """Where particles start, and the context of the tracks: a last record closer than the others is no output
    time, but the end."""
    direction = -1 if run_file.time.direction == "backward" else 1
    geographic = "x" not in file.variables
    born = np.rint(file["release_time"][:] * 1e6).astype(np.int64) * direction
    release = np.asarray(file["release"][:], np.int32)
    times = np.rint(file["time"][:1, :].ravel() * 1e6).astype(np.int64) * direction
    every = run_file.output.every
    if not len(born) or not len(times):
        raise RunFileError(f"{path}: holds no trajectory, or no record")
    if (born < times[0]).any():
        begun = "particles start before its first record"
        raise RunFileError(f"{path}: {begun}: statistics are of tracks from the start of the run on")
    apart = np.diff(times)
    shorter = len(apart) > 0 and 0 < apart[-1] < every
    if (apart[: len(apart) - shorter] != every).any():
        raise RunFileError(f"{path}: output.every of its run file is not what its records are apart")
    calendar = "since" in str(file["time"].units)

    @cache
    def mesh() -> WholeMesh:
        with closing(open_forcing(run_file)) as series:
            if series.geographic != geographic:
                raise RunFileError(f"{path}: is not in the coordinates that forcing.files have now")
            levels = np.repeat([[0.0], [-1.0]], len(series.x), axis=1)
            layers = levels.mean(axis=0, keepdims=True)
            whole = meshes.build(series.x, series.y, series.triangles, levels, layers, geographic=geographic)
            if any(block.kind == "shore" for block in run_file.statistic):
                return with_open_sides(whole, run_file, series, to_run_coordinates(run_file, series))[0]
            return whole

    starts = TrackStarts(path, file, run_file, born, times)
    starts.context = Context(
        total=len(born),
        names=tuple(map(str, np.atleast_1d(file["release_name"][:]))),
        origins=origins_of(len(born), born.__getitem__, release.__getitem__),
        times=times[: len(times) - shorter],
        every=every,
        direction=direction,
        calendar=calendar,
        geographic=geographic,
        to_run=to_run_coordinates(run_file, _Area(file, geographic)),
        mesh=mesh,
        starts=starts,
        units=lambda name: str(getattr(file[name], "units", "")) if name in file.variables else "",
        may_miss=any(release.allow_outside or release.wet for release in run_file.release),
        projection=run_file.forcing.projection,
        amounts=next(
            (Amounts(name, starts.amounts) for name in ("mass", "number") if _is_amount(file, name)), None
        ),
    )
    return starts


def _is_amount(file: Any, name: str) -> bool:
    """Whether tracks say what particles stand for: in double precision, as no other variable."""
    return name in file.variables and len(file[name].dimensions) == 2 and file[name].dtype == np.float64


def _slabs(variable: Any, columns: int) -> Iterator[tuple[slice, list[slice]]]:
    """Rows as deep as the variable's chunks in the file, and blocks of whole chunks of trajectories. columns: that
    are read together."""
    trajectories, rows = variable.shape
    chunk = variable.chunking()
    wide, deep = (1, rows) if chunk in (None, "contiguous") else chunk
    across = max(1, BLOCK_BYTES // (8 * columns * deep) // wide) * wide
    blocks = [slice(first, min(first + across, trajectories)) for first in range(0, trajectories, across)]
    for top in range(0, rows, deep):
        yield slice(top, min(top + deep, rows)), blocks
