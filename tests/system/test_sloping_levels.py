"""Sigma levels that differ from place to place, FVCOM's generalised and hybrid ones: particles go where the
water does.

Truth: over a flat bed the vertical velocity of uniform flow is 0, so a particle keeps its depth; what is
linear in depth is found exactly.
"""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from generate_forcing import Flow, rectangle, write_forcing, write_obc

from .flows import DEPTH, LENGTH, channel, without
from .workshop import HOUR, START, Tree, columns, digest, solve, write_run

SPEED = 0.3


def through_levels(x, y, s, t):
    """FVCOM's omega where w is 0, through `node_levels` sigma = -a^p with p = 1 + x/L: -u D dsigma/dx at
    fixed a."""
    p, depth = 1 + x / LENGTH, np.clip(-s, 1e-12, 1.0)
    return SPEED * DEPTH * depth * np.log(depth) / (p * LENGTH)


UNIFORM = Flow(
    u=lambda x, y, s, t: SPEED + 0 * x * s, v=lambda x, y, s, t: 0 * x * s, omega=through_levels,
    temp=lambda x, y, s, t: 10 + 10 * s + 1e-3 * x, kh=lambda x, y, s, t: 1e-3 * (1 - s) + 0 * x,
)  # fmt: skip


def over(folder: Path, flow: Flow, **time: str) -> Tree:
    """6 h through levels that crowd to the surface more and more, in steps of 10 min."""
    forcing = channel(folder / "sloping.nc", flow, elements=1500, layers=10, frames=7, sigma="node")
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min", **time},
        "output": {"every": "1h", "variables": ["temp", "u"]}, "boundary": {"open": "sloping_obc.dat"},
        "release": [{"count": 200, "box": [100.0, 50.0, 3000.0, 2450.0]}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "advection",
    [
        {},
        {"vertical_velocity": "continuity"},
        pytest.param({"scheme": "euler"}, marks=pytest.mark.validation),
    ],
    ids=str,
)
def test_uniform_flow_over_a_flat_bed_keeps_its_depth(advection: Tree, tmp_path: Path) -> None:
    tracks = columns(solve(write_run(tmp_path, {**over(tmp_path, UNIFORM), "advection": advection})))
    way = tracks["x"] - tracks["x"][:, :1]
    np.testing.assert_allclose(way, SPEED * 3600 * np.arange(7) + 0 * way, atol=1e-3)
    off = np.abs(tracks["z"] - tracks["z"][:, :1]).max()
    print(f"\nz off by {1000 * off:.2f} mm (0) after 6 h")
    assert off < 0.01
    sigma = tracks["sigma"]
    between = (sigma < -0.12) & (sigma > -0.8)  # of the first and last layer's centre, everywhere
    np.testing.assert_allclose(
        tracks["temp"][between], (10 + 10 * sigma + 1e-3 * tracks["x"])[between], atol=1e-4
    )


def test_backward_and_on_any_number_of_parts(tmp_path: Path) -> None:
    path = write_run(tmp_path, over(tmp_path, UNIFORM, direction="backward"))
    path.write_text(path.read_text().replace("100.0, 50.0, 3000.0, 2450.0", "7000.0, 50.0, 9900.0, 2450.0"))
    tracks = solve(path, output="one.nc")
    z = columns(tracks)["z"]
    assert np.abs(z - z[:, :1]).max() < 0.01
    for vertical in ("omega", "continuity"):
        one, many = (
            digest(solve(path, f"advection.vertical_velocity={vertical}", parts=parts, output="some.nc"))
            for parts in (1, 7)
        )
        assert one == many


def test_sheared_flow_carries_by_the_velocity_of_the_depth(tmp_path: Path) -> None:
    """u = 0.3 + 0.2 sigma at every place: as particles keep their depth, they keep their speed."""
    sheared = Flow(**{**vars(UNIFORM), "u": lambda x, y, s, t: SPEED + 0.2 * s + 0 * x, "omega": None})
    linear_to_the_wall = {"advection": {"coast_gradient": "neighbours"}}
    tracks = columns(solve(write_run(tmp_path, {**over(tmp_path, sheared), **linear_to_the_wall})))
    sigma = tracks["sigma"][:, :1]
    between = ((sigma < -0.12) & (sigma > -0.8))[:, 0]
    x = tracks["x"] - tracks["x"][:, :1]
    off = (x - (SPEED + 0.2 * sigma) * 3600 * np.arange(7))[between]
    lifted = (tracks["z"] - tracks["z"][:, :1])[between]
    print(
        f"\nx off by {np.abs(off).max():.2f} m of {x.max():.0f}, z by {np.abs(lifted).max():.3f} m of {DEPTH:.0f}"
    )
    assert np.abs(off).max() < 0.5
    assert np.abs(lifted).max() < 0.01
    np.testing.assert_allclose(tracks["u"][between], (SPEED + 0.2 * tracks["sigma"])[between], atol=2e-5)


