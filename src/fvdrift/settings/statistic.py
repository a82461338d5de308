"""A [[statistic]]: its kind, and which keys each kind has. Keys that go together are declared in modules of
their own; how the numbers are found is `fvdrift.statistics`' business."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Self

from pydantic import model_validator

from fvdrift.tools.duration import format_duration
from fvdrift.tools.quantity import shown

from . import key_types as kinds
from .statistic_cells import CellKeys
from .statistic_choice import ChoiceKeys
from .statistic_clouds import CloudKeys
from .statistic_mean import MeanKeys
from .statistic_names import names_that_meet
from .statistic_section import SectionKeys
from .statistic_shore import ShoreKeys
from .statistic_water import WaterKeys
from .statistic_zones import ZoneKeys
from .table import Table, key, off_the_grid, problems_at

_ZONES = (
    "polygons",
    "connectivity",
    "flushing",
    "section",
)  # who follow particles, and know where they have settled
_GRID = ("box", "cells", "period", "ages")


class Own(NamedTuple):
    """The keys that a kind has beside those that all have; wants: names of variables and carried columns that it
    looks at in any case."""

    allowed: tuple[str, ...]
    needed: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()


KINDS = {
    "density": Own(_GRID),
    "exposure": Own(_GRID),
    "concentration": Own(("box", "cells", "period", "layers", "threshold"), wants=("sigma", "dry")),
    "mean": Own(("box", "cells", "polygons", "period", "ages"), ("variable",)),
    "polygons": Own((), ("polygons",)),
    "connectivity": Own(("sources", "competency"), ("polygons",)),
    "flushing": Own(("polygons",)),
    "section": Own(("lines", "line", "period")),
    "cloud": Own(("apart",)),
    "ftle": Own(("after",), ("points",)),
    "shore": Own(("length", "polygons")),
}
_SOME = tuple(dict.fromkeys(name for own in KINDS.values() for name in (*own.needed, *own.allowed)))


class GeneralKeys(Table):
    """What is worked out, and when."""

    kind: Literal[
        "density",
        "exposure",
        "concentration",
        "mean",
        "polygons",
        "connectivity",
        "flushing",
        "section",
        "cloud",
        "ftle",
        "shore",
    ] = key(
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


# the last of them has the first keys
class Statistic(
    CloudKeys, MeanKeys, ShoreKeys, SectionKeys, ZoneKeys, WaterKeys, CellKeys, ChoiceKeys, GeneralKeys
):
    """A number or field over all particles, worked out while the run goes on: written to NAME.stats.nc."""

    @property
    def title(self) -> str:
        """What its variables begin with."""
        return self.name or self.kind

    @property
    def wants(self) -> dict[str, str]:
        """Names of variables and carried columns that it looks at, with the key that says so."""
        found = dict.fromkeys(KINDS[self.kind].wants, "kind") | self.looked_at
        if self.layers is not None and self.layers.by != "sigma":
            found["water_depth"] = "layers"
        if self.variable is not None:
            found[self.variable] = "variable"
        return found

    @property
    def foreign(self) -> set[str]:
        """Keys of other kinds."""
        return set(_SOME) - {*KINDS[self.kind].needed, *KINDS[self.kind].allowed}

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> Self:
        given = self.model_fields_set
        kind = f"kind = {shown(self.kind)}"
        found: list[tuple[tuple[str | int, ...], str]] = [
            ((name,), f"{kind} has no such key") for name in _SOME if name in given & self.foreign
        ]
        found += [
            ((name,), f"is missing: {kind} needs it") for name in KINDS[self.kind].needed if name not in given
        ]
        if "settled" in self.status and self.kind not in (*_ZONES, "density"):
            others = ", ".join(("density", *_ZONES))
            found.append((("status",), f"{kind} takes nobody who has settled: take {others}"))
        if "settled" in self.status and self.kind == "density":
            found += [
                ((name,), "goes without settled: who has settled is there to the end, of every age")
                for name in ("age", "ages")
                if getattr(self, name) is not None
            ]
        if self.age is not None and self.kind in ("flushing", "ftle"):
            found.append(
                (("age",), f"{kind} follows particles from their release on: it takes no range of ages")
            )
        if self.kind == "section" and ("lines" in given) == ("line" in given):
            found.append(((), 'kind = "section" takes either lines, a file of them, or line, its corners'))
        if self.kind == "concentration":
            found += [
                ((name,), f"{kind} is of all the water in a cell: say by layers in which part of it")
                for name in ("depth", "height", "sigma", "dry")
                if getattr(self, name) is not None
            ]
        if ("box" in given) != ("cells" in given):
            found.append(((), "box and cells go together: the box of a grid, and its columns and rows"))
        if self.length is not None and self.polygons is not None:
            found.append((("length",), "goes without polygons: either says what the segments are"))
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
        missed = f"the class from {first} to {last} is narrower than {whose}, {width}: particles pass it between sampling times"
        return [((number, "ages"), f"{missed}; take a shorter every, or wider classes")]
    said = {name: off_the_grid(getattr(block, name), every, whose) for name in ("period", "after")}
    return [((number, name), problem) for name, problem in said.items() if problem]


def _narrow_class(block: Statistic, every: int) -> tuple[int, int] | None:
    """A class of ages that a statistic which counts at looks alone may not see anybody in."""
    if block.kind not in ("density", "cloud", "concentration", "mean"):
        return None
    ages = block.ages or block.age or ()
    classes = zip(ages[:-1], ages[1:], strict=True)
    return next((edges for edges in classes if edges[1] - edges[0] < every), None)


def names_taken_twice(blocks: Sequence[Statistic]) -> list[tuple[tuple[str | int, ...], str]]:
    """Statistics whose variables would have the same names."""
    titles = [block.title for block in blocks]
    found: list[tuple[tuple[str | int, ...], str]] = [
        ((number, "name"), f"{shown(title)} is the name of another [[statistic]]: give each a name")
        for number, title in enumerate(titles)
        if title in titles[:number]
    ]
    found += [((number, "name"), why) for number, why in names_that_meet(titles)]
    return found
