"""Keys of the [[statistic]]s about lines that particles cross. Which kinds have which is said in `statistic`."""

from . import key_types as kinds
from .table import Table, key


class SectionKeys(Table):
    """Which lines are crossed."""

    lines: kinds.OptionalText = key(
        "section: file of the lines (GeoJSON, shapefile, GeoPackage) that are crossed, each by its name.",
        None,
        example='"sections.geojson"',
        when_absent="line",
    )
    line: kinds.OptionalLine = key(
        "section: corners of the one line that is crossed, in the coordinates of the run.",
        None,
        example="[[420000.0, 5544000.0], [422000.0, 5546000.0]]",
        when_absent="lines",
    )
