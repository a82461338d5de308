"""`fvdrift info`: what is in the forcing and how it will be read. Opens it as a run would and moves no particle."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.forcing.coordinates import EARTH_RADIUS
from fvdrift.forcing.series import Series, open_series
from fvdrift.forcing.time_units import SECOND, format_duration
from fvdrift.forcing.triangles import signed_area
from fvdrift.forcing.vertical import Sigma

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
_MOST_GAPS = 10  # listed one by one


def main(files: Sequence[Path | str], as_json: bool, *, coordinates: str = "auto", projection: str | None = None) -> int:
    """Print what the forcing `files` hold. Raises ForcingError as a run would."""
    with open_series(files, coordinates=coordinates, projection=projection) as series:
        found = describe(series)
    print(json.dumps(found, indent=2) if as_json else render(found))
    return 0


def describe(series: Series) -> dict[str, Any]:
    """All of it as numbers, texts, lists and dicts that JSON can hold. Lengths in metres, durations in seconds."""
    return {
        "files": [str(path) for path in series.files],
        "mesh": _mesh(series),
        "coordinates": _coordinates(series),
        "time": _time(series),
        "vertical": _vertical(series),
        "wet_dry": "wet_cells" if series.has_wet else _by_depth(series),
        "variables": [{**variable._asdict(), "serves": _SERVES.get(variable.name, "")} for variable in series.variables.values()],
        "notes": series.notes,
    }


def render(found: dict[str, Any]) -> str:
    """The same for a person, a line or few for each subject."""
    mesh, time, vertical, place = found["mesh"], found["time"], found["vertical"], found["coordinates"]
    files = found["files"]
    lines = [("files", files[0] if len(files) == 1 else f"{len(files)}: {files[0]} ... {files[-1]}")]
    lines += [
        ("mesh", f"{mesh['nodes']} nodes, {mesh['elements']} elements, sides {_range(mesh['side'], 'm')}"),
        (
            "depth",
            f"{_range(mesh['depth'], 'm')} below the still water{', varies in time' if mesh['depth_varies'] else ''}",
        ),
        ("coordinates", f"{place['integrate_in']}: {place['why']}"),
        ("", f"{place['names'][0]} {_pair(place['x'])}, {place['names'][1]} {_pair(place['y'])}"),
    ]
    if place["lon"] and place["integrate_in"] == "projected":
        lines.append(("", f"lon {_pair(place['lon'])}, lat {_pair(place['lat'])}"))
    lines.append(("time", f"{time['start']} to {time['end']}, {time['frames']} frames{_every(time)}"))
    lines.append(("", f"from {time['source']}{'' if time['calendar'] else ', counted from the zero of the run (no calendar)'}"))
    for gap in time["gaps"][:_MOST_GAPS]:
        lines.append(("gap", f"{gap['start']} to {gap['end']} ({_seconds(gap['seconds'])})"))
    if len(time["gaps"]) > _MOST_GAPS:
        lines.append(("", f"and {len(time['gaps']) - _MOST_GAPS} more gaps"))
    if vertical["layers"]:
        alike = "the same at all nodes" if vertical["same_everywhere"] else "different from node to node"
        several = f"{vertical['layers']} layers, " if vertical["whole"] else ""
        sigma = f"{several}{vertical['spacing']}, {alike}"
        lines += [("layers", sigma), ("vertical", vertical["serves"])]
    else:
        lines.append(("layers", "none: depth-mean flow only (ua, va)"))
    lines.append(("wet and dry", found["wet_dry"]))
    width = max((len(v["name"]) for v in found["variables"]), default=0)
    for number, v in enumerate(found["variables"]):
        where = f"{v['location']}s" + (f" x {v['vertical']}s" if v["vertical"] != "none" else "")
        text = f"{v['name']:<{width}}  {where:<17} {v['serves'] or 'to sample':<22} {v['units']}"
        lines.append(("variables" if number == 0 else "", text.rstrip()))
    lines += [("note", note) for note in found["notes"]]
    return "\n".join(f"{label:<12} {text}" for label, text in lines)


def _by_depth(series: Series) -> str:
    return f"dry where h + zeta < {series.min_depth:g} m by the rule of FVCOM (no wet_cells; forcing.min_depth)"


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
    _, once = np.unique(np.sort(ends.reshape(-1, 2), axis=1), axis=0, return_index=True)  # two elements share an inner side
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
            {"start": say(int(times[i])), "end": say(int(times[i + 1])), "seconds": float(intervals[i] / SECOND)} for i in wide
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


def _every(time: dict[str, Any]) -> str:
    if time["frames"] < 2:
        return ""
    text = f", usually every {_seconds(time['interval'])}"
    if time["shortest_interval"] == time["longest_interval"]:
        return text.replace("usually ", "")
    return text + f" ({_seconds(time['shortest_interval'])} to {_seconds(time['longest_interval'])})"


def _range(values: dict[str, float], unit: str) -> str:
    return f"{values['least']:.3g} to {values['most']:.3g} {unit} (median {values['median']:.3g})"


def _pair(values: list[float]) -> str:
    digits = 5 if max(abs(values[0]), abs(values[1])) < 1000 else 1
    return f"{values[0]:.{digits}f} to {values[1]:.{digits}f}"


def _seconds(seconds: float) -> str:
    return format_duration(round(seconds * SECOND))
