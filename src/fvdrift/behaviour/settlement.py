"""`behaviour.settlement` and `behaviour.competency`: who is competent settles in polygons."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from fvdrift.errors import asked_by
from fvdrift.mesh import Polygons, WholeMesh, read_polygons, widths
from fvdrift.orders import BehaviourOrder
from fvdrift.settings import Competency, RunFile
from fvdrift.tools.duration import SECOND
from fvdrift.tools.quantity import rounded_down
from fvdrift_kernels import behaviour_options
from fvdrift_kernels.habitat import NOWHERE, Habitat

from .base import Asked, Behaviour, Between, Column, Late, Steps
from .life import Life

WAY = 0.5  # in a step, of what a habitat is wide: who goes farther may cross it within a step


@dataclass(frozen=True)
class Settlement(Behaviour):
    """polygons: where; competency: when; None: at any age."""

    option = "settlement"
    costs = (("settlement", 16.0),)

    polygons: Polygons
    competency: Competency | None = None

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        return run_file.behaviour.settlement is not None

    @classmethod
    def columns(cls, run_file: RunFile) -> Iterator[Column]:
        what = "number of the habitat that the particle has settled in, -1: none"
        yield Column("habitat", "1", what, -1.0, always=True)  # it is what particles are tracked for

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        return asked.only_forward(behaviour__settlement=asked.run_file.behaviour.settlement)

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        keys = asked.run_file.behaviour
        assert keys.settlement is not None
        with asked_by(f"{asked.run_file.path.name}: behaviour.settlement"):
            return cls(read_polygons(asked.run_file.resolve(keys.settlement), asked.to_run), keys.competency)

    def given(self, mesh: WholeMesh) -> tuple[Mapping[str, np.ndarray], Iterable[str]]:
        codes, off = self.polygons.codes(mesh)
        return {"habitat": codes}, (*self.polygons.notes, *off)

    def kernel_option(self, between: Between) -> behaviour_options.Settlement:
        habitat, when = Habitat(between.piece.given["habitat"], self.polygons.outlines), self.competency
        if when is None:
            return behaviour_options.Settlement(behaviour_options.ByAge(0.0, math.inf), habitat)
        kind = behaviour_options.ByAge if when.by == "age" else behaviour_options.ByDevelopment
        return behaviour_options.Settlement(kind(when.first, when.last), habitat)

    def summary(self) -> Iterator[str]:
        yield f"settling in {len(self.polygons.names)} habitat(s)"

    def late(self) -> Iterator[Late]:
        if self.competency is not None and self.competency.by == "age":
            first = round(self.competency.first * SECOND)
            yield Late("behaviour.competency", first, True, "nobody settles")

    def too_slow(self, order: BehaviourOrder, oldest: float) -> Iterator[str]:
        life, when = order.part(Life), self.competency
        if life is None or not isinstance(life.growth, float) or when is None or when.by != "development":
            return
        most = life.development + life.growth * oldest
        if most < when.first:
            yield (
                f"warning: behaviour.competency: a development of {when.first:g}, but nobody's is more than {most:.3g} "
                "at the end of the run: nobody settles"
            )

    def in_steps(self, steps: Steps) -> Iterator[str]:
        """Whether who crosses a habitat, with the flow and the walk, may do so within a step: then it does
        not settle there, as that is asked where steps end."""
        there = steps.mesh.given["habitat"] != NOWHERE
        speed, walked = (float(values[there].max(initial=0.0)) for values in (steps.speed, steps.walked))
        way, wide = speed * steps.step + walked, widths(self.polygons, steps.mesh.metric is not None)
        narrow = np.flatnonzero(way > WAY * wide)
        if len(narrow):
            least = int(narrow[np.argmin(wide[narrow])])
            # the walk goes by the root of the step: speed dt + 2 half sqrt(dt) is to be short
            half = walked / math.sqrt(steps.step) / 2.0
            short = WAY * float(wide[least])
            enough = rounded_down((short / (half + math.sqrt(half * half + speed * short))) ** 2)
            narrowest = f"{self.polygons.names[least]!r}: {wide[least]:.4g} m on average"
            yield (
                f"warning: behaviour.settlement: in a step particles go up to {way:.4g} m where habitats are (first frame), "
                f"and {len(narrow)} of {len(wide)} are so narrow ({narrowest}) that "
                f'some cross them within a step, and do not settle; time.step = "{enough}s" would do'
            )
