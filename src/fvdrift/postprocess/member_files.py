"""Statistics of one member of an ensemble, as they lie in its file."""

from collections.abc import Callable, Container
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import OutputError
from fvdrift.tools.netcdf.lock import LOCK


class Stored(NamedTuple):
    """A variable as it lies in a file."""

    dimensions: tuple[str, ...]
    values: np.ndarray
    attributes: dict[str, Any]


def read(
    path: Path,
    names: Container[str] | None = None,
    only: Callable[[str, tuple[str, ...]], bool] | None = None,
) -> dict[str, Stored]:
    """The variables of a file: all, those of `names`, or those that pass `only`, which is asked by name and
    dimensions."""
    import netCDF4

    try:
        with LOCK, netCDF4.Dataset(path) as file:
            file.set_auto_maskandscale(False)
            file.set_auto_chartostring(False)
            return {
                each: Stored(variable.dimensions, np.asarray(variable[...]), variable.__dict__)
                for each, variable in file.variables.items()
                if (names is None or each in names) and (only is None or only(each, variable.dimensions))
            }
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def labels_of(path: Path) -> dict[str, list[str | float]]:
    """What the dimensions of a file are labelled with, as far as they are."""
    found: dict[str, list[str | float]] = {}
    for name, stored in read(path, only=_is_label).items():
        values, dimension = stored.values, stored.dimensions[0]
        if values.dtype.kind == "S":
            found[dimension] = [b"".join(row).rstrip(b"\0").decode("utf-8", "replace") for row in values]
        elif name == dimension:
            found[dimension] = [float(value) for value in values]
    return found


def _is_label(name: str, dimensions: tuple[str, ...]) -> bool:
    """Whether a variable labels a dimension: its coordinate, or the table of names of what it counts."""
    return dimensions == (name,) or (
        len(dimensions) == 2 and dimensions == (name.removesuffix("_name"), f"{name}_length")
    )
