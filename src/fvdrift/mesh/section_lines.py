"""Lines that are crossed, by name, from a file of features (`tools.feature_file`) or from corners. Who crosses them is
not known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools import feature_file, geojson
from fvdrift.tools.geojson import Feature

from . import shapes
from .coordinates import ToRun
from .outlines import lines_in_run
from .polygons import UNRELATED, name_of

GEOMETRIES = ("LineString", "MultiLineString")


@dataclass(frozen=True, eq=False)
class SectionLines:
    """x, y: float64 (piece, 2), the ends of their straight pieces in the coordinates of the run, from the first to the
    last of each line; line: int32 (piece,), whose they are; notes: sentences for the person; origin: the file, ""
    for none."""

    names: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    line: np.ndarray
    notes: tuple[str, ...] = ()
    origin: str = ""

    def pieces(self, number: int) -> shapes.Line:
        """Of one of them."""
        mine = self.line == number
        return shapes.Line(self.x[mine], self.y[mine])


def read_lines(path: Path, to_run: ToRun) -> SectionLines:
    """Those of a file, by the name of each feature. Raises RunFileError with all that is wrong."""
    content = feature_file.read(path)
    coordinates, notes = geojson.coordinates_in(path, content, to_run)

    def section(feature: Feature) -> tuple[str, shapes.Line]:
        given = [feature.coordinates] if feature.kind == "LineString" else geojson.items(feature.coordinates)
        parts = [geojson.vertices(part) for part in given]
        try:
            return name_of(feature), lines_in_run(to_run, parts, coordinates)
        except RunFileError:
            raise RunFileError(f"{path}: {UNRELATED}") from None

    found, left_out = geojson.each_feature(path, content, GEOMETRIES, "take as sections", section)
    return _together(found, (*notes, *left_out), str(path))


def line_through(corners: Sequence[tuple[float, float]], to_run: ToRun, coordinates: str) -> SectionLines:
    """One line, without a name. Raises ValueError where it has no length, and RunFileError."""
    return _together([("", lines_in_run(to_run, [np.array(corners, np.float64)], coordinates))], (), "")


def _together(found: Sequence[tuple[str, shapes.Line]], notes: tuple[str, ...], origin: str) -> SectionLines:
    names, lines = zip(*found, strict=True)
    x, y = np.concatenate([line.x for line in lines]), np.concatenate([line.y for line in lines])
    numbers = np.repeat(np.arange(len(lines), dtype=np.int32), [len(line.x) for line in lines])
    return SectionLines(names, x, y, numbers, notes, origin)
