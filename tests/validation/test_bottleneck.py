"""A bottleneck in the column: K is small on a level or a few and rises to both sides. As many pass as by
finite volumes.

They start evenly below it, and count where they are above it in the end. The controls take steps as if K did
not bend up.
"""

import numpy as np
import pytest
from scipy.sparse import diags, identity
from scipy.sparse.linalg import splu

from fvdrift_kernels.behaviour_options import Rise
from fvdrift_kernels.frame_mixing import fill_pace
from fvdrift_kernels.options import LevelDiffusivity
from simple_meshes import rectangle
from tank import Tank

from .test_column import rows
from .test_random_walk import WALK

EVEN, UNEVEN = np.linspace(0, 20, 41), 20 * np.linspace(0, 1, 31) ** 1.7  # heights of levels over the bed, m


def wedge(levels, at, least=2e-4, slope=1e-3):
    """K on levels: `least` at a height, and more by `slope` a metre away from it."""
    return least + slope * np.abs(levels - at)


def dip(levels, many=1, away=5e-3, above=1.0):
    """K of 1e-4 on the middle level or a few, `away` elsewhere, times `above` over it."""
    middle = len(levels) // 2
    k = np.where(np.arange(len(levels)) > middle, away * above, away)
    k[middle : middle + many] = 1e-4
    return k


def noise(levels):
    return 1e-2 * np.exp(0.4 * np.random.default_rng(4).standard_normal(len(levels)))


THIN, COARSE = np.linspace(0, 3, 21), np.linspace(0, 20, 21)
# levels, K on them, the height that is passed, hours, sinking in m/s
COLUMNS = {
    "centre": (EVEN, wedge(EVEN, 10.0), 10.0, 2, 0.0),
    "off centre": (EVEN, wedge(EVEN, 5.0), 5.0, 2, 0.0),
    "uneven levels": (UNEVEN, wedge(UNEVEN, UNEVEN[12]), UNEVEN[12], 2, 0.0),
    "dip": (EVEN, dip(EVEN), 10.0, 1, 0.0),
    "dip of three levels": (EVEN, dip(EVEN, 3), 10.0, 2, 0.0),
    "unlike sides": (EVEN, dip(EVEN, above=0.2), 10.0, 2, 0.0),
    "thin water": (THIN, wedge(THIN, 1.5, 1e-5, 5e-4), 1.5, 1, 0.0),
    "sinking": (EVEN, wedge(EVEN, 10.0), 10.0, 2, 1e-4),
    "rising": (EVEN, wedge(EVEN, 10.0), 10.0, 2, -3e-4),
    "noise": (COARSE, noise(COARSE), 10.0, 1, 0.0),
}


def column(levels, k) -> tuple[Tank, LevelDiffusivity]:
    """A tank with K (m2/s) on levels (m over the bed)."""
    tank = Tank(rectangle(1000.0, 1000.0, elements=2), h=levels[-1], sigma=(levels / levels[-1] - 1)[::-1])
    kh = np.ascontiguousarray(np.repeat(k[::-1, None], tank.whole.nodes, axis=1), np.float32)
    pace = np.empty((3, tank.whole.elements), np.float32)
    fill_pace(tank.piece.mesh, WALK, kh, tank.piece.h, pace)
    return tank, LevelDiffusivity(kh, kh, pace, pace)


def finite_volumes(levels, k, height, hours, sinking):
    """The share above a height of what was even below it. Implicit, fluxes of Scharfetter and Gummel, K
    linear between levels."""
    faces = np.unique(
        np.concatenate([np.linspace(a, b, 81) for a, b in zip(levels[:-1], levels[1:], strict=True)])
    )
    middle, size = 0.5 * (faces[1:] + faces[:-1]), np.diff(faces)
    across = np.interp(faces, levels, k)[1:-1] / np.diff(middle)
    down = sinking / -np.expm1(-sinking / across) if sinking else across
    up = down - sinking
    main = np.zeros(len(middle))
    main[1:] -= down / size[1:]
    main[:-1] -= up / size[:-1]
    rates = diags([up / size[1:], main, down / size[:-1]], [-1, 0, 1]).tocsc()
    step = splu((identity(len(middle)) - 10.0 * rates).tocsc())
    c = (middle < height) / height
    for _ in range(360 * hours):
        c = step.solve(c)
    return (c * size)[middle > height].sum()


def passed(tank, source, height, hours, sinking, step, count):
    depth = float(tank.h[0])
    start = -1 + height / depth * (np.arange(count) + 0.5) / count
    rise = Rise(-sinking) if sinking else None
    return (
        1 + rows(tank, source, start, step=step, hours=hours, rise=rise)[-1]["sigma"] > height / depth
    ).mean()


