"""GeoJSON files (RFC 7946): their features, and the vertices of one. Not what is made of them.

What is wrong with a feature is raised as ValueError, a sentence without file or feature; `each_feature` names
both.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from fvdrift.errors import RunFileError

from . import crs
from .quantity import shown
from .text_file import read_bounded

LARGEST_FILE = 1024  # MB; read at once, so more would not fit beside everything else

Made = TypeVar("Made")


class Feature(NamedTuple):
    """number: from 1, its place in the file; kind: of its geometry; coordinates: of that, unchecked; id: None
    if it has none."""

    number: int
    kind: str
    coordinates: Any
    properties: dict[str, Any]
    id: Any


def read(path: Path) -> Any:
    """What a file holds, as JSON has it. Raises RunFileError."""
    try:
        content = read_bounded(path, LARGEST_FILE)
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise RunFileError(f"{path}: {error}: simplify its outlines") from None
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RunFileError(f"{path}: is not GeoJSON: {error}") from None


def coordinates_in(path: Path, content: Any, to_run: Callable[..., Any]) -> tuple[str, tuple[str, ...]]:
    """What the positions are in, as `crs.coordinates_of` has it, and what is to be said of it. Raises
    RunFileError.

    to_run: as `release.plan_releases` takes it.
    """
    try:
        coordinates = crs.coordinates_of(content)
    except ValueError as error:
        raise RunFileError(f"{path}: {error}") from None
    if coordinates == crs.GEOGRAPHIC:
        return coordinates, ()
    place = np.array([1.0, 2.0])
    try:
        unchanged = not crs.in_degrees(coordinates) and np.array_equal(
            to_run(place, place, coordinates), [place, place]
        )
    except RunFileError:  # which is told of the features
        return coordinates, ()
    if unchanged and _names_its_system(to_run):  # the same system
        return coordinates, ()
    done = "taken as those of the run" if unchanged else "transformed to those of the run"
    return coordinates, (f"{path}: its coordinates, {crs.called(coordinates)}, are {done}",)


def _names_its_system(to_run: Callable[..., Any]) -> bool:
    """Whether the run's own coordinates are known, so that none is taken at its word."""
    try:
        to_run(np.array([0.0]), np.array([0.0]), crs.GEOGRAPHIC)
    except RunFileError:
        return False
    return True


def each_feature(
    path: Path, content: Any, geometries: tuple[str, ...], use: str, make: Callable[[Feature], Made]
) -> tuple[list[Made], tuple[str, ...]]:
    """What `make` makes of each feature of a FeatureCollection, a Feature or a bare geometry, in their order,
    and what is to be said of those without a geometry, which are left out (RFC 7946, 3.1 and 3.2).

    geometries: the kinds taken; use: what the file is for, after "that I can".
    Raises RunFileError with all that is wrong, by number of the feature.
    """
    made, problems, empty = [], [], []
    for i, item in enumerate(_features(path, content, geometries, use)):
        if _is_empty(item, geometries):
            empty.append(str(i + 1))
            continue
        try:
            made.append(make(_feature(i + 1, item, geometries)))
        except (ValueError, OverflowError) as problem:
            problems.append(f"{path}: feature {i + 1}: {problem}")
    if problems:
        raise RunFileError(problems[:10])
    if not made:
        raise RunFileError(f"{path}: has no features" + (" with a geometry" if empty else ""))
    if not empty:
        return made, ()
    which = f"feature {empty[0]} has" if len(empty) == 1 else f"features {', '.join(empty[:10])} have"
    which = which if len(empty) <= 10 else f"{len(empty):,} features, {empty[0]} the first, have"
    return made, (f"{path}: {which} no geometry: left out",)


def _is_empty(item: Any, geometries: tuple[str, ...]) -> bool:
    """Whether a feature lies nowhere: its geometry is null, or has no coordinates."""
    if not isinstance(item, dict) or "geometry" not in item:
        return False
    geometry = item["geometry"]
    if geometry is None:
        return item.get("type") == "Feature"
    if not isinstance(geometry, dict):
        return False
    kind = geometry.get("type")
    held = "geometries" if kind == "GeometryCollection" else "coordinates"
    return kind in (*geometries, "GeometryCollection") and geometry.get(held) == []


def _features(path: Path, content: Any, geometries: tuple[str, ...], use: str) -> list[Any]:
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection":
        features = content.get("features")
        if not isinstance(features, list):
            raise RunFileError(f"{path}: the FeatureCollection has no list of features")
        return features
    if kind == "Feature":
        return [content]
    if kind in geometries:
        return [{"type": "Feature", "geometry": content}]
    raise RunFileError(
        f"{path}: is not GeoJSON that I can {use}: its type is {shown(kind)}, "
        f"not FeatureCollection, Feature, {', '.join(geometries)}"
    )


def _feature(number: int, item: Any, geometries: tuple[str, ...]) -> Feature:
    item = item if isinstance(item, dict) else {}
    geometry, properties = (
        value if isinstance(value, dict) else {} for value in (item.get("geometry"), item.get("properties"))
    )
    kind = geometry.get("type")
    if kind not in geometries:
        raise ValueError(f"its geometry is {shown(kind)}, not one of {', '.join(geometries)}")
    return Feature(number, kind, geometry.get("coordinates"), properties, item.get("id"))


def parts(kind: str, coordinates: Any) -> list[list[np.ndarray]]:
    """The rings, (vertex, 2) each, of a Polygon, or of each part of a MultiPolygon."""
    given = items(coordinates) if kind == "MultiPolygon" else [coordinates]
    return [[vertices(ring) for ring in items(part)] for part in given]


def items(value: Any) -> list[Any]:
    """`value`, if it is a list with something in it."""
    if not isinstance(value, list) or not value:
        raise ValueError("its coordinates are not nested as its type asks")
    return value


def vertices(value: Any) -> np.ndarray:
    """(vertex, 2) of a list of positions; a third number, the height, is left out."""
    pairs = []
    for position in items(value):
        pair = position[:2] if isinstance(position, list) and len(position) >= 2 else [None]
        if not all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= 1e15 for v in pair):
            raise ValueError(f"{shown(position)} is not a position [x, y]")
        pairs.append(pair)
    return np.array(pairs, np.float64)
