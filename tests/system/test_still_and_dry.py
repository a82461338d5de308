"""What must not move, and what dry land must not do to the water: in whole runs, from files."""

import itertools
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.forcing.fvcom.series import open_series
from generate_forcing import Flow, even_levels, rectangle, write_forcing
from tank import brute_force

from .cases import EVERYWHERE, FORCING, OPEN
from .workshop import HOUR, START, columns, digest, solve, write_run

WIDE = 10_000.0  # m, of a stretch of water
# m/s in four frames, the second and third of them still
STILL_BETWEEN = ([0, 0, 0, 0.5], [0.5, 0, 0, 0], [0.5, 0, 0, -0.5])


def level(x, y, s, t):
    return 0 * x * s


def of_stretches(patterns):
    """What stretches of the x axis have in the frame at t (s): a function of x and t."""
    return lambda x, t: np.array(patterns, float)[
        np.clip(x // WIDE, 0, len(patterns) - 1).astype(int), int(t // 3600)
    ]


@pytest.mark.parametrize("what", ["across, to the bed", "across, at depth only", "up"])
def test_water_that_is_still_in_two_frames_is_still_between_them(tmp_path: Path, what: str) -> None:
    """Whatever flows before and after, and whatever flows above meanwhile."""
    pattern = of_stretches(STILL_BETWEEN)

    def all_of_it(x, y, s, t):
        return pattern(x, t) + 0 * s

    flow = {
        "across, to the bed": Flow(u=all_of_it, v=all_of_it, omega=level),
        "across, at depth only": Flow(u=lambda x, y, s, t: np.where(s > -0.3, 0.1, pattern(x, t)), v=level, omega=level),
        "up": Flow(u=level, v=level, omega=lambda x, y, s, t: 1e-3 * pattern(x, t) * s * (1 + s)),
    }[what]  # fmt: skip
    mesh = rectangle(3 * WIDE, WIDE / 2, elements=200)
    write_forcing(
        tmp_path / "still.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=10.0, siglev=even_levels(5),
        times_us=START + HOUR * np.arange(4), flow=flow,
    )  # fmt: skip
    places = [{"point": [WIDE * (i + 0.5), WIDE / 4], "sigma": -0.8} for i in range(3)]
    tree = {
        "forcing": {"files": [str(tmp_path / "still.nc")]},
        "release": places,
        "output": {"every": "20min"},
    }
    tracks = columns(solve(write_run(tmp_path, tree), output="still.nc.tracks.nc"))
    for name in ("x", "y", "sigma"):
        assert (tracks[name][:, 3:7] == tracks[name][:, 3:4]).all(), name
    moving = tracks["sigma" if what == "up" else "x"]
    assert (np.ptp(moving, axis=1) > (0.01 if what == "up" else 400)).all()


def test_what_the_land_has_no_value_of_is_not_mixed_into_the_water(tmp_path: Path) -> None:
    """Frame 0 wet, 1 and 2 dry in the east without values, 3 wet; what is the same everywhere is the same
    throughout."""
    mesh = rectangle(WIDE, WIDE / 2, elements=200)
    steady = Flow(
        u=lambda x, y, s, t: 0.1 + 0 * x * s, v=level, zeta=lambda x, y, t: -0.2 + 0 * x, omega=level,
        temp=lambda x, y, s, t: 12 + level(x, y, s, t),
    )  # fmt: skip
    write_forcing(
        tmp_path / "land.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=0.5, siglev=even_levels(5),
        times_us=START + HOUR * np.arange(4), flow=steady, wet=True, wind=(7.0, 3.0),
    )  # fmt: skip
    dry = mesh.x[mesh.triangles].mean(axis=1) > 0.6 * WIDE
    land = np.setdiff1d(mesh.triangles[dry], mesh.triangles[~dry])
    with netCDF4.Dataset(tmp_path / "land.nc", "a") as file:
        file.set_auto_mask(False)
        nothing = {"wet_cells": (dry, 0), "temp": (land, np.nan), "zeta": (land, np.nan)}
        nothing |= {"uwind_speed": (dry, np.nan), "vwind_speed": (dry, np.nan)}
        for frame, (name, (places, value)) in itertools.product((1, 2), nothing.items()):
            values = file[name][frame]
            values[..., places] = value
            file[name][frame] = values
    tree = {
        "forcing": {"files": [str(tmp_path / "land.nc")]}, "release": [{"count": 20, "box": [0.0, 0.0, WIDE, WIDE / 2]}],
        "output": {"every": "20min", "variables": ["temp", "zeta", "water_depth", "uwind_speed", "vwind_speed", "u"]},
    }  # fmt: skip
    path = write_run(tmp_path, tree)
    once = solve(path, output="tracks.nc")
    assert digest(solve(path, parts=3, output="shared.nc")) == digest(once)
    tracks = columns(once)
    for name, value in (
        ("temp", 12),
        ("zeta", -0.2),
        ("water_depth", 0.3),
        ("uwind_speed", 7),
        ("vwind_speed", 3),
    ):
        np.testing.assert_allclose(tracks[name], value, rtol=1e-5, err_msg=name)
    lies = tracks["dry"] == 1
    assert lies.any()
    assert (tracks["u"][lies] == 0).all()


@pytest.mark.parametrize("minutes", [10, 60])
def test_what_lies_dry_is_held_for_as_long_as_its_element_is_dry(tmp_path: Path, minutes: int) -> None:
    """In the estuary, hours 7 to 12: dry is 1 where the element is dry in the frame of that time, or in those
    on both sides; and from one such record to the next nothing moves, unless the element had water in a frame
    between them."""
    tree = {
        "forcing": FORCING, "time": {"start": "7h"}, "boundary": {**OPEN, "bottom": "deposit"},
        "diffusion": {"vertical": "kh", "horizontal": "1 m2/s"}, "behaviour": {"settling": "2 mm/s"},
        "release": [{"count": 1000, "box": EVERYWHERE}], "output": {"every": f"{minutes}min"},
    }  # fmt: skip
    tracks = columns(solve(write_run(tmp_path, tree), output="tracks.nc"))
    dry, x, y = tracks["dry"].astype(bool), tracks["x"], tracks["y"]
    with open_series(FORCING["files"]) as series:
        wet = np.array([series.read(frame, ["wet"])["wet"] for frame in range(7, len(series.times))], bool)
        inside = np.isfinite(x)
        element = np.full(x.shape, -1)
        element[inside], depth = brute_force(series.x, series.y, series.triangles, x[inside], y[inside])
    hours = np.arange(x.shape[1]) * minutes / 60
    first, last = np.floor(hours).astype(int), np.ceil(hours).astype(int)
    sure = np.zeros(x.shape, bool)
    sure[inside] = depth > 1e-6  # off the sides
    expected = ~(wet[first, element] | wet[last, element])
    assert (dry == expected)[sure].all()
    held = 0
    for i in range(len(hours) - 1):
        still = dry[:, i] & dry[:, i + 1] & ~wet[first[i] : last[i + 1] + 1, element[:, i]].any(axis=0)
        held += still.sum()
        for name in ("x", "y", "sigma"):
            assert (tracks[name][still, i] == tracks[name][still, i + 1]).all()
    assert held > 50
