"""Variables of a file of statistics and the coordinates they share, after CF-1.11 and UGRID-1.0. Not the
writing (`file`)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from fvdrift.mesh import WholeMesh
from fvdrift.output import time_attributes
from fvdrift.tools.netcdf.cf_crs import GRID_MAPPING, grid_mapping

from .context import Context

COORDINATES = {
    "x": {
        "standard_name": "projection_x_coordinate",
        "long_name": "x in the coordinates of the mesh",
        "units": "m",
    },
    "y": {
        "standard_name": "projection_y_coordinate",
        "long_name": "y in the coordinates of the mesh",
        "units": "m",
    },
    "lon": {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east"},
    "lat": {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north"},
}
_CALLED = {"x": "X", "lon": "X", "y": "Y", "lat": "Y"}


class FileVariable(NamedTuple):
    """A variable of the file: dimensions by name, values, attributes. Text is an array of str."""

    name: str
    dimensions: tuple[str, ...]
    values: np.ndarray
    attributes: Mapping[str, Any]


def axes(scene: Context) -> tuple[str, str]:
    """Names of the two coordinates of the run."""
    return ("lon", "lat") if scene.geographic else ("x", "y")


def time_coordinate(
    name: str, scene: Context, times: np.ndarray, bounds: np.ndarray | None = None
) -> Iterator[FileVariable]:
    """times: int64 (time,) microseconds of the run's clock; bounds: (time, 2)."""
    said: dict[str, Any] = time_attributes(scene.calendar)
    if bounds is not None:
        said["bounds"] = f"{name}_bounds"
        yield FileVariable(f"{name}_bounds", (name, "two"), scene.direction * bounds / 1e6, {})
    yield FileVariable(name, (name,), scene.direction * times / 1e6, said)


def grid_coordinate(name: str, axis: str, edges: np.ndarray) -> Iterator[FileVariable]:
    """Middles and bounds of cells between edges, float64 (cell + 1,)."""
    said = {**COORDINATES[axis], "axis": _CALLED[axis], "bounds": f"{name}_bounds"}
    yield FileVariable(name, (name,), 0.5 * (edges[:-1] + edges[1:]), said)
    yield FileVariable(f"{name}_bounds", (name, "two"), np.stack([edges[:-1], edges[1:]], axis=1), {})


def age_classes(name: str, edges: np.ndarray) -> Iterator[FileVariable]:
    """Classes of age, each with its lower edge; edges: s, (class + 1,)."""
    said = {
        "long_name": "age since release, lower edge of the class",
        "units": "s",
        "bounds": f"{name}_age_bounds",
    }
    yield FileVariable(f"{name}_age", (f"{name}_age",), edges[:-1], said)
    yield FileVariable(
        f"{name}_age_bounds", (f"{name}_age", "two"), np.stack([edges[:-1], edges[1:]], axis=1), {}
    )


def name_table(name: str, dimension: str, names: Sequence[str], long_name: str) -> FileVariable:
    """Names of what a dimension counts."""
    return FileVariable(name, (dimension,), np.array(names, np.str_), {"long_name": long_name})


def bound_flags(variable: FileVariable, bound: np.ndarray) -> Iterator[FileVariable]:
    """A variable, and which of its values, bool of the same shape, are lower bounds because something goes on
    at the end."""
    flags = f"{variable.name}_is_lower_bound"
    count = int(np.count_nonzero(bound))
    comment = (
        f"{count} of {bound.size} are lower bounds: there are particles inside at the end"
        if count
        else "none is a bound"
    )
    yield variable._replace(
        attributes={**variable.attributes, "ancillary_variables": flags, "comment": comment}
    )
    said: dict[str, Any] = {"long_name": "whether it is a lower bound", "flag_meanings": "exact lower_bound"}
    said["flag_values"] = np.array([0, 1], np.int8)
    shared = {key: text for key, text in variable.attributes.items() if key == "coordinates"}
    yield FileVariable(flags, variable.dimensions, bound.astype(bool), {**said, **shared})


def with_system(scene: Context, variables: Sequence[FileVariable]) -> Iterator[FileVariable]:
    """All of a file, with the system of their coordinates as CF's grid mapping where that is known: `crs`, and on every
    variable that lies on horizontal coordinates the simple form of `grid_mapping`."""
    system = grid_mapping(scene.geographic, scene.projection)
    if system is None:
        yield from variables
        return
    yield FileVariable(GRID_MAPPING, (), np.array(0, np.int32), system)
    standard = {its["standard_name"] for its in COORDINATES.values()}
    places = {each.name for each in variables if each.attributes.get("standard_name") in standard}
    for each in variables:
        named = {*each.dimensions, *str(each.attributes.get("coordinates", "")).split()}
        placed = named & places and each.name not in places and not each.name.endswith("_bounds")
        more = {"grid_mapping": GRID_MAPPING} if placed else {}
        yield each._replace(attributes={**each.attributes, **more})


def topology(mesh: WholeMesh, scene: Context) -> Iterator[FileVariable]:
    """The mesh as UGRID-1.0 has it, elements in the order of the forcing's files, without nodes that no
    element uses."""
    x, y = axes(scene)
    said: dict[str, Any] = {
        "cf_role": "mesh_topology",
        "long_name": "mesh of the forcing",
        "topology_dimension": np.int32(2),
        "node_coordinates": f"mesh_node_{x} mesh_node_{y}",
        "face_coordinates": f"mesh_face_{x} mesh_face_{y}",
        "face_node_connectivity": "mesh_face_nodes",
        "face_dimension": "mesh_face",
    }
    elements, nodes = np.argsort(mesh.file_element), np.argsort(mesh.file_node)
    place = np.empty(len(nodes), np.int32)
    place[nodes] = np.arange(len(nodes))
    corners = place[mesh.corners[elements]]
    yield FileVariable("mesh", (), np.array(0, np.int32), said)
    said = {"cf_role": "face_node_connectivity", "long_name": "nodes of the elements, counter-clockwise"}
    said |= {"start_index": np.int32(0)}
    yield FileVariable("mesh_face_nodes", ("mesh_face", "mesh_corner"), corners, said)
    for axis, values in ((x, mesh.x), (y, mesh.y)):
        yield FileVariable(f"mesh_node_{axis}", ("mesh_node",), values[nodes], COORDINATES[axis])
        yield FileVariable(
            f"mesh_face_{axis}", ("mesh_face",), values[nodes][corners].mean(axis=1), COORDINATES[axis]
        )
