"""The keys of a [[statistic]], declared once. Not how its numbers are found (that is
`fvdrift.statistics`)."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import field_validator, model_validator

from fvdrift.tools.duration import format_duration
from fvdrift.tools.quantity import shown

from . import key_types as kinds
from .behaviour_values import Competency
from .table import Table, key, off_the_grid, problems_at

STATUSES = ("active", "stranded", "deposited")  # of particles that are there
# the keys that only some kinds have: those they must have, those they may have
_NEEDED = {"polygons": ("polygons",), "connectivity": ("polygons",), "ftle": ("points",)}
_ALLOWED = {
    "density": ("box", "cells", "period", "ages"),
    "exposure": ("box", "cells", "period", "ages"),
    "connectivity": ("sources", "competency"),
    "flushing": ("polygons",),
    "cloud": ("apart",),
    "ftle": ("after",),
}
_SOME = tuple(dict.fromkeys(name for keys in (*_NEEDED.values(), *_ALLOWED.values()) for name in keys))


class Statistic(Table):
    """A number or field over all particles, worked out while the run goes on: written to NAME.stats.nc."""

    kind: Literal["density", "exposure", "polygons", "connectivity", "flushing", "cloud", "ftle"] = key(
        "What is worked out (docs/statistics.md defines each number).", example='"density"', template="set"
    )
    name: kinds.OptionalName = key(
        "What its variables in NAME.stats.nc begin with.",
        None,
        example='"reefs"',
        when_absent="its kind",
        template="set",
    )
    every: kinds.OptionalDuration = key(
        "How often particles are looked at; a multiple of output.every.",
        None,
        example='"1h"',
        unit="s",
        when_absent="output.every",
    )
    status: kinds.Texts = key(
        "Which particles count, by their status: active, stranded, deposited.",
        STATUSES,
        example='["active", "stranded", "deposited"]',
    )
    releases: kinds.Texts = key(
        "Names of the releases whose particles count.", (), example='["farm"]', when_absent="all releases"
    )
    box: kinds.OptionalBox = key(
        "density, exposure: the box [x0, y0, x1, y1] of a grid, in the coordinates of the run; goes with cells.",
        None,
        example="[420000.0, 5544000.0, 422000.0, 5546000.0]",
        when_absent="the elements of the mesh",
    )
    cells: kinds.OptionalCells = key(
        "density, exposure: columns and rows of the grid.",
        None,
        example="[40, 40]",
        when_absent="the elements of the mesh",
    )
    period: kinds.OptionalDuration = key(
        "density, exposure: the looks of such a time are taken together; a multiple of every.",
        None,
        example='"6h"',
        unit="s",
        when_absent="density: each look for itself; exposure: the whole run",
    )
    ages: kinds.OptionalAges = key(
        "density, exposure: edges of classes of age; each class has its lower edge and not its upper.",
        None,
        example='["0h", "6h", "1d"]',
        unit="s",
        when_absent="all ages together",
    )
    polygons: kinds.OptionalText = key(
        "polygons, connectivity, flushing: GeoJSON file of the polygons; where several hold a point, the first of them counts.",
        None,
        example='"reefs.geojson"',
        when_absent="flushing: all the water",
    )
    sources: kinds.Text = key(
        'connectivity: what particles come from: "releases", or a GeoJSON file of the polygons they are released in.',
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
    apart: kinds.Flag = key("cloud: whether each release is a cloud of its own.", True, example="true")
    points: kinds.OptionalCells = key(
        "ftle: columns and rows of the release's particles: its first row of points first, along x.",
        None,
        example="[40, 20]",
        when_absent="must be given for ftle",
    )
    after: kinds.OptionalDuration = key(
        "ftle: the age at which the particles' places are taken; a multiple of every.",
        None,
        example='"15h"',
        unit="s",
        when_absent="their age at the last look",
    )

    @property
    def title(self) -> str:
        """What its variables begin with."""
        return self.name or self.kind

    @property
    def foreign(self) -> set[str]:
        """Keys of other kinds."""
        return set(_SOME) - {*_NEEDED.get(self.kind, ()), *_ALLOWED.get(self.kind, ())}

    @field_validator("status")
    @classmethod
    def _of_those_that_are_there(cls, status: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in status if name not in STATUSES]
        if wrong or not status:
            what = shown(wrong[0]) if wrong else "an empty list"
            raise ValueError(
                f"{what} is none of {', '.join(STATUSES)}: the others are gone, or not there yet"
            )
        return status

    @field_validator("competency")
    @classmethod
    def _ages_only(cls, competency: Competency) -> Competency:
        if competency.by != "age":
            raise ValueError('must be ages in quotes, such as ["10d", "20d"]')
        return competency

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> Self:
        given = self.model_fields_set
        kind = f"kind = {shown(self.kind)}"
        found: list[tuple[tuple[str | int, ...], str]] = [
            ((name,), f"{kind} has no such key") for name in _SOME if name in given & self.foreign
        ]
        found += [
            ((name,), f"is missing: {kind} needs it")
            for name in _NEEDED.get(self.kind, ())
            if name not in given
        ]
        if ("box" in given) != ("cells" in given):
            found.append(((), "box and cells go together: the box of a grid, and its columns and rows"))
        if self.points is not None and min(self.points) < 3:
            found.append(
                (
                    ("points",),
                    "must have at least 3 columns and 3 rows: there are no neighbours on both sides else",
                )
            )
        if found:
            raise problems_at(found)
        return self


def off_the_records(number: int, block: Statistic, records: int) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong with times of a [[statistic]], where records are made every so often (microseconds)."""
    every = block.every or records
    problem = off_the_grid(block.every, records, "output.every")
    if problem:
        return [((number, "every"), problem)]
    whose = "every" if block.every else "output.every"
    narrow = _narrow_class(block, every)
    if narrow is not None:
        first, last, width = map(format_duration, (*narrow, every))
        missed = f"the class from {first} to {last} is narrower than {whose}, {width}: particles pass it between looks"
        return [((number, "ages"), f"{missed}; look oftener, or take wider classes")]
    said = {name: off_the_grid(getattr(block, name), every, whose) for name in ("period", "after")}
    return [((number, name), problem) for name, problem in said.items() if problem]


def _narrow_class(block: Statistic, every: int) -> tuple[int, int] | None:
    """A class of ages that a density, which counts at looks alone, may not see anybody in."""
    if block.kind != "density" or block.ages is None:
        return None
    classes = zip(block.ages[:-1], block.ages[1:], strict=True)
    return next((edges for edges in classes if edges[1] - edges[0] < every), None)


def names_taken_twice(blocks: Sequence[Statistic]) -> list[tuple[tuple[str | int, ...], str]]:
    """Statistics whose variables would have the same names."""
    titles = [block.title for block in blocks]
    return [
        ((number, "name"), f"{shown(title)} is the name of another [[statistic]]: give each a name")
        for number, title in enumerate(titles)
        if title in titles[:number]
    ]
