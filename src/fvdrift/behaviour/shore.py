"""`boundary.refloat`: what is stranded gets afloat again."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from fvdrift.settings import RunFile
from fvdrift.tools.duration import SECOND
from fvdrift.tools.quantity import rounded_down
from fvdrift_kernels import behaviour_options
from fvdrift_kernels.state import STRANDED

from .base import Asked, Behaviour, Between, Late, Steps

AFLOAT = 0.05  # of those that lie ashore may be counted afloat, as they go back there within a step


@dataclass(frozen=True)
class Shore(Behaviour):
    """half_life: s, on the shore."""

    option = "shore"
    costs = (("coast = strand, refloat", 9.0),)

    half_life: float

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        return run_file.boundary.refloat is not None

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        return asked.only_forward(boundary__refloat=asked.run_file.boundary.refloat)

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        refloat = asked.run_file.boundary.refloat
        assert refloat is not None
        return cls(refloat / SECOND)

    @property
    def wakes(self) -> tuple[int, ...]:
        return (STRANDED,)

    def kernel_option(self, between: Between) -> behaviour_options.Refloating:
        return behaviour_options.Refloating(math.log(2.0) / self.half_life)

    def summary(self) -> Iterator[str]:
        yield f"half of the stranded afloat again after {self.half_life / 3600:.4g} h"

    def late(self) -> Iterator[Late]:
        afloat = "less than half of the stranded get afloat again"
        yield Late("boundary.refloat", round(self.half_life * SECOND), False, afloat)

    def in_steps(self, steps: Steps) -> Iterator[str]:
        """Who gets afloat is so for a step at least: where the flow goes ashore a share of p / (1 + p) is
        afloat then, p being the chance to get afloat in a step; in the limit of short steps it is 0."""
        chance = -math.expm1(-math.log(2.0) * steps.step / self.half_life)
        share = chance / (1.0 + chance)
        if share > AFLOAT:
            enough = -self.half_life * math.log2(1.0 - AFLOAT / (1.0 - AFLOAT))
            yield (
                f"warning: boundary.refloat: a step is {steps.step / self.half_life:.2g} of the half-life: where the flow goes "
                f"ashore {share:.0%} of those that would lie there are afloat, each for a step at least; "
                f'time.step = "{rounded_down(enough)}s" makes it {AFLOAT:.0%}'
            )
