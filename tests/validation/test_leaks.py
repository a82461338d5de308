"""No particle on land, ever: all coast rules, long steps, narrow and ragged waters, particles born on nodes
and sides."""

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.state import ACTIVE, REFLECT, SLIDE, STRAND, STRANDED
from simple_meshes import Mesh
from tank import SECOND, Tank, barycentric, brute_force

from .waters import WATERS, corner_angles, ragged

COASTS = {"slide": SLIDE, "reflect": REFLECT, "strand": STRAND}
SPEED = 1.0
TOLERANCE = -1e-9  # of an element's height: a particle may lie exactly on a side
STEPS = 100


def swirl(length: float, period: float) -> Flow:
    """Fast water in all directions that cares for no coast."""
    k = 2 * np.pi / length

    def turn(x, y, t):
        return 2 * np.pi * t / period + np.sin(k * x) + np.cos(1.3 * k * y)

    return Flow(
        u=lambda x, y, s, t: SPEED * np.cos(turn(x, y, t)), v=lambda x, y, s, t: SPEED * np.sin(turn(x, y, t)),
        omega=lambda x, y, s, t: -2e-3 * s * (1 + s) + 0 * x,
    )  # fmt: skip


def onshore(angle: float) -> Flow:
    return Flow(
        u=lambda x, y, s, t: SPEED * np.cos(angle) + 0 * x, v=lambda x, y, s, t: SPEED * np.sin(angle) + 0 * x,
        omega=lambda x, y, s, t: 0 * x * s,
    )  # fmt: skip


def step_for(tank, courant):
    """The step in which the flow crosses so many elements of middling height."""
    return round(courant * np.median(tank.whole.smallest_height()) / SPEED * 1000) * 1000


