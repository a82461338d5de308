"""Degrees on FVCOM's sphere, R = 6371 km: rhumb lines have a closed form."""

import numpy as np
import pytest

from analytic_flows import Flow
from simple_meshes import Mesh, rectangle
from tank import HOUR, SECOND, Tank, still

R = 6_371_000.0


def rhumb(lon, lat, u, v, t):
    """Where a constant velocity (m/s east, north) leads in t seconds (degrees)."""
    there = np.radians(lat) + v * t / R
    if v == 0:
        return lon + np.degrees(u * t / (R * np.cos(np.radians(lat)))), lat + 0 * lon

    def isometric(phi):
        return np.log(np.tan(np.pi / 4 + phi / 2))

    return lon + np.degrees(u / v * (isometric(there) - isometric(np.radians(lat)))), np.degrees(there)


@pytest.mark.parametrize(("u", "v"), [(0.8, 0.0), (0.0, -0.5), (0.7, 0.4)])
@pytest.mark.parametrize("latitude", [50.0, -68.0])
def test_a_constant_velocity_follows_the_rhumb_line(latitude, u, v):
    """A day, some 60 km, over elements of 20 km: longitude by the latitude of the particle, not of the
    element."""
    mesh = rectangle(6.0, 4.0, elements=600)
    tank = Tank(Mesh(mesh.x - 7.0, mesh.y + latitude - 2.0, mesh.triangles), geographic=True)
    flow = Flow(u=lambda x, y, s, t: u + 0 * x * s, v=lambda x, y, s, t: v + 0 * x * s, omega=still)
    lon, lat = np.linspace(-6.0, -4.0, 30), latitude + np.linspace(-1.0, 1.0, 30)
    end = tank.follow(tank.levels(flow, (0, 24 * HOUR)), tank.particles(lon, lat), step=600 * SECOND).end
    to_lon, to_lat = rhumb(lon, lat, u, v, 86_400.0)
    east, north = (end["x"] - to_lon) * np.cos(np.radians(to_lat)), end["y"] - to_lat
    error = np.radians(np.hypot(east, north)).max() * R
    way = np.hypot(u, v) * 86.4
    print(
        f"\n({u}, {v}) m/s at {latitude} degrees: {error:.3f} m from the rhumb line after {way:.0f} km (< 0.05)"
    )
    assert error < 0.05
