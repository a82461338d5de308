"""A variable of a new NetCDF4 file, from its description. Not its values."""

from typing import TYPE_CHECKING, Any

from .classic_header import Variable

if TYPE_CHECKING:
    import netCDF4


def create_variable(file: "netCDF4.Dataset", variable: Variable, **storage: Any) -> "netCDF4.Variable[Any]":
    """The variable, that takes values as they are; `_Encoding` comes last, as netCDF4 would from then on take
    texts. storage: how netCDF4 is to store it."""
    attributes = dict(variable.attributes)
    encoding = attributes.pop("_Encoding", None)
    fill = attributes.pop("_FillValue", False)
    created = file.createVariable(
        variable.name, variable.kind, variable.dimensions, fill_value=fill, **storage
    )
    created.set_auto_maskandscale(False)
    created.set_auto_chartostring(False)
    created.setncatts(attributes)
    if encoding is not None:
        created.setncattr("_Encoding", encoding)
    return created
