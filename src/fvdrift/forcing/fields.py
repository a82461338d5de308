"""One field of one record: raw values to clean float32. Not which record or file (that is `series`)."""

from typing import Any, NamedTuple

import numpy as np

ABSURD = 1e30  # no field of the sea comes near; netCDF's own fill values (9.97e36, 1e37) lie beyond


class Variable(NamedTuple):
    """A field that can be sampled. location: "node" or "element"; vertical: "layer", "level" or "none"."""

    name: str
    location: str
    vertical: str
    units: str
    long_name: str


class Reading(NamedTuple):
    """values: C-contiguous native float32; missing: bool mask of those that are none, and 0 in `values`, or None; low, high:
    bounds of what the file holds; declared: an attribute says what stands for "no value"."""

    values: np.ndarray
    missing: np.ndarray | None
    low: float
    high: float
    declared: bool


class Meaning(NamedTuple):
    """What the stored numbers of a variable mean, by its attributes. fills: those that stand for "no value"; declared: some do,
    perhaps NaN."""

    scale: Any
    offset: Any
    fills: list[float]
    declared: bool


def meaning(variable: Any) -> Meaning:
    """By the attributes of a variable."""
    scale, offset = getattr(variable, "scale_factor", None), getattr(variable, "add_offset", None)
    declared = hasattr(variable, "_FillValue") or hasattr(variable, "missing_value")
    return Meaning(scale, offset, fill_values(variable), declared)


def read_record(variable: Any, record: int | None) -> Reading:
    """Record `record` (None: the whole variable), with 0 for NaN, fill and missing."""
    return clean(stored(variable, record), meaning(variable))


def stored(variable: Any, record: int | None) -> np.ndarray:
    """The numbers of a record as they are stored."""
    return variable[...] if record is None else variable[record]


def clean(raw: np.ndarray, of: Meaning) -> Reading:
    """The values that stored numbers stand for, with 0 for NaN, fill and missing. May return `raw` itself, changed."""
    with np.errstate(over="ignore", invalid="ignore"):
        out = np.ascontiguousarray(raw, np.float32)
    if not out.flags.writeable:
        out = out.copy()
    low, high = _bounds(out)
    if raw.dtype.kind == "f":
        missing = _missing(out, low, high, [np.float32(fill) for fill in of.fills])
    else:
        missing = np.isin(raw, of.fills)
        missing = missing if missing.any() else None
    if of.scale is not None or of.offset is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            out = (out.astype(np.float64) * _number(of.scale, 1.0) + _number(of.offset, 0.0)).astype(np.float32)
        low, high = _bounds(out)
    if missing is not None:
        out[missing] = 0.0
    return Reading(out, missing, low, high, of.declared)


def read_double(variable: Any) -> np.ndarray:
    """A whole variable as float64, NaN where it has no value."""
    raw = np.asarray(variable[...])
    out = raw.astype(np.float64)
    with np.errstate(invalid="ignore"):
        out[~(np.abs(out) < ABSURD)] = np.nan
    for fill in fill_values(variable):
        if fill != 0:
            out[raw == fill] = np.nan
    scale, offset = getattr(variable, "scale_factor", None), getattr(variable, "add_offset", None)
    if scale is not None or offset is not None:
        out = out * _number(scale, 1.0) + _number(offset, 0.0)
    return out


def _number(attribute: Any, absent: float) -> float:
    """The number in an attribute; `absent` where there is none, or no usable one."""
    try:
        number = float(absent if attribute is None else attribute)
    except (TypeError, ValueError):
        return absent
    return number if np.isfinite(number) else absent


def fill_values(variable: Any) -> list[float]:
    """Numbers that stand for "no value" in `variable`, by its attributes."""
    found = []
    for key in ("_FillValue", "missing_value"):
        for value in np.atleast_1d(getattr(variable, key, [])):
            try:
                number = float(value)
            except (TypeError, ValueError):  # text: attributes in the wild
                continue
            if np.isfinite(number):
                found.append(number)
    return found


def _bounds(values: np.ndarray) -> tuple[float, float]:
    """Least and greatest, NaN where there is one. Two fast passes that spare all masks where all is well."""
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _missing(values: np.ndarray, low: float, high: float, fills: list[np.float32]) -> np.ndarray | None:
    """Mask of values that are none, or None."""
    if values.size == 0:
        return None
    mask = None
    if not (low > -ABSURD and high < ABSURD):
        with np.errstate(invalid="ignore"):
            mask = ~(np.abs(values) < ABSURD)
    for fill in fills:
        if mask is not None or low <= fill <= high:
            found = values == fill
            mask = found if mask is None else mask | found
    return mask if mask is not None and mask.any() else None