def test_along_a_shelf_break_under_layers_of_one_thickness(tmp_path: Path) -> None:
    """Ten layers of 3 m over a bed that falls from 50 to 500 m, even ones below: flow with u h constant keeps
    sigma."""
    mesh = rectangle(60_000.0, 6_000.0, elements=3000)

    def bed(x):
        return 50 + 450 * np.clip((x - 20_000) / 20_000, 0, 1)

    h, k = bed(mesh.x), np.arange(21)[:, None]
    levels = -np.where(k <= 10, 3.0 * k, 30 + (h - 30) * (k - 10) / 10) / h
    flow = Flow(u=lambda x, y, s, t: 15 / bed(x) + 0 * s, v=UNIFORM.v)
    forcing, times = tmp_path / "shelf.nc", START + HOUR * np.arange(49)
    write_forcing(
        forcing, x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=h, siglev=levels, times_us=times, flow=flow
    )
    write_obc(tmp_path / "obc.dat", np.flatnonzero((mesh.x < 1) | (mesh.x > 59_999)))
    tracks = columns(solve(write_run(tmp_path, {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"}, "output": {"every": "48h"},
        "boundary": {"open": "obc.dat"},
        "release": [{"point": [19_000.0, 3000.0], "sigma": sigma} for sigma in (-0.1, -0.3, -0.6, -0.9)],
    })))  # fmt: skip
    sigma, z = tracks["sigma"], tracks["z"]
    assert tracks["x"][:, -1].min() > 25_000
    print(f"\nsigma {sigma[:, 0]} -> {sigma[:, -1]}, z {z[:, -1]}")
    np.testing.assert_allclose(sigma[:, -1], sigma[:, 0], atol=1e-5)


def test_the_slope_can_be_left_out_as_in_fvcoms_own_tracker(tmp_path: Path) -> None:
    """Then sigma follows omega / D: ln(-sigma) goes with 1 / p, or the particle goes up and down with its
    level."""
    path = write_run(tmp_path, {**over(tmp_path, UNIFORM), "advection": {"level_slope": "zero"}})
    tracks = columns(solve(path))
    p = 1 + tracks["x"] / LENGTH
    sigma = tracks["sigma"]
    expected = -np.exp(np.log(-sigma[:, 0]) * p[:, 0] / p[:, -1])
    inner = (sigma[:, 0] < -0.12) & (sigma[:, 0] > -0.8)
    assert np.abs(sigma[:, -1] - sigma[:, 0])[inner].min() > 0.05
    np.testing.assert_allclose(sigma[inner, -1], expected[inner], atol=0.01)


def test_ww_is_refused_there(tmp_path: Path) -> None:
    with_ww = Flow(**{**vars(without(UNIFORM, "omega")), "ww": UNIFORM.v})
    path = write_run(tmp_path, {**over(tmp_path, with_ww), "advection": {"vertical_velocity": "ww"}})
    with pytest.raises(
        RunFileError, match=r"vertical_velocity: the sigma levels differ .* write \"auto\", or \"continuity\""
    ):
        solve(path)


def test_held_at_a_depth_all_is_of_that_depth(tmp_path: Path) -> None:
    sheared = Flow(**{**vars(UNIFORM), "u": lambda x, y, s, t: SPEED + 0.2 * s + 0 * x})
    tracks = columns(solve(write_run(tmp_path, {**over(tmp_path, sheared), "advection": {"depth": "8m"}})))
    np.testing.assert_allclose(tracks["z"], -8.0, atol=1e-5)
    np.testing.assert_allclose(tracks["temp"], 10 - 10 * 0.4 + 1e-3 * tracks["x"], atol=1e-3)
    np.testing.assert_allclose((tracks["x"] - tracks["x"][:, :1])[:, -1], (SPEED - 0.08) * 21600, atol=1.0)
