"""Release shapes from GeoJSON (RFC 7946): points, lines, areas with holes. Not their release.

Takes a FeatureCollection, a Feature or a bare geometry, of Point, MultiPoint, LineString, MultiLineString, Polygon or
MultiPolygon. Longitude and latitude, as the standard has it, unless the run file says `coordinates = "projected"`.
Of a feature's properties `name`, `count` and `depth` (or `sigma`) are honoured. Every point of a MultiPoint gets
`count` particles; the parts of a MultiLineString or MultiPolygon share them.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.quantity import shown
from fvdrift.release import shapes
from fvdrift.release.sources import (
    PER_POINT,
    Defaults,
    Names,
    Part,
    PointRows,
    ToRun,
    count_of,
    vertices_in_run,
)
from fvdrift.settings.values import Depth, depth_of, sigma_of

LARGEST_FILE = 1 << 30  # bytes; read at once, so more would not fit beside everything else
GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def read_geojson(path: Path, defaults: Defaults, names: Names, to_run: ToRun) -> list[Part]:
    """One Part for each feature of a GeoJSON file, in its order. Raises RunFileError with all that is wrong."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RunFileError(f"{path}: is larger than 1 GB: simplify its outlines")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise RunFileError(f"{path}: is not GeoJSON: {error}") from None
    features = _features(path, content)
    coordinates = defaults.coordinates if defaults.stated else "geographic"
    parts, problems = [], []
    for i, feature in enumerate(features):
        try:
            parts.append(_part(feature, defaults, names, coordinates, to_run))
        except (ValueError, OverflowError) as problem:
            problems.append(f"{path}: feature {i + 1}: {problem}")
    if problems:
        raise RunFileError(problems[:10])
    if not parts:
        raise RunFileError(f"{path}: has no features")
    return parts


def _features(path: Path, content: Any) -> list[dict]:
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection":
        features = content.get("features")
        if not isinstance(features, list):
            raise RunFileError(f"{path}: the FeatureCollection has no list of features")
        return features
    if kind == "Feature":
        return [content]
    if kind in GEOMETRIES:
        return [{"type": "Feature", "geometry": content}]
    raise RunFileError(f"{path}: is not GeoJSON that I can release from: its type is {shown(kind)}, "
                       f"not FeatureCollection, Feature, {', '.join(GEOMETRIES)}")


def _part(feature: Any, defaults: Defaults, names: Names, coordinates: str, to_run: ToRun) -> Part:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    geometry = geometry if isinstance(geometry, dict) else {}
    kind = geometry.get("type")
    if kind not in GEOMETRIES:
        raise ValueError(f"its geometry is {shown(kind)}, not one of {', '.join(GEOMETRIES)}")
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    name, count, depth = _properties(properties, defaults)
    outline = geometry.get("coordinates")
    if kind in ("Point", "MultiPoint"):
        rows = PointRows()
        for x, y in _vertices([outline] if kind == "Point" else outline):
            rows.add(float(x), float(y), count, names(name), depth)
        points = rows.points(defaults.radius, coordinates, to_run)
        return Part(points, int(points.end[-1]), PER_POINT, None)
    nested = {"LineString": [outline], "Polygon": outline, "MultiLineString": outline, "MultiPolygon": outline}[kind]
    if kind == "MultiPolygon":
        nested = [ring for polygon in _items(nested) for ring in _items(polygon)]
    converted = [vertices_in_run(to_run, _vertices(vertices), coordinates) for vertices in _items(nested)]
    shape = shapes.line(converted) if "Line" in kind else shapes.polygon(converted)
    return Part(shape, count, names(name), depth)


def _properties(properties: dict, defaults: Defaults) -> tuple[str, int, Depth]:
    given = {key: value for key, value in properties.items() if value is not None and value != ""}
    name, count, depth = given.get("name", defaults.name), given.get("count", defaults.particles), defaults.depth
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


def _items(value: Any) -> list:
    if not isinstance(value, list) or not value:
        raise ValueError("its coordinates are not nested as its type asks")
    return value


def _vertices(value: Any) -> np.ndarray:
    """(vertex, 2) of a list of positions; a third number, the height, is left out."""
    vertices = []
    for position in _items(value):
        pair = position[:2] if isinstance(position, list) and len(position) >= 2 else [None]
        if not all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= 1e15 for v in pair):
            raise ValueError(f"{shown(position)} is not a position [x, y]")
        vertices.append(pair)
    return np.array(vertices, np.float64)
