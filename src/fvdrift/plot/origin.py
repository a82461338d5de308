"""Where the forcing of a file of tracks is: by the names in it and the record of the run beside it. Does not
open it."""

import glob
import json
import os
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from fvdrift.forcing import MIN_DEPTH
from fvdrift.output import folders_of_run
from fvdrift.tools.feature_file import file_of
from fvdrift.tools.quantity import LENGTH, parse_quantity


class Told(Protocol):
    """What tells of the run that made it: a file of tracks, or of statistics. path: of the tracks, be they written or
    not; attributes: global ones."""

    @property
    def path(self) -> Path: ...
    @property
    def attributes(self) -> dict[str, Any]: ...
    @property
    def geographic(self) -> bool: ...


class Origin(NamedTuple):
    """files: the forcing found, maybe none; coordinates, projection, min_depth (m): as the run took them;
    boundary: `boundary.open` of the run with its path made whole, None where there is none; settlement: the file of the
    polygons that particles settle in, None where there is none, or it is gone; why: why there are no files, as a clause."""

    files: list[Path]
    coordinates: str
    projection: str | None
    min_depth: float
    boundary: Any
    settlement: Path | None
    why: str


def origin(tracks: Told, given: list[Path] | None) -> Origin:
    """The forcing of `tracks`: `given`, or the files named in them where the run file was, beside the tracks,
    or here."""
    run = _json(tracks.attributes.get("run_file", ""))
    forcing = run.get("forcing", {})
    patterns = [str(name) for name in forcing.get("files", [])]
    coordinates = "geographic" if tracks.geographic else "projected"
    names = str(tracks.attributes.get("forcing_files", "")).split()
    folders = list(dict.fromkeys((*folders_of_run(tracks.path), Path.cwd())))
    files, found_in = (list(given), None) if given else _found(names, patterns, folders)
    near = [found_in] if found_in else folders
    boundary = _boundary(run.get("boundary", {}).get("open"), near)
    settlement = _boundary(run.get("behaviour", {}).get("settlement") or "none", near)
    looked = ", ".join(str(folder) for folder in folders[:3])
    why = (
        f"the forcing ({' '.join(patterns)}) is not in {looked}"
        if patterns
        else "the tracks don't name their forcing"
    )
    min_depth = parse_quantity(forcing.get("min_depth", MIN_DEPTH), LENGTH)
    return Origin(files, coordinates, forcing.get("projection"), min_depth, boundary, settlement, why)


def projection_of(tracks: Told) -> str | None:
    """The system that x and y of the tracks are in, where their run named it."""
    named = _json(tracks.attributes.get("run_file", "")).get("forcing", {}).get("projection")
    return str(named) if named and not tracks.geographic else None


def _found(names: list[str], patterns: list[str], folders: list[Path]) -> tuple[list[Path], Path | None]:
    """The files of these names in the first folder where the patterns match all of them, and that folder."""
    for folder in folders:
        matches = [
            Path(match) for pattern in patterns for match in sorted(glob.glob(os.path.join(folder, pattern)))
        ]
        if names and set(names) <= {match.name for match in matches}:
            return [match for match in matches if match.name in names], folder
    return [], None


def _boundary(wish: Any, folders: list[Path]) -> Any:
    """`boundary.open` of a run with its path made whole, None where there is none."""
    if wish == "none":
        return None
    if not isinstance(wish, str):
        return wish
    tried = [Path(folder, wish) for folder in folders]
    return next((path for path in tried if file_of(path).is_file()), None)


def _json(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(str(text))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
