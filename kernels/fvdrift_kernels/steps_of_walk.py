"""The walk across within a step: behind the flow, or before it in every second step, for all lanes of a block.

The moves themselves are `walk_across`.
"""

import numpy as np

from .jit import chosen_by_type, kernel
from .lanes import LANES
from .open_side import leave_over_open_sides
from .shift import begin, place, shift
from .state import REFLECT
from .walk_across import move_across


@chosen_by_type
def walk_across(source, beside, q, of, mesh, frames, physics, steps, i, fraction):
    """Move all lanes across by the random walk, in the water of the time `fraction`."""


@walk_across.when(None)
def _no_walk_across(source, beside, q, of, mesh, frames, physics, steps, i, fraction):
    return


@walk_across.when(tuple)
def _walk_across(source, beside, q, of, mesh, frames, physics, steps, i, fraction):
    move_across(source, q, beside, mesh, physics, steps.clock[i], fraction, np.float64(steps.length[i]))
    # random moves reflect whatever the coast does to the flow's, or they would pile up there
    shift(q, of, mesh, frames, physics, REFLECT, fraction)
    leave_over_open_sides(q, mesh, physics.metric)


@kernel
def walks_first(steps, i):
    """Whether (part) step `i` has its walk across before its flow: by its number, so whoever takes it."""
    return (steps.clock[i] >> 1) & 1


@chosen_by_type
def walk_first(source, beside, q, of, mesh, frames, physics, steps, i):
    """Take all lanes through the walk across before the flow, if this step has it there, and to where the
    flow takes them."""


@walk_first.when(None)
def _no_walk_first(source, beside, q, of, mesh, frames, physics, steps, i):
    return


@walk_first.when(tuple)
def _walk_first(source, beside, q, of, mesh, frames, physics, steps, i):
    if not walks_first(steps, i):
        return
    fraction = steps.fraction[i]
    begin(q, fraction, np.float64(steps.length[i]))
    for l in range(LANES):
        q.done[l] += q.going[l]  # whom the walk takes out has taken the step
    walk_across(source, beside, q, of, mesh, frames, physics, steps, i, fraction)
    place(q, mesh, frames, physics, fraction)
    for l in range(LANES):
        q.done[l] -= q.going[l]


@chosen_by_type
def undo_first(source, q, steps, i):
    """Give lanes that could not take step `i` here the state they had before they walked first."""


@undo_first.when(None)
def _nothing_to_undo(source, q, steps, i):
    return


@undo_first.when(tuple)
def _undo_first(source, q, steps, i):
    if not walks_first(steps, i):
        return
    earliest = q.done[0]
    for l in range(LANES):
        earliest = min(earliest, q.done[l])
    if earliest > i:
        return
    for l in range(LANES):
        undone = q.done[l] <= i
        q.x[l] = q.x_before[l] if undone else q.x[l]
        q.y[l] = q.y_before[l] if undone else q.y[l]
        q.sigma[l] = q.sigma_before[l] if undone else q.sigma[l]
        q.home[l] = q.home_before[l] if undone else q.home[l]
        q.element[l] = q.home_before[l] if undone else q.element[l]
