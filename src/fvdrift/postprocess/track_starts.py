"""Where particles of a file of tracks were released: as recorded, or where none was made then, placed anew as
the run did."""

from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.forcing import BackwardForcing, Forcing
from fvdrift.mesh import to_run_coordinates
from fvdrift.preparation import open_forcing, run_period, still_depth
from fvdrift.release import ReleasePlan, ReleaseSource, WaterInTime, plan_releases
from fvdrift.settings import RunFile
from fvdrift.statistics import Context
from fvdrift.timeline import StepGrid


class TrackStarts:
    """Gives places of release, as `Context.starts` does. born: int64 (particle,), times: (row,) of all records,
    microseconds of the run's clock."""

    def __init__(self, path: Path, file: Any, run_file: RunFile, born: np.ndarray, times: np.ndarray):
        self._path, self._file, self._run_file, self._born, self.times = path, file, run_file, born, times
        self.context: Context  # whose mesh is taken

    def __call__(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Raises RunFileError where the files of the run that tell are not there any more."""
        x, y = np.full((2, len(ids)), np.nan)
        row = np.minimum(np.searchsorted(self.times, self._born[ids]), len(self.times) - 1)
        recorded = self.times[row] == self._born[ids]
        axes = ("lon", "lat") if self.context.geographic else ("x", "y")
        for each in np.unique(row[recorded]):
            mine = np.flatnonzero(recorded & (row == each))
            first = int(ids[mine].min())
            there = slice(first, int(ids[mine].max()) + 1)
            for values, axis in ((x, axes[0]), (y, axes[1])):
                values[mine] = self._file[axis][there, int(each)][ids[mine] - first]
        between = np.flatnonzero(~recorded)
        if len(between):
            x[between], y[between] = self._placed(ids[between])
        return x, y

    def amounts(self, ids: np.ndarray) -> np.ndarray:
        """What particles were released with, as `Context.amounts` has it. Raises RunFileError as above."""
        numbers = np.asarray(self._file["trajectory"][ids[0] : ids[-1] + 1], np.int64)[ids - ids[0]]
        plan = self._plan
        known = numbers.max() < plan.total and np.array_equal(plan.born_of(numbers), self._born[ids])
        if not known or plan.amount is None:
            raise RunFileError(
                f"{self._path}: what releases carry now is not what the particles were released with"
            )
        return plan.amounts_at(numbers)

    def _placed(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        source, series = self._source
        try:
            with closing(series):  # releases with wet = true read it
                return source.starts(ids)
        except ForcingError as error:
            raise RunFileError(f"{self._why}: {error}") from None

    @property
    def _why(self) -> str:
        return f"{self._path}: particles start between two records; only the forcing and the files of releases tell where"

    @cached_property
    def _source(self) -> tuple[ReleaseSource, Forcing]:
        try:
            source, series, born = self._released_anew()
        except (ForcingError, RunFileError) as error:
            raise RunFileError(f"{self._why}: {error}") from None
        if not np.array_equal(born, self._born):
            raise RunFileError(f"{self._why}: they give other particles now than then")
        return source, series

    @cached_property
    def _plan(self) -> ReleasePlan:
        with closing(open_forcing(self._run_file)) as series:
            return self._planned(series)[0]

    def _planned(self, series: Forcing) -> tuple[ReleasePlan, StepGrid]:
        run_file, direction = self._run_file, self.context.direction
        start, end = run_period(run_file, series)
        if direction < 0:
            start, end = -end, -start
        grid = StepGrid(start, end, run_file.time.step)
        plan = plan_releases(
            run_file,
            grid,
            to_run_coordinates(run_file, series),
            geographic=series.geographic,
            first_record=int(series.times[0]),
            calendar=series.calendar,
            direction=direction,
        )
        return plan, grid

    def _released_anew(self) -> tuple[ReleaseSource, Forcing, np.ndarray]:
        run_file, context = self._run_file, self.context
        with closing(open_forcing(run_file)) as series:
            plan, grid = self._planned(series)
            mesh = context.mesh()
            water = WaterInTime(series if context.direction > 0 else BackwardForcing(series), mesh)
            source = ReleaseSource(plan, mesh, grid, run_file.seed, still_depth(series, mesh), water.wet_at)
        return source, series, plan.born_of(np.arange(plan.total, dtype=np.int64))
