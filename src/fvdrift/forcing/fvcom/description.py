"""What is in the forcing and how it will be read, as numbers and texts."""

from typing import Any

import numpy as np

from fvdrift.tools.duration import SECOND
from fvdrift.tools.sphere import EARTH_RADIUS

from ..sigma import Sigma
from ..triangles import signed_area
from .series import Series

_VERTICAL = {
    "omega": "omega (m/s through the sigma levels)",
    "ww": "omega rebuilt from continuity (no usable omega; from ww if advection.vertical_velocity says so)",
    "none": "omega rebuilt from continuity (neither omega nor ww is there)",
}


# what a run uses a variable for; all others can be sampled along the tracks
_SERVES = {
    "u": "velocity", "v": "velocity", "ua": "depth-mean velocity", "va": "depth-mean velocity",
    "zeta": "surface", "h": "depth", "omega": "vertical motion", "ww": "vertical motion",
    "kh": "vertical random walk", "viscofh": "horizontal random walk",
}  # fmt: skip


def describe(series: Series) -> dict[str, Any]:
    """All of it as numbers, texts, lists and dicts that JSON can hold. Lengths in metres, durations in
    seconds."""
    return {
        "files": [str(path) for path in series.files],
        "mesh": _mesh(series),
        "coordinates": _coordinates(series),
        "time": _time(series),
        "vertical": _vertical(series),
        "wet_dry": "wet_cells" if series.has_wet else _by_depth(series),
        "variables": [
            {**variable._asdict(), "serves": _SERVES.get(variable.name, "")}
            for variable in series.variables.values()
        ],
        "notes": series.notes,
    }


def _by_depth(series: Series) -> str:
    return (
        f"dry where h + zeta < {series.min_depth:g} m by the rule of FVCOM (no wet_cells; forcing.min_depth)"
    )


def _mesh(series: Series) -> dict[str, Any]:
    x, y, triangles = series.x, series.y, series.triangles
    ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1)
    dx, dy = x[ends[..., 1]] - x[ends[..., 0]], y[ends[..., 1]] - y[ends[..., 0]]
    area = signed_area(triangles, x, y)
    if series.geographic:
        degree = EARTH_RADIUS * np.pi / 180
        shrink = np.cos(np.deg2rad(y[ends].mean(axis=-1)))
        dx, dy = dx * degree * shrink, dy * degree
        area = area * degree**2 * shrink.mean(axis=1)
    # two elements share an inner side
    _, once = np.unique(np.sort(ends.reshape(-1, 2), axis=1), axis=0, return_index=True)
    side = np.hypot(dx, dy).ravel()[once]
    depth = series.h[np.unique(triangles)]
    return {
        "nodes": len(x),
        "elements": len(triangles),
        "side": {"least": float(side.min()), "median": float(np.median(side)), "most": float(side.max())},
        "area_km2": float(area.sum() / 1e6),
        "depth": {"least": float(depth.min()), "median": float(np.median(depth)), "most": float(depth.max())},
        "depth_varies": series.h_varies,
    }


def _coordinates(series: Series) -> dict[str, Any]:
    used = np.unique(series.triangles)

    def ends(values: np.ndarray | None) -> list[float] | None:
        return None if values is None else [float(values[used].min()), float(values[used].max())]

    return {
        "integrate_in": "geographic" if series.geographic else "projected",
        "why": series.why_coordinates,
        "names": ["lon", "lat"] if series.geographic else ["x", "y"],
        "x": ends(series.x),
        "y": ends(series.y),
        "lon": ends(series.lon),
        "lat": ends(series.lat),
    }


def _time(series: Series) -> dict[str, Any]:
    times, say = series.times, series.describe_time
    intervals = np.diff(times)
    wide = np.flatnonzero(intervals > series.max_gap)
    return {
        "start": say(int(times[0])),
        "end": say(int(times[-1])),
        "frames": len(times),
        "interval": series.usual_interval / SECOND,
        "shortest_interval": float(intervals.min() / SECOND) if len(intervals) else None,
        "longest_interval": float(intervals.max() / SECOND) if len(intervals) else None,
        "max_gap": series.max_gap / SECOND,
        "gaps": [
            {
                "start": say(int(times[i])),
                "end": say(int(times[i + 1])),
                "seconds": float(intervals[i] / SECOND),
            }
            for i in wide
        ],
        "calendar": series.calendar,
        "source": series.time_source,
    }


def _vertical(series: Series) -> dict[str, Any]:
    sigma = series.sigma
    if sigma is None:
        return {"layers": 0, "serves": "nothing: depth-mean flow only"}
    return {
        "layers": series.layers,
        "spacing": _spacing(sigma),
        "same_everywhere": bool(np.ptp(sigma.siglay, axis=1).max() < 1e-6),
        "whole": sigma.whole,
        "column": [sigma.top + 0.0, sigma.bottom],
        "siglay_mean": [float(value) for value in sigma.siglay.mean(axis=1)],
        "serves": _VERTICAL[series.vertical] if sigma.whole else "nothing: a 3-D run needs the whole column",
    }


def _spacing(sigma: Sigma) -> str:
    """How thick the layers are, and where they lie if they are a part of the column only."""
    if not sigma.adjoining:
        unknown = "perhaps not all that lie there" if len(sigma.siglay) > 1 else "of unknown thickness"
        return unknown if sigma.whole else f"only {sigma.told}"
    if not sigma.whole:
        return f"only {sigma.told}, each {_shares(-np.diff(sigma.bounds))} of the depth"
    thickness = -np.diff(sigma.siglev, axis=0)
    even = bool(np.ptp(thickness) < 1e-3 * thickness.mean())
    return "even" if even else f"uneven ({_shares(thickness)} of the depth)"


def _shares(thickness: np.ndarray) -> str:
    low, high = f"{thickness.min():.2g}", f"{thickness.max():.2g}"
    return low if low == high else f"{low} to {high}"
