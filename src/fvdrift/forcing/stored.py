"""What the stored numbers of a variable stand for, by its attributes (CF and the NetCDF User's Guide). Not
what they tell of.

Read as the netCDF4 library does with auto mask and scale: `_Unsigned` first, then what stands for no value
(`missing_value`, `_FillValue`, the library's own fill, all beyond `valid_range` or `valid_min` and
`valid_max`), all by the stored number; last `scale_factor` and `add_offset`, alone or together. Attributes
that cannot be followed are refused, never left out.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError

ABSURD = 1e30  # no field of the sea comes near; netCDF's own fill values (9.97e36, 1e37) lie beyond


class Limits(NamedTuple):
    """What valid numbers lie between, both None or a number each. unpacked: of the values, not of the numbers
    as they are stored."""

    lowest: Any
    highest: Any
    unpacked: bool

    def beyond(self, numbers: np.ndarray) -> np.ndarray | None:
        """bool, as `numbers`: which lie outside; None where none does."""
        with np.errstate(invalid="ignore"):
            below = None if self.lowest is None or numbers.min() >= self.lowest else numbers < self.lowest
            above = None if self.highest is None or numbers.max() <= self.highest else numbers > self.highest
        return above if below is None else below if above is None else below | above


class Meaning(NamedTuple):
    """scale, offset: None where there is none. unsigned: stored integers are seen without sign. fills: stored
    numbers that stand for no value. limits: None where none are given. declared: an attribute says which
    number stands for no value, perhaps NaN."""

    scale: float | None
    offset: float | None
    unsigned: bool
    fills: tuple[Any, ...]
    limits: Limits | None
    declared: bool

    @property
    def packed(self) -> bool:
        """Whether stored numbers have to be unpacked."""
        return self.scale is not None or self.offset is not None


def meaning(variable: Any) -> Meaning:
    """By the attributes of a variable of an open file. Raises ForcingError for those that cannot be
    followed."""
    kind = variable.dtype
    if not isinstance(kind, np.dtype) or kind.kind not in "fiu":
        return Meaning(None, None, False, (), None, False)
    unsigned = _unsigned(variable, kind)
    bits = 8 * kind.itemsize if unsigned else 0
    fills = [
        _stored(number, bits) for key in ("missing_value", "_FillValue") for number in _numbers(variable, key)
    ]
    if not hasattr(variable, "_FillValue") and kind.kind in "iu" and kind.itemsize > 1 and not unsigned:
        import netCDF4  # who reads by what it means, and not from the file, does without

        fills.append(netCDF4.default_fillvals[kind.str[1:]])
    scale, offset = _factor(variable, "scale_factor"), _factor(variable, "add_offset")
    limits = _limits(variable, kind, bits, scale is not None or offset is not None)
    declared = hasattr(variable, "_FillValue") or hasattr(variable, "missing_value")
    return Meaning(scale, offset, unsigned, tuple(fills), limits, declared)


def seen(raw: np.ndarray, of: Meaning) -> np.ndarray:
    """Stored numbers with the sign they are meant to have."""
    if not of.unsigned:
        return raw
    return np.ascontiguousarray(raw).view(f"{raw.dtype.byteorder}u{raw.dtype.itemsize}")


def absent(raw: np.ndarray, of: Meaning, ends: tuple[float, float] | None = None) -> np.ndarray | None:
    """bool, as `raw`: which of the numbers, as `seen`, stand for no value; None where all have one. ends: the
    least and greatest of single precision numbers, NaN where there is one, if they are known.

    Numbers with a fraction are compared in single precision: a mark may be written in another precision than
    the field. Where all is well this costs two passes.
    """
    if raw.size == 0:
        return None
    single = raw.dtype.kind == "f"
    masks = []
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = raw.astype(np.float32, copy=False) if single else raw
        least, most = (numbers.min(), numbers.max()) if ends is None else ends
        whole = not single or (least > -ABSURD and most < ABSURD)
        if not whole:
            masks.append(~(np.abs(numbers) < ABSURD))
        for fill in of.fills:
            mark = np.float32(fill) if single else fill
            if not whole or least <= mark <= most:
                masks.append(numbers == mark)
        if of.limits is not None:
            beyond = of.limits.beyond(unpacked(raw, of) if of.limits.unpacked else numbers)
            masks += [] if beyond is None else [beyond]
    if not masks:
        return None
    mask = masks[0] if len(masks) == 1 else np.logical_or.reduce(masks)
    return mask if mask.any() else None


def unpacked(raw: np.ndarray, of: Meaning) -> np.ndarray:
    """What numbers, as `seen`, stand for, in double precision; also those that stand for no value."""
    out = raw.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        if of.scale is not None:
            out *= of.scale
        if of.offset is not None:
            out += of.offset
    return out


def read_double(variable: Any) -> np.ndarray:
    """A whole variable as float64, NaN where it has no value. Raises ForcingError as `meaning`."""
    return doubled(np.asarray(variable[...]), meaning(variable))


def doubled(raw: np.ndarray, of: Meaning) -> np.ndarray:
    """Numbers as they are stored as float64, NaN where they have no value."""
    raw = seen(raw, of)
    out, without = unpacked(raw, of), absent(raw, of)
    if without is not None:
        out[without] = np.nan
    return out


def one_copy(values: np.ndarray, where: str) -> np.ndarray:
    """What must not change, of a variable that holds a copy of it for each record. values: as of `doubled`,
    records first; where: file and variable. Raises ForcingError where the copies differ."""
    same = (values == values[0]) | (np.isnan(values) & np.isnan(values[0]))
    if not same.all():
        record, *_, node = (int(i) for i in np.argwhere(~same)[0])
        told = f"is not the same in record {record + 1} as in the first, at node {node + 1}"
        raise ForcingError(f"{where}: {told}: only what lies still can be read")
    kept: np.ndarray = values[0]
    return kept


def by_node(values: np.ndarray, dimensions: tuple[str, ...], node_dim: str, where: str) -> np.ndarray:
    """What stands at nodes as (row, node), and what is the same at all as (row, 1); anything else as it is.
    values: as of `doubled`; where: file and variable. Raises ForcingError where they change with the
    records."""
    if dimensions == (node_dim,):
        return values[None]
    if values.ndim == 2 and dimensions[0] == node_dim:
        return values.T
    if values.ndim == 3 and dimensions[-1] == node_dim:
        return one_copy(values, where)
    return values[:, None] if values.ndim == 1 else values


def refuse(variable: Any, what: str) -> ForcingError:
    """For a variable of an open file: with the file's and its own name."""
    return ForcingError(f"{Path(variable.group().filepath()).name}: {variable.name}: {what}")


