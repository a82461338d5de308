"""Release shapes from files of features (`tools.feature_file`): points, lines, areas with holes. Not their release.

Takes a FeatureCollection, a Feature or a bare geometry, of Point, MultiPoint, LineString, MultiLineString,
Polygon or MultiPolygon. Longitude and latitude, as GeoJSON has it, unless the file names other coordinates,
or the run file says `coordinates = "projected"`. Of a feature's properties `name`, `count` and `depth` (or
`sigma`) are honoured. Every point of a MultiPoint gets `count` particles; the parts of a MultiLineString or
MultiPolygon share them.
"""

from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import ToRun, area_in_run, lines_in_run, shapes
from fvdrift.settings import Depth, depth_of, sigma_of
from fvdrift.tools import feature_file, geojson
from fvdrift.tools.crs import in_degrees
from fvdrift.tools.geojson import Feature
from fvdrift.tools.quantity import shown

from .sources import PER_POINT, Defaults, Names, Part, PointRows, Written, count_of

GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def read_features(
    path: Path, defaults: Defaults, names: Names, to_run: ToRun
) -> tuple[list[Part], tuple[str, ...]]:
    """One Part for each feature of a file, in its order, and sentences for the person. Raises
    RunFileError with all that is wrong."""
    content = feature_file.read(path, in_known=defaults.stated)
    coordinates, notes = geojson.coordinates_in(path, content, to_run)
    if defaults.stated and isinstance(content, dict) and content.get("crs") is not None:
        if in_degrees(coordinates) != (defaults.coordinates == "geographic"):
            is_in = "longitude and latitude" if in_degrees(coordinates) else "projected coordinates"
            raise RunFileError(
                f'{path}: its crs says {is_in}, coordinates = "{defaults.coordinates}" others: take one away'
            )
    elif defaults.stated:
        coordinates = defaults.coordinates

    unused = False

    def part(feature: Feature) -> Part:
        nonlocal unused
        unused = unused or "mass" in feature.properties
        return _part(feature, defaults, names, coordinates, to_run)

    parts, left_out = geojson.each_feature(path, content, GEOMETRIES, "release from", part)
    if unused:
        left_out = (
            *left_out,
            f"{path}: the property mass of features is not used: that of the [[release]] goes by their count",
        )
    return parts, (*notes, *left_out)


def _part(feature: Feature, defaults: Defaults, names: Names, coordinates: str, to_run: ToRun) -> Part:
    kind, outline = feature.kind, feature.coordinates
    name, count, depth = _properties(feature.properties, defaults)
    if kind in ("Point", "MultiPoint"):
        rows = PointRows()
        for x, y in geojson.vertices([outline] if kind == "Point" else outline):
            rows.add(float(x), float(y), count, names(name), depth)
        points = rows.points(defaults.radius, coordinates, to_run)
        return Part(points, int(points.end[-1]), PER_POINT, None, rows.written(coordinates))
    shape: shapes.Shape
    if "Line" in kind:
        lines = [
            geojson.vertices(part) for part in geojson.items([outline] if kind == "LineString" else outline)
        ]
        shape, corners = lines_in_run(to_run, lines, coordinates), lines
    else:
        rings = geojson.parts(kind, outline)
        shape, corners = area_in_run(to_run, rings, coordinates), [ring for part in rings for ring in part]
    return Part(shape, count, names(name), depth, Written(coordinates, *np.concatenate(corners).T))


def _properties(properties: dict[str, Any], defaults: Defaults) -> tuple[str, int, Depth]:
    given = {key: value for key, value in properties.items() if value is not None and value != ""}
    name, count, depth = (
        given.get("name", defaults.name),
        given.get("count", defaults.particles),
        defaults.depth,
    )
    if isinstance(count, bool) or not isinstance(count, int | float):
        raise ValueError(f"count: {shown(count)} is not a whole number of particles")
    try:
        count = count_of(count)
    except ValueError as problem:
        raise ValueError(f"count: {shown(count)} {problem}") from None
    try:
        if "sigma" in given:
            sigma = sigma_of(given["sigma"])
            depth = Depth("sigma", sigma, sigma)
        elif "depth" in given:
            depth = depth_of(given["depth"])
    except ValueError as problem:
        raise ValueError(f"depth: {problem}") from None
    return str(name), count, depth
