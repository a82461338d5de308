"""A barrier in the column: diffusivity falls to zero at mid-depth, and nobody may pass. Walks that do pass
are the controls.

Two parabolas in 20 m of water, zero at bed, middle and surface, of mean 0.01 m2/s (Graewe et al. 2012, Ocean
Dynamics 62, 501). Particles start amid each half. Where the column is 1 high and the mean diffusivity 0.5,
the usual step of 1e-3 is 20 s here, and the usual end at 0.3 is 6000 s.

The engine has K at levels, linear between them. Its reversible walk is run in the usual step and in one of 20
minutes. The others cut steps by how sharply K bends, most of all at the barrier: on fine levels to less than
a second, not at all on coarse ones. Beside the barrier, with a x for K, Milstein's walk goes from x to
(sqrt(x) + sqrt(a / 2) dW)^2 + a dt / 2, which is positive.
"""

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import eigh_tridiagonal

from analytic_flows import Flow
from fvdrift_kernels.frame_mixing import SHARPEST
from generate_forcing import write_forcing
from simple_meshes import even_levels, rectangle
from tank import SECOND, still

from .runs import Tracks, follow
from .test_random_walk import chi_squared

DEPTH, MEAN = 20.0, 0.01  # m, m2/s
END, COUNT = 6000, 5000  # s; particles from each half
RATE = 24 * MEAN / DEPTH**2  # 1/s: each half is K = RATE xi (1 - xi) in its own unit coordinate
FINE, LONG, WHOLE = (200, 20), (200, 1200), (8, 20)  # layers, step


def barrier(height):
    """K (m2/s) at a height over the bed, in columns."""
    return 12 * MEAN * np.where(height < 0.5, height * (1 - 2 * height), (1 - height) * (2 * height - 1))


