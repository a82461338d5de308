"""The hook for the user's own behaviour: what it hands over, what it takes back, its random numbers; compiled
and plain."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fvdrift_kernels import own
from fvdrift_kernels.jit import DEBUG, kernel_called
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.own import UNUSABLE, Draw, normal, own_move, state_type, uniform
from fvdrift_kernels.state import ACTIVE, DEAD, SETTLED
from simple_meshes import rectangle, uneven_levels
from tank import Tank

STATE = state_type(("energy", "size"))  # a NumPy record has a `size` of its own
PARTICLE = np.dtype([("id", np.int64), ("state", STATE)], align=True)
QUANTITIES = {
    "age": 60.0,
    "dt": 30.0,
    "time": 1.6e9,
    "x": 700.0,
    "y": 200.0,
    "depth": 3.0,
    "water_depth": 12.0,
    "sun": 0.4,
}
BUSY = """
from fvdrift_kernels.own import normal, uniform
from fvdrift_kernels.state import ACTIVE, SETTLED

def slower(size):
    for _ in range(3):
        size = size * 0.9 + 0.01
    return size

def swim(salinity, depth, state, random, dt, temp):
    state.energy -= 0.1 * dt * (temp - 10.0)
    state.size = slower(state.size) + uniform(random, 3)
    north = uniform(random, 0) - 0.5 if state.energy < depth else salinity / 3.0
    return NORTH * 0.1, north, 0.01 * SPREAD(random, 0), SETTLED if uniform(random, 1) < 0.2 else ACTIVE
