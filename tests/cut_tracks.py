"""A plain file of tracks, cut into several with NAME.nc over them, as a large run leaves them."""

import netCDF4
import numpy as np

from fvdrift.output.split_files import split_attributes, split_paths, write_virtual_tracks
from fvdrift.tools.netcdf.classic_header import Variable
from fvdrift.tools.netcdf.new_variable import create_variable

RUN = "the id of a run"


def raw(path):
    file = netCDF4.Dataset(path)
    file.set_auto_maskandscale(False)
    file.set_auto_chartostring(False)
    return file


def variables_of(file):
    return [
        Variable(v.name, v.dtype.str[1:], v.dimensions, {name: v.getncattr(name) for name in v.ncattrs()})
        for v in file.variables.values()
    ]


def cut(plain, path, counts, run=RUN):
    """counts: trajectories of each file. Returns the files."""
    files, firsts = split_paths(path, run, len(counts)), np.cumsum([0, *counts])
    files[0].parent.mkdir(parents=True, exist_ok=True)
    with raw(plain) as whole:
        attributes = {name: whole.getncattr(name) for name in whole.ncattrs()}
        dimensions = {name: dimension.size for name, dimension in whole.dimensions.items()}
        assert firsts[-1] == dimensions["trajectory"]
        variables = variables_of(whole)
        tables = {v.name: whole[v.name][...] for v in variables if "trajectory" not in v.dimensions}
        for number, (file, first, count) in enumerate(zip(files, firsts, counts, strict=False)):
            with netCDF4.Dataset(file, "w") as made:
                made.setncatts(attributes | split_attributes(run, number, len(counts), int(first)))
                for name, length in dimensions.items():
                    made.createDimension(name, count if name == "trajectory" else length)
                for variable in variables:
                    mine = slice(first, first + count) if "trajectory" in variable.dimensions[:1] else ...
                    chunk = whole[variable.name].chunking()
                    stored = (
                        {}
                        if chunk == "contiguous"
                        else {"zlib": True, "chunksizes": (min(chunk[0], count), chunk[1])}
                    )
                    create_variable(made, variable, **stored)[:] = whole[variable.name][mine]
        write_virtual_tracks(path, path, run, counts, dimensions, variables, attributes, tables)
    return files
