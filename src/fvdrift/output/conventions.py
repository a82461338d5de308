"""Names, units and attributes of everything in a file of tracks, after CF-1.11. Not the writing (that is
`tracks`)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import TrackCoordinates
from fvdrift.tools.netcdf.cf_crs import DEGREES, GRID_MAPPING
from fvdrift.tools.netcdf.classic_header import Attribute, Variable
from fvdrift.tools.particle_arrays import STATUS_NAMES
from fvdrift.tools.quantity import shown
from fvdrift.version import __version__

from .discovery import VOCABULARY

EPOCH = "seconds since 1970-01-01T00:00:00Z"
FILE_ATTRIBUTES = {
    "Conventions": "CF-1.11, ACDD-1.3",
    "featureType": "trajectory",
    "cdm_data_type": "Trajectory",
    "standard_name_vocabulary": VOCABULARY,
}
# CF wants a title and a history; neither may differ between equal runs
DEFAULT_ATTRIBUTES = {"title": "Particle tracks", "history": f"written by fvdrift {__version__}"}


class OutputVariable(NamedTuple):
    """A variable sampled along the tracks; standard_name "" where CF has none; kind: "f4", or "f8" where it is kept
    exactly."""

    name: str
    units: str
    long_name: str
    standard_name: str = ""
    kind: str = "f4"


# FVCOM's own attributes vary from build to build and are often wrong: units, standard name
_KNOWN = {
    "temp": ("degC", "sea_water_temperature"),
    "salinity": ("1", "sea_water_practical_salinity"),
    "zeta": ("m", "sea_surface_height_above_geopotential_datum"),
    "h": ("m", "sea_floor_depth_below_geopotential_datum"),
    "ww": ("m s-1", "upward_sea_water_velocity"),
    "omega": ("m s-1", ""),
    "kh": ("m2 s-1", "ocean_vertical_tracer_diffusivity"),
    "km": ("m2 s-1", "ocean_vertical_momentum_diffusivity"),
    "viscofh": ("m2 s-1", ""),
}
# long name, standard name in geographic and in projected runs
_FLOW = {
    "u": ("velocity towards east, or along x", "eastward_sea_water_velocity", "sea_water_x_velocity"),
    "v": ("velocity towards north, or along y", "northward_sea_water_velocity", "sea_water_y_velocity"),
    "ua": (
        "depth mean of the velocity towards east, or along x",
        "barotropic_eastward_sea_water_velocity",
        "",
    ),
    "va": (
        "depth mean of the velocity towards north, or along y",
        "barotropic_northward_sea_water_velocity",
        "",
    ),
}


def output_variable(name: str, units: str, long_name: str, geographic: bool) -> OutputVariable:
    """The OutputVariable for a variable of the forcing: names and units of FVCOM's own ones are put right."""
    if name in _FLOW:
        described, towards, along = _FLOW[name]
        return OutputVariable(name, "m s-1", described, towards if geographic else along)
    units, standard = _KNOWN.get(name, (units, ""))
    return OutputVariable(name, units, long_name or name, standard)


# names that no sampled variable may have
_TAKEN = (
    "x",
    "y",
    "lon",
    "lat",
    "time",
    "trajectory",
    "release",
    "release_time",
    "release_name",
    "rows_written",
    GRID_MAPPING,
)


def columns(coordinates: TrackCoordinates, variables: Sequence[OutputVariable]) -> list[Variable]:
    """The variables of one row, in the order of the file. Raises RunFileError for a sampled one with a name
    of ours."""
    degrees = in_degrees(coordinates)
    where = ("lon lat" if degrees else "x y") + " z"
    located = {"coordinates": f"time {where}"} | ({"grid_mapping": GRID_MAPPING} if degrees else {})
    described = _own_columns(coordinates, degrees)
    taken = {*described, *_TAKEN}
    for variable in variables:
        if variable.name in taken:
            raise RunFileError(f"output.variables: {shown(variable.name)} is in all tracks: leave it out")
        taken.add(variable.name)
        described[variable.name] = variable.kind, _sampled(variable)
    aside = {"lon", "lat", "z", *(() if degrees else ("x", "y"))}
    return [
        Variable(
            name,
            kind,
            ("trajectory", "obs"),
            ({"_FillValue": np.dtype(kind).type(np.nan)} if kind[0] == "f" else {})
            | attributes
            | ({} if name in aside else located),
        )
        for name, (kind, attributes) in described.items()
    ]


def in_degrees(coordinates: TrackCoordinates) -> bool:
    """Whether tracks have lon and lat: then `coordinates` of their variables names those, and `crs` is of them."""
    return coordinates.geographic or coordinates.to_lonlat is not None


