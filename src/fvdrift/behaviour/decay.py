"""`behaviour.decay`: what particles carry falls off, steadily or by what is round them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from fvdrift.fields import TimeLevel, rows_of
from fvdrift.orders import BehaviourOrder, Sample
from fvdrift.settings import Decay, RunFile
from fvdrift_kernels import behaviour_options as options
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.state import DEPOSITED, STRANDED

from .base import Asked, Behaviour, Between, Column, Needed, Steps

LONG_STEP = 0.1  # of what there is, that light or a field takes in a step: then its length shows
_OF = {"mass": options.OfMass, "number": options.OfNumber}
_NAMED = ("rate", "irradiance", "attenuation")  # keys, and kinds of the variables that they may name


@dataclass(frozen=True)
class Decaying(Behaviour):
    """of: "mass" or "number"; wish: with variables where it has names."""

    option = "decay"
    costs = (("decay, steady", 18.0), ("decay by light", 51.0))

    of: str
    wish: Decay
    named: Mapping[str, Sample]

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        return run_file.behaviour.decay is not None

    @classmethod
    def amount_columns(cls, run_file: RunFile, amount: str) -> Iterator[Column]:
        """What is kept of a mass or number beside what is carried."""
        wish = run_file.behaviour.decay
        if wish is not None and steady(wish):
            unit = {"mass": "kg", "number": "1"}[amount]
            yield Column(f"{amount}_released", unit, f"{amount} at release", math.nan, exact=True)

    @classmethod
    def variables(cls, run_file: RunFile) -> Iterator[Needed]:
        for key in _NAMED:
            name = getattr(run_file.behaviour.decay, key)
            if isinstance(name, str):
                yield Needed(f"behaviour.decay.{key}", name, key)

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        wish = asked.run_file.behaviour.decay
        assert wish is not None
        yield from asked.only_forward(behaviour__decay=wish)
        if asked.amount is None:
            yield "behaviour.decay: particles carry nothing: give the releases mass, number or rate"
        if wish.light is not None and not isinstance(wish.irradiance, str) and not asked.sun_known:
            missing = "longitude and latitude" if asked.series.calendar else "calendar"
            yield (
                f"behaviour.decay: the forcing has no {missing}, so where the sun is is not known; give irradiance the name of a "
                "variable"
            )
        if wish.light is not None and asked.kind == "2d":
            yield "behaviour.decay.light: in a 2-D run nobody has a depth: take it away, or set advection.dimension"

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        wish = asked.run_file.behaviour.decay
        assert wish is not None
        assert asked.amount is not None
        return cls(
            asked.amount, wish, {each.name: asked.known[each.name] for each in cls.variables(asked.run_file)}
        )

    @property
    def inputs(self) -> tuple[Sample, ...]:
        return tuple(self.named.values())

    @property
    def sun(self) -> bool:
        return self.wish.light is not None and not isinstance(self.wish.irradiance, str)

    @property
    def wakes(self) -> tuple[int, ...]:
        """They stay, but what they carry goes on."""
        return STRANDED, DEPOSITED

    def kernel_option(self, between: Between) -> options.SteadyDecay | options.Decay:
        of, wish = _OF[self.of](), self.wish
        if steady(wish):
            assert isinstance(wish.rate, float)
            return options.SteadyDecay(of, wish.rate)
        rate: options.ConstantRate | options.FieldRate
        if isinstance(wish.rate, str):
            rate = options.FieldRate(self._field(wish.rate, between.pair))
        else:
            rate = options.ConstantRate(wish.rate)
        return options.Decay(of, rate, None if wish.light is None else self._light(wish.light, between))

    def _light(self, per_exposure: float, between: Between) -> options.Light:
        surface: options.ClearSky | options.FieldValue
        attenuation: options.ConstantRate | options.FieldValue
        if isinstance(self.wish.irradiance, str):
            surface = options.FieldValue(self._field(self.wish.irradiance, between.pair))
        else:
            assert between.light is not None
            surface = options.ClearSky(self.wish.irradiance, between.light)
        if isinstance(self.wish.attenuation, str):
            attenuation = options.FieldValue(self._field(self.wish.attenuation, between.pair))
        else:
            attenuation = options.ConstantRate(self.wish.attenuation)
        return options.Light(per_exposure, surface, attenuation)

    def _field(self, name: str, pair: tuple[TimeLevel, TimeLevel]) -> NodeField:
        first, second = (rows_of(level, name) for level in pair)
        return NodeField(first, second, int(self.named[name].vertical == "level"))

    def cost(self) -> str:
        return self.costs[0 if steady(self.wish) else 1][0]

    def summary(self) -> Iterator[str]:
        rate, wish = self.wish.rate, self.wish
        said = f"{self.of} decays by {rate if isinstance(rate, str) else f'{rate:.4g} 1/s'}"
        if wish.light is not None:
            by = wish.irradiance if isinstance(wish.irradiance, str) else "the sun"
            said += f" and {wish.light:.4g} m2/J of light, by {by}"
        yield said

    def too_slow(self, order: BehaviourOrder, oldest: float) -> Iterator[str]:
        rate = self.wish.rate
        if steady(self.wish) and isinstance(rate, float) and -math.expm1(-rate * oldest) < 1e-3:
            share = -100 * math.expm1(-rate * oldest)
            yield f"warning: behaviour.decay: no more than {share:.2g} % decays within the run"

    def in_steps(self, steps: Steps) -> Iterator[str]:
        wish = self.wish
        if wish.light is None or isinstance(wish.irradiance, str):
            return
        gone = -math.expm1(-wish.light * wish.irradiance * steps.step)
        if gone > LONG_STEP:
            yield (
                f"warning: behaviour.decay: a step in full sun takes {gone:.0%} at the surface, by the depth and the sun of its "
                "end: take a shorter time.step"
            )

    @property
    def judged(self) -> tuple[str, ...]:
        return tuple(self.named)

    def odd_values(self, values: Mapping[str, np.ndarray]) -> Iterator[str]:
        for key in _NAMED:
            name = getattr(self.wish, key)
            if not isinstance(name, str) or name not in values:
                continue
            where, found = f"warning: behaviour.decay.{key}: {name}", values[name]
            if np.isnan(found).any():
                yield f"{where} has no value at {100 * np.isnan(found).mean():.2g} % of the nodes (first frame)"
            if (found < 0).any():
                share = f"{100 * (found < 0).mean():.2g} %"
                yield f"{where} is negative, down to {np.nanmin(found):.3g}, at {share} of the nodes (first frame): 0 there"


def steady(wish: Decay) -> bool:
    """Whether it is the same everywhere and always, so that age alone counts."""
    return wish.light is None and not isinstance(wish.rate, str)
