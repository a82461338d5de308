"""Mixing across by FVCOM's viscofh: as it is in the files, and worked out from the flow, times FVCOM's
coefficient."""

import netCDF4
import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift.errors import RunFileError
from fvdrift.fields.diffusivity import mixing
from fvdrift.orders.orders import WalkOrder
from generate_forcing import write_forcing
from simple_meshes import Mesh, even_levels, rectangle
from tank import HOUR, Tank, code_of, still

from .runs import ESTUARY, follow

NAMES = ("inner", "coast and open", "beside dry")


@pytest.fixture(scope="module")
def estuary():
    """(tank, frames, nodes of three kinds by frame): what FVCOM wrote every hour, in the order of the
    tank."""
    with netCDF4.Dataset(ESTUARY / "estA_0001.nc") as data:
        data.set_auto_mask(False)
        triangles = data["nv"][:].T[:, [0, 2, 1]] - 1  # FVCOM's are clockwise
        mesh = Mesh(data["x"][:].astype(float), data["y"][:].astype(float), triangles)
        tank = Tank(mesh, h=data["h"][:], sigma=data["siglev"][:])
        elements, nodes = tank.whole.file_element, tank.whole.file_node
        frames = [
            {name: np.ascontiguousarray(data[name][i][..., elements]) for name in ("u", "v", "wet_cells")}
            | {"viscofh": data["viscofh"][i][..., nodes]}
            for i in range(len(data["time"]))
        ]
    corners, outer = tank.whole.corners, np.zeros(tank.whole.nodes, bool)
    for i in range(3):
        outer[corners[tank.whole.beyond[:, i] < 0][:, [(i + 1) % 3, (i + 2) % 3]]] = True
    kinds = []
    for frame in frames:
        dry = np.zeros(tank.whole.nodes, bool)
        dry[corners[frame["wet_cells"] == 0]] = True
        kinds.append((~outer & ~dry, outer & ~dry, dry))
    return tank, frames, kinds


@pytest.mark.parametrize("kind", range(3), ids=NAMES)
def test_the_shear_mixes_as_fvcom_wrote_it(estuary, kind):
    """The mean to 2 %. What is left is FVCOM's: its viscofh is that of the flow one of its steps (15 s)
    before the frame."""
    tank, frames, kinds = estuary
    of_files, of_flow = [], []
    for frame, nodes in zip(frames, kinds, strict=True):
        for name, found in (("viscofh", of_files), ("smagorinsky", of_flow)):
            walk = WalkOrder("reversible", None, name, 0.3)
            here = mixing(tank.piece, frame, tank.piece.h, code_of(tank.piece, frame["wet_cells"]), walk)
            found.append(here.across[:, nodes[kind]].ravel())
    wrote = np.concatenate(
        [0.3 * f["viscofh"][:, n[kind]].ravel() for f, n in zip(frames, kinds, strict=True)]
    )
    of_files, of_flow = np.concatenate(of_files), np.concatenate(of_flow)
    off = np.sqrt(np.mean((of_flow - wrote) ** 2) / np.mean(wrote**2))
    print(
        f"\n{NAMES[kind]}: {wrote.size} values, mean {of_flow.mean() / wrote.mean():.4f} of FVCOM's, rms off {off:.2%}",
        end="",
    )
    np.testing.assert_allclose(of_files, wrote, rtol=1e-6)
    assert of_flow.mean() == pytest.approx(wrote.mean(), rel=0.02)
    assert off < 0.05


def test_viscofh_of_a_linear_shear_is_by_the_area_of_the_control_volume():
    """u = a y: a / sqrt(2) times a third of all the elements round a node; the same in degrees, here at 60
    N."""
    a, mesh = 2e-4, rectangle(20_000.0, 20_000.0, elements=800)
    degree = np.pi * 6_371_000.0 / 180.0
    sphere = Mesh(
        mesh.x / degree / np.cos(np.radians(60 + mesh.y / degree)), 60 + mesh.y / degree, mesh.triangles
    )
    area = np.zeros(len(mesh.x))
    p, q, r = (np.stack([mesh.x, mesh.y])[:, corner] for corner in mesh.triangles.T)
    np.add.at(area, mesh.triangles, np.abs((q - p)[0] * (r - p)[1] - (r - p)[0] * (q - p)[1])[:, None] / 6)
    inner = (np.abs(mesh.x - 10_000) < 9000) & (np.abs(mesh.y - 10_000) < 9000)
    for tank in (Tank(mesh), Tank(sphere, geographic=True)):
        north = tank.yc if tank.piece.metric is None else (tank.yc - 60) * degree
        flow = np.broadcast_to(a * north, (4, len(north))).astype(np.float32)
        fields = {"u": flow, "v": np.zeros_like(flow)}
        walk = WalkOrder("reversible", None, "smagorinsky", 1.0)
        found = mixing(
            tank.piece, fields, tank.piece.h, code_of(tank.piece, np.ones(tank.whole.elements)), walk
        ).across
        at = inner[tank.whole.file_node]
        np.testing.assert_allclose(
            found[:, at], [a / np.sqrt(2) * area[tank.whole.file_node][at]] * 4, rtol=2e-3
        )


COEFFICIENTS = {
    "fvcom's usual": ("", None, 0.2),
    "given": ("smagorinsky = 0.1", 0.3, 0.1),
    "of the files": ("", 0.3, 0.3),
}


def spreading(folder, key, in_files):
    """Tracks in still water with viscofh = 100 m2/s, and nn_hvc where it is given."""
    mesh = rectangle(20_000.0, 20_000.0, elements=200)
    write_forcing(
        folder / "still.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=10.0, siglev=even_levels(2),
        times_us=HOUR * np.arange(3), flow=Flow(u=still, v=still, omega=still, viscofh=lambda x, y, s, t: 100.0 + 0 * x * s),
    )  # fmt: skip
    if in_files is not None:
        with netCDF4.Dataset(folder / "still.nc", "a") as data:
            data.createVariable("nn_hvc", "f4", ("node",))[:] = in_files
    return follow(folder, f"""
        [forcing]
        files = ["still.nc"]
        [time]
        step = "10min"
        [[release]]
        count = 5000
        point = [10000.0, 10000.0]
        [diffusion]
        horizontal = "viscofh"
        {key}
        [boundary]
        open = "none"
        [output]
        file = "tracks.nc"
        every = "2h"
    """)  # fmt: skip


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_viscofh_is_multiplied_by_the_coefficient(tmp_path, name):
    key, in_files, coefficient = COEFFICIENTS[name]
    tracks = spreading(tmp_path, key, in_files)
    assert tracks.x[-1].var() + tracks.y[-1].var() == pytest.approx(4 * coefficient * 100.0 * 7200, rel=0.08)


def test_a_coefficient_that_is_a_diffusivity_is_refused(tmp_path):
    with pytest.raises(
        RunFileError, match=r"nn_hvc in still.nc is up to 10.*HORIZONTAL_MIXING_TYPE.*\"10 m2/s\""
    ):
        spreading(tmp_path, "", 10.0)
