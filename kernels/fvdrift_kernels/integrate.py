"""The one loop: blocks of particles, the steps of an interval, the lanes of a block.

A block is taken through all its steps to the end of the interval while its elements are hot in the cache,
then the next.
"""

from .advect import step
from .beside_flow import before_flow, beside_flow
from .columns import copy_columns
from .jit import entry_point, kernel
from .lanes import LANES
from .prism import park
from .settle import enter
from .state import ACTIVE, GONE, NOT_RELEASED


@kernel
def take(q, particles, order, first, steps):
    """Fill the lanes with particles order[first : first + LANES]; returns the first step any of them takes
    part in."""
    last = len(steps.length)
    earliest = last
    for l in range(LANES):
        p = particles[order[min(first + l, len(order) - 1)]]
        q.particle[l] = p.id
        q.x[l] = p.x
        q.y[l] = p.y
        q.sigma[l] = p.sigma
        q.home[l] = p.element
        q.element[l] = p.element
        q.status[l] = max(p.status, ACTIVE)
        q.fresh[l] = 1 if p.status == NOT_RELEASED else 0
        q.going[l] = 0
        q.begin[l] = last + 1
        if first + l < len(order):
            q.begin[l] = (p.clock - steps.clock[0] + 1) // 2
            earliest = min(earliest, q.begin[l])
        q.done[l] = q.begin[l]
    for l in range(LANES):
        if q.begin[l] > earliest or q.status[l] != ACTIVE:
            park(q, l)
    return earliest


@kernel
def start_lanes(q, mesh, frames, physics, i):
    """Let the lanes go whose particles begin with step `i`; returns the next step at which one begins."""
    following = 2**30
    for l in range(LANES):
        if q.begin[l] == i:
            if q.status[l] == ACTIVE:
                enter(q, l, mesh, frames, physics)
                q.going[l] = 1
        elif q.begin[l] > i:
            following = min(following, q.begin[l])
    return following


@kernel
def record_lanes(q, physics, particles, order, first, records, i):
    """Keep the state of all lanes that are under way after `i` steps, as one row of `records`.

    A lane that another worker brought to `i` was recorded there; one that could not take its last step here
    is behind `i` and will be recorded where it does. What left the water is recorded once.
    """
    for l in range(min(LANES, len(order) - first)):
        under_way = q.begin[l] < i or (q.begin[l] == i and q.fresh[l] == 1)
        if not under_way or (q.status[l] == ACTIVE and q.done[l] < i):
            continue
        p = particles[order[first + l]]
        if p.clock < 0:
            continue
        record = records[first + l]
        record.id = p.id
        record.x = q.x[l]
        record.y = q.y[l]
        record.sigma = q.sigma[l]
        record.element = q.home[l]
        record.status = q.status[l]
        copy_columns(physics.beside, record, p)
        if q.status[l] >= GONE:
            p.clock = -1


@kernel
def give_back(q, particles, order, first, steps):
    """Write the lanes back to their particles; returns the number of (part) steps they took."""
    taken = 0
    last = len(steps.length)
    for l in range(min(LANES, len(order) - first)):
        p = particles[order[first + l]]
        p.x = q.x[l]
        p.y = q.y[l]
        p.sigma = q.sigma[l]
        p.element = q.home[l]
        p.status = q.status[l]
        taken += q.done[l] - q.begin[l]
        if p.clock >= 0:
            p.clock = steps.clock[q.done[l] if q.status[l] == ACTIVE else last]
    return taken


@entry_point
def advance(particles, order, first_block, last_block, mesh, frames, physics, steps, records, blocks, number):
    """Take particles[order] to the end of the interval, as far as their steps can be taken in this piece.

    particles: PARTICLE, changed; order: int64, those to move (not yet released, active, or waiting on a shore
    or bed that may let them go again), any order gives the same results, neighbours beside each other the
    fastest; first_block, last_block: range of blocks of LANES of them; records: RECORD (outputs, len(order)),
    status -1 where nothing is recorded; blocks[number]: work space. Returns the number of (part) steps taken.
    A particle left ACTIVE with a clock before the end has to be handed on.
    """
    q = blocks[number]
    real = type(q.x0[0])
    taken = 0
    for block in range(first_block, last_block):
        first = block * LANES
        i = take(q, particles, order, first, steps)
        following = i
        while True:
            if steps.output[i] >= 0:
                record_lanes(q, physics, particles, order, first, records[steps.output[i]], i)
            if i == len(steps.length):
                break
            if i >= following:
                following = start_lanes(q, mesh, frames, physics, i)
            start, end = real(steps.fraction[i]), real(steps.fraction[i + 1])
            middle = real((steps.fraction[i] + steps.fraction[i + 1]) * 0.5)
            before_flow(physics.beside, q, particles, order, first, mesh, frames, physics, steps, i)
            step(physics.scheme, q, mesh, frames, physics, start, middle, end, real(steps.length[i]))
            beside_flow(physics.beside, q, particles, order, first, mesh, frames, physics, steps, i)
            i += 1
        taken += give_back(q, particles, order, first, steps)
    return taken
