"""A tank of water in memory: a mesh, known flows and particles, given to the kernels without files. Not a
whole run.

    tank = Tank(*rectangle(1000.0, 500.0, elements=200), h=20.0)
    levels = tank.levels(flow, np.arange(3) * HOUR)
    end = tank.follow(levels, tank.particles(x, y), step=60 * SECOND)

Times are microseconds from the flow's zero. Nothing here is a truth: those are in the tests.
"""

from dataclasses import dataclass, replace

import numpy as np

from analytic_flows import Flow
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.mesh.partition import Surroundings
from fvdrift.mesh.subdomain import cut_subdomain
from fvdrift.timeline.clock import StepGrid
from fvdrift.timeline.intervals import intervals_of, output_steps
from fvdrift.tools.particle_arrays import PARTICLE, for_kernels
from fvdrift_kernels.behaviour_options import BesideFlow, ErodibleBed
from fvdrift_kernels.gradient import wet_code
from fvdrift_kernels.integrate import advance
from fvdrift_kernels.lanes import LANES, new_blocks
from fvdrift_kernels.locate import find_elements, search_grid
from fvdrift_kernels.omega import from_continuity, from_vertical_velocity, through_sigma
from fvdrift_kernels.options import HeldDepth, NodeLevels, Omega, Physics, RungeKutta4
from fvdrift_kernels.state import (
    ACTIVE,
    DEPOSITED,
    NOT_RELEASED,
    RECORD,
    SLIDE,
    STRANDED,
    Frames,
    Steps,
    with_columns,
)
from simple_meshes import Mesh, even_levels

SECOND = 1_000_000
HOUR = 3600 * SECOND
RK4 = RungeKutta4()


def still(x, y, sigma, t):
    """No flow through the sigma levels. Flows that have it share the compiled code of nearly all runs."""
    return 0 * x * sigma


@dataclass(frozen=True)
class Level:
    """The fields of a tank at one time (microseconds); depth, zeta (node,); wet: code; omega (level, node) or
    None."""

    time: int
    u: np.ndarray
    v: np.ndarray
    zeta: np.ndarray
    depth: np.ndarray
    wet: np.ndarray
    omega: np.ndarray | None


def between(a: Level, b: Level) -> tuple[Frames, Omega | None]:
    """Two levels as the kernels take them."""
    frames = Frames(a.u, b.u, a.v, b.v, a.depth, b.depth, a.zeta, b.zeta, a.wet, b.wet)
    return frames, None if a.omega is None or b.omega is None else Omega(a.omega, b.omega)


def rebuilt_omega(piece, u, v, zeta, depth, wet, ww=None) -> np.ndarray:
    """Omega (level, node) of a piece from continuity, or from ww where it is given."""
    layers, nodes = len(u), len(piece.nodes)
    areas, rise = np.empty(nodes), np.zeros(nodes)
    omega = np.zeros((layers + 1, nodes), np.float32)
    spacing, divergence = np.empty((2, layers, nodes))
    from_continuity(
        piece.mesh, piece.metric, piece.x, piece.y, u, v, depth, wet, areas, spacing, divergence, rise, omega
    )
    if ww is not None:
        from_vertical_velocity(piece.mesh, piece.metric, u, v, ww, depth, zeta, rise, wet, areas, omega)
    return omega


def through_sigma_of(piece, u, v, depth, wet, omega) -> np.ndarray:
    """The flow through surfaces of sigma (level, node), of omega through levels that differ from place to
    place."""
    areas, along, flow = np.empty(len(piece.nodes)), np.empty(omega.shape), np.empty_like(omega)
    through_sigma(piece.mesh, piece.metric, piece.x, piece.y, u, v, depth, wet, omega, areas, along, flow)
    return flow


def code_of(piece, wet: np.ndarray) -> np.ndarray:
    """The kernels' wet code of a bool (element,)."""
    code = np.empty(len(wet), np.uint8)
    wet_code(np.asarray(wet, bool), piece.mesh.stencil, code)
    return code


@dataclass(frozen=True)
class Followed:
    """rows: RECORD (output, particle), the last state of those that move no more kept; times: s; steps
    taken."""

    rows: np.ndarray
    times: np.ndarray
    steps: int

    @property
    def end(self) -> np.ndarray:
        return self.rows[-1]


