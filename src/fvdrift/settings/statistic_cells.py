"""Keys of the [[statistic]]s that count in cells, by time and age. Which kinds have which is said in `statistic`."""

from . import key_types as kinds
from .table import Table, key


class CellKeys(Table):
    """Where the cells are, and what is taken together."""

    box: kinds.OptionalBox = key(
        "density, exposure, concentration, mean: the box [x0, y0, x1, y1] of a grid, in coordinates of the run; goes with cells.",
        None,
        example="[420000.0, 5544000.0, 422000.0, 5546000.0]",
        when_absent="the elements of the mesh",
    )
    cells: kinds.OptionalCells = key(
        "density, exposure, concentration, mean: columns and rows of the grid.",
        None,
        example="[40, 40]",
        when_absent="the elements of the mesh",
    )
    period: kinds.OptionalDuration = key(
        "density, exposure, concentration, mean, section: the sampling times within it are taken together; a multiple of every.",
        None,
        example='"6h"',
        unit="s",
        when_absent="exposure, mean: the whole run; else each sampling time for itself",
    )
    ages: kinds.OptionalAges = key(
        "density, exposure, mean: edges of classes of age; each class has its lower edge and not its upper.",
        None,
        example='["0h", "6h", "1d"]',
        unit="s",
        when_absent="all ages together",
    )
