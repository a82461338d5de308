"""Which outer sides of the mesh are open: by a file of FVCOM, by a polygon; and where water flows through
those that are not."""

import re
from pathlib import Path

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools.quantity import shown
from fvdrift.tools.text_file import read_bounded

from .coordinates import ToRun
from .polygons import read_polygons
from .shapes import Polygon
from .whole_mesh import WholeMesh

LARGEST = 256  # MB


def read_obc_nodes(path: Path, nodes: int) -> np.ndarray:
    """Node numbers (0-based, order of the FVCOM files) of a casename_obc.dat: lines of number, node, type.

    Raises RunFileError naming file and line.
    """
    try:
        lines = read_bounded(path, LARGEST).decode(errors="replace").splitlines()
    except (OSError, ValueError) as error:  # also a zero byte in the path
        raise RunFileError(
            f"{path}: boundary.open: cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    found = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or "=" in line or not re.fullmatch(r"[-+\d.\s]+", line):
            continue  # the header, comments
        if len(words) < 2 or not re.fullmatch("[0-9]{1,12}", words[1]) or not 1 <= int(words[1]) <= nodes:
            raise RunFileError(
                f"{path}: boundary.open: line {number}: {shown(line.strip())} names no node from 1 to {nodes}"
            )
        found.append(int(words[1]) - 1)
    if not found:
        raise RunFileError(f"{path}: boundary.open: holds no open boundary nodes")
    return np.array(found)


def sides_between(mesh: WholeMesh, file_nodes: np.ndarray) -> np.ndarray:
    """Outer sides with both ends among the given nodes (numbers of the files): bool (element, 3), side i
    opposite corner i."""
    is_open = np.isin(mesh.file_node, file_nodes)[mesh.corners]
    return np.stack([is_open[:, (i + 1) % 3] & is_open[:, (i + 2) % 3] for i in range(3)], axis=1) & (
        mesh.beyond < 0
    )


def read_area(path: Path, to_run: ToRun) -> tuple[Polygon, tuple[str, ...], np.ndarray, str]:
    """All polygons of a file as one area, sentences for the person, and their corners, float64 (2,
    corner), as they were written in which coordinates. Raises RunFileError.

    to_run: as `release.plan_releases` takes it.
    """
    found = read_polygons(path, to_run)
    corners = found.corners(range(len(found.names)))
    return Polygon(found.px, found.py, found.first, found.part), found.notes, corners, found.coordinates


def sides_in_polygon(mesh: WholeMesh, area: Polygon) -> np.ndarray:
    """Outer sides whose middle lies in an area, in the coordinates of the run: bool (element, 3)."""
    open_sides = np.zeros(mesh.beyond.shape, bool)
    for i in range(3):
        at = np.flatnonzero(mesh.beyond[:, i] < 0)
        a, b = mesh.corners[at, (i + 1) % 3], mesh.corners[at, (i + 2) % 3]
        open_sides[at, i] = inside(area, 0.5 * (mesh.x[a] + mesh.x[b]), 0.5 * (mesh.y[a] + mesh.y[b]))
    return open_sides


def inside(area: Polygon, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points lie in an area: on the way out an odd number of sides of any of its parts is crossed."""
    rings = np.split(np.column_stack([area.x, area.y]), area.first[1:-1])
    found = np.zeros(len(x), bool)
    for part in np.unique(area.part):
        found |= np.logical_xor.reduce([_crossed(rings[i], x, y) for i in np.flatnonzero(area.part == part)])
    return found


def _crossed(ring: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether the way from each point to ever greater x crosses an odd number of sides of a ring."""
    odd = np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        spans = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= spans & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return odd


def flow_through_coast(mesh: WholeMesh, u: np.ndarray, v: np.ndarray) -> list[tuple[float, float, float]]:
    """Where water flows through sides that are coast: (x, y, m3/s per metre of depth) of the strongest, at
    most three.

    u, v: (layer, element) in the order of `mesh`. A side counts where the flow of its element meets it at
    more than 30 degrees and faster than 5 cm/s: along a real coast FVCOM's velocity is nearly parallel to it.
    """
    mean_u, mean_v = u.mean(axis=0), v.mean(axis=0)
    per_x, per_y = mesh.metres_per_unit()
    found = []
    for i in range(3):
        at = np.flatnonzero(mesh.beyond[:, i] == -1)
        a, b = mesh.corners[at, (i + 1) % 3], mesh.corners[at, (i + 2) % 3]
        dx, dy = (mesh.x[b] - mesh.x[a]) * per_x[at], (mesh.y[b] - mesh.y[a]) * per_y[at]
        speed = np.hypot(mean_u[at], mean_v[at])
        across = np.abs(mean_u[at] * dy - mean_v[at] * dx)
        through = (speed > 0.05) & (across > 0.5 * speed * np.hypot(dx, dy))
        for k in np.flatnonzero(through):
            middle = 0.5 * (mesh.x[a[k]] + mesh.x[b[k]]), 0.5 * (mesh.y[a[k]] + mesh.y[b[k]])
            found.append((float(across[k]), *map(float, middle)))
    found.sort(reverse=True)
    return [(x, y, flow) for flow, x, y in found]
