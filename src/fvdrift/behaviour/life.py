"""`behaviour.growth`, `behaviour.mortality`, `behaviour.lifespan`: development, and death by chance or of age."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from fvdrift.fields import TimeLevel, rows_of
from fvdrift.orders import BehaviourOrder, Sample
from fvdrift.settings import EXPECTED, RunFile
from fvdrift.tools.duration import SECOND
from fvdrift_kernels import behaviour_options
from fvdrift_kernels.life import draw_hazards
from fvdrift_kernels.node_field import NodeField

from .base import Asked, Behaviour, Between, Column, Late, Needed

DAY = 86400.0
RATES = ("mortality", "growth")


@dataclass(frozen=True)
class Life(Behaviour):
    """growth, mortality: per second, or the variable that gives it per day; development: at release; lifespan: microseconds."""

    option = "life"
    costs = (("growth and mortality by a field", 42.0),)

    growth: float | Sample | None = None
    development: float = 0.0
    mortality: float | Sample | None = None
    lifespan: int | None = None

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        keys = run_file.behaviour
        return not (keys.growth is None and keys.mortality is None and keys.lifespan is None)

    @classmethod
    def columns(cls, run_file: RunFile) -> Iterator[Column]:
        if run_file.behaviour.growth is not None:
            yield Column(
                "development", "1", "development since release", run_file.behaviour.development or 0.0
            )
        if run_file.behaviour.mortality is not None:
            what = "mortality times time that the particle still lives through"
            yield Column("hazard_left", "1", what, 0.0)

    @classmethod
    def variables(cls, run_file: RunFile) -> Iterator[Needed]:
        for key in RATES:
            rate = getattr(run_file.behaviour, key)
            if isinstance(rate, str):
                yield Needed(f"behaviour.{key}", rate, "rate")

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        keys = asked.run_file.behaviour
        return asked.only_forward(
            behaviour__mortality=keys.mortality,
            behaviour__growth=keys.growth,
            behaviour__lifespan=keys.lifespan,
        )

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        keys = asked.run_file.behaviour
        growth, mortality = (
            asked.known[rate] if isinstance(rate, str) else rate for rate in (keys.growth, keys.mortality)
        )
        return cls(growth, keys.development or 0.0, mortality, keys.lifespan)

    @property
    def inputs(self) -> tuple[Sample, ...]:
        return tuple(rate for rate in (self.mortality, self.growth) if isinstance(rate, Sample))

    def begin(self, particles: np.ndarray, seed: int) -> None:
        if self.mortality is not None:
            draw_hazards(particles, seed)

    def kernel_option(self, between: Between) -> behaviour_options.Life:
        lifespan = math.inf if self.lifespan is None else self.lifespan / SECOND
        return behaviour_options.Life(
            lifespan, _option(self.mortality, between.pair), _option(self.growth, between.pair)
        )

    def summary(self) -> Iterator[str]:
        for name, rate in (("growth", self.growth), ("mortality", self.mortality)):
            if rate is not None:
                yield f"{name} by {rate.name if isinstance(rate, Sample) else f'{rate:.4g} 1/s'}"
        if self.lifespan is not None:
            yield f"no older than {self.lifespan / SECOND / 3600:.4g} h"

    def late(self) -> Iterator[Late]:
        if self.lifespan is not None:
            yield Late("behaviour.lifespan", self.lifespan, True, "nobody dies of age")

    def too_slow(self, order: BehaviourOrder, oldest: float) -> Iterator[str]:
        if isinstance(self.mortality, float) and self.mortality > 0:
            dead = -math.expm1(-self.mortality * oldest)
            if dead < 1e-3:
                yield f"warning: behaviour.mortality: no more than {100 * dead:.2g} % of all die within the run"

    @property
    def judged(self) -> tuple[str, ...]:
        return tuple(rate.name for rate in self.inputs)

    def odd_values(self, values: Mapping[str, np.ndarray]) -> Iterator[str]:
        for key in RATES:
            rate = getattr(self, key)
            if isinstance(rate, Sample) and rate.name in values:
                yield from _odd(key, rate.name, values[rate.name])


def _option(
    rate: float | Sample | None, pair: tuple[TimeLevel, TimeLevel]
) -> behaviour_options.ConstantRate | behaviour_options.FieldRate | None:
    if isinstance(rate, Sample):
        first, second = (rows_of(level, rate.name) for level in pair)
        return behaviour_options.FieldRate(NodeField(first, second, int(rate.vertical == "level")))
    return None if rate is None else behaviour_options.ConstantRate(rate)


def _odd(key: str, name: str, found: np.ndarray) -> Iterator[str]:
    """Sentences on a rate per day that comes from a variable."""
    where, expected = f"warning: behaviour.{key}: {name}", EXPECTED[f"behaviour.{key}"]
    if np.isnan(found).any():
        yield f"{where} has no value at {_share(np.isnan(found))} of the nodes (first frame)"
    found = found[~np.isnan(found)]
    if key == "mortality" and (found < 0).any():
        share = _share(found < 0)
        yield f"{where} is negative, down to {found.min():.3g} 1/day, at {share} of the nodes (first frame): 0 there"
    elif (found < 0).all() and len(found):
        yield f"{where} is negative everywhere (first frame): nobody develops"
    most = float(found.max(initial=0.0))
    if most / DAY > expected.usual[1]:
        means = expected.means(most / DAY)
        yield f"{where} is up to {most:.3g} 1/day (first frame): {means}; it is taken per day"


def _share(which: np.ndarray) -> str:
    return f"{100 * which.mean():.2g} %"
