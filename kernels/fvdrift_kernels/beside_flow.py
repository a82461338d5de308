"""What happens in a step beside the flow, behind its advection: the particle's own behaviour, wind, its way
up or down with the random walk in the column, the random walk across, life and settlement; the wait of those
on bed or shore; and the decay of what all carry.

The order of a step reads here, as passes over the lanes of a block. Each part is off where its option is
None, and then absent from the compiled loop.
"""

import numpy as np

from .ashore import bed_keeps
from .behaviour_options import BesideFlow, ErodibleBed, KeepingBed, Leeway, Windage
from .columns import keep_columns, numbers_of
from .decay import decay
from .interpolate import depth
from .jit import chosen_by_type, kernel, kernel_called
from .lanes import LANES
from .leeway import drift_lane, turn_to
from .life import live, settle_in
from .own import Draw, Own, own_move
from .rise import own_rise, sine_of_elevation, sought_depth
from .shift import begin, place, put_in_place, shift, stop
from .state import ACTIVE, DEPOSITED, LEFT_ON_LAND
from .steps_of_walk import undo_first, walk_across, walk_first, walks_first
from .waiting import wait
from .walk_across import horizontal_of, vertical_of
from .walk_in_column import move_in_column
from .windage import blown


@chosen_by_type
def before_flow(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    """Keep the state that (part) step `i` begins with, for lanes that turn out not to be able to take it
    here; and walk across in every second step. One after the flow and the next before it are even in time
    together, of second order (Strang 1968, SIAM J. Numer. Anal. 5, 506), at the cost of one."""


@before_flow.when(None)
def _nothing_before(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    return


@before_flow.when(BesideFlow)
def _before_flow(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    for l in range(LANES):
        q.x_before[l] = q.x[l]
        q.y_before[l] = q.y[l]
        q.sigma_before[l] = q.sigma[l]
        q.home_before[l] = q.home[l]
    keep_asked(beside.own, beside.columns, particles, order, first)
    walk_first(
        horizontal_of(beside.walk), beside, q, (particles, order, first), mesh, frames, physics, steps, i
    )


@chosen_by_type
def keep_asked(own, columns, particles, order, first):
    """Keep the columns that the user's own behaviour may change."""


@keep_asked.when(None)
def _keep_none(own, columns, particles, order, first):
    return


@keep_asked.when(Own)
def _keep_columns(own, columns, particles, order, first):
    for l in range(lanes_of(order, first)):
        keep_columns(columns, l, particles[order[first + l]])


@chosen_by_type
def beside_flow(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    """Take the lanes of particles[order[first:]] through (part) step `i`, beside the flow that has moved them
    already."""


@beside_flow.when(None)
def _only_flow(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    return


@beside_flow.when(BesideFlow)
def _beside_flow(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    of = particles, order, first
    fraction, length = steps.fraction[i + 1], np.float64(steps.length[i])
    undo_first(horizontal_of(beside.walk), q, steps, i)
    begin(q, fraction, length)
    ask(beside.own, beside, q, of, mesh, steps, i)
    carry(
        either(beside.leeway, either(beside.windage, beside.own)),
        beside,
        q,
        of,
        mesh,
        frames,
        physics,
        steps,
        i,
    )
    moving = either(beside.rise, either(beside.migration, either(beside.bed, beside.own)))
    in_column(either(vertical_of(beside.walk), moving), moving, beside, q, of, mesh, steps, i)
    deposit(beside.bed, q)
    if not walks_first(steps, i):
        walk_across(horizontal_of(beside.walk), beside, q, of, mesh, frames, physics, steps, i, fraction)
    place(q, mesh, frames, physics, fraction)
    end(either(beside.life, either(beside.settlement, beside.own)), beside, q, of, mesh, steps, i)
    jibe(beside.leeway, beside, q, of, steps, i)
    wait(either(beside.shore, beside.bed), beside, q, mesh, frames, physics, steps, i)
    decay(beside.decay, q, of, mesh, frames, steps, i)


@chosen_by_type
def either(option, other):
    """The one of two options that is on: what is done only where one of several is, is chosen by it."""


@either.when(None)
def _the_other(option, other):
    return other


@either.when(tuple)
def _the_one(option, other):
    return option


@kernel
def lanes_of(order, first):
    """How many of the lanes hold a particle."""
    return min(LANES, len(order) - first)


@kernel
def depth_below(q, l, fraction):
    """h + zeta (m) where lane `l` is."""
    return np.float64(depth(q, l, q.x0[l], q.y0[l], type(q.x0[l])(fraction)))


@chosen_by_type
def ask(own, beside, q, of, mesh, steps, i):
    """Let the user's own behaviour say what all lanes want: ways (m) east and north, velocity (m/s) up, and
    status (`fate`)."""


@ask.when(None)
def _nobody(own, beside, q, of, mesh, steps, i):
    return


@ask.when(Own)
def _ask_user(own, beside, q, of, mesh, steps, i):
    particles, order, first = of
    for l in range(lanes_of(order, first)):
        if q.going[l]:
            ask_lane(own, beside, q, l, particles[order[first + l]], mesh, steps, i)


@kernel_called
def ask_lane(own, beside, q, l, p, mesh, steps, i):
    """Ask for lane `l`, of particle `p`."""
    e, clock, fraction = q.element[l], steps.clock[i], steps.fraction[i + 1]
    column = depth_below(q, l, fraction)
    east, north, q.up[l], q.fate[l] = own_move(
        own,
        numbers_of(beside.columns, p),
        age_of(p, steps, i),
        np.float64(steps.length[i]),
        beside.direction * steps.time[i + 1] * 1e-6,
        q.x[l],
        q.y[l],
        -q.sigma[l] * column,
        column,
        q.sigma[l],
        sine_of_elevation(beside.light, e, i),
        Draw(beside.seed, p.id, clock >> 1, clock & 1),
        mesh,
        e,
        fraction,
    )
    q.way_x[l] = east * q.dt[l]
    q.way_y[l] = north * q.dt[l]


@kernel
def age_of(p, steps, i):
    """Age (s) of a particle at the end of step `i`."""
    return (steps.time[i + 1] - p.born) * 1e-6


@chosen_by_type
def carry(moving, beside, q, of, mesh, frames, physics, steps, i):
    """Move all lanes by the wind and by themselves, by the flow's rule at the coast."""


@carry.when(None)
def _not_carried(moving, beside, q, of, mesh, frames, physics, steps, i):
    return


@carry.when(Windage, Own)
def _carried(moving, beside, q, of, mesh, frames, physics, steps, i):
    fraction = steps.fraction[i + 1]
    for l in range(LANES):
        if q.dt[l] > 0.0:
            x, y = blown(
                beside.windage, q.element[l], q.sigma[l], depth_below(q, l, fraction), fraction, q.dt[l]
            )
            q.way_x[l] += x
            q.way_y[l] += y
    shift(q, of, mesh, frames, physics, physics.coast, fraction)
    for l in range(LANES):
        put_in_place(q, l, physics, fraction)


@carry.when(Leeway)
def _adrift(moving, beside, q, of, mesh, frames, physics, steps, i):
    particles, order, first = of
    fraction = steps.fraction[i + 1]
    for l in range(lanes_of(order, first)):
        if q.dt[l] > 0.0:
            drift_lane(moving, q, l, particles[order[first + l]], beside.seed, steps, i, fraction)
    shift(q, of, mesh, frames, physics, physics.coast, fraction)
    for l in range(LANES):
        put_in_place(q, l, physics, fraction)


@chosen_by_type
def jibe(leeway, beside, q, of, steps, i):
    """Let all lanes that have taken step `i` lie on the side of the wind that they end it on."""


@jibe.when(None)
def _no_side(leeway, beside, q, of, steps, i):
    return


@jibe.when(Leeway)
def _on_its_side(leeway, beside, q, of, steps, i):
    particles, order, first = of
    for l in range(lanes_of(order, first)):
        if q.done[l] == i + 1 and q.begin[l] <= i:
            p = particles[order[first + l]]
            turn_to(leeway.jibing, p, beside.seed, age_of(p, steps, i))


@chosen_by_type
def in_column(any_move, moving, beside, q, of, mesh, steps, i):
    """Move all lanes up and down: by the walk and by `moving`, what moves them by itself or keeps them."""


@in_column.when(None)
def _as_deep_as_before(any_move, moving, beside, q, of, mesh, steps, i):
    return


@in_column.when(tuple)
def _in_column(any_move, moving, beside, q, of, mesh, steps, i):
    particles, order, first = of
    fraction = steps.fraction[i + 1]
    for l in range(LANES):
        column = depth_below(q, l, fraction)
        q.depth[l] = column
        q.per_depth[l] = 1.0 / column if (column >= LEFT_ON_LAND) & (q.dt[l] > 0.0) else 0.0
        q.keeps[l] = bed_keeps(beside.bed, q.element[l], fraction)
        q.sought[l] = sought_depth(beside.migration, q.element[l], i)
    for l in range(lanes_of(order, first)):
        q.up[l] += own_rise(beside.rise, particles[order[first + l]])
    time = type(q.s[0])(fraction)
    move_in_column(vertical_of(beside.walk), q, beside, moving, mesh, steps.clock[i], time, steps.length[i])


@chosen_by_type
def deposit(bed, q):
    """Leave the lanes on the bed that have come to it, where it keeps them."""


@deposit.when(None)
def _no_deposit(bed, q):
    return


@deposit.when(KeepingBed, ErodibleBed)
def _deposit(bed, q):
    for l in range(LANES):
        if q.keeps[l] and q.per_depth[l] > 0.0 and q.sigma[l] <= -1.0:
            stop(q, l, DEPOSITED, q.element[l], q.x[l], q.y[l], -1.0)


@chosen_by_type
def end(ending, beside, q, of, mesh, steps, i):
    """Let all lanes live, die and settle where they are now."""


@end.when(None)
def _no_end(ending, beside, q, of, mesh, steps, i):
    return


@end.when(tuple)
def _end(ending, beside, q, of, mesh, steps, i):
    particles, order, first = of
    for l in range(lanes_of(order, first)):
        if q.going[l]:
            end_lane(beside, q, l, particles[order[first + l]], mesh, steps, i)


@kernel_called
def end_lane(beside, q, l, p, mesh, steps, i):
    """Let lane `l` live, of particle `p`."""
    e, x, y, age = q.element[l], q.x[l], q.y[l], age_of(p, steps, i)
    status = asked_fate(beside.own, q, l)
    if status == ACTIVE:
        fraction = steps.fraction[i + 1]
        status = live(beside.life, p, mesh, e, x, y, q.sigma[l], fraction, age, np.float64(steps.length[i]))
    if status == ACTIVE:
        status = settle_in(beside.settlement, p, e, x, y, age)
    if status != ACTIVE:
        stop(q, l, status, e, x, y, q.sigma[l])


@chosen_by_type
def asked_fate(own, q, l):
    """The status that the user's own behaviour gave lane `l`."""


@asked_fate.when(None)
def _goes_on(own, q, l):
    return ACTIVE


@asked_fate.when(Own)
def _as_told(own, q, l):
    return q.fate[l]