def sub_step(layers: int, step: int) -> float:
    """s: what the engine makes of a step, by the kink of the barrier."""
    apart = DEPTH / layers
    kink = 2 * barrier(0.5 - 1 / layers) / apart**2
    return step / (int(step * kink / SHARPEST) + 1)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Whole runs in still water, by (layers, step) and scheme; each is done once."""
    done = {}

    def run(layers: int, step: int, scheme: str) -> Tracks:
        key = layers, step, scheme
        if key not in done:
            folder, mesh = tmp_path_factory.mktemp("barrier"), rectangle(1000.0, 1000.0, elements=2)
            flow = Flow(u=still, v=still, omega=still, kh=lambda x, y, s, t: barrier(1 + s) + 0 * x)
            write_forcing(
                folder / "still.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=DEPTH, siglev=even_levels(layers),
                times_us=END * SECOND * np.arange(2), flow=flow, double=True,
            )  # fmt: skip
            halves = "".join(
                f"[[release]]\npoint = [500.0, 400.0]\ncount = {COUNT}\nsigma = {sigma}\n"
                for sigma in (-0.25, -0.75)
            )
            done[key] = follow(folder, f"""
                seed = 5
                [forcing]
                files = ["still.nc"]
                [time]
                step = "{step}s"
                {halves}
                [diffusion]
                vertical = "kh"
                scheme = "{scheme}"
                [output]
                file = "tracks.nc"
                every = "{max(step, 300)}s"
            """)  # fmt: skip
        return done[key]

    return run


def passed(tracks: Tracks) -> np.ndarray:
    """(obs, particle): whether it is in the half it did not start in. In rounding nobody is on the barrier
    itself."""
    return (tracks.sigma < -0.5) != (tracks.sigma[0] < -0.5)


def within_half(sigma: np.ndarray) -> np.ndarray:
    """Height in its own half, 0 to 1."""
    return (2 * (1 + sigma)) % 1.0


def spread(time: float) -> np.polynomial.Legendre:
    """Distribution function over 2 xi - 1, `time` s after a start at xi = 1/2: P_n decays as exp(-n (n + 1)
    RATE t)."""
    n = np.arange(60)
    at_start = [np.polynomial.Legendre.basis(k)(0.0) for k in n]
    return np.polynomial.Legendre((n + 0.5) * at_start * np.exp(-n * (n + 1) * RATE * time)).integ(lbnd=-1)


@pytest.mark.validation
@pytest.mark.parametrize(("layers", "step"), [FINE, LONG, WHOLE], ids=["fine", "long", "whole"])
def test_d2_nobody_passes_the_barrier(walked, layers, step):
    tracks = walked(layers, step, "reversible")
    crossings = np.count_nonzero(passed(tracks))
    print(f"\nD2 {layers} layers, {step} s: {crossings} crossings (0)", end="")
    assert crossings == 0


@pytest.mark.validation
@pytest.mark.parametrize(("layers", "step"), [FINE, WHOLE], ids=["fine", "whole"])
def test_d2_milsteins_walk_does_not_pass_either(walked, layers, step):
    """Nor comes nearer than a dt / 2, by which the sub-step shows itself; above it K bends, and may take a
    little off."""
    part = sub_step(layers, step)
    assert part > 18 or (layers, step) == FINE  # s: about the usual step
    tracks = walked(layers, step, "milstein")
    crossings, nearest = np.count_nonzero(passed(tracks)), DEPTH * np.abs(tracks.sigma + 0.5).min()
    known = 0.5 * part * barrier(0.5 - 1 / layers) / (DEPTH / layers)
    print(
        f"\nD2 {layers} layers, {part:.2f} s: {crossings} crossings (0), nearest {nearest:.4f} m ({known:.4f})",
        end="",
    )
    assert crossings == 0
    assert nearest == pytest.approx(known, rel=0.25)


@pytest.mark.validation
@pytest.mark.parametrize("scheme", ["euler", "visser", "naive"])
def test_d2_other_walks_do_pass(walked, scheme):
    for layers, step in (FINE, WHOLE):
        crossed = np.count_nonzero(passed(walked(layers, step, scheme))[-1]) / (2 * COUNT)
        print(
            f"\nD2 {scheme}, {layers} layers, {sub_step(layers, step):.2f} s: {crossed:.1%} have passed (over 5 %)",
            end="",
        )
        assert crossed > 0.05


@pytest.mark.validation
@pytest.mark.parametrize(("layers", "step"), [FINE, LONG, WHOLE], ids=["fine", "long", "whole"])
def test_d2_each_half_ends_well_mixed(walked, layers, step):
    """Nobody stays away from the barrier."""
    found = {}
    for scheme in ("reversible", "naive") if step == 20 else ("reversible",):
        xi = within_half(walked(layers, step, scheme).sigma[-1])
        found[scheme] = max(chi_squared(half, 20) for half in (xi[:COUNT], xi[COUNT:]))
    print(f"\nD2 {layers} layers, {step} s: chi2/19 of a half {found['reversible']:.2f} (at most 2.67), "
          f"naive {found.get('naive', np.nan):.0f} (over 10)", end="")  # fmt: skip
    assert found["reversible"] < 2.67  # p = 1e-4
    assert found.get("naive", np.inf) > 10


@pytest.mark.validation
def test_d2_each_half_spreads_as_a_parabola_does(walked):
    """On the way: distribution and E[P2] by Legendre's polynomials. The naive walk spreads otherwise."""
    for scheme in ("reversible", "naive"):
        tracks = walked(*FINE, scheme)
        for row in (1, 2):
            time = tracks.time[row]
            x = 2 * within_half(tracks.sigma[row]) - 1
            p2, known = 0.5 * (3 * x**2 - 1), -0.5 * np.exp(-6 * RATE * time)
            error = 4 * p2.std() / np.sqrt(len(x)) + 0.8 * RATE * sub_step(*FINE)
            value = stats.kstest(x, spread(time)).pvalue
            print(f"\nD2 {scheme} after {time:.0f} s: P2 {p2.mean():.4f} ({known:.4f} +- {error:.4f}), "
                  f"KS p {value:.2g} (over 1e-4)", end="")  # fmt: skip
            assert (abs(p2.mean() - known) < error) == (scheme == "reversible")
            assert (value > 1e-4) == (scheme == "reversible")


@pytest.mark.validation
def test_d2_a_barrier_between_two_levels_is_none(walked):
    """With 201 layers K at mid-depth is what the levels beside it have; as many pass as that lets through, by
    finite volumes."""
    layers, fine = 201, 8
    crossed = passed(walked(layers, 20, "reversible"))[-1].mean()
    cells, levels = layers * fine, np.linspace(0, 1, layers + 1)
    size = DEPTH / cells
    k = np.interp(np.arange(1, cells) / cells, levels, barrier(levels)) / size**2
    rate, modes = eigh_tridiagonal(-np.append(k, 0) - np.append(0, k), k)
    start = np.zeros(cells)
    start[round(0.75 * cells) + np.array([-1, 0])] = 0.5
    known = (modes @ (np.exp(rate * END) * (modes.T @ start)))[: cells // 2].sum()
    error = 4 * np.sqrt(known * (1 - known) / (2 * COUNT))
    print(f"\nD2 {layers} layers: {crossed:.4f} have passed ({known:.4f} +- {error:.4f})", end="")
    assert abs(crossed - known) < error
