"""What particles are coloured by: the values, how they become colours, and what the bar says. Not where they
are drawn."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fvdrift.tools.duration import SECOND

from .palette import CATEGORIES, mark_of, values_map
from .track_file import TrackFile

NOWHERE = "#9a9a9a"  # of particles in no habitat
FATES = ("status", "habitat")  # of a track these say what became of it
# percentiles that the colours of a variable span: a few odd values don't make the rest one colour
OUTLIERS = (1.0, 99.0)


class Colouring(NamedTuple):
    """cmap, norm: matplotlib's; label: of the bar, "" for categories; categories: (name, colour) of each for
    the legend; extend: which ends the bar is pointed at."""

    cmap: Any
    norm: Any
    label: str
    categories: tuple[tuple[str, str], ...] = ()
    extend: str = "neither"


def needed(tracks: TrackFile, what: str) -> tuple[str, ...]:
    """The columns that `values` takes. Raises RunFileError where the tracks don't have them."""
    if what == "depth":
        return ("z",)
    if what in ("release", "status"):
        return ()
    if what == "age" and "age" not in tracks.columns:
        return ("x",)
    return (tracks.column(what).name,)


def values(
    tracks: TrackFile, what: str, ids: np.ndarray, rows: range, read: dict[str, np.ndarray]
) -> np.ndarray:
    """Float (id, row) of what was asked: age in hours, depth in metres below the mean surface, a number of a
    category.

    read: columns "status" and those of `needed`.
    """
    if what == "depth":
        return -read["z"]
    if what == "release":
        return np.broadcast_to(tracks.release[ids][:, None].astype(float), (len(ids), len(rows)))
    if what == "status":
        return read["status"].astype(float)
    if what == "habitat" and habitats(tracks):
        return read[what] + 1.0
    if flags := flags_of(tracks, what):  # the place of each among its meanings
        numbers = np.array([number for number, _ in flags])
        place = np.searchsorted(numbers, np.nan_to_num(read[what].astype(float), nan=numbers[0]))
        return np.where(np.isfinite(read["x"]), np.minimum(place, len(numbers) - 1).astype(float), np.nan)
    if what != "age":
        return read[what].astype(float)
    if "age" in tracks.columns:
        return read["age"] / 3600.0
    at = tracks.held_rows(ids, rows, read["status"])
    hours = np.abs(tracks.times[at] - tracks.born(ids)[:, None]) / (3600.0 * SECOND)
    return np.where(np.isfinite(read["x"]), hours, np.nan)


def colouring(tracks: TrackFile, what: str, shown: np.ndarray) -> Colouring:
    """How values of `what` become colours. shown: those that will be drawn."""
    from matplotlib.colors import Normalize

    if what == "status":
        return _categories([(name.replace("_", " "), mark_of(name).colour) for name in tracks.statuses])
    places = habitats(tracks) if what == "habitat" else []
    if 0 < len(places) <= len(CATEGORIES):
        return _categories([("not settled", NOWHERE), *zip(places, CATEGORIES, strict=False)])
    flags = flags_of(tracks, what)
    if flags:
        return _categories([(words, colour) for (_, words), colour in zip(flags, CATEGORIES, strict=False)])
    if what == "release" and len(tracks.names) <= len(CATEGORIES):
        return _categories(list(zip(tracks.names, CATEGORIES, strict=False)))
    if what == "release":
        count = len(tracks.names)
        return Colouring(values_map(), Normalize(0, count - 1), f"release, by number of {count:,}")
    there = shown[np.isfinite(shown)]
    if not len(there):
        there = np.zeros(1)
    low, high = float(there.min()), float(there.max())
    ends = np.percentile(there, OUTLIERS)
    if what == "age":
        low = 0.0
    elif ends[0] < ends[1]:
        low, high = float(ends[0]), float(ends[1])
    if high <= low:
        low, high = low - 0.5, high + 0.5
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[
        bool(there.min() < low), bool(there.max() > high)
    ]
    return Colouring(values_map(), Normalize(low, high), label(tracks, what), (), extend)


def flags_of(tracks: TrackFile, what: str) -> list[tuple[float, str]]:
    """Numbers, ascending, and meanings of a column of flags that are few enough for a colour each."""
    column = tracks.columns.get(what)
    found = sorted(column.flags) if column is not None and what != "status" else []
    return (
        [(number, words.replace("_", " ")) for number, words in found]
        if len(found) <= len(CATEGORIES)
        else []
    )


def habitats(tracks: TrackFile) -> list[str]:
    """The names behind the numbers in the column `habitat`."""
    return [
        name
        for _, name in re.findall(r"(\d+): (.*?)(?=; \d+: |$)", str(tracks.attributes.get("habitats", "")))
    ]


def label(tracks: TrackFile, what: str) -> str:
    """What a bar or an axis says of `what`."""
    if what == "age":
        return "age (h)"
    if what == "depth":
        return "depth below mean surface (m)"
    column = tracks.column(what)
    name = column.long_name if len(column.long_name) <= 40 else column.name
    return f"{name} ({column.units})" if column.units not in ("", "1") else name


def _categories(pairs: Sequence[tuple[str, str]]) -> Colouring:
    from matplotlib.colors import BoundaryNorm, ListedColormap

    count = len(pairs)
    cmap = ListedColormap([colour for _, colour in pairs])
    return Colouring(
        cmap, BoundaryNorm(np.arange(count + 1) - 0.5, count) if count > 1 else _one(), "", tuple(pairs)
    )


def _one() -> Any:
    from matplotlib.colors import Normalize

    return Normalize(0, 1)
