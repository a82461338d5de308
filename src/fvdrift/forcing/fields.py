"""One field of one record: raw values to clean float32. Not which record of which file (that is
`fvcom`)."""

from typing import Any, NamedTuple

import numpy as np

from .stored import Meaning, absent, seen, unpacked


class Variable(NamedTuple):
    """A field that can be sampled. location: "node" or "element"; vertical: "layer", "level" or "none"."""

    name: str
    location: str
    vertical: str
    units: str
    long_name: str


class Reading(NamedTuple):
    """values: C-contiguous native float32; missing: bool mask of those that are none, and 0 in `values`, or
    None; low, high: bounds of what the file holds; declared: an attribute says what stands for "no value", or
    the library's own fill does; limited: what lies beyond a valid range is none; grain: what packed values
    are rounded to, 0 where they are not packed."""

    values: np.ndarray
    missing: np.ndarray | None
    low: float
    high: float
    declared: bool
    limited: bool = False
    grain: float = 0.0


def stored(variable: Any, record: int | None) -> np.ndarray:
    """The numbers of a record as they are stored."""
    stored: np.ndarray = variable[...] if record is None else variable[record]
    return stored


def clean(raw: np.ndarray, of: Meaning) -> Reading:
    """The values that stored numbers stand for, with 0 for NaN, fill and missing. May return `raw` itself,
    changed."""
    raw = seen(raw, of)
    ends = _bounds(raw) if raw.dtype == np.float32 else None
    missing = absent(raw, of, ends)
    with np.errstate(over="ignore", invalid="ignore"):
        out = np.ascontiguousarray(unpacked(raw, of) if of.packed else raw, np.float32)
    if not out.flags.writeable:
        out = out.copy()
    low, high = ends if ends is not None and not of.packed else _bounds(out)
    if missing is not None:
        out[missing] = 0.0
    whole = raw.dtype.kind in "iu"
    grain = abs(of.scale or 1.0) if whole else 0.0
    return Reading(out, missing, low, high, of.declared or whole, of.limits is not None, grain)


def _bounds(values: np.ndarray) -> tuple[float, float]:
    """Least and greatest, NaN where there is one. Two fast passes that spare all masks where all is well."""
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
