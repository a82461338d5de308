"""Concentrations in real units: well mixed water over a sloping bed stays even in every layer, clouds and plumes with
decay are those of closed forms, and no mass is lost. Each with a control that must fail."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from scipy import stats
from scipy.special import erf

from generate_forcing import Flow, even_levels, rectangle, write_forcing

from .runs import follow

HOUR = 3_600_000_000
BOUND = 1e-4  # of a p-value: chance alone is below it once in ten thousand times


def flowing(speed: float) -> Flow:
    """Along x."""
    return Flow(
        u=lambda x, y, s, t: speed + 0 * x * s,
        v=lambda x, y, s, t: 0 * x * s,
        omega=lambda x, y, s, t: 0 * x * s,
    )


def write(
    folder: Path, flow: Flow, size: tuple[float, float], h, *, hours: int, elements: int, wet=False
) -> None:
    mesh = rectangle(*size, elements=elements)
    depth = h(mesh.x, mesh.y) if callable(h) else h
    write_forcing(
        folder / "flow.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=depth, siglev=even_levels(4),
        times_us=np.arange(hours + 1) * HOUR, calendar=False, flow=flow, wet=wet,
    )  # fmt: skip


def found_by(folder: Path, text: str) -> dict[str, np.ndarray]:
    follow(folder, text)
    with netCDF4.Dataset(folder / "tracks.stats.nc") as data:
        data.set_auto_mask(False)
        return {name: variable[:] for name, variable in data.variables.items()}


def evenness(amounts: np.ndarray, shares: np.ndarray, least: float = 8.0) -> float:
    """p of chi-squared of counts in bins, against shares of them all; small bins are taken together."""
    expected = shares / shares.sum() * amounts.sum()
    order = np.argsort(expected)
    groups = (np.cumsum(expected[order]) // least).astype(int)
    counted, awaited = (np.bincount(groups, each[order]) for each in (amounts, expected))
    some = awaited >= 0.5 * least
    return float(
        stats.chisquare(counted[some], awaited[some] * counted[some].sum() / awaited[some].sum()).pvalue
    )


SLOPE = """
[forcing]
files = ["flow.nc"]
[time]
step = "1min"
duration = "2h"
[[release]]
count = 30000
box = [0.0, 0.0, 4000.0, 2000.0]
depth = "uniform"
spread = "{spread}"
wet = true
number = 30000
[diffusion]
vertical = "0.01 m2/s"
horizontal = "1 m2/s"
[[statistic]]
kind = "concentration"
every = "1h"
layers = {{ depth = ["0m", "0.5m", "2m", "5m", "20m"] }}
[[statistic]]
name = "grid"
kind = "concentration"
box = [0.0, 0.0, 4000.0, 2000.0]
cells = [7, 9]
layers = {{ height = ["0m", "1m", "20m"] }}
[output]
file = "tracks.nc"
every = "1h"
"""


def sloping(x, y):
    """Water of 12 m that goes out to nothing and then 2 m of land, at y = 0 to 2000 m."""
    return 12.0 - 14.0 * y / 2000.0 + 0 * x


@pytest.fixture(scope="module")
def tank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slope")
    write(folder, flowing(0.0), (4000.0, 2000.0), sloping, hours=2, elements=600, wet=True)
    return folder


@pytest.mark.parametrize(("spread", "even"), [("volume", True), ("area", False)])
def test_a_well_mixed_tank_over_a_sloping_bed_is_even_in_every_layer(tank: Path, spread: str, even: bool):
    """Elements of which a corner is dry are out; in the others there is water down to some centimetres."""
    found = found_by(tank, SLOPE.format(spread=spread))
    for name in ("concentration", "grid"):
        amounts, volumes = found[f"{name}_amount"], found[f"{name}_volume"]
        assert (amounts[volumes == 0] == 0).all()
        wet = volumes[-1] > 0
        p = [evenness(amounts[row][wet], volumes[row][wet]) for row in (0, -1)]
        print(
            f"{name}, spread by {spread}: p of chi-squared {p[0]:.2g} at the start, {p[1]:.2g} after 2 h (> {BOUND:g})"
        )
        assert all(each > BOUND for each in p) == even
        np.testing.assert_allclose(found[f"{name}_inside"] + found[f"{name}_on_dry"], 30000, rtol=1e-15)
    layers_with_water = (found["concentration_volume"][-1] > 0).sum(axis=0)
    assert (layers_with_water == 0).sum() > 20
    assert ((layers_with_water > 0) & (layers_with_water <= 2)).sum() > 10  # nowhere deeper than 2 m
    # where all elements are wet, volumes of cells are those of the bed: 1 m at it, and what is above
    y = np.linspace(0, 2000, 10)
    mean = sloping(0, 0.5 * (y[1:] + y[:-1]))[:6, np.newaxis] + np.zeros(7)
    area = 4000 / 7 * 2000 / 9
    np.testing.assert_allclose(found["grid_volume"][-1, 0, :6], area, rtol=1e-6)
    np.testing.assert_allclose(found["grid_volume"][-1, 1, :6], area * (mean - 1.0), rtol=1e-6)


POINT = """
[forcing]
files = ["flow.nc"]
[time]
step = "2min"
duration = "2h"
[[release]]
count = 40000
point = [1000.0, 1000.0]
depth = "6m"
mass = "3 kg"
[diffusion]
vertical = "0.002 m2/s"
horizontal = "5 m2/s"
{decay}
[[statistic]]
kind = "concentration"
box = [200.0, 200.0, 1800.0, 1800.0]
cells = [10, 10]
every = "1h"
layers = {{ depth = ["0m", "2m", "6m", "12m", "20m"] }}
threshold = ["1 ug/m3", "100 ug/m3"]
[output]
file = "tracks.nc"
every = "1h"
"""


def between(edges: np.ndarray, source: float, sd: float, size: float) -> np.ndarray:
    """Parts of a cloud from a point between walls at 0 and `size`, by its images (Fischer et al. 1979, Mixing in Inland
    and Coastal Waters, 2.3)."""
    images = [sign * source + 2 * turn * size for turn in range(-3, 4) for sign in (-1, 1)]
    return np.diff(sum(0.5 * erf((edges - image) / (sd * np.sqrt(2))) for image in images))


@pytest.mark.parametrize("half_life", [pytest.param(None, marks=pytest.mark.validation), 1.5])
def test_a_cloud_from_a_point_is_the_gaussian_one_in_every_layer(tmp_path: Path, half_life: float | None):
    """With decay each layer has as much less of it as there is left."""
    write(tmp_path, flowing(0.0), (2000.0, 2000.0), 20.0, hours=2, elements=400)
    decay = "" if half_life is None else f'[behaviour]\ndecay = {{ half_life = "{half_life} h" }}'
    found = found_by(tmp_path, POINT.format(decay=decay))
    edges, layers = np.linspace(200, 1800, 11), np.array([0.0, 2, 6, 12, 20])
    volumes = 160.0**2 * np.diff(layers)[:, np.newaxis, np.newaxis] + np.zeros((4, 10, 10))
    np.testing.assert_allclose(
        found["concentration_volume"], np.broadcast_to(volumes, (3, 4, 10, 10)), rtol=1e-12
    )
    for row in (1, 2):
        left = 1.0 if half_life is None else 0.5 ** (row / half_life)
        across, down = np.sqrt(2 * 5.0 * 3600 * row), np.sqrt(2 * 0.002 * 3600 * row)
        level = between(edges, 1000.0, across, 2000.0)
        parts = between(layers, 6.0, down, 20.0)[:, np.newaxis, np.newaxis] * level[:, np.newaxis] * level
        amounts = found["concentration_concentration"][row] * volumes
        counts = np.rint(amounts / (left * 3.0 / 40000))
        np.testing.assert_allclose(counts * left * 3.0 / 40000, amounts, rtol=1e-12, atol=1e-18)
        p = evenness(counts.ravel(), parts.ravel())
        wrong = between(edges, 1000.0, 1.08 * across, 2000.0)
        control = evenness(
            counts.ravel(), (parts * (wrong[:, np.newaxis] * wrong) / (level[:, np.newaxis] * level)).ravel()
        )
        inside = amounts.sum() / (3.0 * left * parts.sum())
        print(
            f"after {row} h: p of chi-squared {p:.2g} (> {BOUND:g}), mass in the grid {inside:.4f} of the closed form (1)"
        )
        assert p > BOUND > control
        assert abs(inside - 1) < 4 * np.sqrt((1 - parts.sum()) / 40000) + 1e-9
        np.testing.assert_allclose(
            found["concentration_decayed"][row], 3.0 * (1 - left), rtol=1e-12, atol=1e-14
        )
        peak = 3.0 * left * parts[1, 5, 5] / volumes[1, 5, 5]
        assert 0.9 < found["concentration_maximum"][row][1, 5, 5] / peak < 1.1
    above = found["concentration_time_above"].sum(axis=1) / 3600
    assert above[0].sum() > above[1].sum() > 0


PLUME = """
[forcing]
files = ["flow.nc"]
[time]
step = "1min"
duration = "5h"
[boundary]
open = "none"
[[release]]
point = [300.0, 500.0]
depth = "uniform"
every = "1min"
count = 1
rate = "0.6 kg/h"
[behaviour]
decay = { t90 = "6h" }
[[statistic]]
kind = "concentration"
box = [285.0, 0.0, 7485.0, 1000.0]
cells = [12, 1]
every = "1h"
[output]
file = "tracks.nc"
every = "1h"
tracks = false
"""


def test_a_continuous_source_in_a_uniform_flow_decays_along_its_plume(tmp_path: Path):
    """0.5 m/s: 20 particles, each of a minute, in cells of 600 m; the front has gone 7200 m after four hours."""
    write(tmp_path, flowing(0.5), (12_000.0, 1000.0), 10.0, hours=5, elements=600)
    path = tmp_path / "run.toml"
    path.write_text(PLUME)
    from fvdrift.settings.load import load_run_file
    from fvdrift.simulation.roles import run

    assert run(load_run_file(path, []), overwrite=True, quiet=True, communicator=None) == 0
    with netCDF4.Dataset(tmp_path / "tracks.stats.nc") as data:
        data.set_auto_mask(False)
        found = {name: variable[:] for name, variable in data.variables.items()}
    rate, k = 0.6 / 3600, np.log(10) / (6 * 3600)
    # q / k (exp(-k t0) - exp(-k t1)) is between two ages: those of cell i at 1200 i and 1200 (i + 1) s
    t = 1200.0 * np.arange(13)
    expected = rate / k * -np.diff(np.exp(-k * t))
    amounts = found["concentration_concentration"][4].ravel() * 600.0 * 1000.0 * 10.0
    worst = float(np.abs(amounts / expected - 1).max())
    print(f"mass in cells along the plume: {worst:.2e} off the closed form (k dt = {k * 60:.1e})")
    # a particle stands for the minute after it: half a minute less of decay in the mean
    np.testing.assert_allclose(amounts, expected, rtol=1.2 * k * 60)
    released = found["concentration_released"]
    np.testing.assert_allclose(released[:5], rate * (3600 * np.arange(5) + 60), rtol=1e-12)
    np.testing.assert_allclose(released[5], rate * 5 * 3600, rtol=1e-12)
    total = sum(
        found[f"concentration_{place}"] for place in ("inside", "outside", "on_dry", "exited", "decayed")
    )
    np.testing.assert_allclose(total, released, rtol=1e-14)
    ages = [60.0 * np.arange(60 * hour + 1) for hour in range(5)]
    left = [rate * 60 * np.exp(-k * each).sum() for each in ages]
    np.testing.assert_allclose(found["concentration_decayed"][:5], released[:5] - left, rtol=1e-9, atol=1e-15)
