"""The `crs` of older GeoJSON, and coordinates from any system that pyproj knows to another. Not those of a
run.

Everywhere x is east or longitude and y north or latitude, whatever order of axes a system has.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from .quantity import shown

GEOGRAPHIC, PROJECTED = "geographic", "projected"  # the run's own, or those its forcing.projection leads to
LONGITUDE_LATITUDE = "EPSG:4326"
_DEGREE = np.pi / 180


def coordinates_of(content: Any) -> str:
    """What the positions of a GeoJSON file are in: GEOGRAPHIC, or the name of a system known to pyproj.

    Raises ValueError for a `crs` that names none, or none that can serve.
    """
    crs = content.get("crs") if isinstance(content, dict) else None
    if crs is None:
        return GEOGRAPHIC
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise ValueError(
            'its crs names no system: write "crs": {"type": "name", "properties": {"name": "EPSG:32630"}}, '
            "or nothing for longitude and latitude"
        )
    if name.strip().upper().endswith(("CRS84", ":4326")):
        return GEOGRAPHIC
    system = known(name)
    if system is None:
        raise ValueError(f'crs: {shown(name)} is not known; write for example "EPSG:32630"')
    if not (system.is_geographic or system.is_projected):
        raise ValueError(
            f"crs: {shown(name)} ({system.name}) is neither a projection nor longitude and latitude"
        )
    if system.is_geographic and abs(system.axis_info[0].unit_conversion_factor / _DEGREE - 1) > 1e-9:
        raise ValueError(f"crs: {shown(name)} ({system.name}) is not in degrees: give longitude and latitude")
    return name.strip()


def called(coordinates: str) -> str:
    """Their name for a sentence: not the whole description of a system that a file may have in its place."""
    system = known(coordinates)
    return shown(coordinates if system is None or len(coordinates) <= 40 else system.name)


def in_degrees(coordinates: str) -> bool:
    """Whether they are longitude and latitude."""
    if coordinates in (GEOGRAPHIC, PROJECTED):
        return coordinates == GEOGRAPHIC
    system = known(coordinates)
    return system is not None and bool(system.is_geographic)


@lru_cache(64)
def known(name: str) -> Any:
    """The flat pyproj.CRS of a name, or None if it is not known."""
    import pyproj

    try:
        return pyproj.CRS.from_user_input(name.strip()).to_2d()
    except pyproj.exceptions.ProjError:
        return None


@lru_cache(64)
def between(source: str, target: str) -> Any:
    """(x, y) -> (x, y), from one system to another; None where both are the same."""
    from pyproj import Transformer

    if known(source).equals(known(target), ignore_axis_order=True):
        return None
    return Transformer.from_crs(known(source), known(target), always_xy=True).transform
