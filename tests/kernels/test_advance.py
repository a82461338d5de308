"""The loop over blocks and steps: records and clocks, the hand-on at the end of a piece, company that changes
nothing."""

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift.timeline.clock import StepGrid
from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels.integrate import advance
from fvdrift_kernels.lanes import LANES, new_blocks
from fvdrift_kernels.options import Physics
from fvdrift_kernels.state import ACTIVE, END_OF_PIECE, EXITED, RECORD, SLIDE, STRAND, STRANDED
from simple_meshes import rectangle, uneven_levels
from tank import RK4, SECOND, Tank, between, steps_of, still

MINUTE = 60 * SECOND
EAST = Flow(u=lambda x, y, s, t: 1.0 + 0 * x * s, v=lambda x, y, s, t: 0 * x * s, omega=still)
STIR = Flow(
    u=lambda x, y, s, t: np.sin(x / 150 + t / 600) + 0.3 + 0 * s, v=lambda x, y, s, t: np.cos(y / 90 - t / 500) * (1 + s),
    zeta=lambda x, y, t: 0.5 * np.cos(t / 900 + x / 500), omega=lambda x, y, s, t: -4e-3 * s * (1 + s) * np.cos(x / 70),
)  # fmt: skip


def channel(**choices):
    return Tank(rectangle(2000.0, 500.0, elements=800), sigma=uneven_levels(5), **choices)


