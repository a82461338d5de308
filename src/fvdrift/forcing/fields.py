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


def read_record(variable: Any, record: int | None) -> np.ndarray:
    """Record `record` (None: the whole variable) as C-contiguous native float32; NaN, fill and missing become 0."""
    raw = variable[...] if record is None else variable[record]
    scale, offset = getattr(variable, "scale_factor", None), getattr(variable, "add_offset", None)
    if raw.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            out = np.ascontiguousarray(raw, np.float32)
        if raw.dtype.kind == "f" and not out.flags.writeable:
            out = out.copy()
        missing = _missing(out, [np.float32(fill) for fill in fill_values(variable)])
    else:
        out = np.ascontiguousarray(raw, np.float32)
        missing = np.isin(raw, fill_values(variable))
        if not missing.any():
            missing = None
    if scale is not None or offset is not None:
        out = (out.astype(np.float64) * float(scale or 1) + float(offset or 0)).astype(np.float32)
    if missing is not None:
        out[missing] = 0.0
    return out


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
        out = out * float(scale or 1) + float(offset or 0)
    return out


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


def _missing(values: np.ndarray, fills: list[np.float32]) -> np.ndarray | None:
    """Mask of values that are none, or None. Two fast passes (least, greatest) spare the mask where all is well."""
    if values.size == 0:
        return None
    low, high = values.min(), values.max()
    mask = None
    if not (low > -ABSURD and high < ABSURD):
        with np.errstate(invalid="ignore"):
            mask = ~(np.abs(values) < ABSURD)
    for fill in fills:
        if mask is not None or low <= fill <= high:
            found = values == fill
            mask = found if mask is None else mask | found
    return mask
