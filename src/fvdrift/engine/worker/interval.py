"""An interval as a worker takes it: its steps, its frames and all that moves particles in it, as the kernels
take them. No particle is known here."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fvdrift.behaviour import beside_flow
from fvdrift.fields import TimeLevel, between, cubic, line, stokes_drift
from fvdrift.forcing import Window
from fvdrift.mesh import Subdomain
from fvdrift.orders import StokesOrder, WorkOrder
from fvdrift_kernels.options import Euler, HeldDepth, Physics, RungeKutta2, RungeKutta4
from fvdrift_kernels.state import REFLECT, SLIDE, STRAND, Steps

from ..messages import Advance

SCHEMES = {"rk4": RungeKutta4, "rk2": RungeKutta2, "euler": Euler}
COASTS = {"slide": SLIDE, "reflect": REFLECT, "strand": STRAND}


@dataclass(frozen=True)
class TakenInterval:
    """message: what the manager says of it; steps, frames, physics: for the kernels."""

    message: Advance
    steps: Steps
    frames: Any
    physics: Physics

    @property
    def outputs(self) -> int:
        """How many lie in it."""
        return len(self.message.output_steps)

    @property
    def last_clock(self) -> int:
        """What all particles come to."""
        return self.message.schedule.last_clock

    def fraction_after(self, step: int) -> float:
        """Place of the end of a step between the two frames, 0 to 1."""
        return float(self.steps.fraction[step])


def take_interval(
    message: Advance,
    order: WorkOrder,
    own_kind: Any,
    subdomain: Subdomain,
    time_levels: dict[int, TimeLevel],
) -> TakenInterval:
    """own_kind: of the user's own behaviour, as it is compiled; None for none."""
    window, schedule = message.window, message.schedule
    clocks = np.array([schedule.clock(i) for i in range(schedule.steps + 1)], np.int64)
    output = np.full(schedule.steps + 1, -1, np.int32)
    output[list(message.output_steps)] = np.arange(len(message.output_steps))
    steps = Steps(
        fraction=fractions(window, schedule.times),
        length=np.diff(schedule.times) / 1e6,
        time=schedule.times,
        clock=clocks,
        output=output,
    )
    frames, omega = between(time_levels[window.first], time_levels[window.second])
    seen = window if order.cubic else line(window)
    waves = waves_of(order)
    physics = Physics(
        scheme=SCHEMES[order.scheme](),
        vertical=HeldDepth(order.held_depth) if order.vertical == "held" else omega,
        metric=subdomain.metric,
        coast=COASTS[order.coast],
        beside=beside_flow(order, own_kind, subdomain, seen, time_levels, schedule),
        time=cubic(seen, time_levels) if order.cubic else None,
        stokes=None if waves is None else stokes_drift(seen, time_levels, waves, order.direction),
    )
    return TakenInterval(message, steps, frames, physics)


def waves_of(order: WorkOrder) -> StokesOrder | None:
    """Stokes drift that is looked up at each particle's depth; None where there is none, or it is in the
    flow."""
    return None if order.stokes is None or order.stokes.in_flow else order.stokes


def fractions(window: Window, times: np.ndarray) -> np.ndarray:
    """Place of times between the two frames, 0 to 1."""
    return (times - window.first) / np.float64(window.second - window.first)
