"""The files that a run file names, all but its forcing: whether they are there. Asked where something else is
wrong.
"""

import json
from collections.abc import Iterator, Mapping
from os.path import normpath
from pathlib import Path
from typing import Any

from fvdrift.tools.feature_file import file_of, is_geojson
from fvdrift.tools.text_file import read_bounded

LARGEST_LOOK = 64  # MB of a GeoJSON file that is read only to see whether it is one
_PLACES = (
    "release.*.file", "release.*.rate", "behaviour.settlement", "behaviour.custom", "boundary.open", "statistic.*.polygons",
    "statistic.*.sources", "statistic.*.lines",
)  # fmt: skip
_WORDS = {"boundary.open": "none", "sources": "releases"}  # that stand in place of a name


def missing_files(tree: Mapping[str, Any], path: Path) -> list[str]:
    """What is said of files that are named and not there. tree: of the run file at `path`."""
    return [
        f"{path.name}: {key}: {file}: there is no such file"
        for key, file in _named(tree, path.parent)
        if not file.exists()
    ]


def file_problems(tree: Mapping[str, Any], path: Path) -> list[str]:
    """`missing_files`, and GeoJSON that is none."""
    found = missing_files(tree, path)
    for key, file in _named(tree, path.parent):
        problem = _no_json(file) if file.is_file() and is_geojson(file) else ""
        found += [f"{path.name}: {key}: {file}: is not GeoJSON: {problem}"] if problem else []
    return found


def _named(tree: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, Path]]:
    """Keys that hold names, and the files they mean."""
    for place in _PLACES:
        table, *_, key = place.split(".")
        blocks = tree.get(table)
        several = place.split(".")[1] == "*"
        for number, block in enumerate(
            blocks if several and isinstance(blocks, list) else [] if several else [blocks]
        ):
            name = block.get(key) if isinstance(block, Mapping) else None
            where = f"{table}.{number}.{key}" if several else place
            if (
                not isinstance(name, str)
                or not name.strip()
                or "\0" in name
                or name in (_WORDS.get(where), _WORDS.get(key))
                or (key == "rate" and not name.strip().lower().endswith(".csv"))
            ):
                continue
            yield (
                where,
                file_of(
                    Path(normpath(folder / (name.rpartition(":")[0] or name if key == "custom" else name)))
                ),
            )


def _no_json(file: Path) -> str:
    try:
        json.loads(read_bounded(file, LARGEST_LOOK).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return "" if "larger than" in str(error) else str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return ""
