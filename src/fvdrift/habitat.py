"""The polygons that particles settle in, from a GeoJSON file (RFC 7946). Who settles, and when, is in fvdrift_kernels.

Each feature is one habitat, a Polygon or a MultiPolygon, in longitude and latitude. The `crs` of older GeoJSON is honoured: a
file that names there what is no longitude and latitude is in the projected coordinates of the run. Sides are straight in the
coordinates of the run. Of a feature's properties `name` counts (else its `id`, else its place in the file).
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift_kernels.habitat import Outlines, fill_codes, outlines

from . import geojson
from .errors import RunFileError
from .geojson import Feature
from .mesh import WholeMesh
from .quantity import shown
from .release import shapes
from .release.sources import ToRun, vertices_in_run

GEOMETRIES = ("Polygon", "MultiPolygon")
# why coordinates of this kind can't be those of the run
_UNRELATED = {
    "geographic": "is in longitude and latitude, the run in projected coordinates: give forcing.projection, "
    "or coordinates of the run and a crs that names them",
    "projected": "is in projected coordinates, the run in longitude and latitude: give forcing.projection, "
    "or longitude and latitude and no crs",
}


@dataclass(frozen=True, eq=False)
class Polygons:
    """Habitats, numbered from 0 in the order of their file, whose path is `origin`.

    px, py: float64 (vertex,), coordinates of the run, rings unclosed; ring i is first[i] : first[i + 1], int64 (ring + 1,);
    polygon k has the rings ring[k] : ring[k + 1], int64 (polygon + 1,); part: int32 (ring,), of all polygons, as the kernels'
    Outlines have them; notes: sentences for the person.
    """

    names: tuple[str, ...]
    px: np.ndarray
    py: np.ndarray
    first: np.ndarray
    ring: np.ndarray
    part: np.ndarray
    notes: tuple[str, ...] = ()
    origin: str = ""

    @cached_property
    def outlines(self) -> Outlines:
        """The sides as the kernels take them."""
        return outlines(self.px, self.py, self.first, self.ring, self.part)

    def codes(self, mesh: WholeMesh) -> tuple[np.ndarray, list[str]]:
        """The code of each element, int32 (element,), as fvdrift_kernels.habitat.Habitat has it; and a sentence about each
        polygon that touches no element of the mesh."""
        code, touched = np.empty(mesh.elements, np.int32), np.zeros(len(self.names), bool)
        fill_codes(mesh.x, mesh.y, mesh.corners, self.outlines, code, touched)
        off = [f"{self.origin}: habitat {shown(self.names[k])} touches no element of the mesh" for k in np.flatnonzero(~touched)]
        return code, off


def read_polygons(path: Path, to_run: ToRun) -> Polygons:
    """The habitats of a GeoJSON file.

    to_run: (x, y, "geographic" or "projected") -> (x, y) in the coordinates of the run, as `release.plan_releases` takes it.
    Raises RunFileError with all that is wrong.
    """
    content = geojson.read(path)
    coordinates, notes = _coordinates(path, content)

    def habitat(feature: Feature) -> tuple[str, shapes.Polygon]:
        parts = geojson.parts(feature.kind, feature.coordinates)
        return _name(feature), shapes.polygon([[_ring_in_run(path, to_run, r, coordinates) for r in rings] for rings in parts])

    habitats = geojson.each_feature(path, content, GEOMETRIES, "settle particles in", habitat)
    names = tuple(name for name, _ in habitats)
    areas = [area for _, area in habitats]
    first = np.cumsum(np.concatenate([[0], *(np.diff(area.first) for area in areas)]), dtype=np.int64)
    ring = np.cumsum([0, *(len(area.first) - 1 for area in areas)], dtype=np.int64)
    px, py = np.concatenate([area.x for area in areas]), np.concatenate([area.y for area in areas])
    before = np.cumsum([0, *(area.part[-1] + 1 for area in areas)])
    part = np.concatenate([area.part + n for area, n in zip(areas, before, strict=False)]).astype(np.int32)
    return Polygons(names, px, py, first, ring, part, notes, str(path))


def _name(feature: Feature) -> str:
    for name in (feature.properties.get("name"), feature.properties.get("id"), feature.id):
        if isinstance(name, str | int | float) and str(name).strip():
            return str(name).strip()
    return str(feature.number)


def _coordinates(path: Path, content: Any) -> tuple[str, tuple[str, ...]]:
    """ "geographic" or "projected", by the `crs` of a file; and what is to be said of it. Raises RunFileError."""
    crs = content.get("crs") if isinstance(content, dict) else None
    if crs is None:
        return "geographic", ()
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise RunFileError(
            f'{path}: its crs names no system: write "crs": {{"type": "name", "properties": {{"name": "EPSG:32630"}}}}, '
            "or nothing for longitude and latitude"
        )
    if name.upper().endswith(("CRS84", ":4326")):
        return "geographic", ()
    geographic = _is_geographic(name)
    meant = "longitude and latitude" if geographic else "the projected coordinates of the run"
    return "geographic" if geographic else "projected", (f"{path}: its coordinates, {shown(name)}, are taken as {meant}",)


def _is_geographic(name: str) -> bool:
    import pyproj

    try:
        return bool(pyproj.CRS.from_user_input(name).is_geographic)
    except pyproj.exceptions.CRSError:
        return False


def _ring_in_run(path: Path, to_run: ToRun, ring: np.ndarray, coordinates: str) -> np.ndarray:
    """A ring (vertex, 2) in the coordinates of the run. Raises ValueError; RunFileError where the run has no such coordinates."""
    lon = ring[:, 0]
    if coordinates == "geographic":
        closed = _in_one_piece(np.append(lon, lon[0]))
        if np.ptp(closed) > 180 or np.ptp(closed) == 0 < np.ptp(lon):
            raise ValueError("an outline spans more than half the Earth's longitudes: cut it into parts")
    try:
        converted = vertices_in_run(to_run, ring, coordinates)
    except RunFileError:
        raise RunFileError(f"{path}: {_UNRELATED[coordinates]}") from None
    turns = (converted[:, 0] - lon) / 360
    in_degrees = (converted[:, 1] == ring[:, 1]).all() and np.abs(turns - np.round(turns)).max() < 1e-9
    if coordinates == "projected" or not in_degrees:
        return converted
    # each vertex has come to the mesh by the shortest way; the ring is to come as a whole
    joined = _in_one_piece(converted[:, 0])
    middle = 0.5 * (joined.min() + joined.max())
    nearest = vertices_in_run(to_run, np.array([[middle % 360, ring[0, 1]]]), coordinates)[0, 0]
    return np.column_stack([joined + 360 * np.round((nearest - middle) / 360), converted[:, 1]])


def _in_one_piece(lon: np.ndarray) -> np.ndarray:
    """Longitudes moved by whole turns, each to where it is nearest to the one before: no side goes more than half round."""
    turns = np.concatenate([[0.0], np.cumsum(np.round(np.diff(lon) / 360))])
    return lon - 360 * turns
