"""Files that hold some layers move particles as those that hold all do, where that can be, and are refused
where it cannot."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray

from fvdrift.errors import ForcingError

from .flows import WIDTH, channel, gyres
from .workshop import columns, needs_mpiexec, solve, start, write_run

MOVED = ("x", "y", "z", "status")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """whole.nc, sheared, and pieces of it."""
    channel(tmp_path / "made.nc", gyres(0.3), elements=200, frames=3)
    with xarray.open_dataset(tmp_path / "made.nc", decode_times=False, mask_and_scale=False) as made:
        made = made.load()
    layers = made.sizes["siglay"]
    for name in ("u", "v"):
        made[name] = made[name] * xarray.DataArray(np.linspace(1.2, 0.2, layers).astype("f4"), dims="siglay")
    made["ua"], made["va"] = (made[name].mean("siglay").astype("f4") for name in ("u", "v"))
    made.to_netcdf(tmp_path / "whole.nc")
    assert layers >= 4
    without = made.drop_vars(["ua", "va"])
    without.isel(siglay=slice(0, 2)).to_netcdf(tmp_path / "top.nc")
    without.isel(siglay=slice(-2, None)).to_netcdf(tmp_path / "bottom.nc")
    made.drop_vars(["siglay", "siglev"]).to_netcdf(tmp_path / "no_sigma.nc")
    flat = [name for name in made.variables if {"siglay", "siglev"} & {*made[name].dims, name}]
    made.drop_vars(flat).to_netcdf(tmp_path / "flat.nc")
    write_run(tmp_path, {
        "forcing": {"files": ["whole.nc"]}, "time": {"step": "10min"},
        "release": [{"count": 50, "box": [1000.0, 500.0, 9000.0, WIDTH - 500.0]}], "output": {"file": "tracks.nc", "every": "1h"},
    })  # fmt: skip
    return tmp_path


def moved(folder: Path, forcing: str, key: str) -> dict[str, np.ndarray]:
    run_file = folder / "run.toml"
    found = columns(solve(run_file, f'forcing.files=["{forcing}.nc"]', key, output=f"{forcing}.tracks.nc"))
    return {name: found[name] for name in MOVED}


@pytest.mark.parametrize(
    ("piece", "key"),
    [
        ("top", 'advection.dimension="surface"'), ("top", 'advection.depth="1m"'), ("no_sigma", 'advection.dimension="2d"'),
        ("flat", 'advection.dimension="2d"'),
    ],
)  # fmt: skip
def test_what_a_piece_holds_moves_particles_as_the_whole_does(folder: Path, piece: str, key: str) -> None:
    whole, part = moved(folder, "whole", key), moved(folder, piece, key)
    assert np.ptp(whole["x"][:, -1] - whole["x"][:, 0]) > 100  # they do move
    for name in MOVED:
        assert np.array_equal(whole[name], part[name], equal_nan=True), name


@pytest.mark.parametrize(
    ("piece", "key", "said"),
    [
        ("bottom", 'advection.dimension="2d"', "that gives no depth mean"),
        ("top", 'advection.dimension="2d"', "that gives no depth mean"),
        ("bottom", 'advection.dimension="surface"', "none at the surface"),
        ("bottom", 'advection.depth="1m"', "advection.depth = 1 m is not there everywhere"),
        ("no_sigma", 'advection.dimension="3d"', "there are no sigma layers"),
    ],
)
def test_what_a_piece_does_not_hold_is_refused(folder: Path, piece: str, key: str, said: str) -> None:
    with pytest.raises(ForcingError, match=said):
        moved(folder, piece, key)


def test_no_mean_of_a_tracer_is_taken_over_a_part(folder: Path) -> None:
    with (
        xarray.open_dataset(folder / "bottom.nc", decode_times=False) as part,
        xarray.open_dataset(folder / "flat.nc", decode_times=False) as flat,
    ):
        made = part.load().assign(ua=flat["ua"], va=flat["va"])
    made["salt"] = (("time", "siglay", "node"), np.ones((made.sizes["time"], 2, made.sizes["node"]), "f4"))
    made.to_netcdf(folder / "with_mean.nc")
    moved(folder, "with_mean", 'advection.dimension="2d"')
    with pytest.raises(ForcingError, match=r"salt: holds only the 2 layers .* gives no mean over the depth"):
        solve(
            folder / "run.toml",
            'forcing.files=["with_mean.nc"]',
            'advection.dimension="2d"',
            'output.variables=["salt"]',
        )


@needs_mpiexec
def test_on_ranks(folder: Path) -> None:
    keys = (
        "--set",
        'forcing.files=["no_sigma.nc"]',
        "--set",
        'advection.dimension="2d"',
        "--quiet",
        "--overwrite",
    )
    expected = moved(folder, "whole", 'advection.dimension="2d"')
    assert start("run", folder / "run.toml", *keys, ranks=2).returncode == 0
    with netCDF4.Dataset(folder / "tracks.nc") as tracks:
        assert np.array_equal(tracks["x"][...], expected["x"])
    done = start("run", folder / "run.toml", *keys, "--set", 'forcing.files=["bottom.nc"]', ranks=2)
    assert done.returncode == 3
    assert done.stderr.count("that gives no depth mean") == 1