class Tank:
    """mesh: of simple_meshes; h: m, (node,) or one depth; sigma: levels, (level,) or (level, node); real: the
    kind of the kernels' numbers; is_open: bool function of x, y at the middles of outer sides."""

    def __init__(
        self, mesh: Mesh, h=20.0, sigma=None, *, geographic=False, coast_gradient="neighbours", real=np.float32, is_open=None,
        flat_levels=False,
    ):  # fmt: skip
        nodes = len(mesh.x)
        sigma = even_levels(4) if sigma is None else np.asarray(sigma, float)
        sigma = np.broadcast_to(sigma[:, None] if sigma.ndim == 1 else sigma, (len(sigma), nodes))
        layers = 0.5 * (sigma[1:] + sigma[:-1])
        whole = meshes.build(
            mesh.x,
            mesh.y,
            mesh.triangles,
            sigma,
            layers,
            geographic=geographic,
            coast_gradient=coast_gradient,
            flat_levels=flat_levels,
            real=real,
        )
        if is_open is not None:
            a, b = whole.corners[:, [1, 2, 0]], whole.corners[:, [2, 0, 1]]
            middle = 0.5 * (whole.x[a] + whole.x[b]), 0.5 * (whole.y[a] + whole.y[b])
            whole = whole.with_open_sides(np.broadcast_to(is_open(*middle), a.shape))
        h = np.broadcast_to(np.asarray(h, float), (nodes,))[whole.file_node]
        piece = cut_subdomain(whole, Surroundings(whole), h, (0, whole.elements), 0.0, True)
        half, levels = np.ascontiguousarray(whole.half, real), piece.mesh.levels
        levels = None if levels is None else NodeLevels(np.ascontiguousarray(whole.levels, real))
        self.piece = replace(piece, h=h.astype(real), mesh=piece.mesh._replace(half=half, levels=levels))
        self.whole, self.real, self.h = whole, real, h
        self.sigma = sigma[:, whole.file_node]
        self.element_layers = 0.5 * (self.sigma[1:] + self.sigma[:-1])[:, whole.corners].mean(axis=2)
        self.xc, self.yc = whole.x[whole.corners].mean(axis=1), whole.y[whole.corners].mean(axis=1)
        self.grid = search_grid(whole.x, whole.y, whole.corners)

    # fields

    def level(
        self, flow: Flow, time: int, wet: np.ndarray | None = None, vertical: str | None = None
    ) -> Level:
        """The flow at one time; wet: bool (element,) in the order of `whole`; vertical:
        "ww" or "continuity" to rebuild omega; unset, the flow's."""
        t, w = time / SECOND, self.whole
        zeta = self._at_nodes(flow.zeta(w.x, w.y, t) if flow.zeta else 0.0)
        u, v = (self._at_elements(f(self.xc, self.yc, self.element_layers, t)) for f in (flow.u, flow.v))
        code = code_of(self.piece, np.ones(w.elements, bool) if wet is None else wet)
        depth, omega = self.piece.h + zeta, None
        if vertical in ("ww", "continuity"):
            ww = (
                self._at_elements(flow.ww(self.xc, self.yc, self.element_layers, t))
                if vertical == "ww"
                else None
            )
            omega = rebuilt_omega(self.piece, u, v, zeta, depth, code, ww)
        elif flow.omega is not None:
            omega = (flow.omega(w.x, w.y, self.sigma, t) + np.zeros(self.sigma.shape)).astype(self.real)
        if omega is not None and self.piece.mesh.levels is not None:
            omega = through_sigma_of(self.piece, u, v, depth, code, omega)
        return Level(time, u, v, zeta, depth, code, omega)

    def _at_nodes(self, values) -> np.ndarray:
        return (values + np.zeros(self.whole.nodes)).astype(self.real)

    def _at_elements(self, values) -> np.ndarray:
        return (values + np.zeros(self.element_layers.shape)).astype(self.real)

    def levels(self, flow: Flow, times, **choices) -> list[Level]:
        return [self.level(flow, int(time), **choices) for time in times]

    # particles

    def locate(self, x, y) -> np.ndarray:
        found = np.empty(len(x), np.int32)
        find_elements(self.piece.mesh, self.grid, np.asarray(x, float), np.asarray(y, float), found)
        return found

    def particles(self, x, y, sigma=-0.5, element=None, clock=0) -> np.ndarray:
        """Particles to be released at a place in the water."""
        x, y = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
        new = np.zeros(len(x), PARTICLE)
        new["id"], new["x"], new["y"], new["sigma"], new["clock"] = np.arange(len(x)), x, y, sigma, clock
        new["element"] = self.locate(x, y) if element is None else element
        new["status"] = NOT_RELEASED
        assert new["element"].min() >= 0
        return new

    def scattered(self, count: int, seed: int = 1, elements: np.ndarray | None = None) -> np.ndarray:
        """Particles anywhere in `elements` (unset: all), about as many in each."""
        random = np.random.default_rng(seed)
        elements = np.arange(self.whole.elements) if elements is None else elements
        e = elements[np.arange(count) % len(elements)]
        weight = random.dirichlet((1.0, 1.0, 1.0), count)
        corners = self.whole.corners[e]
        x, y = (weight * self.whole.x[corners]).sum(axis=1), (weight * self.whole.y[corners]).sum(axis=1)
        return self.particles(x, y, -random.random(count), element=e)

    def follow(
        self, levels: list[Level], particles: np.ndarray, *, step: int, end: int | None = None, every: int | None = None,
        scheme=RK4, coast: int = SLIDE, held: float | None = None, start: int | None = None, beside: BesideFlow | None = None,
    ) -> Followed:  # fmt: skip
        """Move `particles` (changed) as one worker does, from the first level to `end` (unset: the last
        level).

        step, end, every, start: microseconds; held: depth (m) they are held at; beside: what happens beside
        the flow.
        """
        grid = StepGrid(
            levels[0].time if start is None else start, levels[-1].time if end is None else end, step
        )
        outputs = np.arange(grid.start, grid.end + 1, every or grid.end - grid.start)
        rows = np.zeros((len(outputs), len(particles)), record_type(particles))
        blocks, steps = new_blocks(1, self.real), 0
        times = np.array([level.time for level in levels])
        for interval in intervals_of(grid, times, outputs, 1):
            first, second = levels[interval.frame], levels[interval.frame + 1]
            schedule = grid.schedule(interval.start, interval.end)
            at = output_steps(grid, schedule, [int(outputs[row]) for row in interval.outputs])
            frames, omega = between(first, second)
            vertical = omega if held is None else HeldDepth(held)
            physics = Physics(scheme, vertical, self.piece.metric, coast, beside)
            taken, records = advance_once(
                self, particles, schedule, at, (first, second), frames, physics, blocks
            )
            steps += taken
            for row, record in zip(interval.outputs, records, strict=True):
                here = record["status"] >= 0
                rows[row] = rows[row - 1] if row else rows[row]
                rows[row][here] = record[here]
        return Followed(rows, (outputs - grid.start) / SECOND, steps)


