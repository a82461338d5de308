"""All that is settled before a particle moves: forcing, grid of steps, mesh, releases, what is read and
sampled.

The same for `run` and `plan`; nothing is written here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.forcing import BackwardSeries, Fields, Series, Window
from fvdrift.mesh import TrackCoordinates, track_coordinates
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.orders import AlertOrder, WorkOrder
from fvdrift.output import OutputVariable
from fvdrift.release import ReleasePlan, ReleaseSource, WaterInTime
from fvdrift.settings import RunFile
from fvdrift.statistics import StatisticsPlan
from fvdrift.timeline import NOTHING, Interval, StepGrid, closed, intervals_of, output_times

from .frame_supply import Supply, layer_shares
from .members import Member
from .stages import Stages, all_mistakes
from .variables import AlertPlan, Variables

_ROW_BYTES = 80  # of a record and its columns, before the sampled variables


@dataclass
class Preparation:
    """A run that is ready to start. forcing: as it lies in the files; series: as the run sees it, backward or
    forward; rows: times of the rows, int64 microseconds; units: of variables, by name."""

    run_file: RunFile
    forcing: Series
    series: Series | BackwardSeries
    grid: StepGrid
    mesh: meshes.WholeMesh
    releases: ReleasePlan
    order: WorkOrder
    supply: Supply
    rows: np.ndarray
    output_variables: tuple[OutputVariable, ...]
    alerts: tuple[AlertPlan, ...]
    coordinates: TrackCoordinates
    open_sides: int
    water: WaterInTime
    make_source: Callable[[], ReleaseSource]
    statistics: StatisticsPlan | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def source(self) -> ReleaseSource:
        return self.make_source()

    def depth(self, raw: Fields) -> np.ndarray:
        """h + zeta (m) at the nodes of the mesh, float32, of a frame in the order of the files."""
        h = raw.get("h", self.series.h.astype(np.float32))
        depth: np.ndarray = (h + raw["zeta"])[self.mesh.file_node]
        return depth

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(variable.name for variable in self.output_variables)

    @cached_property
    def outputs(self) -> np.ndarray:
        """Output times, int64 microseconds: all rows but that of an end which is none."""
        return output_times(self.grid, self.run_file.output.every)

    @cached_property
    def intervals(self) -> list[Interval]:
        row_bytes = self.releases.total * (_ROW_BYTES + 4 * len(self.output_variables))
        looks = [
            np.arange(self.grid.start + a.every, self.grid.end, a.every)
            for a in self.alerts
            if a.every is not None
        ]
        at = np.unique(np.concatenate([NOTHING, *looks]))
        found = intervals_of(
            self.grid, self.series.times, self.outputs, row_bytes, at, at_start=bool(self.alerts)
        )
        last = closed(found[-1], tuple(range(len(self.outputs), len(self.rows))))
        return [*found, last] if last.outputs or self.alerts_at(last) else found

    def alerts_at(self, interval: Interval) -> tuple[int, ...]:
        """Numbers of the alerts that are looked at when an interval ends: at times of their own, or at frames
        and at both ends of the run."""
        grid, time = self.grid, interval.end
        at_frame = bool(np.isin(time, self.series.times))
        if interval.closing:
            beside = time == grid.end and not at_frame
            return tuple(number for number, alert in enumerate(self.alerts) if beside and alert.every is None)
        return tuple(
            number
            for number, alert in enumerate(self.alerts)
            if (
                at_frame or time == grid.start
                if alert.every is None
                else (time - grid.start) % alert.every == 0
            )
        )

    @property
    def frames(self) -> range:
        """The frames the run needs."""
        return self.frames_of(self.intervals)

    def frames_of(self, intervals: list[Interval]) -> range:
        """The frames that consecutive intervals need."""
        return range(self.window(intervals[0])[0], self.window(intervals[-1])[-1] + 1)

    def window(self, interval: Interval) -> range:
        """The frames an interval needs: two, and for cubic interpolation one before and one after where there
        are."""
        wider = 1 if self.order.cubic else 0
        return range(max(interval.frame - wider, 0), min(interval.frame + 2 + wider, len(self.series.times)))

    def window_times(self, interval: Interval) -> Window:
        """Their times; a frame beyond a gap does not count."""
        times, frame = [int(t) for t in self.series.times[self.window(interval)]], interval.frame
        first, second = int(self.series.times[frame]), int(self.series.times[frame + 1])
        gap = self.series.max_gap
        before = times[0] if times[0] < first and first - times[0] <= gap else None
        after = times[-1] if times[-1] > second and times[-1] - second <= gap else None
        return Window(before, first, second, after)

    @property
    def node_rings(self) -> int:
        """Rings of elements that a subdomain needs for what is derived at its nodes: for `ww` the rise of the
        surface at nodes goes into the elements round others. Open nodes take from the inner ones beside
        them."""
        walk, vertical = self.order.walk, self.order.vertical
        sheared = walk is not None and walk.horizontal == "smagorinsky"
        sloping = self.mesh.levels is not None and vertical in ("omega", "continuity")
        rings = max({"continuity": 1, "ww": 2}.get(vertical, 0), 1 if sloping else 0)
        at_open_nodes = 1 if self.open_sides and (sloping or vertical == "ww") else 0
        return max(rings + at_open_nodes, 1 if sheared else 0)


def prepare_all(members: Sequence[Member]) -> list[Preparation]:
    """`prepare_run` of each member, side by side. Raises RunFileError and ForcingError, which name the
    member."""
    found: list[Preparation] = []
    for member in members:
        with member.blamed():
            found.append(prepare_run(member.run_file, found[0] if found else None))
    return found


def prepare_run(run_file: RunFile, beside: Preparation | None = None) -> Preparation:
    """Open and check everything. beside: a run of the same forcing on the same mesh, which are taken from it.
    Raises RunFileError and ForcingError, with all that is wrong as far as one thing can be told without
    another."""
    stages = Stages(run_file, None if beside is None else (beside.forcing, beside.mesh))
    try:
        return _prepared(stages)
    except (RunFileError, ForcingError) as error:
        others = all_mistakes(stages, error)
        if others is error:
            raise
        raise others from None


def _prepared(stages: Stages) -> Preparation:
    run_file, series, grid = stages.run_file, stages.series, stages.grid
    kind, held_depth = run_file.advection.dimension
    variables, behaviour = stages.variables, stages.behaviour
    (mesh, notes), (units_told, stokes, walk) = stages.mesh, (stages.units_told, stages.stokes, stages.walk)
    order = WorkOrder(
        run_file.advection.scheme,
        stages.vertical,
        held_depth,
        run_file.boundary.coast,
        run_file.seed,
        variables.samples,
        stages.direction,
        walk,
        run_file.forcing.time_interpolation == "cubic",
        variables.fields,
        tuple(AlertOrder(alert.condition, alert.samples) for alert in variables.alerts),
        behaviour,
        stokes,
        run_file.parallel.threads,
        sloping=mesh.levels is not None,
    )
    releases, statistics, told = stages.releases, stages.statistics, stages.areas
    return Preparation(
        run_file=run_file,
        forcing=series,
        series=stages.seen,
        grid=grid,
        mesh=mesh,
        releases=releases,
        order=replace(
            order, tracks=run_file.output.tracks, statistics=None if statistics is None else statistics.order
        ),
        statistics=statistics,
        supply=_supply(series, kind, order, variables),
        rows=stages.rows,
        output_variables=variables.output,
        alerts=variables.alerts,
        coordinates=track_coordinates(run_file, series),
        open_sides=int(np.count_nonzero(mesh.beyond == -2)),
        water=stages.water,
        make_source=stages.source,
        units=variables.units,
        notes=[
            *run_file.remarks,
            *series.notes,
            *variables.notes,
            *notes,
            *releases.notes,
            *units_told,
            *told,
        ],
    )


def _supply(series: Series, kind: str, order: WorkOrder, variables: Variables) -> Supply:
    vertical, walk = order.vertical, order.walk
    velocity = ("u", "v")
    if kind == "2d" and {"ua", "va"} <= set(series.variables):
        velocity = ("ua", "va")
    names = [*velocity, "zeta", "wet"]
    names += ["h"] if series.h_varies else []
    names += [vertical] if vertical in ("omega", "ww") else []
    names += variables.read()
    names += [
        name for name in ("kh", "viscofh") if walk is not None and name in (walk.vertical, walk.horizontal)
    ]
    names += ["nn_hvc"] if walk is not None and walk.smagorinsky is None else []
    moved_by = [] if order.behaviour is None else [*order.behaviour.inputs]
    moved_by += [] if order.stokes is None else [order.stokes.u, order.stokes.v]
    names += variables.of_files(moved_by)
    on_elements = {
        *variables.on_elements(),
        *(sample.name for sample in moved_by if sample.location == "element"),
    }
    supply = Supply(tuple(dict.fromkeys(names)), kind, frozenset(on_elements))
    if kind != "2d" or series.siglev is None:
        return supply
    of_elements, of_nodes = layer_shares(series.siglev, series.triangles)
    known = {name: series.variables[name] for name in names if name in series.variables}
    layered = [name for name, it in known.items() if it.location == "node" and it.vertical == "layer"]
    if layered and series.sigma is not None and not series.sigma.gives_mean:
        raise ForcingError(
            f"{series.files[0].name}: {layered[0]}: holds only {series.sigma.told}, which gives no mean over the depth, as a "
            "2-D run takes it; leave it out, or take files with all layers"
        )
    return replace(supply, thickness=of_elements, averaged=frozenset(layered), node_thickness=of_nodes)
