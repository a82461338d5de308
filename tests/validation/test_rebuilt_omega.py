"""Vertical motion for files without omega: rebuilt from continuity or from ww, beside the omega that FVCOM
computed."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift_kernels.state import OPEN
from simple_meshes import Mesh
from tank import Tank, code_of, rebuilt_omega

from .runs import ESTUARY
from .test_fvcom_tracks import FILES, Truth, compared, truth  # noqa: F401 (truth is a fixture)


def copy_without(source: Path, target: Path, names: tuple[str, ...]) -> None:
    """Copy a NetCDF file but for some variables."""
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(target, "w", format=old.data_model) as new:
        old.set_auto_maskandscale(False)
        new.set_auto_maskandscale(False)
        new.setncatts({key: old.getncattr(key) for key in old.ncattrs()})
        for name, dimension in old.dimensions.items():
            new.createDimension(name, None if dimension.isunlimited() else len(dimension))
        for name, variable in old.variables.items():
            if name not in names:
                made = new.createVariable(name, variable.dtype, variable.dimensions)
                made.setncatts(
                    {key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"}
                )
                made[...] = variable[...]


@pytest.fixture(scope="module")
def estuary():
    """(tank, frames, open nodes, coast nodes) of the hourly file: fields by name, in the order of the
    tank."""
    with netCDF4.Dataset(ESTUARY / "estA_0001.nc") as data:
        data.set_auto_mask(False)
        x, y = data["x"][:].astype(float), data["y"][:].astype(float)
        triangles = data["nv"][:].T[:, [0, 2, 1]] - 1  # FVCOM's are clockwise
        obc = np.loadtxt(ESTUARY / "estA_obc.dat", skiprows=1, usecols=1, dtype=int) - 1
        middle_x, middle_y = 0.5 * (x[obc[1:]] + x[obc[:-1]]), 0.5 * (y[obc[1:]] + y[obc[:-1]])

        def is_open(x, y):
            return np.hypot(x[..., None] - middle_x, y[..., None] - middle_y).min(axis=-1) < 1.0

        tank = Tank(Mesh(x, y, triangles), h=data["h"][:], sigma=data["siglev"][:], is_open=is_open)
        elements, nodes = tank.whole.file_element, tank.whole.file_node
        frames = [
            {name: data[name][i][..., elements] for name in ("u", "v", "ww", "wet_cells")}
            | {name: data[name][i][..., nodes] for name in ("zeta", "omega")}
            for i in range(len(data["time"]))
        ]
    at_open, outer = np.zeros((2, tank.whole.nodes), bool)
    corners, beyond = tank.whole.corners, tank.whole.beyond
    for i in range(3):
        for j in (1, 2):
            at_open[corners[beyond[:, i] == OPEN, (i + j) % 3]] = True
            outer[corners[beyond[:, i] < 0, (i + j) % 3]] = True
    assert np.count_nonzero(at_open) == len(obc)
    return tank, frames, at_open, outer & ~at_open


def compare(estuary, vertical, which):
    """Correlation with FVCOM's own omega, slope, and rms difference over rms, at the inner levels of some
    nodes."""
    tank, frames, at_open, coast = estuary
    own, rebuilt = [], []
    for f in frames:
        wet = f["wet_cells"].astype(bool)
        dry = np.zeros(tank.whole.nodes, bool)
        dry[tank.whole.corners[~wet]] = True
        nodes = {"inner": ~at_open & ~coast & ~dry, "coast": coast & ~dry, "open": at_open}[which]
        own.append(f["omega"][1:-1, nodes].ravel())
        ww = f["ww"] if vertical == "ww" else None
        depth = tank.piece.h + f["zeta"]
        omega = rebuilt_omega(tank.piece, f["u"], f["v"], f["zeta"], depth, code_of(tank.piece, wet), ww)
        rebuilt.append(omega[1:-1, nodes].ravel())
    a, b = np.concatenate(own).astype(float), np.concatenate(rebuilt).astype(float)
    correlation = np.corrcoef(a, b)[0, 1] if b.any() else 0.0
    slope, off = (a @ b) / (a @ a), np.sqrt(np.mean((a - b) ** 2) / np.mean(a**2))
    print(
        f"\n{vertical} at {which} nodes: correlation {correlation:.5f}, slope {slope:.4f}, rms difference {100 * off:.2f} %"
    )
    return correlation, slope, off


@pytest.mark.parametrize("which", ["inner", "coast"])
def test_omega_from_continuity_is_that_of_fvcom(estuary, which):
    # FVCOM computes it by the same sum from the same flow: what remains is the age of the depth it uses (one
    # step)
    correlation, slope, off = compare(estuary, "continuity", which)
    assert correlation > 0.9999
    assert abs(slope - 1) < 0.005
    assert off < 0.01


def test_omega_from_ww_is_that_of_fvcom_smoothed(estuary):
    # ww is at elements and layers, omega at nodes and levels: two averages on the way there and two on the
    # way back
    correlation, slope, off = compare(estuary, "ww", "inner")
    assert correlation > 0.93
    assert 0.65 < slope < 1.0
    assert off < 0.42


@pytest.mark.parametrize("vertical", ["continuity", "ww"])
def test_nothing_wild_is_rebuilt_at_the_open_boundary(estuary, vertical):
    # FVCOM leaves the flow out of omega there; rebuilding it from half a control volume was 4 (ww: 13) times
    # too large
    *_, off = compare(estuary, vertical, "open")
    assert off < 2.0


@pytest.mark.parametrize(
    ("flow", "without", "most"),
    [
        ("10min", ("omega",), (2.6, 8.5, 5e-4)),
        pytest.param("hourly", (), (37.0, 97.0, 0.0035), marks=pytest.mark.validation),
        pytest.param("hourly", ("omega",), (37.0, 100.0, 0.007), marks=pytest.mark.validation),
        pytest.param("hourly", ("omega", "ww"), (37.0, 97.0, 0.0035), marks=pytest.mark.validation),
    ],
    ids=["10min-continuity", "hourly-omega", "hourly-ww", "hourly-continuity"],
)
def test_tracks_by_rebuilt_omega_stay_beside_those_of_fvcom(tmp_path, truth: Truth, flow, without, most):  # noqa: F811
    files = []
    for name in FILES[flow]:
        copy_without(ESTUARY / name, tmp_path / name, without)
        files.append(tmp_path / name)
    vertical = "ww" if flow == "hourly" and without == ("omega",) else "auto"
    medians = compared(tmp_path, truth, flow, "zero", "linear", files, vertical)
    assert medians[1][0] <= most[0]
    assert medians[3][0] <= most[1]
    assert medians[1][2] <= most[2]