def record_type(particles: np.ndarray) -> np.dtype:
    """RECORD with the columns that the particles carry."""
    return with_columns(
        RECORD, (particles.dtype["state"].names or ()) if "state" in (particles.dtype.names or ()) else ()
    )


def carrying(particles: np.ndarray, **columns) -> np.ndarray:
    """Particles with columns of their own, and what they begin with."""
    made = np.zeros(len(particles), with_columns(PARTICLE, tuple(columns)))
    for name in PARTICLE.names or ():
        made[name] = particles[name]
    for name, values in columns.items():
        made["state"][name] = values
    return made


def steps_of(schedule, at, first: Level, second: Level) -> Steps:
    """The steps of one interval as the kernels take them."""
    fraction = (schedule.times - first.time) / np.float64(second.time - first.time)
    output = np.full(schedule.steps + 1, -1, np.int32)
    output[list(at)] = np.arange(len(at))
    clock = np.array([schedule.clock(i) for i in range(schedule.steps + 1)], np.int64)
    return Steps(fraction, np.diff(schedule.times) / 1e6, schedule.times, clock, output)


def advance_once(
    tank: Tank, particles, schedule, at, levels, frames, physics, blocks
) -> tuple[int, np.ndarray]:
    """One interval for all particles that still move: (steps taken, RECORD (output, particle), status -1
    where none)."""
    beside = physics.beside
    waits = [] if beside is None or beside.shore is None else [STRANDED]
    waits += [DEPOSITED] if beside is not None and isinstance(beside.bed, ErodibleBed) else []
    moving = np.flatnonzero((particles["status"] <= ACTIVE) | np.isin(particles["status"], waits))
    records = np.zeros((len(at), len(moving)), record_type(particles))
    records["status"] = -1
    taken = advance(
        for_kernels(particles), moving, 0, -(-len(moving) // LANES), tank.piece.mesh, frames, physics,
        steps_of(schedule, at, *levels), for_kernels(records), blocks, 0,
    )  # fmt: skip
    whole = np.zeros((len(at), len(particles)), record_type(particles))
    whole["status"] = -1
    whole[:, moving] = records
    return taken, whole


def barycentric(x, y, corners, px, py) -> np.ndarray:
    """Smallest barycentric coordinate of points px, py in triangles with `corners` (point, 3), by areas: not
    the engine's."""
    (x0, x1, x2), (y0, y1, y2) = x[corners].T, y[corners].T
    whole = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    first = (x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)
    second = (x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)
    third = (x0 - px) * (y1 - py) - (x1 - px) * (y0 - py)
    return np.minimum(np.minimum(first, second), third) / whole


def brute_force(x, y, corners, px, py) -> tuple[np.ndarray, np.ndarray]:
    """For each point: its best element over all, and how far inside (smallest barycentric coordinate; < 0:
    outside all)."""
    best, inside = np.full(len(px), -1), np.full(len(px), -np.inf)
    for first in range(0, len(px), 256):
        part = slice(first, first + 256)
        low = barycentric(x, y, corners, px[part, None], py[part, None])
        best[part] = low.argmax(axis=1)
        inside[part] = low.max(axis=1)
    return best, inside
