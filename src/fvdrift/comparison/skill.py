"""Distances, and the skill score of Liu & Weisberg (2011). Pure functions of arrays: nothing is known of drifters or
files.

Y. Liu and R. H. Weisberg, Evaluation of trajectory modeling in different dynamic regions using normalized cumulative
Lagrangian separation, J. Geophys. Res. 116, C09013, 2011, doi:10.1029/2010JC006837.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

# (x0, y0, x1, y1) in the coordinates of the run -> metres
Distance = Callable[[Any, Any, Any, Any], np.ndarray]


def distance_by(to_lonlat: Callable[[Any, Any], tuple[Any, Any]] | None, geographic: bool) -> Distance:
    """Along the geodesic of WGS 84 where longitude and latitude are known, else in the plane of the mesh. to_lonlat:
    from the coordinates of a projected run, None where nothing leads there."""
    if not geographic and to_lonlat is None:
        return lambda x0, y0, x1, y1: np.hypot(np.subtract(x1, x0), np.subtract(y1, y0))
    from pyproj import Geod

    earth = Geod(ellps="WGS84")

    def geodesic(x0: Any, y0: Any, x1: Any, y1: Any) -> np.ndarray:
        ends = np.broadcast_arrays(*(np.asarray(each, np.float64) for each in (x0, y0, x1, y1)))
        there = np.isfinite(sum(ends))
        first, second = (ends[0][there], ends[1][there]), (ends[2][there], ends[3][there])
        if not geographic and to_lonlat is not None:
            first, second = to_lonlat(*first), to_lonlat(*second)
        found = np.full(ends[0].shape, np.nan)
        found[there] = earth.inv(*first, *second)[2]
        return found

    return geodesic


def lengths_along(x: np.ndarray, y: np.ndarray, distance: Distance) -> np.ndarray:
    """l_oi: of the observed track from its first position to each later one, m. x, y: (position,)."""
    return np.cumsum(distance(x[:-1], y[:-1], x[1:], y[1:]))


def normalised_separation(separation: np.ndarray, lengths: np.ndarray) -> float:
    """s = sum of d_i over sum of l_oi; NaN where the drifter lay still, or nothing was compared."""
    total = float(np.sum(lengths))
    return float(np.sum(separation)) / total if total > 0 else float("nan")


def skill_score(s: float, tolerance: float = 1.0) -> float:
    """1 - s / tolerance where s is at most that, else 0. NaN stays."""
    return s if np.isnan(s) else max(0.0, 1.0 - s / tolerance)
