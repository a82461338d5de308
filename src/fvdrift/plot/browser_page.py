"""The page in a browser: one file with its program, its numbers and nothing from elsewhere. What happens on it
is in `web/`."""

import html
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.tools.duration import SECOND
from fvdrift.version import __version__

from .browser_data import Particles, Shown, particles_of
from .browser_map import MapArrays, map_arrays
from .map_base import metres
from .palette import CATEGORIES
from .picture_file import PAGE_BEGINNING, write_picture
from .quantised import Codes, Packed, packed
from .subject import Subject

SCRIPTS = ("regl.min.js", "numbers.js", "water.js", "dots.js", "panel.js", "hands.js", "page.js")
GREGORIAN = -12_219_292_800_000_000  # microseconds: browsers have no older dates than 1582-10-15 right


def write_page(subject: Subject, path: Path) -> int:
    """Returns the bytes of the file. Raises RunFileError, OutputError."""
    parts = page_of(subject)

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(parts)

    write_picture(path, write)
    return path.stat().st_size


def page_of(subject: Subject) -> Iterator[str]:
    """The text of the page, in parts. Raises RunFileError."""
    particles = particles_of(subject)
    x, y = particles.x, particles.y
    ends = [(codes.offset, codes.offset + codes.scale * (codes.none - 1)) for codes in (x, y)]
    extent = subject.extent((*ends[0], *ends[1]))
    origin = (0.5 * sum(ends[0]), 0.5 * sum(ends[1]))
    water = None
    if subject.water is not None:
        water = map_arrays(subject.water, extent, origin, geographic=subject.geographic, say=subject.say)
    arrays = _arrays(subject, particles, water)
    about = {
        **_of_run(subject, particles),
        "origin": origin,
        "extent": extent,
        "box": [[codes.offset - zero, codes.scale] for codes, zero in zip((x, y), origin, strict=True)],
        "resolution": resolution(subject, particles, extent),
        "water": None if water is None else _of_water(water),
        "variables": [_variable(subject, variable) for variable in _with_release(subject, particles)],
        "color": subject.color,
        "arrays": {name: {"type": array.type, "rows": array.rows} for name, array in arrays.items()},
    }
    return _parts(subject.title, about, arrays)


def _parts(title: str, about: dict[str, Any], arrays: dict[str, Packed]) -> Iterator[str]:
    web = files(__package__) / "web"

    def read(name: str) -> str:
        return (web / name).read_text(encoding="utf-8")

    given = {
        "title": html.escape(title),
        "style": read("page.css"),
        "licence": read("regl.LICENSE").strip(),
        "about": script_safe(json.dumps(about, allow_nan=False)),
        "scripts": "".join(f"<script>\n{read(name)}</script>\n" for name in SCRIPTS),
    }
    before, after = read("page.html").split("{{arrays}}")
    yield PAGE_BEGINNING
    yield _filled(before, given)
    for name, array in arrays.items():
        yield f'<script type="text/plain" id="array-{name}">{array.text}</script>\n'
    yield _filled(after, given)


def script_safe(text: str) -> str:
    """JSON that no page takes for the end of its script, or for anything but JSON."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _filled(text: str, given: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: given[found[1]], text)


def _arrays(subject: Subject, particles: Particles, water: MapArrays | None) -> dict[str, Packed]:
    """By name. Lets go of the arrays of `particles` as it packs them."""
    tracks, ids = subject.tracks, particles.ids
    born = (tracks.born(ids) - tracks.times[0]) / SECOND
    arrays = {
        "places": packed(particles.places, by_row=True),
        "numbers": packed(tracks.numbers(ids).astype(np.float64)),
        "born": packed(born.astype(np.float64)),
        "value-release": packed(tracks.release[ids].astype(np.float32)),
    }
    for variable in particles.variables:
        arrays[f"value-{variable.name}"] = packed(variable.values, by_row=True)
    if water is not None:
        for name in ("nodes", "depth", "triangles", "coast", "open"):
            arrays[f"water-{name}"] = packed(getattr(water, name))
    return arrays


def _of_run(subject: Subject, particles: Particles) -> dict[str, Any]:
    tracks, rows = subject.tracks, particles.rows
    times = tracks.times[rows.start : rows.stop : rows.step]
    dated = bool(tracks.calendar and times.min() >= GREGORIAN)
    return {
        "title": subject.title,
        "version": __version__,
        "count": len(particles.ids),
        "howMany": subject.how_many(particles.ids),
        "geographic": subject.geographic,
        "start": int(times[0]) / 1000,  # milliseconds, as browsers count
        "backward": bool(times[-1] < times[0]),
        "calendar": tracks.calendar,
        "dated": dated,
        "seconds": (np.abs(times - times[0]) / SECOND).tolist(),
        "texts": [tracks.describe_time(int(time)) for time in times],
        "records": tracks.observations,
        "mesh": not subject.request.no_mesh,
        "depth": not subject.request.no_depth,
    }


def _of_water(water: MapArrays) -> dict[str, Any]:
    return {"deepest": water.deepest, "side": water.side, "open": len(water.open) > 0}


def resolution(subject: Subject, particles: Particles, extent: tuple[float, float, float, float]) -> str:
    """How far places on the page may be from those in the tracks, in either direction."""
    most = max(
        0.5 * codes.scale * per
        for codes, per in zip((particles.x, particles.y), metres(extent, subject.geographic), strict=True)
    )
    return f"{most:.2g} m" if most >= 0.01 else "1 cm"


def _with_release(subject: Subject, particles: Particles) -> list[Shown]:
    """The variables, and the release among them."""
    names = subject.tracks.names
    flags = [
        (number, name, colour) for number, (name, colour) in enumerate(zip(names, CATEGORIES, strict=False))
    ]
    few = len(names) <= len(CATEGORIES)
    text = "release" if few else f"release, by number of {len(names):,}"
    release = Shown("release", text, "", flags if few else [])
    release.drawn = np.unique(subject.tracks.release[particles.ids]).tolist()
    release.codes, release.span = Codes(0.0, 1.0, np.float32), (0.0, float(len(names) - 1))
    return [*particles.variables[:2], release, *particles.variables[2:]]


def _variable(subject: Subject, variable: Shown) -> dict[str, Any]:
    codes, by_particle = variable.codes, variable.name == "release"
    unseen = not variable.seen.low <= variable.seen.high
    return {
        "name": variable.name,
        "text": variable.text,
        "units": variable.units,
        "names": subject.tracks.names if by_particle else None,
        "flags": variable.flags,
        "drawn": variable.drawn,
        "offset": codes.offset,
        "scale": codes.scale,
        "none": -1 if by_particle else codes.none,
        "byParticle": by_particle,
        "span": variable.span,
        "seen": variable.span if by_particle or unseen else (variable.seen.low, variable.seen.high),
    }
