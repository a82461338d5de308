"""The generator writes what the reader reads, and its flows are the flows they say."""

from pathlib import Path

import numpy as np
import pytest

import generate_forcing as generator
from fvdrift.forcing.fvcom.series import open_series
from fvdrift.forcing.triangles import signed_area

HOUR = 3_600_000_000
LENGTH, WIDTH, DEPTH, SPEED, PERIOD, RADIUS = 20_000.0, 10_000.0, 20.0, 0.5, 44_714.0, 2_000.0


def flow_of(name: str) -> generator.Flow:
    return generator.named_flow(
        name, length=LENGTH, width=WIDTH, depth=DEPTH, speed=SPEED, period=PERIOD, radius=RADIUS
    )


def divergence(flow: generator.Flow, x: np.ndarray, y: np.ndarray, t: float, d: float = 1.0) -> np.ndarray:
    return (
        flow.u(x + d, y, -0.5, t)
        - flow.u(x - d, y, -0.5, t)
        + flow.v(x, y + d, -0.5, t)
        - flow.v(x, y - d, -0.5, t)
    ) / (2 * d)


@pytest.mark.parametrize("name", generator.FLOWS)
def test_flows_keep_their_water(name: str) -> None:
    """zeta_t + div((h + zeta) u) = 0; the tide is the linear wave."""
    flow, t, dt = flow_of(name), 7000.0, 1.0
    x, y = np.random.default_rng(1).uniform([6000, 3000], [9000, 9000], (50, 2)).T
    bed = (lambda x, y: DEPTH + 0 * x) if flow.h is None else flow.h
    zeta = (lambda x, y, t: 0 * x) if flow.zeta is None else flow.zeta
    rise = (zeta(x, y, t + dt) - zeta(x, y, t - dt)) / (2 * dt)
    moving = 0.0 if name == "tide" else 1.0

    def transport(component: object) -> object:
        return lambda x, y, s, t: component(x, y, s, t) * (bed(x, y) + moving * zeta(x, y, t))  # type: ignore[operator]

    out = divergence(generator.Flow(u=transport(flow.u), v=transport(flow.v)), x, y, t)  # type: ignore[arg-type]
    assert np.abs(rise + out).max() < 1e-6 * DEPTH * SPEED / 1000


@pytest.mark.parametrize("name", ["gyre", "double-gyre"])
def test_closed_flows_do_not_cross_walls(name: str) -> None:
    flow, s = flow_of(name), np.linspace(0, 1, 11)
    for t in (0.0, 5000.0):
        for x in (0.0, LENGTH):
            assert np.abs(flow.u(np.full(11, x), WIDTH * s, -0.5, t)).max() < 1e-12
        for y in (0.0, WIDTH):
            assert np.abs(flow.v(LENGTH * s, np.full(11, y), -0.5, t)).max() < 1e-12


def test_the_peninsula_is_a_half_disc_along_which_the_water_goes() -> None:
    mesh = generator.peninsula(LENGTH, WIDTH, RADIUS, elements=4000)
    assert signed_area(mesh.triangles, mesh.x, mesh.y).min() > 0
    distance = np.hypot(mesh.x - LENGTH / 2, mesh.y)
    assert distance.min() > RADIUS * (1 - 1e-9)
    rim = np.abs(distance - RADIUS) < 1e-6
    assert np.count_nonzero(rim) > 15
    flow = flow_of("peninsula")
    x, y = mesh.x[rim], mesh.y[rim]
    across = (flow.u(x, y, 0, 0) * (x - LENGTH / 2) + flow.v(x, y, 0, 0) * y) / RADIUS
    assert np.abs(across).max() < 1e-6
    assert np.ptp(mesh.x) == pytest.approx(LENGTH, rel=0.03)