"""


def function_of(text, **given):
    """Function `swim` of a text, with names given from elsewhere, and its parameters."""
    module = ModuleType("own_of_a_test")
    vars(module).update(given)
    exec(text, vars(module))
    code = module.swim.__code__
    return module, code.co_varnames[: code.co_argcount]


def used(text, digest, **given):
    """The type of Own of a behaviour that `text` defines."""
    module, parameters = function_of(text, **given)
    return own.use(own.compiled(module, "swim", digest), parameters, digest)


@kernel_called
def call(option, particles, quantities, sigma, seed, step, part, mesh, element, fraction, moves):
    """own_move for every particle; moves: (particle, 4), filled."""
    age, dt, time, x, y, depth, water_depth, sun = quantities
    for i in range(len(particles)):
        p = particles[i]
        moves[i, 0], moves[i, 1], moves[i, 2], moves[i, 3] = own_move(
            option, p.state, age, dt, time, x, y, depth, water_depth, sigma, sun, Draw(seed, p.id, step, part),
            mesh, element, fraction,
        )  # fmt: skip


def moves_of(option, particles=None, sigma=-0.25, mesh=None, element=0, fraction=0.5, **quantities):
    """What the hook gives (particle, 4), and the particles."""
    if particles is None:
        particles = np.zeros(1, PARTICLE)
    moves = np.full((len(particles), 4), np.nan)
    seen = particles.view(np.recarray) if DEBUG else particles
    numbers = tuple(np.float64(quantities.get(name, value)) for name, value in QUANTITIES.items())
    call(option, seen, numbers, np.float64(sigma), 7, 11, 0, mesh, element, np.float64(fraction), moves)
    return moves


def swim(returned, parameters="", before=""):
    return f"from fvdrift_kernels.state import *\ndef swim({parameters}):\n    {before or 'pass'}\n    return {returned}\n"


def test_without_a_behaviour_nothing_moves():
    np.testing.assert_array_equal(moves_of(None), [[0.0, 0.0, 0.0, ACTIVE]])


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("0.25", (0.0, 0.0, 0.25, ACTIVE)),
        ("2", (0.0, 0.0, 2.0, ACTIVE)),
        ("0.1, 0, -0.3", (0.1, 0.0, -0.3, ACTIVE)),
        ("0.1, 0.2, -0.3, DEAD", (0.1, 0.2, -0.3, DEAD)),
        ("0.1, 0.2, -0.3, SETTLED if age > 59 else DEAD", (0.1, 0.2, -0.3, SETTLED)),
    ],
)
def test_it_may_return_up_or_a_velocity_or_a_velocity_and_a_status(returned, expected):
    kind = used(swim(returned, "age"), f"form_{len(returned)}")
    np.testing.assert_array_equal(moves_of(kind(())), [expected])


@pytest.mark.parametrize(
    "returned",
    [
        "age / (dt - 30.0)",
        "0.0, 0.0, (age - 60.0) / (dt - 30.0)",
        "0.0, 1e400, 0.0",
        "0.1, 0.1, 0.1, 3",
        "0, 0, 0, -1",
    ],
)
def test_a_move_that_nobody_can_make_is_reported_and_not_made(returned):
    kind = used(swim(returned, "age, dt"), f"bad_{sum(map(ord, returned))}")
    np.testing.assert_array_equal(moves_of(kind(())), [[0.0, 0.0, 0.0, UNUSABLE]])


def test_backward_a_velocity_is_reversed_and_nobody_dies():
    kind = used(swim("0.1, 0.2, -0.3, DEAD if age > 60 else ACTIVE", "age"), "reversed")
    np.testing.assert_array_equal(moves_of(kind((), -1), age=60.0), [[-0.1, -0.2, 0.3, ACTIVE]])
    np.testing.assert_array_equal(moves_of(kind((), -1), age=61.0), [[0.0, 0.0, 0.0, UNUSABLE]])
    np.testing.assert_array_equal(moves_of(kind((), 1), age=61.0), [[0.1, 0.2, -0.3, DEAD]])
    aware = used(swim("0.1 * direction", "direction"), "aware")  # acts one way whichever way time runs
    for direction in (1, -1):
        np.testing.assert_array_equal(moves_of(aware((), direction)), [[0.0, 0.0, 0.1, ACTIVE]])


def test_where_all_keep_their_place_in_the_column_nothing_goes_up():
    kind = used(swim("0.1, 0.2, age - 60.0", "age"), "level")
    np.testing.assert_array_equal(moves_of(kind((), 1, True), age=60.0), [[0.1, 0.2, 0.0, ACTIVE]])
    np.testing.assert_array_equal(moves_of(kind((), 1, True), age=61.0), [[0.0, 0.0, 0.0, UNUSABLE]])


@pytest.mark.parametrize(
    "names", [("sun", "age", "time"), ("y", "dt", "depth"), ("sigma", "x", "water_depth")]
)
def test_what_it_asks_for_is_handed_over_by_name(names):
    kind = used(swim(", ".join(names), ", ".join(sorted(names))), f"quantities_{names[0]}")
    assert moves_of(kind(()))[0, :3].tolist() == [{**QUANTITIES, "sigma": -0.25}[name] for name in names]


def test_state_is_read_and_changed_in_place():
    text = swim("state.size", "state, dt", "state.energy -= 0.1 * dt; state.size = state.size * 2")
    particles = np.zeros(3, PARTICLE)
    particles["state"]["energy"], particles["state"]["size"] = [5.0, 6.0, 7.0], [1.0, 2.0, 3.0]
    moves = moves_of(used(text, "state")(()), particles)
    np.testing.assert_array_equal(particles["state"]["energy"], [2.0, 3.0, 4.0])
    np.testing.assert_array_equal(particles["state"]["size"], [2.0, 4.0, 6.0])
    np.testing.assert_array_equal(moves[:, 2], [2.0, 4.0, 6.0])


def tank_with_fields():
    """A tank, an element of it, and linear fields temp (layers) and salinity (levels): value at (x, y, sigma,
    fraction)."""
    tank = Tank(rectangle(1000.0, 500.0, elements=40), sigma=uneven_levels(4), h=20.0)
    x, y, sigma = tank.whole.x, tank.whole.y, tank.sigma

    def field(shift, sigma, on_levels):
        values = (10 + x / 1000 - y / 500 + shift * sigma).astype(np.float32)
        return NodeField(values, (values + np.float32(2)).astype(np.float32), on_levels)

    return tank, field(3.0, 0.5 * (sigma[1:] + sigma[:-1]), 0), field(-5.0, sigma, 1)


def test_variables_come_in_the_order_they_are_asked_for():
    tank, temp, salinity = tank_with_fields()
    kind = used(swim("temp, age, salinity", "salinity, age, temp"), "fields")
    place = {"mesh": tank.piece.mesh, "element": int(tank.locate([700.0], [200.0])[0]), "fraction": 0.25}
    ((east, _, up, _),) = moves_of(kind((salinity, temp)), sigma=-0.4, **place)
    horizontal = 10 + 0.7 - 0.4 + 0.25 * 2
    np.testing.assert_allclose([east, up], [horizontal - 0.4 * 3, horizontal + 0.4 * 5], atol=3e-6)


def test_arrays_may_be_made_which_kernels_cannot():
    table = np.array([0.0, 2.0, 10.0]), np.array([0.0, -1.0, 1.0])
    text = "import numpy as np\ndef swim(depth):\n    return np.interp(depth, DEPTHS, UPS)\n"
    kind = used(text, "arrays", DEPTHS=table[0], UPS=table[1])
    assert moves_of(kind(()), depth=6.1)[0, 2] == np.interp(6.1, *table)


def test_two_behaviours_in_one_process_are_kept_apart():
    """Their arguments have the same types: Numba would take the code of one for the other's."""
    first, second = used(swim("1.0"), "one"), used(swim("2.0"), "two")
    assert [moves_of(kind(()))[0, 2] for kind in (first, second, first)] == [1.0, 2.0, 1.0]


# random numbers


