"""What a worker makes of the behaviour it was ordered: the columns particles begin with, and the options of
the kernels.

What is ordered, and whether it can be, is decided before (`plan`); the physics is in fvdrift_kernels.
"""

import numpy as np

from fvdrift.fields import TimeLevel, walk_between
from fvdrift.forcing import Window
from fvdrift.mesh import Subdomain
from fvdrift.orders import BehaviourOrder, WorkOrder
from fvdrift.timeline import Schedule
from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels import behaviour_options
from fvdrift_kernels.lanes import LANES
from fvdrift_kernels.own import Own
from fvdrift_kernels.philox import signed_seed
from fvdrift_kernels.state import ACTIVE, PARTICLE
from fvdrift_kernels.sun import sun_directions

from .base import Between
from .own import OwnBehaviour


def moving_statuses(order: WorkOrder) -> tuple[int, ...]:
    """Statuses of particles that take steps: the active, and those that bed or shore may let go again."""
    parts = () if order.behaviour is None else order.behaviour.parts
    return (ACTIVE, *(status for part in parts for status in part.wakes))


def with_first_columns(
    particles: np.ndarray, order: WorkOrder, amount: np.ndarray | None = None
) -> np.ndarray:
    """New particles (PARTICLE) with the columns they begin with. amount: float64 (particle,), what they carry."""
    behaviour = order.behaviour
    if behaviour is None or not behaviour.columns:
        return particles
    made = np.zeros(len(particles), order.particle_type)
    for name in PARTICLE.names or ():
        made[name] = particles[name]
    for name, value in behaviour.columns.items():
        made["state"][name] = value if name not in order.amounts or amount is None else amount
    for part in behaviour.parts:
        part.begin(for_kernels(made), signed_seed(order.seed))
    return made


def beside_flow(
    order: WorkOrder,
    own_kind: type[Own] | None,
    piece: Subdomain,
    window: Window,
    levels: dict[int, TimeLevel],
    schedule: Schedule,
) -> behaviour_options.BesideFlow | None:
    """All that happens to particles between two levels beside being carried by the flow; window: of the
    frames that velocity is taken from; own_kind: what the user's own behaviour is called by (`build`)."""
    if order.behaviour is None and order.walk is None:
        return None
    first, second = levels[window.first], levels[window.second]
    asked, walk = order.behaviour or BehaviourOrder(), None
    if order.walk is not None:
        walk = walk_between(first.fields, second.fields, first.mixing, second.mixing, order.walk)
    light = _sunlight(piece, schedule, order.direction) if asked.sun else None
    between = Between(piece, window, levels, schedule, order.direction, light, own_kind)
    kept = for_kernels(np.zeros(LANES, order.particle_type["state"])) if asked.columns else None
    return behaviour_options.BesideFlow(
        seed=signed_seed(order.seed),
        direction=order.direction,
        walk=walk,
        light=None if asked.part(OwnBehaviour) is None else light,
        columns=None if kept is None else behaviour_options.Columns(kept),
        **{part.option: part.kernel_option(between) for part in asked.parts},
    )


def _sunlight(piece: Subdomain, schedule: Schedule, direction: int) -> behaviour_options.Sunlight:
    sun = np.empty((schedule.steps, 3))
    sun_directions(direction * schedule.times[1:], sun)
    return behaviour_options.Sunlight(piece.given["up"], sun)