@pytest.mark.parametrize("format", generator.FORMATS)
@pytest.mark.parametrize("coordinates", ["cartesian", "geographic", "both"])
def test_what_is_written_is_read(tmp_path: Path, format: str, coordinates: str) -> None:
    mesh = generator.rectangle(LENGTH, WIDTH, elements=200)
    flow = generator.Flow(
        u=lambda x, y, s, t: x * 1e-5 + s + t * 1e-4, v=lambda x, y, s, t: y * 1e-5,
        zeta=lambda x, y, t: 0.1 + 0 * x, omega=lambda x, y, s, t: 1e-3 * s * (1 + s) + 0 * x,
        temp=lambda x, y, s, t: 10 + s + 0 * x,
    )  # fmt: skip
    levels = generator.node_levels(4, mesh.x)
    times = 1_588_291_200_000_000 + HOUR * np.arange(3)
    generator.write_forcing(
        tmp_path / "a.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=15.0, siglev=levels, times_us=times,
        flow=flow, lon=-4 + mesh.x * 1e-5, lat=50 + mesh.y * 1e-5, coordinates=coordinates, wet=True,
        format=format, deflate=1,
    )  # fmt: skip
    with open_series([tmp_path / "a.nc"]) as series:
        assert np.array_equal(series.times, times)
        assert series.geographic is (coordinates != "cartesian")
        assert np.array_equal(series.triangles[:, 0], mesh.triangles[:, 0])
        assert np.allclose(series.siglev, levels, atol=1e-6)
        fields = series.read(2, ["u", "v", "ua", "omega", "temp", "zeta", "wet", "h"])
        sigma = (0.5 * (levels[1:] + levels[:-1]))[:, mesh.triangles].mean(axis=2)
        u = mesh.x[mesh.triangles].mean(axis=1) * 1e-5 + sigma + 0.72
        assert np.allclose(fields["u"], u, atol=1e-6)
        assert np.allclose(fields["ua"], mesh.x[mesh.triangles].mean(axis=1) * 1e-5 - 0.5 + 0.72, atol=2e-2)
        assert np.allclose(fields["omega"], 1e-3 * levels * (1 + levels), atol=1e-8)
        assert np.all(fields["zeta"] == np.float32(0.1))
        assert fields["wet"].all()
        assert np.all(fields["h"] == 15)


def test_neighbours_are_across_their_side() -> None:
    mesh = generator.rectangle(4.0, 3.0, elements=24)
    found = generator.neighbours(mesh.triangles)
    sets = [set(t) for t in mesh.triangles.tolist()]
    for element, row in enumerate(found):
        for side, other in enumerate(row):
            corners = sets[element] - {int(mesh.triangles[element, side])}
            sharing = [e for e, nodes in enumerate(sets) if corners <= nodes and e != element]
            assert sharing == ([] if other < 0 else [other])


def test_the_command_writes_many_files_that_are_one_series(tmp_path: Path) -> None:
    arguments = ["--elements", "100", "--frames", "7", "--files", "3", "--overlap", "--flow", "double-gyre",
                 "--interval", "600", "--extra", "omega", "kh", "wet", "--sigma", "uneven",
                 "--obc", str(tmp_path / "obc.dat")]  # fmt: skip
    assert generator.main([str(tmp_path / "run.nc"), *arguments]) == 0
    assert (
        generator.main(
            [str(tmp_path / "one.nc"), *arguments[:4], "--flow", "double-gyre", "--interval", "600"]
        )
        == 0
    )
    with open_series([str(tmp_path / "run_*.nc")]) as many, open_series([tmp_path / "one.nc"]) as one:
        assert len(many.files) == 3
        assert np.array_equal(many.times, one.times)
        assert not any("disagree" in note for note in many.notes)
        for frame in range(7):
            assert np.array_equal(many.read(frame, ["v"])["v"], one.read(frame, ["v"])["v"])
    assert (tmp_path / "obc.dat").read_text().startswith("OBC Node Number = ")


def test_runs_without_a_calendar_and_double_precision(tmp_path: Path) -> None:
    assert (
        generator.main(
            [str(tmp_path / "a.nc"), "--elements", "50", "--frames", "3", "--no-calendar", "--double"]
        )
        == 0
    )
    with open_series([tmp_path / "a.nc"]) as series:
        assert not series.calendar
        assert series.times.tolist() == [0, HOUR, 2 * HOUR]
        assert series.read(0, ["u"])["u"].dtype == np.float32
