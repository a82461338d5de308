"""The wait of particles on a bed or shore that may let them go."""

import numpy as np

from .ashore import lifted, refloated
from .behaviour_options import ErodibleBed, KeepingBed, Refloating
from .jit import chosen_by_type, kernel_called
from .lanes import LANES
from .settle import enter
from .shift import wet_by_then
from .state import ACTIVE, DEPOSITED, STRANDED


@chosen_by_type
def wait(waiting, beside, q, mesh, frames, physics, steps, i):
    """Let the lanes wait that lie on a bed or shore which may let them go."""


@wait.when(None, KeepingBed)
def _for_ever(waiting, beside, q, mesh, frames, physics, steps, i):
    return


@wait.when(Refloating, ErodibleBed)
def _wait(waiting, beside, q, mesh, frames, physics, steps, i):
    for l in range(LANES):
        if q.going[l] == 0 and q.status[l] != ACTIVE and q.begin[l] <= i and q.done[l] <= i:
            wait_lane(beside, q, l, mesh, frames, physics, steps, i)


@kernel_called
def wait_lane(beside, q, l, mesh, frames, physics, steps, i):
    """Step `i` of a lane that lies on the bed or the shore: it may be let go, to begin with the next step."""
    e, fraction = q.home[l], steps.fraction[i + 1]
    free = False
    if q.status[l] == STRANDED and wet_by_then(frames, e, fraction):
        free = refloated(
            beside.shore, beside.seed, q.particle[l], steps.clock[i], np.float64(steps.length[i])
        )
    elif q.status[l] == DEPOSITED:
        free = lifted(beside.bed, e, fraction)
    if free:
        q.status[l] = ACTIVE
        q.done[l] = i + 1
        q.going[l] = 1
        enter(q, l, mesh, frames, physics)