def row_bytes(coordinates: TrackCoordinates, variables: Sequence[OutputVariable]) -> int:
    """Bytes of one particle in one row. Raises RunFileError, as `columns`."""
    return sum(np.dtype(column.kind).itemsize for column in columns(coordinates, variables))


def _own_columns(coordinates: TrackCoordinates, degrees: bool) -> dict[str, tuple[str, dict[str, Attribute]]]:
    """Type and attributes of the columns that all tracks have, in the order of the file. degrees: whether they
    have lon and lat."""
    described: dict[str, tuple[str, dict[str, Attribute]]] = {}
    if not coordinates.geographic:
        for axis in ("x", "y"):
            attributes: dict[str, Attribute] = {
                "standard_name": f"projection_{axis}_coordinate",
                "long_name": f"{axis} of the particle in the coordinates of the mesh",
                "units": "m",
            }
            if coordinates.system:
                attributes["comment"] = f"in {coordinates.system}"
            described[axis] = "f8", attributes | ({} if degrees else {"axis": axis.upper()})
    if degrees:
        for name, standard, units, axis in (
            ("lon", "longitude", "degrees_east", "X"),
            ("lat", "latitude", "degrees_north", "Y"),
        ):
            described[name] = (
                "f8",
                {"standard_name": standard, "long_name": standard, "units": units, "axis": axis},
            )
    described["z"] = (
        "f8",
        {
            "standard_name": "height_above_geopotential_datum",
            "long_name": "height above the zero level of the model",
            "units": "m",
            "positive": "up",
            "axis": "Z",
        },
    )
    described["sigma"] = (
        "f8",
        {
            "long_name": "place in the water column: 0 at the surface, -1 at the bed",
            "units": "1",
        },
    )
    described["status"] = "i1", _flags("fate of the particle", STATUS_NAMES)
    described["dry"] = "i1", _flags("whether the particle is held because its element is dry", ("wet", "dry"))
    return described


def _sampled(variable: OutputVariable) -> dict[str, Attribute]:
    texts = {
        "standard_name": variable.standard_name,
        "long_name": variable.long_name,
        "units": variable.units,
    }
    attributes: dict[str, Attribute] = {key: text for key, text in texts.items() if text}
    if variable.standard_name == "sea_water_temperature":
        attributes["units_metadata"] = "temperature: on_scale"
    return attributes


def _flags(long_name: str, meanings: Sequence[str]) -> dict[str, Attribute]:
    return {
        "long_name": long_name,
        "flag_values": np.arange(len(meanings), dtype=np.int8),
        "flag_meanings": " ".join(meanings),
    }


def time_attributes(calendar: bool) -> dict[str, Attribute]:
    """Of `time`: seconds since 1970, or plain seconds where the forcing has no calendar."""
    if not calendar:
        # not "seconds": xarray would make time spans of them
        return {"long_name": "time on the clock of the forcing, which has no calendar", "units": "s"}
    return {
        "standard_name": "time",
        "long_name": "time",
        "units": EPOCH,
        "calendar": "standard",
        "units_metadata": "leap_seconds: none",
        "axis": "T",
    }


def fixed_variables(coordinates: TrackCoordinates, calendar: bool) -> list[Variable]:
    """Variables of the trajectories as a whole, the table of release names, and the system of coordinates."""
    stamp = {
        name: text for name, text in time_attributes(calendar).items() if name not in ("long_name", "axis")
    }
    # first, as a virtual file keeps the order of its attributes only then (`write_virtual`)
    system = [Variable(GRID_MAPPING, "i4", (), DEGREES)] if in_degrees(coordinates) else []
    return [
        *system,
        Variable(
            "trajectory",
            "i8",
            ("trajectory",),
            {"cf_role": "trajectory_id", "long_name": "number of the particle, in the order of release"},
        ),
        Variable(
            "release_time",
            "f8",
            ("trajectory",),
            {"long_name": "time at which the particle is released", **stamp},
        ),
        Variable(
            "release",
            "i4",
            ("trajectory",),
            {"long_name": "which release the particle comes from: index into release_name"},
        ),
        Variable(
            "release_name",
            "S1",
            ("release_index", "name_length"),
            {"long_name": "names of the releases", "_Encoding": "utf-8"},
        ),
    ]


def file_attributes(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """Global attributes: the conventions, a title and a history always, and those given that are not
    empty."""
    given = {key: value for key, value in attributes.items() if value != ""}
    return FILE_ATTRIBUTES | DEFAULT_ATTRIBUTES | given
