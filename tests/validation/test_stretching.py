"""R6 in a whole run: the exponent of a linear flow, from a grid of particles, as its [[statistic]] gives
it."""

import netCDF4
import numpy as np

from analytic_flows import Flow
from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run
from generate_forcing import write_forcing
from simple_meshes import even_levels, rectangle
from tank import SECOND, still

RATE, SIZE = 2e-5, 20_000.0  # 1/s, m


def test_r6_a_flow_that_stretches_at_one_rate_has_that_exponent(tmp_path):
    """u = a x, v = -a y: all neighbours along x come apart by exp(a t), so the exponent is a; on three
    pieces, without tracks.

    Control: an exponent of the mean of both stretchings would be 0.
    """
    mesh = rectangle(SIZE, SIZE, elements=800)
    flow = Flow(
        u=lambda x, y, s, t: RATE * (x - SIZE / 2) + 0 * s, v=lambda x, y, s, t: -RATE * (y - SIZE / 2) + 0 * s, omega=still
    )  # fmt: skip
    write_forcing(
        tmp_path / "flow.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=20.0, siglev=even_levels(4),
        times_us=3600 * SECOND * np.arange(7), flow=flow, double=True,
    )  # fmt: skip
    x, y = np.meshgrid(np.linspace(7000, 12000, 11), np.linspace(6000, 14000, 9))
    rows = "\n".join(f"{a!r},{b!r}" for a, b in zip(map(float, x.flat), map(float, y.flat), strict=True))
    (tmp_path / "grid.csv").write_text(f"x,y\n{rows}\n")
    (tmp_path / "run.toml").write_text("""
        [forcing]
        files = ["flow.nc"]
        [[release]]
        name = "grid"
        file = "grid.csv"
        [[statistic]]
        kind = "ftle"
        points = [11, 9]
        after = "5h"
        [output]
        tracks = false
        [parallel]
        parts = 3
    """)
    assert run(load_run_file(tmp_path / "run.toml"), overwrite=False, quiet=True, communicator=None) == 0
    with netCDF4.Dataset(tmp_path / "tracks.stats.nc") as data:
        found = data["ftle_exponent"][:].filled(np.nan)[1:-1, 1:-1]
        np.testing.assert_array_equal(data["ftle_x"][:], x)
        assert data["ftle_age"][...] == 5 * 3600
    print(f"\nR6 exponent of a linear flow {found.min():.9e} to {found.max():.9e} ({RATE:.1e}) 1/s", end="")
    np.testing.assert_allclose(found, RATE, rtol=1e-6)
