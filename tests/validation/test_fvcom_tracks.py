"""Tracks through the estuary beside those that FVCOM made itself, at its own 15 s step, while it computed the
flow."""

from typing import NamedTuple

import netCDF4
import numpy as np
import pytest

from .runs import ESTUARY, STATUS, follow, write_points

# median and 90 % distance in metres that an offline tracker with FVCOM's own interpolation reaches (made
# outside fvdrift, reference data README): flow every 10 min, and every hour
REACHABLE = {
    ("10min", 1): (2.3, 9.0),
    ("10min", 3): (7.6, 21.0),
    ("hourly", 1): (34.0, 108.0),
    ("hourly", 3): (89.0, 290.0),
}
FILES = {"10min": ["estA_10min.nc"], "hourly": ["estA_0001.nc", "estA_0002.nc"]}


class Truth(NamedTuple):
    """FVCOM's particles (time, particle); frozen: FVCOM has lost it."""

    seconds: np.ndarray
    x: np.ndarray
    y: np.ndarray
    sigma: np.ndarray
    frozen: np.ndarray


@pytest.fixture(scope="module")
def truth():
    with netCDF4.Dataset(ESTUARY / "estA_particles_fvcom.nc") as data:
        data.set_auto_mask(False)
        time = data["time"][:]
        assert np.ptp(data["release_time"][:]) == 0
        return Truth(
            time - data["release_time"][0], *(data[name][:] for name in ("x", "y", "sigma", "frozen"))
        )


def run_text(points, files, gradient, in_time, vertical):
    return f"""
        [forcing]
        files = {[str(file) for file in files]}
        time_interpolation = "{in_time}"
        [time]
        step = "60s"
        duration = "3h"
        [[release]]
        file = "{points}"
        [advection]
        coast_gradient = "{gradient}"
        level_slope = "zero"
        vertical_velocity = "{vertical}"
        [boundary]
        open = "{ESTUARY / "estA_obc.dat"}"
        [output]
        file = "tracks.nc"
        every = "10min"
    """


def distances(tracks, truth, hours):
    """Metres between the particle of fvdrift and that of FVCOM, and |dsigma|, for those that both still
    have."""
    ours = tracks.row(hours)
    theirs = int(np.abs(truth.seconds - 3600 * hours).argmin())
    assert abs(truth.seconds[theirs] - 3600 * hours) < 1
    both = (truth.frozen[theirs] == 0) & (tracks.status[ours] == STATUS["active"])
    distance = np.hypot(tracks.x[ours] - truth.x[theirs], tracks.y[ours] - truth.y[theirs])
    # what fvdrift took out through the open boundary and FVCOM kept must not hide in what is left out
    assert np.count_nonzero(both) >= np.count_nonzero(truth.frozen[theirs] == 0) - 3
    return distance[both], np.abs(tracks.sigma[ours] - truth.sigma[theirs])[both]


def compared(tmp_path, truth, flow, gradient, in_time, files=None, vertical="auto"):
    """By hours, from FVCOM's particles: median and 90 % of the distance, median |dsigma|.

    files: unset, those of the estuary with this flow.
    """
    points = write_points(tmp_path / "points.csv", x=truth.x[0], y=truth.y[0], sigma=truth.sigma[0])
    tracks = follow(
        tmp_path,
        run_text(points, files or [ESTUARY / name for name in FILES[flow]], gradient, in_time, vertical),
    )
    np.testing.assert_allclose(tracks.x[0], truth.x[0], atol=1e-6)
    medians = {}
    for hours in (1, 3):
        far, deep = distances(tracks, truth, hours)
        median, nine_tenths = np.median(far), np.percentile(far, 90)
        reachable = REACHABLE[flow, hours]
        print(
            f"\n{flow}, gradient at the coast {gradient}, {in_time} in time, {hours} h, {len(far)} particles: "
            f"median {median:.2f} m "
            f"(reachable {reachable[0]}), 90 % {nine_tenths:.1f} m ({reachable[1]}), median |dsigma| {np.median(deep):.5f}"
        )
        medians[hours] = median, nine_tenths, np.median(deep)
    return medians


@pytest.mark.parametrize(
    ("gradient", "in_time", "most"),
    [
        ("impermeable", "cubic", (2.6, 7.1, 20.0)),
        ("zero", "linear", (2.6, 8.5, 21.0)),
        ("impermeable", "linear", (3.7, 8.9, 21.0)),
        ("neighbours", "cubic", (2.6, 8.5, 65.0)),
    ],
    ids=["defaults", "as FVCOM", "linear", "by neighbours at the coast"],
)
def test_particles_stay_beside_those_of_fvcom_with_flow_every_10_minutes(
    tmp_path, truth, gradient, in_time, most
):
    medians = compared(tmp_path, truth, "10min", gradient, in_time)
    assert medians[1][0] <= most[0]
    assert medians[3][0] <= most[1]
    assert medians[3][1] <= most[2]
    assert medians[1][2] <= 5e-4


@pytest.mark.validation
@pytest.mark.parametrize(
    ("gradient", "in_time", "most"),
    [
        ("impermeable", "cubic", (23, 55, 180)),
        ("zero", "cubic", (23, 55, 180)),
        ("zero", "linear", (36, 95, 290)),
        ("impermeable", "linear", (36, 95, 290)),
    ],
    ids=["defaults", "cubic, as FVCOM", "as FVCOM", "linear"],
)
def test_particles_stay_beside_those_of_fvcom_with_flow_every_hour(tmp_path, truth, gradient, in_time, most):
    medians = compared(tmp_path, truth, "hourly", gradient, in_time)
    assert medians[1][0] <= most[0]
    assert medians[3][0] <= most[1]
    assert medians[3][1] <= most[2]
