"""The stages in which a run is checked and put together, each worked out when it is first asked for. What
they give becomes a run in `prepare`.

Where one fails the others can be looked at still, so that a person hears of all mistakes at once
(`all_mistakes`).
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache, cached_property, partial

import numpy as np

from fvdrift.behaviour import Columns, Settlement, columns_of, plan_behaviour, stokes_order, with_given
from fvdrift.errors import ForcingError, RunFileError, asked_by
from fvdrift.forcing import BackwardForcing, Forcing, cover_check, dimension_check
from fvdrift.mesh import Reach, ToRun, reach_of, read_polygons, to_run_coordinates
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.orders import BehaviourOrder, StokesOrder, WalkOrder
from fvdrift.release import ReleasePlan, ReleaseSource, WaterInTime, plan_releases
from fvdrift.settings import RunFile, as_written, missing_files
from fvdrift.statistics import Amounts, Context, StatisticsPlan, origins_of, plan_statistics
from fvdrift.timeline import StepGrid, output_times, refuse_too_many

from .on_mesh import OnMesh, of_statistics
from .run_forcing import (
    open_forcing,
    record_times,
    run_period,
    still_depth,
    vertical_velocity,
    walk_order,
    whole_mesh,
)
from .variable_units import check_units
from .variables import Variables, choose_variables

# those in which something can be wrong, in the order in which a run needs them
ALL = (
    "series", "grid", "rows", "variables", "behaviour", "units_told", "mesh", "vertical", "walk", "stokes",
    "releases", "statistics", "areas", "polygons", "starts", "files",
)  # fmt: skip


class Stages:
    """Of one run. shared: forcing and mesh of a run beside it. Each raises RunFileError or ForcingError."""

    def __init__(self, run_file: RunFile, shared: tuple[Forcing, meshes.WholeMesh] | None = None):
        self.run_file, self._shared = run_file, shared
        self.kind = run_file.advection.dimension.kind
        self.direction = -1 if run_file.time.direction == "backward" else 1

    @cached_property
    def series(self) -> Forcing:
        """The forcing as it lies in the files."""
        series = open_forcing(self.run_file) if self._shared is None else self._shared[0]
        dimension_check(series, *self.run_file.advection.dimension)
        return series

    @cached_property
    def reach(self) -> Reach:
        """Where its mesh is."""
        return reach_of(self.series)

    @cached_property
    def seen(self) -> Forcing:
        """As the run sees it, backward or forward."""
        return BackwardForcing(self.series) if self.direction < 0 else self.series

    @cached_property
    def to_run(self) -> ToRun:
        return to_run_coordinates(self.run_file, self.series)

    @cached_property
    def grid(self) -> StepGrid:
        start, end = run_period(self.run_file, self.series)
        if self.direction < 0:
            start, end = -end, -start
        step = self.run_file.time.step
        cover_check(self.seen, start, end, step, run_file=self.run_file.path)
        grid = StepGrid(start, end, step)
        refuse_too_many(self.run_file, grid, self.seen.times)
        return grid

    @cached_property
    def rows(self) -> np.ndarray:
        return record_times(self.run_file.output.every, self.grid, self.run_file.path.name)

    @cached_property
    def columns(self) -> Columns:
        try:
            amount = self.releases.amount
        except RunFileError:  # that stage says what is wrong with it, and nothing follows from it here
            amount = None if self.run_file.behaviour.decay is None else "mass"
        return columns_of(self.run_file, amount)

    @cached_property
    def variables(self) -> Variables:
        return choose_variables(self.run_file, self.series, self.columns)

    @cached_property
    def behaviour(self) -> BehaviourOrder | None:
        return plan_behaviour(
            self.run_file, self.series, self.kind, self.variables.known, self.columns, self.to_run
        )

    @cached_property
    def units_told(self) -> list[str]:
        return check_units(self.run_file, self.variables)

    @cached_property
    def stokes(self) -> StokesOrder | None:
        return stokes_order(self.run_file, self.kind, self.variables.known)

    @cached_property
    def walk(self) -> WalkOrder | None:
        return walk_order(self.run_file.diffusion, self.series, self.kind, self.run_file.path.name)

    @cached_property
    def bare_mesh(self) -> tuple[meshes.WholeMesh, list[str]]:
        """Before it knows of a behaviour, and sentences about it."""
        return (
            whole_mesh(self.run_file, self.series, self.to_run)
            if self._shared is None
            else (self._shared[1], [])
        )

    @cached_property
    def mesh(self) -> tuple[meshes.WholeMesh, list[str]]:
        mesh, notes = self.bare_mesh
        mesh, remarks = with_given(mesh, self.behaviour, self.series)
        return mesh, [*notes, *remarks]

    @cached_property
    def vertical(self) -> str:
        held = {"2d": "none", "surface": "none", "depth": "held"}.get(self.kind)
        asked, name = self.run_file.advection.vertical_velocity, self.run_file.path.name
        return held or vertical_velocity(asked, self.series, self.bare_mesh[0], name)

    @cached_property
    def releases(self) -> ReleasePlan:
        series = self.series
        return plan_releases(
            self.run_file,
            self.grid,
            self.to_run,
            geographic=series.geographic,
            first_record=int(series.times[0]),
            calendar=series.calendar,
            direction=self.direction,
            reach=self.reach,
        )

    @cached_property
    def water(self) -> WaterInTime:
        return WaterInTime(self.seen, self.bare_mesh[0])

    @cached_property
    def source(self) -> Callable[[], ReleaseSource]:
        """Makes it when it is needed, once."""
        mesh, seed = self.bare_mesh[0], self.run_file.seed
        depth, wet_at = still_depth(self.series, mesh), self.water.wet_at
        return cache(partial(ReleaseSource, self.releases, mesh, self.grid, seed, depth, wet_at))

    @cached_property
    def statistics(self) -> StatisticsPlan | None:
        run_file, series, releases = self.run_file, self.series, self.releases
        if not (run_file.output.tracks or run_file.statistic or run_file.alert):
            nothing = "without tracks there is nothing to find out: write a [[statistic]]"
            raise RunFileError(f"{run_file.path.name}: output.tracks: {nothing}")
        mesh = self.bare_mesh[0]
        return plan_statistics(
            run_file,
            lambda: Context(
                total=releases.total,
                names=tuple(releases.names),
                origins=origins_of(releases.total, releases.born_of, releases.release_of),
                times=output_times(self.grid, run_file.output.every),
                every=run_file.output.every,
                direction=self.direction,
                calendar=series.calendar,
                geographic=series.geographic,
                to_run=self.to_run,
                mesh=lambda: mesh,
                starts=lambda ids: self.source().starts(ids),
                may_miss=any(release.allow_outside or release.wet for release in run_file.release),
                units=lambda name: self.variables.wanted_units[name],
                amounts=None if releases.amount is None else Amounts(releases.amount, releases.amounts_at),
                projection=run_file.forcing.projection,
            ),
        )

    @cached_property
    def areas(self) -> list[str]:
        """Sentences about statistics, and about areas that lie off the mesh."""
        told = [] if self.statistics is None else [*self.statistics.notes]
        on_mesh = OnMesh(self.bare_mesh[0], self.reach)
        told += on_mesh.releases(self.releases)
        if self.statistics is not None:
            told += of_statistics(self.run_file.path.name, self.statistics.order.questions, on_mesh)
        settlement = None if self.behaviour is None else self.behaviour.part(Settlement)
        if settlement is not None:
            told += on_mesh.polygons(settlement.polygons, "behaviour.settlement", may_miss=True)
        return told

    # for mistakes alone: a run comes to them by other ways

    @cached_property
    def files(self) -> None:
        """Whether the files that the run file names are there."""
        problems = missing_files(as_written(self.run_file), self.run_file.path)
        if problems:
            raise RunFileError(problems)

    @cached_property
    def polygons(self) -> None:
        """Whether files of polygons can be read."""
        asked = self.run_file
        named = {"behaviour.settlement": asked.behaviour.settlement}
        for number, block in enumerate(asked.statistic):
            named[f"statistic.{number}.polygons"] = block.polygons
            named[f"statistic.{number}.sources"] = None if block.sources == "releases" else block.sources
        problems: list[str] = []
        for key, name in named.items():
            try:
                with asked_by(f"{asked.path.name}: {key}"):
                    if name is not None:
                        read_polygons(asked.resolve(name), self.to_run)
            except RunFileError as error:
                problems += error.problems
        if problems:
            raise RunFileError(problems)

    @cached_property
    def starts(self) -> None:
        """Whether particles start in the water."""
        self.source().check()


def all_mistakes(stages: Stages, first: RunFileError | ForcingError) -> RunFileError | ForcingError:
    """`first`, with what other stages than that it came from have to say; the very same where they say
    nothing else."""
    found = _problems(first)
    for name in ALL if _is_open(stages) else ("files",):
        try:
            getattr(stages, name)
        except (RunFileError, ForcingError) as error:
            found += _problems(error) if name != "files" else _not_said(_problems(error), found)
    found = list(dict.fromkeys(found))
    if len(found) == len(dict.fromkeys(_problems(first))):
        return first
    return RunFileError(found) if isinstance(first, RunFileError) else ForcingError("\n".join(found))


def _problems(error: RunFileError | ForcingError) -> list[str]:
    return list(error.problems) if isinstance(error, RunFileError) else [str(error)]


def _not_said(missing: list[str], found: list[str]) -> list[str]:
    """Of sentences "run.toml: key: file: ..." those about files that no other names."""
    return [sentence for sentence in missing if not any(sentence.split(": ")[2] in other for other in found)]


def _is_open(stages: Stages) -> bool:
    """Whether the forcing could be opened: it is not tried again for each stage that needs it."""
    with suppress(RunFileError, ForcingError):
        return "series" in vars(stages) or bool(stages.series)
    return False