def run(tank, levels, particles, *, minutes, outputs=(), mesh=None, order=None, coast=SLIDE):
    """Advance `particles` by steps of a minute, once; returns (steps taken, RECORD (output, particle in
    order))."""
    grid = StepGrid(0, minutes * MINUTE, MINUTE)
    frames, omega = between(*levels)
    order = np.arange(len(particles)) if order is None else order
    records = np.zeros((len(outputs), len(order)), RECORD)
    records["status"] = -1
    taken = advance(
        for_kernels(particles), order, 0, -(-len(order) // LANES), mesh or tank.piece.mesh, frames,
        Physics(RK4, omega, tank.piece.metric, coast), steps_of(grid.schedule(0, minutes * MINUTE), outputs, *levels),
        for_kernels(records), new_blocks(1), 0,
    )  # fmt: skip
    return taken, records


def test_records_are_taken_at_their_steps_and_clocks_end_at_the_end():
    tank = channel()
    particles = tank.particles(np.full(300, 100.0), np.linspace(10, 490, 300))
    taken, records = run(tank, tank.levels(EAST, (0, 30 * MINUTE)), particles, minutes=20, outputs=(0, 7, 20))
    assert taken == 300 * 20
    np.testing.assert_allclose(
        records["x"], np.array([[100.0], [520.0], [1300.0]]) + np.zeros(300), atol=1e-3
    )
    np.testing.assert_array_equal(records["id"][1], np.arange(300))
    assert (records["status"] == ACTIVE).all()
    assert (particles["clock"] == 40).all()
    assert (particles["status"] == ACTIVE).all()


def test_a_particle_released_later_starts_later_and_is_recorded_from_then():
    tank = channel()
    particles = tank.particles(np.full(3, 100.0), [100.0, 200.0, 300.0], clock=[0, 10, 20])
    taken, records = run(
        tank, tank.levels(EAST, (0, 30 * MINUTE)), particles, minutes=10, outputs=(0, 4, 5, 10)
    )
    assert taken == 10 + 5 + 0
    assert records["status"].tolist() == [[1, -1, -1], [1, -1, -1], [1, 1, -1], [1, 1, 1]]
    np.testing.assert_allclose(records["x"][3], [700.0, 400.0, 100.0], atol=1e-3)
    np.testing.assert_allclose(records["x"][2, 1], 100.0)


def test_what_leaves_is_recorded_once_and_what_strands_keeps_its_place():
    tank = channel(is_open=lambda x, y: (x > 1999.0) & (y > 250.0))
    particles = tank.particles([1800.0, 1800.0], [400.0, 100.0])
    taken, records = run(
        tank,
        tank.levels(EAST, (0, 30 * MINUTE)),
        particles,
        minutes=10,
        outputs=(0, 3, 4, 5, 10),
        coast=STRAND,
    )
    assert taken == 2 * 4  # 240 m, the last step ends on the way
    assert records["status"][:, 0].tolist() == [ACTIVE, ACTIVE, EXITED, -1, -1]
    assert records["status"][:, 1].tolist() == [ACTIVE, ACTIVE, STRANDED, STRANDED, STRANDED]
    np.testing.assert_allclose(records["x"][2], 2000.0, atol=1e-3)
    assert particles["clock"].tolist() == [-1, 20]


@pytest.fixture(scope="module")
def cut():
    """(tank, mesh that ends at x = 1000): what lies beyond is the end of the piece."""
    tank = channel()
    element = tank.whole.element.copy()
    here = tank.xc < 1000.0
    for i in range(3):
        beyond = tank.whole.beyond[:, i]
        element[f"beyond{i}"][here & (beyond >= 0) & ~here[beyond]] = END_OF_PIECE
    return tank, tank.piece.mesh._replace(element=element)


def test_a_step_that_reaches_the_end_of_the_piece_is_not_taken(cut):
    """State and clock are those before the step, to the bit, and no record after it is made."""
    tank, mesh = cut
    levels = tank.levels(STIR, (0, 30 * MINUTE))
    particles = tank.scattered(2000, elements=np.flatnonzero(tank.xc < 1000.0))
    outputs = tuple(range(21))
    before, whole = particles.copy(), particles.copy()
    _, truth = run(tank, levels, whole, minutes=20, outputs=outputs)
    _, records = run(tank, levels, particles, minutes=20, outputs=outputs, mesh=mesh)
    left = np.flatnonzero(particles["clock"] < 40)
    assert 100 < len(left) < 1900
    assert len(np.unique(particles["clock"][left])) > 5
    for p in left:
        done = particles["clock"][p] // 2
        at = truth[done][p] if done else before[p]
        for name in ("x", "y", "sigma", "element"):
            assert particles[name][p].tobytes() == at[name].tobytes()
        assert (records["status"][done + 1 :, p] == -1).all()
        for name in ("x", "y", "sigma", "element"):
            assert records[name][: done + 1, p].tobytes() == truth[name][: done + 1, p].tobytes()
    stayed = np.flatnonzero(particles["clock"] == 40)
    for name in ("x", "y", "sigma", "element", "status"):
        assert particles[name][stayed].tobytes() == whole[name][stayed].tobytes()


def test_a_particle_that_was_handed_on_ends_where_it_would_have(cut):
    tank, mesh = cut
    levels = tank.levels(STIR, (0, 30 * MINUTE))
    particles = tank.scattered(2000, elements=np.flatnonzero(tank.xc < 1000.0))
    whole = particles.copy()
    run(tank, levels, whole, minutes=20)
    first, _ = run(tank, levels, particles, minutes=20, mesh=mesh)
    left = np.flatnonzero(particles["clock"] < 40)
    second, _ = run(tank, levels, particles, minutes=20, order=left[::-1].copy())
    assert first + second == 2000 * 20
    assert particles.tobytes() == whole.tobytes()


def test_company_and_order_change_nothing():
    tank = channel()
    levels = tank.levels(STIR, (0, 30 * MINUTE))
    together = tank.scattered(1000)
    start = together.copy()
    run(tank, levels, together, minutes=15)
    shuffled = start.copy()
    run(tank, levels, shuffled, minutes=15, order=np.random.default_rng(1).permutation(1000))
    assert shuffled.tobytes() == together.tobytes()
    for one in (0, 127, 128, 999):
        alone = start[[one]].copy()
        run(tank, levels, alone, minutes=15)
        assert alone.tobytes() == together[[one]].tobytes()


def test_stopping_at_a_frame_in_mid_run_changes_nothing():
    """A resume starts cold: what a lane had cached must not be seen."""
    tank = channel()
    levels = tank.levels(STIR, (0, 10 * MINUTE, 20 * MINUTE))
    at_once, in_two = tank.scattered(500), tank.scattered(500)
    tank.follow(levels, at_once, step=MINUTE)
    tank.follow(levels, in_two, step=MINUTE, end=7 * MINUTE)
    in_two["clock"] = 0
    tank.follow(levels, in_two, step=MINUTE, start=7 * MINUTE)
    for name in ("x", "y", "sigma", "element"):
        assert in_two[name].tobytes() == at_once[name].tobytes()
