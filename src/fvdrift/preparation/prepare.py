"""All that is settled before a particle moves: forcing, grid of steps, mesh, releases, what is read and
sampled.

The same for `run` and `plan`; nothing is written here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fvdrift.errors import ForcingError, RunFileError, blamed
from fvdrift.forcing import Fields, Forcing
from fvdrift.mesh import TrackCoordinates, track_coordinates
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.orders import AlertOrder, BehaviourOrder, WorkOrder
from fvdrift.output import OutputVariable, Stripes, plan_stripes, row_bytes
from fvdrift.release import ReleasePlan, ReleaseSource, WaterInTime
from fvdrift.settings import RunFile
from fvdrift.statistics import StatisticsPlan
from fvdrift.timeline import StepGrid, output_times
from fvdrift_kernels.state import OPEN

from .frame_supply import Supply
from .members import Member
from .run_timeline import RunTimeline
from .stages import Stages, all_mistakes
from .supply_plan import supply_of
from .variables import AlertPlan, Variables

_ROW_BYTES = 80  # of a record and its columns, before the sampled variables


@dataclass
class Preparation:
    """A run that is ready to start. forcing: as it lies in the files; series: as the run sees it, backward or
    forward; units: of variables, by name."""

    run_file: RunFile
    forcing: Forcing
    series: Forcing
    timeline: RunTimeline
    mesh: meshes.WholeMesh
    releases: ReleasePlan
    order: WorkOrder
    supply: Supply
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

    @property
    def row_bytes(self) -> int:
        """Of one particle in one row of tracks."""
        return row_bytes(self.coordinates, self.output_variables)

    @property
    def stripes(self) -> Stripes:
        """How its tracks are cut."""
        rows, split = len(self.timeline.rows), self.run_file.output.split
        return plan_stripes(self.releases.total, rows, self.row_bytes, split)

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
        with blamed(member.name):
            made = prepare_run(member.run_file, found[0] if found else None)
        made.order = replace(made.order, name=member.name)
        found.append(made)
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
    """Ask the stages one after the other: the first mistake is that of the earliest."""
    run_file, series, grid = stages.run_file, stages.series, stages.grid
    variables, behaviour = stages.variables, stages.behaviour
    mesh, mesh_notes = stages.mesh
    told = stages.units_told
    order = _order(stages, variables, behaviour, sloping=mesh.levels is not None)
    releases, statistics = stages.releases, stages.statistics
    notes = [*run_file.remarks, *series.notes, *variables.notes, *mesh_notes, *releases.notes, *told]
    notes += stages.areas
    supply = supply_of(series, stages.kind, order, variables)
    return Preparation(
        run_file=run_file,
        forcing=series,
        series=stages.seen,
        timeline=_timeline(stages, grid, releases.total),
        mesh=mesh,
        releases=releases,
        order=order
        if statistics is None
        else replace(order, statistics=statistics.order._replace(samples=variables.statistics)),
        statistics=statistics,
        supply=supply,
        output_variables=variables.output,
        alerts=variables.alerts,
        coordinates=track_coordinates(run_file, series),
        open_sides=int(np.count_nonzero(mesh.beyond == OPEN)),
        water=stages.water,
        make_source=stages.source,
        units=variables.units,
        notes=notes,
    )


def _order(
    stages: Stages, variables: Variables, behaviour: BehaviourOrder | None, *, sloping: bool
) -> WorkOrder:
    """All that a worker has to know, but for what statistics ask of it."""
    run_file, stokes, walk = stages.run_file, stages.stokes, stages.walk
    return WorkOrder(
        scheme=run_file.advection.scheme,
        vertical=stages.vertical,
        held_depth=run_file.advection.dimension.depth,
        coast=run_file.boundary.coast,
        seed=run_file.seed,
        samples=variables.samples,
        direction=stages.direction,
        walk=walk,
        cubic=run_file.forcing.time_interpolation == "cubic",
        fields=variables.fields,
        alerts=tuple(AlertOrder(alert.condition, alert.samples) for alert in variables.alerts),
        behaviour=behaviour,
        stokes=stokes,
        threads=run_file.parallel.threads,
        tracks=run_file.output.tracks,
        sloping=sloping,
    )


def _timeline(stages: Stages, grid: StepGrid, particles: int) -> RunTimeline:
    run_file, variables = stages.run_file, stages.variables
    return RunTimeline(
        grid=grid,
        frame_times=stages.seen.times,
        max_gap=stages.seen.max_gap,
        outputs=output_times(grid, run_file.output.every),
        rows=stages.rows,
        looks=tuple(alert.every for alert in variables.alerts),
        row_bytes=particles * (_ROW_BYTES + sum(int(each.kind[1]) for each in variables.output)),
        cubic=run_file.forcing.time_interpolation == "cubic",
    )
