"""`behaviour.windage`: a share of the wind moves what is near the surface."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from fvdrift.fields import rows_of
from fvdrift.forcing import sign_of
from fvdrift.orders import Sample
from fvdrift.settings import RunFile
from fvdrift.tools.quantity import rounded_down
from fvdrift_kernels import behaviour_options

from .base import Asked, Behaviour, Between, Needed, Steps


@dataclass(frozen=True)
class Windage(Behaviour):
    """share: of the speed of the `wind` at the surface; depth: m, down to which it acts; wind: names, on
    elements."""

    option = "windage"
    costs = (("windage", 8.0),)

    share: float
    depth: float = 0.1
    wind: tuple[str, str] = ("uwind_speed", "vwind_speed")

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        return run_file.behaviour.windage > 0

    @classmethod
    def variables(cls, run_file: RunFile) -> Iterator[Needed]:
        yield from (Needed("behaviour.wind", name, "speed") for name in run_file.behaviour.wind)

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        if asked.kind == "2d":
            yield "behaviour.windage: acts at the surface, which a 2-D run doesn't have; set advection.dimension"
        held, reach = asked.run_file.advection.depth, asked.run_file.behaviour.windage_depth
        if held is not None and held >= reach:
            yield (
                f"behaviour.windage: moves what is less than {reach:g} m deep, and advection.depth holds all at {held:g} m: take "
                "it away, or set a larger behaviour.windage_depth"
            )

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        keys = asked.run_file.behaviour
        return cls(keys.windage, keys.windage_depth, keys.wind)

    @property
    def inputs(self) -> tuple[Sample, ...]:
        return tuple(Sample(name, "element", "none") for name in self.wind)

    def kernel_option(self, between: Between) -> behaviour_options.Windage:
        u, v = (
            [sign_of(name, between.direction) * rows_of(level, name)[0] for level in between.pair]
            for name in self.wind
        )
        return behaviour_options.Windage(self.share, self.depth, *u, *v)

    def summary(self) -> Iterator[str]:
        yield f"windage {100 * self.share:.3g} % by {', '.join(self.wind)}"

    def depths(self) -> Iterator[tuple[str, float, str]]:
        yield "behaviour.windage_depth", self.depth, "the wind moves all the water"

    def in_steps(self, steps: Steps) -> Iterator[str]:
        """Whether who sinks, rises or swims passes the depth of windage within a step: wind counts by where
        that begins."""
        way = steps.step * steps.fastest_up_or_down
        if way > self.depth:
            enough = rounded_down(self.depth / steps.fastest_up_or_down)
            yield (
                f"warning: behaviour.windage: in a step particles go up to {way:.3g} m up or down, and wind takes them down to "
                f"{self.depth:.3g} m, by where a step begins: they feel it for too long or too short; "
                f'time.step = "{enough}s" would do'
            )
