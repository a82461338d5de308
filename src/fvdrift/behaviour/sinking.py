"""`behaviour.settling`: sinking or rising through the water."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from fvdrift.settings import RunFile, Settling
from fvdrift_kernels import behaviour_options
from fvdrift_kernels.life import draw_settling_speeds

from .base import Asked, Behaviour, Between, Column, Steps

OTHER_WAY = 0.01  # of the particles may rise where they are to sink


@dataclass(frozen=True)
class Sinking(Behaviour):
    """At one speed, or each particle at its own."""

    option = "rise"
    costs = (("settling, constant", 7.0), ("settling, spread", 6.0))

    speeds: Settling

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        return not run_file.behaviour.settling.off

    @classmethod
    def columns(cls, run_file: RunFile) -> Iterator[Column]:
        if run_file.behaviour.settling.kind != "constant":
            yield Column("settling_speed", "m s-1", "speed of sinking through the water", 0.0)

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        return asked.only_in_3d("behaviour.settling")

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        return cls(asked.run_file.behaviour.settling)

    @property
    def _alike(self) -> bool:
        return self.speeds.kind == "constant"

    @property
    def fastest_up_or_down(self) -> float:
        grain = self.speeds.kind == "grain"  # signed roots
        return max(abs(speed) ** (2 if grain else 1) for speed in (self.speeds.first, self.speeds.second))

    def begin(self, particles: np.ndarray, seed: int) -> None:
        kind, first, second, _ = self.speeds
        if not self._alike:
            draw_settling_speeds(particles, seed, kind == "normal", kind == "grain", first, second)

    def kernel_option(self, between: Between) -> behaviour_options.Rise | behaviour_options.OwnRise:
        if self._alike:
            return behaviour_options.Rise(-between.direction * self.speeds.first)
        return behaviour_options.OwnRise(-float(between.direction))

    def summary(self) -> Iterator[str]:
        speed = self.speeds.first
        way = "sinking" if speed > 0 else "rising"
        yield (
            f"{way} at {abs(speed) * 1e3:.4g} mm/s"
            if self._alike
            else "each sinking or rising at its own speed"
        )

    def cost(self) -> str:
        return "settling, constant" if self._alike else "settling, spread"

    def in_steps(self, steps: Steps) -> Iterator[str]:
        """What a normal spread of speeds means: some have the other sign, by Phi(-mean / deviation)."""
        if self.speeds.kind != "normal":
            return
        mean, deviation = self.speeds.first, self.speeds.second
        share = 0.5 * math.erfc(abs(mean) / deviation / math.sqrt(2.0))
        those, others = ("sink", "rise") if mean >= 0 else ("rise", "sink")
        normal = f"speeds are normal about {abs(mean) * 1e3:.4g} mm/s, deviation {deviation * 1e3:.4g}"
        said = f"{normal}: {100 * share:.2g} % {others}"
        if mean != 0 and share > OTHER_WAY:
            cure = f"if all are to {those}, give two speeds between which they are spread evenly"
            said = f"warning: behaviour.settling: {said}; {cure}"
        yield said