def _unsigned(variable: Any, kind: np.dtype) -> bool:
    """Whether integers stored with a sign are meant without. Raises ForcingError where it cannot be told."""
    if kind.kind not in "iu" or not hasattr(variable, "_Unsigned"):
        return False
    said = str(variable._Unsigned).strip().lower()
    if said not in ("true", "false") or (said == "false" and kind.kind == "u"):
        stored = "with a sign" if kind.kind == "i" else "without a sign"
        raise refuse(
            variable,
            f'_Unsigned is "{variable._Unsigned}", and its numbers are stored {stored}: which is meant?',
        )
    return said == "true" and kind.kind == "i"


def _limits(variable: Any, kind: np.dtype, bits: int, packed: bool) -> Limits | None:
    """By valid_range, or valid_min and valid_max. Those with a fraction, of packed integers, are of the
    values (the Guide's rule)."""
    found = _numbers(variable, "valid_range", limits=True)
    if len(found) != 2:
        given = (_numbers(variable, key, limits=True) for key in ("valid_min", "valid_max"))
        found = [numbers[0] if len(numbers) == 1 else np.nan for numbers in given]
    if all(np.isnan(number) for number in found):
        return None
    values = (
        packed
        and kind.kind in "iu"
        and any(isinstance(number, float) and not np.isnan(number) for number in found)
    )
    ends = [None if np.isnan(number) else number if values else _stored(number, bits) for number in found]
    lowest, highest = (end if end is None or kind.kind != "f" else np.float32(end) for end in ends)
    return Limits(lowest, highest, values)


def _numbers(variable: Any, key: str, *, limits: bool = False) -> list[Any]:
    """Numbers in an attribute; what is none is left out. limits: infinity is one, and text none, as in the
    library."""
    found = []
    for value in np.atleast_1d(getattr(variable, key, [])):
        if limits and isinstance(value, str | bytes):
            continue
        try:
            number = float(value) if isinstance(value, str | bytes) else value.item()
            if np.isfinite(number) or limits:
                found.append(number)
        except (TypeError, ValueError):  # text: attributes in the wild
            continue
    return found


def _stored(number: Any, bits: int) -> Any:
    """The number without a sign that has the same bits; as it is where bits is 0."""
    return number + 2**bits if bits and number < 0 else number


def _factor(variable: Any, key: str) -> float | None:
    """The number in an attribute, None where there is none. Raises ForcingError for what is no number."""
    if not hasattr(variable, key):
        return None
    value = getattr(variable, key)
    try:
        number = float(np.asarray(value).reshape(()))
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number) or (number == 0 and key == "scale_factor"):
        raise refuse(
            variable,
            f"{key} is {value}, by which nothing can be unpacked; write the number it was packed with",
        )
    return number