def follow(tank, flow, particles, step, coast, steps=STEPS):
    levels = tank.levels(flow, np.arange(5) * (step * steps // 4))
    return tank.follow(levels, particles, step=step, every=10 * step, coast=coast)


def assert_in_the_water(tank, followed, say=True):
    """Every record lies in the element it says, and at the end, by looking at all elements, in no other."""
    whole = tank.whole
    rows = followed.rows.reshape(-1)
    inside = barycentric(whole.x, whole.y, whole.corners[rows["element"]], rows["x"], rows["y"])
    outside = np.count_nonzero(inside < TOLERANCE)
    end = followed.end[:10_000]
    best, depth = brute_force(whole.x, whole.y, whole.corners, end["x"], end["y"])
    on_land = np.count_nonzero(depth < TOLERANCE)
    elsewhere = np.count_nonzero((best != end["element"]) & (depth > -TOLERANCE))
    status = np.bincount(end["status"], minlength=3)
    if say:
        print(
            f"\n{followed.steps:,} particle-steps: {outside} of {len(rows):,} records outside their element (0), {on_land} of "
            f"{len(end):,} on land (0), {elsewhere} in another element (0); {status[1]} active, {status[2]} stranded"
        )
    assert (outside, on_land, elsewhere) == (0, 0, 0)
    assert np.isin(followed.rows["status"], (ACTIVE, STRANDED)).all()
    assert followed.rows["sigma"].max() <= 0
    assert followed.rows["sigma"].min() >= -1


def of_all(water, courant):
    """The hardest case is for every day, the others are for validation."""
    return pytest.param(
        water, courant, marks=[] if (water, courant) == ("ragged", 20) else pytest.mark.validation
    )


ALL = [of_all(water, courant) for water in WATERS for courant in (5, 20)]


@pytest.mark.parametrize("coast", ["slide", "reflect"])
@pytest.mark.parametrize(("water", "courant"), ALL)
def test_nothing_leaks_in_a_million_steps(water, courant, coast):
    tank = Tank(WATERS[water]())
    step = step_for(tank, courant)
    flow = swirl(300.0, 40 * step / SECOND)
    followed = follow(tank, flow, tank.scattered(10_000), step, COASTS[coast])
    assert_in_the_water(tank, followed)
    assert followed.steps == 10_000 * STEPS


@pytest.mark.validation
@pytest.mark.parametrize(("water", "courant"), [(water, courant) for water in WATERS for courant in (5, 20)])
def test_what_strands_strands_in_the_water(water, courant):
    """As particles that strand take few steps, it needs many to have a million."""
    tank = Tank(WATERS[water]())
    step = step_for(tank, courant)
    flow = swirl(300.0, 40 * step / SECOND)
    steps = stranded = seed = 0
    while steps < 1_000_000:
        seed += 1
        followed = follow(tank, flow, tank.scattered(30_000, seed), step, STRAND)
        assert_in_the_water(tank, followed, say=seed == 1)
        steps += followed.steps
        stranded += np.count_nonzero(followed.end["status"] == STRANDED)
    print(f"{steps:,} particle-steps, {stranded:,} stranded")
    assert stranded > 15_000 * seed


@pytest.mark.parametrize("coast", COASTS)
@pytest.mark.parametrize("angle", [-np.pi / 2, pytest.param(0.3, marks=pytest.mark.validation)])
def test_nothing_leaks_through_the_coast_it_is_driven_at(angle, coast):
    tank = Tank(WATERS["rectangle"]())
    followed = follow(tank, onshore(angle), tank.scattered(10_000), step_for(tank, 1.7), COASTS[coast])
    assert_in_the_water(tank, followed)


def crossings(whole, x0, y0, x1, y1):
    """Which straight ways cross a side of the coast, each side looked at."""
    e, i = np.nonzero(whole.beyond < 0)
    a, b = whole.corners[e, (i + 1) % 3], whole.corners[e, (i + 2) % 3]
    sx, sy = whole.x[b] - whole.x[a], whole.y[b] - whole.y[a]
    found = np.zeros(len(x0), bool)
    for first in range(0, len(x0), 1000):
        part = slice(first, first + 1000)
        dx, dy = (x1 - x0)[part, None], (y1 - y0)[part, None]
        ox, oy = whole.x[a] - x0[part, None], whole.y[a] - y0[part, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            along, across = (
                (ox * sy - oy * sx) / (dx * sy - dy * sx),
                (ox * dy - oy * dx) / (dx * sy - dy * sx),
            )
        within = (np.abs(along - 0.5) < 0.5 - 1e-9) & (np.abs(across - 0.5) < 0.5 - 1e-9)
        found[part] = within.any(axis=1)
    return found


@pytest.mark.parametrize("courant", [1, 5])
def test_no_step_jumps_over_land(courant):
    """What has not stranded has moved straight: its way must lie in the water, not its end alone.

    A stage of a step may go round a headland that the step itself would cut.
    """
    tank = Tank(WATERS["ragged"]())
    step = step_for(tank, courant)
    levels = tank.levels(swirl(300.0, 40 * step / SECOND), np.arange(3) * 5 * step)
    rows = tank.follow(levels, tank.scattered(25_000), step=step, every=step, end=4 * step, coast=STRAND).rows
    jumps = ways = 0
    for before, after in zip(rows[:-1], rows[1:], strict=True):
        moved = after["status"] == ACTIVE
        a, b = before[moved], after[moved]
        jumps += np.count_nonzero(crossings(tank.whole, a["x"], a["y"], b["x"], b["y"]))
        ways += len(a)
    print(f"\nCourant number {courant}: {jumps} of {ways:,} straight ways cross land (0)")
    assert ways > 5000
    assert jumps == 0


def test_a_stage_beyond_the_coast_is_taken_at_the_coast():
    """Flow onto the wall, and along it g times the distance from it: at the wall there is none, behind it
    there is nothing."""
    tank = Tank(WATERS["rectangle"](), real=np.float64)
    g, onto, y0, step = 2e-3, 1.0, 10.0, 40
    flow = Flow(u=lambda x, y, s, t: g * y + 0 * s, v=lambda x, y, s, t: -onto + 0 * x * s)
    levels = tank.levels(flow, (0, 4 * step * SECOND))
    made = tank.follow(levels, tank.particles([500.0], [y0]), step=step * SECOND).end["x"][0] - 500.0
    # the first stage counts for a sixth; the other three meet the wall (20 m and more down from 10 m off)
    print(f"\n{made:.8f} m along the wall in the first step and none after ({step / 6 * g * y0:.8f})")
    assert made == pytest.approx(step / 6 * g * y0, abs=1e-6)


def test_the_ragged_water_is_as_hard_as_it_should_be():
    angles = corner_angles(ragged())
    print(f"\nwater in corners from {angles.min():.1f} to {angles.max():.1f} degrees")
    assert angles.min() < 30
    assert angles.max() > 330
    assert np.count_nonzero(angles < 30) > 50


def awkward_places(whole):
    """Every node, the middle and another point of every side, every centroid, exactly as they are rounded."""
    a, b = whole.corners, whole.corners[:, [1, 2, 0]]
    x, y = whole.x, whole.y
    xs = [x, (0.5 * (x[a] + x[b])).ravel(), (x[a] + 0.3 * (x[b] - x[a])).ravel(), x[a].mean(axis=1)]
    ys = [y, (0.5 * (y[a] + y[b])).ravel(), (y[a] + 0.3 * (y[b] - y[a])).ravel(), y[a].mean(axis=1)]
    return np.concatenate(xs), np.concatenate(ys)


@pytest.mark.parametrize("coast", COASTS)
@pytest.mark.parametrize(
    "water",
    [pytest.param(water, marks=[] if water == "channel" else pytest.mark.validation) for water in WATERS],
)
def test_particles_born_on_nodes_sides_and_centroids_stay_in_the_water(water, coast):
    tank = Tank(WATERS[water]())
    x, y = awkward_places(tank.whole)
    particles = tank.particles(x, y, -np.random.default_rng(1).random(len(x)))
    # the lowest of the elements that share the place
    mesh = tank.whole.x, tank.whole.y, tank.whole.corners
    first = [np.flatnonzero(barycentric(*mesh, px, py) >= -1e-9)[0] for px, py in zip(x, y, strict=True)]
    assert (particles["element"] == first).all()
    step = step_for(tank, 3)
    assert_in_the_water(tank, follow(tank, swirl(300.0, 40 * step / SECOND), particles, step, COASTS[coast]))


@pytest.mark.parametrize("coast", ["slide", "reflect"])
def test_the_move_along_a_straight_coast_is_kept(coast):
    """One particle meets the wall in every step, the other in none: along the wall they make the same way."""
    tank = Tank(WATERS["rectangle"]())
    start = tank.particles([100.0, 100.0], [2.0, 250.0])
    toward = Flow(
        u=lambda x, y, s, t: 0.7 + 0 * x,
        v=lambda x, y, s, t: -0.5 * (y < 125) + 0 * x,
        omega=onshore(0).omega,
    )
    followed = follow(tank, toward, start, 10 * SECOND, COASTS[coast])
    made = followed.rows["x"] - followed.rows["x"][0]
    error = np.abs(made[:, 0] - made[:, 1]).max()
    # 2 m to the wall, then 3 m back
    off, expected = followed.end["y"][0], {"slide": 0.0, "reflect": 2.0}[coast]
    print(f"\n{coast}: {made[-1, 0]:.1f} m along the wall, {error:.1e} m from the free particle's (< 1e-9), {off:.7f} m off it "
          f"({expected})")  # fmt: skip
    assert error < 1e-9
    assert made[-1, 0] == pytest.approx(700.0, abs=1e-4)
    assert off == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("coast", ["slide", "reflect"])
def test_the_move_along_a_slanting_coast_is_kept(coast):
    """The closed form, in double precision: u along the wall times the time, whatever the rule does across
    it."""
    mesh = WATERS["rectangle"]()
    cos, sin = np.cos(0.5), np.sin(0.5)
    tank = Tank(
        Mesh(cos * mesh.x - sin * mesh.y, sin * mesh.x + cos * mesh.y, mesh.triangles), real=np.float64
    )
    along, across = np.array([100.0, 100.0]), np.array([2.0, 0.5])
    start = tank.particles(cos * along - sin * across, sin * along + cos * across)
    u, v = 0.7 * cos + 0.5 * sin, 0.7 * sin - 0.5 * cos
    toward = Flow(u=lambda x, y, s, t: u + 0 * x, v=lambda x, y, s, t: v + 0 * x)
    end = follow(tank, toward, start, 10 * SECOND, COASTS[coast]).end
    made = cos * end["x"] + sin * end["y"] - along
    print(f"\n{coast}: {np.abs(made - 700.0).max():.1e} m off 700 m along the wall (< 1e-9)")
    np.testing.assert_allclose(made, 700.0, atol=1e-9, rtol=0)
