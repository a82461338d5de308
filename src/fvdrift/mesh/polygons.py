"""The polygons of a file of features (`tools.feature_file`). Who settles in them, and when, is in fvdrift_kernels.

Each feature is one habitat, a Polygon or a MultiPolygon, in longitude and latitude, or in what the file names. Sides
are straight in the coordinates of the run. Of a feature's properties `name` counts (else its `id`, else its place in
the file).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools import feature_file, geojson
from fvdrift.tools.geojson import Feature
from fvdrift.tools.quantity import shown
from fvdrift_kernels.habitat import Outlines, fill_codes, outlines

from . import shapes
from .coordinates import ToRun
from .outlines import area_in_run
from .whole_mesh import WholeMesh

GEOMETRIES = ("Polygon", "MultiPolygon")
UNRELATED = (
    "is in longitude and latitude, the run in projected coordinates: give forcing.projection, "
    "or coordinates of the run and a crs that names them"
)


@dataclass(frozen=True, eq=False)
class Polygons:
    """Habitats, numbered from 0 in the order of their file, whose path is `origin`.

    px, py: float64 (vertex,), coordinates of the run, rings unclosed; ring i is first[i] : first[i + 1],
    int64 (ring + 1,); polygon k has the rings ring[k] : ring[k + 1], int64 (polygon + 1,); part: int32
    (ring,), of all polygons, as the kernels' Outlines have them; notes: sentences for the person; written:
    the corners of each polygon in the file, float64 (corner, 2), in `coordinates`.
    """

    names: tuple[str, ...]
    px: np.ndarray
    py: np.ndarray
    first: np.ndarray
    ring: np.ndarray
    part: np.ndarray
    notes: tuple[str, ...] = ()
    origin: str = ""
    coordinates: str = ""
    written: tuple[np.ndarray, ...] = ()

    @cached_property
    def outlines(self) -> Outlines:
        """The sides as the kernels take them."""
        return outlines(self.px, self.py, self.first, self.ring, self.part)

    def codes(self, mesh: WholeMesh) -> tuple[np.ndarray, list[str]]:
        """The code of each element, int32 (element,), as fvdrift_kernels.habitat.Habitat has it; and a
        sentence about each polygon that touches no element of the mesh."""
        code, touched = self.touching(mesh)
        off = [
            f"{self.origin}: habitat {shown(self.names[k])} touches no element of the mesh"
            for k in np.flatnonzero(~touched)
        ]
        return code, off

    def touching(self, mesh: WholeMesh) -> tuple[np.ndarray, np.ndarray]:
        """The code of each element, and which polygons touch the mesh, bool (polygon,)."""
        code, touched = np.empty(mesh.elements, np.int32), np.zeros(len(self.names), bool)
        fill_codes(mesh.x, mesh.y, mesh.corners, self.outlines, code, touched)
        return code, touched

    def area(self, number: int) -> shapes.Polygon:
        """One of them."""
        first, last = self.ring[number], self.ring[number + 1]
        begin, end = self.first[first], self.first[last]
        part = self.part[first:last] - self.part[first]
        return shapes.Polygon(
            self.px[begin:end], self.py[begin:end], self.first[first : last + 1] - begin, part
        )

    def corners(self, numbers: Iterable[int]) -> np.ndarray:
        """x, y, float64 (2, corner), of some of them as they were written."""
        return np.concatenate([self.written[number] for number in numbers]).T


def read_polygons(path: Path, to_run: ToRun) -> Polygons:
    """The habitats of a file.

    to_run: (x, y, "geographic" or "projected") -> (x, y) in the coordinates of the run, as
    `release.plan_releases` takes it. Raises RunFileError with all that is wrong.
    """
    content = feature_file.read(path)
    coordinates, notes = geojson.coordinates_in(path, content, to_run)

    def habitat(feature: Feature) -> tuple[str, shapes.Polygon, np.ndarray]:
        parts = geojson.parts(feature.kind, feature.coordinates)
        try:
            area = area_in_run(to_run, parts, coordinates)
        except RunFileError:
            raise RunFileError(f"{path}: {UNRELATED}") from None
        return name_of(feature), area, np.concatenate([ring for part in parts for ring in part])

    habitats, left_out = geojson.each_feature(path, content, GEOMETRIES, "settle particles in", habitat)
    names, areas, written = zip(*habitats, strict=True)
    first = np.cumsum(np.concatenate([[0], *(np.diff(area.first) for area in areas)]), dtype=np.int64)
    ring = np.cumsum([0, *(len(area.first) - 1 for area in areas)], dtype=np.int64)
    px, py = np.concatenate([area.x for area in areas]), np.concatenate([area.y for area in areas])
    before = np.cumsum([0, *(area.part[-1] + 1 for area in areas)])
    part = np.concatenate([area.part + n for area, n in zip(areas, before, strict=False)]).astype(np.int32)
    return Polygons(names, px, py, first, ring, part, (*notes, *left_out), str(path), coordinates, written)


def name_of(feature: Feature) -> str:
    """Its `name`, else its `id`, else its place in the file."""
    for name in (feature.properties.get("name"), feature.properties.get("id"), feature.id):
        if isinstance(name, str | int | float) and str(name).strip():
            return str(name).strip()
    return str(feature.number)
