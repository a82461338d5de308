"""Where relative paths of the run file that made some tracks start, long after the run. Opens only the record
beside them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .paths import record_path


def folders_of_run(tracks: Path) -> Iterator[Path]:
    """Folders that paths of the run file may start from, the likeliest first. The record of the run knows; if
    tracks and forcing were moved together, they still lie the same way from each other."""
    told = record_of(tracks)
    if told.get("run_file_path"):
        folder = Path(told["run_file_path"]).parent
        yield folder
        written = os.path.normpath(
            folder / told.get("run_file", {}).get("output", {}).get("file", "tracks.nc")
        )
        yield Path(
            os.path.normpath(tracks.absolute().parent / os.path.relpath(folder, os.path.dirname(written)))
        )
    yield tracks.absolute().parent


def record_of(tracks: Path) -> dict[str, Any]:
    """NAME.run.json beside NAME.nc; nothing where there is none that can be read."""
    path = record_path(tracks)
    try:
        if not path.is_file():  # a pipe would be waited for
            return {}
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
