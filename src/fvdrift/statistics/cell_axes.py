"""The coordinates of numbers by period and cell: times, grids and their areas. Not the numbers."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from fvdrift.orders import Looks

from .context import Context
from .places import Boxes, Elements, element_areas
from .variables import COORDINATES, FileVariable, axes, grid_coordinate, time_coordinate


class CellAxes(NamedTuple):
    """dimensions: of the cells, with their lengths, shape; areas: m2; variables: coordinates; order: in which cells
    stand in the file, of those as they are numbered; located: attributes of what is given on them."""

    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    areas: np.ndarray
    variables: list[FileVariable]
    order: np.ndarray | slice
    located: dict[str, Any]

    def in_file(self, values: np.ndarray) -> np.ndarray:
        """(..., cell) as the file has it, (..., *shape)."""
        values = values[..., self.order]
        return values.reshape(*values.shape[:-1], *self.shape)


def cell_axes(name: str, scene: Context, cells: Boxes | Elements) -> CellAxes:
    """Of a grid, or of the elements in the order of the forcing's files."""
    if isinstance(cells, Elements):
        order = np.argsort(scene.mesh().file_element)
        areas = element_areas(scene.mesh())[order]
        faces = " ".join(f"mesh_face_{axis}" for axis in axes(scene))
        located = {"mesh": "mesh", "location": "face", "coordinates": faces}
        return CellAxes(("mesh_face",), (cells.cells,), areas, [], order, located)
    names = tuple(f"{name}_{axis}" for axis in reversed(axes(scene)))
    coordinates = [
        found
        for its, axis, edges in zip(names, reversed(axes(scene)), reversed(cells.edges), strict=True)
        for found in grid_coordinate(its, axis, edges)
    ]
    areas = cells.areas()
    said = {"long_name": "area of the cell", "standard_name": "cell_area", "units": "m2"}
    places = [*_places(name, names, scene, cells)]
    located = {"coordinates": " ".join(each.name for each in places)} if places else {}
    area = FileVariable(f"{name}_cell_area", names, areas, said | located)
    return CellAxes(names, areas.shape, areas, [*coordinates, *places, area], slice(None), located)


def _places(name: str, dimensions: tuple[str, ...], scene: Context, cells: Boxes) -> Iterator[FileVariable]:
    """Longitude and latitude of the middles of projected cells, where their system is known: for tools that place
    nothing else, such as ncview and Panoply."""
    if scene.in_degrees is None:
        return
    x, y = (0.5 * (edges[:-1] + edges[1:]) for edges in cells.edges)
    for axis, values in zip(("lon", "lat"), scene.in_degrees(*np.meshgrid(x, y)), strict=True):
        said = {
            **COORDINATES[axis],
            "long_name": f"{COORDINATES[axis]['long_name']} of the middle of the cell",
        }
        yield FileVariable(f"{name}_{axis}", dimensions, np.where(np.isfinite(values), values, np.nan), said)


def looks_of_periods(looked: int, together: int) -> np.ndarray:
    """Looks in each period, int64 (period,), of so many that were taken."""
    full, rest = divmod(looked, together)
    return np.array([together] * full + [rest] * (rest > 0), np.int64)


def period_times(
    name: str, scene: Context, looks: Looks, looks_of: np.ndarray, *, bounded: bool, onward: bool
) -> Iterator[FileVariable]:
    """The first look of each period, and where they are bounded that and the last; onward: to the first of the next,
    if there is one."""
    ends = np.cumsum(looks_of)
    looked = int(looks_of.sum())
    first = np.array(
        [looks.time(int(end - count)) for end, count in zip(ends, looks_of, strict=True)], np.int64
    )
    behind = ends - 1 if not onward else np.minimum(ends, looked - 1)
    last = np.array([looks.time(int(look)) for look in behind], np.int64)
    yield from time_coordinate(name, scene, first, np.stack([first, last], axis=-1) if bounded else None)