def both(name, step, count):
    """The shares that pass by the walk, by one that does not mind how K bends, and by finite volumes; and
    what chance leaves."""
    levels, k, height, hours, sinking = COLUMNS[name]
    tank, kh = column(levels, k)
    found = passed(tank, kh, height, hours, sinking, step, count)
    unaware = kh.pace_first * np.array([[1], [0], [1]], np.float32)
    control = passed(
        tank, LevelDiffusivity(kh.first, kh.first, unaware, unaware), height, hours, sinking, step, count
    )
    known = finite_volumes(levels, k, height, hours, sinking)
    return found, control, known, 3 * np.sqrt(known * (1 - known) / count)


@pytest.mark.parametrize(("name", "step"), [("dip", 10), ("thin water", 60)])
def test_as_many_pass_as_must(name, step):
    found, control, known, chance = both(name, step, 6000)
    assert abs(found - known) < 0.08 * known + chance
    assert control < 0.7 * known


@pytest.mark.validation
@pytest.mark.parametrize(
    ("name", "step"),
    [
        *(
            ("centre", 60),
            ("off centre", 60),
            ("uneven levels", 60),
            ("dip", 10),
            ("dip of three levels", 10),
        ),
        *(("unlike sides", 10), ("thin water", 60), ("sinking", 300), ("rising", 60), ("noise", 60)),
    ],
)
def test_as_many_pass_any_bottleneck_as_must(name, step):
    found, control, known, chance = both(name, step, 20_000)
    print(f"\n{name}, {step} s: {found:.4f} ({known:.4f}), without {control:.4f}", end="")
    assert abs(found - known) < 0.08 * known + chance


def test_what_nobody_passes_needs_no_parts():
    """K is 0 between two parabolas, or falls to the bed: only a profile that bends up over 0 asks for
    parts."""
    h = EVEN / 20
    for k, asks in (
        (np.where(h < 0.5, h * (1 - 2 * h), (1 - h) * (2 * h - 1)), False),
        (h * (1 - h), False),
        (np.full(41, 1e-3), False),
        (dip(EVEN), True),
    ):
        assert (column(EVEN, k)[1].pace_first[1] > 1e-9).all() == asks


def test_a_step_longer_than_the_mixing_of_a_layer_is_long_for_others_too():
    """3 m at 2e-2 m2/s over 17 m at 1e-3: no longer than the upper layer needs, 0.19 of 0.61 came up from
    below 5 m."""
    k = np.where(EVEN > 17, 2e-2, 1e-3)
    tank, kh = column(EVEN, k)
    assert 3600 * kh.pace_first[0].max() > 16
    found = passed(tank, kh, 5.0, 12, 0.0, 3600, 6000)
    assert found == pytest.approx(finite_volumes(EVEN, k, 5.0, 12, 0.0), abs=0.02)


def test_a_bottleneck_at_one_node_of_three_asks_for_the_parts_of_their_mean():
    """K of 1e-4 on a level at one corner is 1/3 less than 5e-3 in the middle of its elements."""
    tank, _ = column(EVEN, dip(EVEN))
    node = tank.piece.mesh.corners[0, 0]
    k = np.full((41, tank.whole.nodes), 5e-3, np.float32)
    k[20, node] = 1e-4
    pace = np.empty((3, tank.whole.elements), np.float32)
    fill_pace(tank.piece.mesh, WALK, k, tank.piece.h, pace)
    mean = np.where(np.arange(41) == 20, (2 * 5e-3 + 1e-4) / 3, 5e-3)
    np.testing.assert_allclose(pace[:, 0], column(EVEN, mean)[1].pace_first[:, 0], rtol=1e-5)
    assert 0 < pace[1, 0] < 0.1 * column(EVEN, dip(EVEN))[1].pace_first[1, 0]


@pytest.mark.parametrize("step", [600, 3600])
def test_what_sinks_below_a_layer_that_mixes_at_once_sinks_as_fast(step):
    """0.1 m2/s in the uppermost 5 of 50 m mixes in 2 min: of steps of 600 s 100 s were taken."""
    levels = np.linspace(0.0, 50.0, 51)
    tank, kh = column(levels, np.where(levels >= 45.0, 0.1, 1e-6))
    end = rows(tank, kh, np.full(200, -0.2), step=step, hours=2, rise=Rise(-1e-3))[-1]["sigma"]
    assert 50.0 * end.mean() == pytest.approx(-17.2, abs=0.05)
