"""The keys of a [[release]], declared once. Not the particles it makes (that is `fvdrift.release`)."""

from collections.abc import Iterator, Set
from itertools import chain
from typing import Literal, Self

from pydantic import ValidationInfo, field_validator, model_validator

from . import key_types as kinds
from .depths import Depth
from .instants import Instant
from .places import MOST_LONGITUDE
from .table import Table, check_order, key, problems_at

AMOUNTS = ("mass", "number", "rate")
GEOMETRIES = ("point", "box", "polygon", "line", "file")


class Release(Table):
    """Where, when and how many particles start; one block for each source. Give one shape: point to file."""

    name: kinds.OptionalText = key(
        "Name of the release in the tracks; no other may have it.",
        None,
        example='"river"',
        when_absent="its number",
        template="set",
    )
    count: kinds.Count = key(
        "Particles at each release time; with a file of each of its points or features for which it does not say.",
        1,
        example="1000",
        template="set",
    )
    point: kinds.OptionalPoint = key(
        "All at one point [x, y], or within radius of it.",
        None,
        example="[421000.0, 5545000.0]",
        template="set",
    )
    box: kinds.OptionalBox = key(
        "Evenly spread over a box [x0, y0, x1, y1].",
        None,
        example="[420000.0, 5544000.0, 422000.0, 5546000.0]",
    )
    polygon: kinds.OptionalPolygon = key(
        "Evenly spread over a polygon; its land part is left out.",
        None,
        example="[[420000.0, 5544000.0], [422000.0, 5544000.0], [421000.0, 5546000.0]]",
    )
    line: kinds.OptionalLine = key(
        "Evenly spread along a line.", None, example="[[420000.0, 5544000.0], [422000.0, 5546000.0]]"
    )
    file: kinds.OptionalText = key(
        "Points from a .csv, areas from a .geojson, .shp or .gpkg, or the last positions of a tracks .nc file.",
        None,
        example='"sites.csv"',
    )
    radius: kinds.Length = key(
        "Radius of the disc round point that particles are spread over.", 0.0, example='"200m"', unit="m"
    )
    coordinates: Literal["geographic", "projected"] | None = key(
        "What the shape is given in: lon and lat in degrees, or x and y in metres.",
        None,
        example='"projected"',
        when_absent="those of the run",
    )
    depth: kinds.DepthRange = key(
        'Depth of the start: "uniform" over the column, "surface", "bottom", metres below the moving surface, '
        "or a range of them.",
        Depth("uniform"),
        example='"uniform"',
        unit="m",
    )
    sigma: kinds.OptionalSigma = key(
        "Instead of depth: height of the start in the column, 0 at the surface to -1 at the bed.",
        None,
        example="-0.3",
        when_absent="as depth says",
    )
    mass: kinds.OptionalMass = key(
        "Mass that starts at each release time, shared evenly by its particles; particles carry it, and tracks record it.",
        None,
        example='"2 kg"',
        unit="kg",
        when_absent="particles have no mass",
    )
    number: kinds.OptionalNumber = key(
        "Instead of mass: how many (larvae, bacteria, pieces) start at each release time, shared evenly by its particles.",
        None,
        example="1e6",
        when_absent="particles stand for no number",
    )
    rate: kinds.OptionalAmountRate = key(
        "Instead of mass or number, with every: what starts in time. Each release time stands for the time up to the next, the "
        "last one up to until. A value, or a .csv file with the columns time and rate, its unit in brackets: rate (kg/h).",
        None,
        example='"0.5 kg/h"',
        unit="kg/s, 1/s",
        when_absent="as mass or number say",
    )
    spread: Literal["area", "volume"] = key(
        'How particles fill a box, a polygon or the areas of a file: "area", evenly over the map, or "volume", evenly over the '
        "still water below it.",
        "area",
        example='"area"',
    )
    start: kinds.OptionalInstant = key(
        "First release time.",
        None,
        example="2020-05-01T00:00:00Z",
        when_absent="where the run begins; with every the earliest time of the run, also of a backward one",
    )
    every: kinds.OptionalDuration = key(
        "Time from one release to the next.",
        None,
        example='"1h"',
        unit="s",
        when_absent="one release only",
        template="basic",
    )
    until: kinds.OptionalInstant = key(
        "Last time to release at.",
        None,
        example="2020-05-01T12:00:00Z",
        when_absent="the latest time of the run",
    )
    allow_outside: kinds.Flag = key(
        "Keep points on land as particles that never start, instead of refusing them.", False, example="false"
    )
    outside_time: Literal["refuse", "skip"] | None = key(
        "Rows of a CSV file whose time lies outside the run: they are refused, or left out, which the start of the run tells.",
        None,
        example='"skip"',
        when_absent='"refuse"',
    )

    wet: kinds.Flag = key(
        "Start only in elements that are wet at the time of the release; else those on dry sand wait for the water.",
        False,
        example="true",
    )

    @classmethod
    def conflicts(cls, given: Set[str]) -> Iterator[str]:
        shapes = [shape for shape in GEOMETRIES if shape in given]
        if not shapes:
            yield "where? give one of point, box, polygon, line or file"
        if len(shapes) > 1:
            yield f"{', '.join(shapes)} are all given: keep one, or write a [[release]] for each"
        if "radius" in given and not given & {"point", "file"}:
            yield "radius goes with point, or with a file of points"
        if "outside_time" in given and "file" not in given:
            yield "outside_time is for a file of points, whose rows have times"
        if {"depth", "sigma"} <= given:
            yield "depth and sigma are both given: take one away"
        amounts = [name for name in AMOUNTS if name in given]
        if len(amounts) > 1:
            yield f"{' and '.join(amounts)} are given: keep one of them"
        if "rate" in given and "every" not in given:
            yield "rate needs every, the time from one release to the next"
        if "until" in given and "every" not in given:
            yield "until needs every, the time from one release to the next"

    @field_validator("until")
    @classmethod
    def _until_not_before_start(cls, until: Instant, info: ValidationInfo) -> Instant:
        check_order("until", until, info.data.get("start"), may_equal=True)
        return until

    @field_validator("coordinates")
    @classmethod
    def _degrees(cls, coordinates: str | None, info: ValidationInfo) -> str | None:
        if coordinates == "geographic":
            for shape in ("point", "polygon", "line", "box"):
                points = info.data.get(shape) or ()
                numbers = list(chain.from_iterable(points)) if shape in ("polygon", "line") else list(points)
                if any(abs(lon) > MOST_LONGITUDE for lon in numbers[0::2]) or any(
                    abs(lat) > 90 for lat in numbers[1::2]
                ):
                    raise ValueError(
                        f"the {shape} is not in degrees of longitude and latitude, in this order"
                    )
        return coordinates

    @model_validator(mode="after")
    def _sigma_is_a_depth(self) -> Self:
        if self.sigma is not None:
            self.__dict__["depth"] = Depth("sigma", self.sigma, self.sigma)
        return self

    @model_validator(mode="after")
    def _volume_of_an_area(self) -> Self:
        if self.spread == "area":
            return self
        given = next((shape for shape in ("point", "line") if getattr(self, shape) is not None), None)
        if given is not None:
            why = f'"volume" is for boxes, polygons and the areas of a file, not for a {given}'
            raise problems_at([(("spread",), why)])
        if self.depth.kind != "uniform":
            where = "sigma" if self.depth.kind == "sigma" else "depth"
            why = f'"volume" fills the whole column: take {where} away, or spread evenly by "area"'
            raise problems_at([(("spread",), why)])
        return self
