"""Keys of the [[statistic]]s that follow particles through polygons. Which kinds have which is said in
`statistic`."""

from pydantic import field_validator

from . import key_types as kinds
from .behaviour_values import Competency
from .table import Table, key


class ZoneKeys(Table):
    """Which polygons, and what becomes of particles in them."""

    polygons: kinds.OptionalText = key(
        "polygons, connectivity, flushing, mean, shore: file of the polygons (GeoJSON, shapefile, GeoPackage); "
        "where several hold a point, the first of them counts.",
        None,
        example='"reefs.geojson"',
        when_absent="flushing: all the water; mean: cells; shore: segments are not named",
    )
    sources: kinds.Text = key(
        'connectivity: what particles come from: "releases", or a file of the polygons they are released in.',
        "releases",
        example='"releases"',
    )
    competency: kinds.OptionalCompetency = key(
        "connectivity: from which age particles arrive, or between which ages, both included.",
        None,
        example='["10d", "20d"]',
        unit="s",
        when_absent="at any age",
    )

    @field_validator("competency")
    @classmethod
    def _ages_only(cls, competency: Competency) -> Competency:
        if competency.by != "age":
            raise ValueError('must be ages in quotes, such as ["10d", "20d"]')
        return competency
