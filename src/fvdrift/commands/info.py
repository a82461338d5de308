"""`fvdrift info`: what is in the forcing and how it will be read. Opens it as a run would and moves no
particle."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fvdrift.forcing import describe, open_series
from fvdrift.tools.duration import SECOND, short_duration

_MOST_GAPS = 10  # listed one by one


def main(
    files: Sequence[Path | str], as_json: bool, *, coordinates: str = "auto", projection: str | None = None
) -> int:
    """Print what the forcing `files` hold. Raises ForcingError as a run would."""
    with open_series(files, coordinates=coordinates, projection=projection) as series:
        found = describe(series)
    print(json.dumps(found, indent=2) if as_json else render(found))
    return 0


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
    lines.append(
        (
            "",
            f"from {time['source']}{'' if time['calendar'] else ', counted from the zero of the run (no calendar)'}",
        )
    )
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
    return short_duration(round(seconds * SECOND))