@kernel_called
def draw(seed, step, part, n, uniforms, normals):
    for i in range(len(uniforms)):
        uniforms[i] = uniform(Draw(seed, i, step, part), n)
        normals[i] = normal(Draw(seed, i, step, part), n)


def drawn(seed=5, step=3, part=0, n=0, count=200_000):
    uniforms, normals = np.empty((2, count))
    draw(seed, step, part, n, uniforms, normals)
    return uniforms, normals


def test_the_same_number_of_a_step_is_the_same_value():
    np.testing.assert_array_equal(drawn(count=1000), drawn(count=1000))
    again = used(
        "from fvdrift_kernels.own import uniform\n"
        + swim("uniform(random, 4) - uniform(random, 4)", "random"),
        "again",
    )
    assert moves_of(again(()))[0, 2] == 0.0


def test_uniform_numbers_are_uniform_and_normal_ones_normal():
    u, z = drawn()
    count = len(u)
    assert 0 < u.min() < u.max() < 1
    bins = np.histogram(u, 64, (0, 1))[0]
    chi2 = ((bins - count / 64) ** 2).sum() / (count / 64)
    off = {
        "uniform mean": (u.mean() - 1 / 2) / np.sqrt(1 / 12 / count),
        "uniform variance": (u.var() - 1 / 12) / np.sqrt(1 / 180 / count),
        "uniform bins": (chi2 - 63) / np.sqrt(126), "normal mean": z.mean() * np.sqrt(count),
        "normal variance": (z.var() - 1) / np.sqrt(2 / count), "normal skewness": (z**3).mean() / np.sqrt(15 / count),
        "normal 4th moment": ((z**4).mean() - 3) / np.sqrt(96 / count),
        "normal beyond 2": (np.mean(np.abs(z) > 2) - 0.0455003) / np.sqrt(0.0455 * 0.9545 / count),
    }  # fmt: skip
    print(
        "\n"
        + ", ".join(f"{name} {sigmas:+.1f}" for name, sigmas in off.items())
        + " standard errors off (< 4)"
    )
    assert max(map(abs, off.values())) < 4


def test_numbers_of_other_particles_steps_parts_and_numbers_are_independent():
    u, z = drawn()
    others = {
        "number": drawn(n=1), "number 1000": drawn(n=1000), "step": drawn(step=4), "part": drawn(part=1), "seed": drawn(seed=6),
        "particle": (np.roll(u, 1), np.roll(z, 1)),
    }  # fmt: skip
    pairs = {
        f"{kind}, other {name}": pair
        for name, (v, w) in others.items()
        for kind, pair in (("u", (u, v)), ("z", (z, w)))
    }
    pairs["uniform and normal"] = u, z
    pairs["uniform and the size of the normal"] = u, np.abs(z)
    scatter = {name: abs(np.corrcoef(a, b)[0, 1]) * np.sqrt(len(u)) for name, (a, b) in pairs.items()}
    print(
        "\n"
        + ", ".join(f"{name} {sigmas:.1f}" for name, sigmas in scatter.items())
        + " standard errors from none (< 4)"
    )
    assert max(scatter.values()) < 4
    # the control: a normal number from the same words as the uniform one
    shared = np.sqrt(-2 * np.log(u)) * np.abs(np.cos(2 * np.pi * drawn(n=2)[0]))
    assert abs(np.corrcoef(u, shared)[0, 1]) * np.sqrt(len(u)) > 4


# compiled and plain


def busy_run(spread):
    """Moves and states of particles by a behaviour that uses all there is."""
    tank, temp, salinity = tank_with_fields()
    kind = used(BUSY, f"busy_{spread.__name__}", NORTH=0.3, SPREAD=spread)
    particles = np.zeros(50, PARTICLE)
    particles["id"] = 2**40 + np.arange(50)
    particles["state"]["energy"] = np.linspace(0.0, 50.0, 50)
    place = {"mesh": tank.piece.mesh, "element": int(tank.locate([700.0], [200.0])[0])}
    moves = moves_of(kind((salinity, temp)), particles, **place)
    return np.column_stack([moves, particles["state"]["energy"], particles["state"]["size"]])


SCRIPT = """
import sys
sys.path[:0] = sys.argv[2:]
import numpy as np
import test_own as t
np.savez(sys.argv[1], uniform=t.busy_run(t.uniform), normal=t.busy_run(t.normal))
"""


def test_a_behaviour_gives_the_same_with_compiling_off(tmp_path):
    here, out = Path(__file__).parent, tmp_path / "plain.npz"
    paths = [str(here), str(here.parent), str(here.parents[1] / "scripts")]
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(out), *paths],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=True,
    )
    plain = np.load(out)
    np.testing.assert_allclose(busy_run(normal), plain["normal"], rtol=1e-12)
    np.testing.assert_array_equal(busy_run(uniform), plain["uniform"])
    assert set(plain["normal"][:, 3]) == {ACTIVE, SETTLED}
