"""There and back again: forward by a day, backward by the same day, and the particle is where it was."""

import numpy as np
import pytest

from analytic_flows import Flow
from generate_forcing import write_forcing
from simple_meshes import even_levels, rectangle
from tank import SECOND, still

from .runs import STATUS, follow, write_points

DAY = 86_400 * SECOND


def gaussian_eddies():
    """Two bumps of 1 m that move west at 0.1 m/s, and the geostrophic flow round them (g = 10, f = 1e-4): m,
    s."""
    height, size, drift = 1.0, 50_000.0, -0.1
    centres = ((300_000.0, 225_000.0), (300_000.0, 475_000.0))

    def velocity(x, y, t):
        u, v = 0 * x, 0 * x
        for (cx, cy), sign in zip(centres, (1, -1), strict=True):
            dx, dy = x - cx - drift * t, y - cy
            bump = sign * height * np.exp(-(dx**2 + dy**2) / (2 * size**2)) * 10 / 1e-4
            u, v = u + bump * dy / size**2, v - bump * dx / size**2
        return u, v

    return Flow(
        u=lambda x, y, s, t: velocity(x, y, t)[0] + 0 * s,
        v=lambda x, y, s, t: velocity(x, y, t)[1] + 0 * s,
        omega=still,
    )


def rotation():
    w = 1.4 * np.pi / 86400
    return Flow(
        u=lambda x, y, s, t: -w * (y - 350_000) + 0 * s, v=lambda x, y, s, t: w * (x - 200_000) + 0 * s, omega=still
    )  # fmt: skip


@pytest.mark.validation
@pytest.mark.parametrize(
    ("name", "flow", "most"), [("eddies", gaussian_eddies(), 1.0), ("rotation", rotation(), 0.1)]
)
def test_a_day_there_and_a_day_back_ends_at_the_start(tmp_path, name, flow, most):
    mesh = rectangle(400_000.0, 700_000.0, elements=40_000)
    write_forcing(
        tmp_path / "flow.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=100.0, siglev=even_levels(2),
        times_us=DAY * np.arange(8), flow=flow, double=True,
    )  # fmt: skip

    def run(points, direction):
        return follow(tmp_path, f"""
            [forcing]
            files = ["flow.nc"]
            [time]
            start = "0h"
            end = "24h"
            step = "5min"
            direction = "{direction}"
            [[release]]
            file = "{points}"
            [output]
            file = "tracks.nc"
            every = "6h"
        """)  # fmt: skip

    r, angle = np.linspace(5_000, 90_000, 100), np.linspace(0, 40, 100)
    centre = (300_000, 225_000) if name == "eddies" else (200_000, 350_000)
    x, y = centre[0] + r * np.cos(angle), centre[1] + r * np.sin(angle)
    points = write_points(tmp_path / "there.csv", x=x, y=y, sigma=np.full(100, -0.5))
    there = run(points, "forward")
    way = np.hypot(there.x[-1] - x, there.y[-1] - y)
    points = write_points(tmp_path / "back.csv", x=there.x[-1], y=there.y[-1], sigma=there.sigma[-1])
    back = run(points, "backward")
    error = np.hypot(back.x[-1] - x, back.y[-1] - y)
    half_way = np.hypot(back.x[2] - there.x[2], back.y[2] - there.y[2])
    print(f"\n{name}: {way.max() / 1000:.1f} km there, back to {np.median(error):.1e} m, at most {error.max():.1e} (< {most}); "
          f"half way {half_way.max():.1e} m from the way there")  # fmt: skip
    assert (back.status[-1] == STATUS["active"]).all()
    if name == "eddies":
        assert way.max() > 10_000
    assert error.max() < most
    assert half_way.max() < most
