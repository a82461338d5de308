"""`behaviour.leeway`: the wind moves an object that is searched for, by what was measured of its class."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from fvdrift.fields import rows_of
from fvdrift.forcing import sign_of
from fvdrift.orders import Sample
from fvdrift.settings import Leeway as Lines
from fvdrift.settings import RunFile
from fvdrift_kernels import behaviour_options
from fvdrift_kernels.leeway import draw_first_jibes, draw_leeways

from .base import Asked, Behaviour, Between, Column, Needed, Steps

DEEPEST = 1.0  # m: leeway was measured against the water in the uppermost metre
_SIDES = {"both": 0, "right": 1, "left": -1}


@dataclass(frozen=True)
class Leeway(Behaviour):
    """lines: downwind and crosswind; wind: names, on elements; waves: whether the run has their drift too."""

    option = "leeway"
    costs = (("leeway", 45.0),)

    lines: Lines
    wind: tuple[str, str] = ("uwind_speed", "vwind_speed")
    waves: bool = False

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        return run_file.behaviour.leeway is not None

    @classmethod
    def columns(cls, run_file: RunFile) -> Iterator[Column]:
        lines = run_file.behaviour.leeway
        assert lines is not None
        yield Column("leeway_downwind", "1", "deviation from the downwind leeway of its class in sd", 0.0)
        yield Column("leeway_crosswind", "1", "deviation from the crosswind leeway of its class in sd", 0.0)
        yield Column("leeway_side", "1", "side of the wind, 1 right, -1 left", 1.0)
        if lines.jibing > 0:
            yield Column("jibes", "1", "jibes since release", 0.0)
            yield Column("next_jibe", "s", "age at the next jibe", 0.0)

    @classmethod
    def variables(cls, run_file: RunFile) -> Iterator[Needed]:
        yield from (Needed("behaviour.wind", name, "speed") for name in run_file.behaviour.wind)

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        if asked.run_file.behaviour.windage > 0:
            yield "behaviour.leeway: is the push of the wind, as is behaviour.windage: keep one of them"
        depth = asked.run_file.advection.dimension.depth
        if asked.kind not in ("surface", "depth") or depth > DEEPEST:
            yield (
                'behaviour.leeway: is of what floats: set advection.dimension = "surface", or a held advection.depth of at most '
                f"{DEEPEST:g} m"
            )

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        keys = asked.run_file.behaviour
        assert keys.leeway is not None
        return cls(keys.leeway, keys.wind, asked.run_file.advection.stokes_drift is not None)

    @property
    def inputs(self) -> tuple[Sample, ...]:
        return tuple(Sample(name, "element", "none") for name in self.wind)

    def begin(self, particles: np.ndarray, seed: int) -> None:
        draw_leeways(particles, seed, _SIDES[self.lines.side])
        if self.lines.jibing > 0:
            draw_first_jibes(particles, seed, self.lines.jibing)

    def kernel_option(self, between: Between) -> behaviour_options.Leeway:
        u, v = (
            [sign_of(name, between.direction) * rows_of(level, name)[0] for level in between.pair]
            for name in self.wind
        )
        downwind, right, left = (behaviour_options.Line(*line) for line in self.lines[:3])
        jibing = behaviour_options.Jibing(self.lines.jibing) if self.lines.jibing > 0 else None
        return behaviour_options.Leeway(downwind, right, left, jibing, *u, *v)

    def summary(self) -> Iterator[str]:
        side = "right and left by lot" if self.lines.side == "both" else f"beginning on the {self.lines.side}"
        if self.lines.jibing == 0:
            side = side.replace("beginning ", "") + ", no jibing"
        else:
            side += f", jibing {3600 * self.lines.jibing:.3g} 1/h"
        yield f"leeway of {self.lines.name or 'lines given'} by {', '.join(self.wind)} ({side})"

    def in_steps(self, steps: Steps) -> Iterator[str]:
        if self.waves:
            yield (
                "warning: behaviour.leeway: was measured among waves and holds their push: with advection.stokes_drift it "
                "counts twice"
            )
