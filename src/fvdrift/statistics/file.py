"""NAME.stats.nc: variables as they are described, written whole through a temporary name. Not what is in
them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fvdrift.errors import OutputError
from fvdrift.output import DEFAULT_ATTRIBUTES, VOCABULARY
from fvdrift.tools.netcdf.classic_header import Attribute
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.tools.new_file import NewFile

from .variables import FileVariable

if TYPE_CHECKING:
    import netCDF4

CONVENTIONS = {"Conventions": "CF-1.11, UGRID-1.0, ACDD-1.3", "standard_name_vocabulary": VOCABULARY}
PACKED_FROM = 1 << 12  # values; below it packing makes a file no smaller
KINDS = {"i": "i8", "f": "f8", "b": "i1"}


def write_file(path: Path, variables: Sequence[FileVariable], attributes: Mapping[str, Attribute]) -> None:
    """attributes: global ones; nothing in them may differ between equal runs. Raises OutputError."""
    import netCDF4

    with NewFile(path) as made:
        try:
            with LOCK, netCDF4.Dataset(os.fspath(made.through), "w", format="NETCDF4") as file:
                given = {name: value for name, value in attributes.items() if value != ""}
                file.setncatts(CONVENTIONS | DEFAULT_ATTRIBUTES | given)
                for variable in variables:
                    _write(file, variable)
        except (OSError, RuntimeError) as error:
            raise OutputError(f"{path}: cannot be written: {error}") from None
        made.commit()


def _write(file: "netCDF4.Dataset", variable: FileVariable) -> None:
    name, dimensions, values, attributes = variable
    if values.dtype.kind == "U":
        encoded = np.char.encode(values, "utf-8")
        values = encoded.view("S1").reshape(*encoded.shape, -1)
        dimensions = (*dimensions, f"{name}_length")
        attributes = {**attributes, "_Encoding": "utf-8"}
    for dimension, length in zip(dimensions, values.shape, strict=True):
        if dimension not in file.dimensions:
            file.createDimension(dimension, length)
    kind = (
        "S1"
        if values.dtype.kind == "S"
        else values.dtype.str[1:]
        if values.dtype == np.int32
        else KINDS[values.dtype.kind]
    )
    own = name in dimensions or name.endswith("_bounds")  # CF: no coordinate has a fill value
    fill = np.nan if kind == "f8" and not own else False
    packed: dict[str, Any] = (
        {"zlib": True, "complevel": 4, "shuffle": True} if values.size >= PACKED_FROM else {}
    )
    created = file.createVariable(name, kind, dimensions, fill_value=fill, **packed)
    created.set_auto_maskandscale(False)
    created.set_auto_chartostring(False)
    created.setncatts(dict(attributes))
    created[...] = values
