"""What happens in a step beside the flow, behind its advection, lane by lane: the particle's own behaviour, wind, its way up or
down with the random walk in the column, the random walk across, life and settlement; and the wait of those on bed or shore.

The order of a step reads here. Each part is off where its option is None, and then absent from the compiled loop.
"""

from .ashore import bed_keeps, lifted, refloated
from .boundary import metres, moved
from .column import arrival_sigma
from .columns import keep_columns, numbers_of, restore_columns
from .diffuse import horizontal_move, walk_in_column
from .interpolate import depth
from .jit import chosen_by_type, kernel, kernel_called
from .lanes import LANES
from .life import live, settle_in
from .options import BesideFlow
from .own import Draw, Own, own_move
from .prism import load_element, park
from .rise import own_rise, sine_of_elevation, sought_depth
from .settle import change_half_layer, enter, hand_on
from .state import ACTIVE, DEPOSITED, END_OF_PIECE, REFLECT, STRANDED
from .windage import blown

DRY = 0.05  # m of water: what FVCOM leaves on dry land


@chosen_by_type
def keep_state(beside, q):
    """Keep the state that a step begins with, for lanes that turn out not to be able to take it here."""


@keep_state.when(None)
def _keep_nothing(beside, q):
    return


@keep_state.when(BesideFlow)
def _keep_all(beside, q):
    for l in range(LANES):
        q.x_before[l] = q.x[l]
        q.y_before[l] = q.y[l]
        q.sigma_before[l] = q.sigma[l]
        q.home_before[l] = q.home[l]


@chosen_by_type
def beside_flow(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    """Take the lanes of particles[order[first:]] through (part) step `i`, beside the flow that has moved them already."""


@beside_flow.when(None)
def _only_flow(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    return


@beside_flow.when(BesideFlow)
def _beside_flow(beside, q, particles, order, first, mesh, frames, physics, steps, i):
    for l in range(min(LANES, len(order) - first)):
        if q.going[l]:
            act(q, l, particles[order[first + l]], mesh, frames, physics, steps, i)
        elif q.status[l] != ACTIVE and q.begin[l] <= i and q.done[l] <= i:
            wait(q, l, mesh, frames, physics, steps, i)


@kernel
def wetness(frames, e, fraction):
    """1 in an element that is wet in both frames, falling to 0 in time where one is dry, as its velocity does."""
    first = 1.0 - fraction if frames.wet0[e] & 1 else 0.0
    second = fraction if frames.wet1[e] & 1 else 0.0
    return first + second


@kernel_called
def act(q, l, p, mesh, frames, physics, steps, i):
    """Step `i` of a lane that is going, of particle `p`."""
    beside = physics.beside
    clock, fraction, length = steps.clock[i], steps.fraction[i + 1], float(steps.length[i])
    age = (steps.time[i + 1] - p.born) * 1e-6
    dt = length * wetness(frames, q.element[l], fraction)  # what is dry stays in place; but it lives on
    keep_columns(beside.columns, p)
    east, north, up, status = asked(beside.own, beside, q, l, p, mesh, steps, i, age)
    if dt > 0.0:
        column = depth_below(q, l, fraction)
        dx, dy = blown(beside.windage, q.element[l], q.sigma[l], column, fraction, dt)
        dx, dy = dx + east * dt, dy + north * dt
        if (dx != 0.0 or dy != 0.0) and not shift(q, l, p, mesh, frames, physics, physics.coast, dx, dy, q.sigma[l], fraction):
            return
        e, column, sigma = q.element[l], depth_below(q, l, fraction), q.sigma[l]
        if column >= DRY:
            sigma, lies = walk_in_column(
                beside.walk, beside, q, l, mesh, e, sigma, column, clock, fraction, length, dt, up + own_rise(beside.rise, p),
                sought_depth(beside.migration, e, i), bed_keeps(beside.bed, e, fraction),
            )  # fmt: skip
            if lies:
                stop(q, l, DEPOSITED, e, q.x[l], q.y[l], -1.0)
                return
        dx, dy = horizontal_move(
            beside.walk, beside.seed, q.particle[l], clock, mesh, physics.metric, e, q.x[l], q.y[l], sigma, fraction, dt
        )
        # random moves reflect whatever the coast does to the flow's, or they would pile up there
        if not shift(q, l, p, mesh, frames, physics, REFLECT, dx, dy, sigma, fraction):
            return
    e, x, y = q.element[l], q.x[l], q.y[l]
    if status == ACTIVE:
        status = live(beside.life, p, mesh, e, x, y, q.sigma[l], fraction, age, length)
    if status == ACTIVE:
        status = settle_in(beside.settlement, p, e, x, y, age)
    if status != ACTIVE:
        stop(q, l, status, e, x, y, q.sigma[l])


@chosen_by_type
def asked(own, beside, q, l, p, mesh, steps, i, age):
    """What the user's own behaviour wants of particle `p`: velocity (m/s east, north, up) and status."""


@asked.when(None)
def _nobody(own, beside, q, l, p, mesh, steps, i, age):
    return 0.0, 0.0, 0.0, ACTIVE


@asked.when(Own)
def _user(own, beside, q, l, p, mesh, steps, i, age):
    e, clock, fraction = q.element[l], steps.clock[i], steps.fraction[i + 1]
    column = depth_below(q, l, fraction)
    return own_move(
        own, numbers_of(beside.columns, p), age, float(steps.length[i]), beside.direction * steps.time[i + 1] * 1e-6,
        q.x[l], q.y[l], -q.sigma[l] * column, column, q.sigma[l], sine_of_elevation(beside.light, e, i),
        Draw(beside.seed, p.id, clock >> 1, clock & 1), mesh, e, fraction,
    )  # fmt: skip


@kernel
def depth_below(q, l, fraction):
    """h + zeta (m) where lane `l` is."""
    return float(depth(q, l, q.x0[l], q.y0[l], type(q.x0[l])(fraction)))


@kernel_called
def shift(q, l, p, mesh, frames, physics, coast, dx, dy, sigma, fraction):
    """Move lane `l` by (dx, dy) metres and to `sigma`, by the rule `coast`; whether it is still going. Where it would end on a
    dry element it stays in place; a step that the piece is too small for is undone whole."""
    e = there = q.element[l]
    x, y = q.x[l], q.y[l]
    if dx != 0.0 or dy != 0.0:
        per_x, per_y = metres(physics.metric, e)
        status, there, to_x, to_y = moved(mesh.element, physics.metric, coast, e, x, y, dx / per_x, dy / per_y)
        if status == END_OF_PIECE:
            q.x[l], q.y[l], q.sigma[l] = q.x_before[l], q.y_before[l], q.sigma_before[l]
            q.home[l] = q.home_before[l]
            q.done[l] -= 1
            restore_columns(physics.beside.columns, p)
            hand_on(q, l)
            return False
        if status != ACTIVE:
            stop(q, l, status, there, to_x, to_y, sigma)
            return False
        if wetness(frames, there, fraction) > 0.0:
            x, y = to_x, to_y
        else:
            there = e
    place(q, l, mesh, frames, physics, there, x, y, sigma, fraction)
    return True


@kernel
def stop(q, l, status, e, x, y, sigma):
    """Leave lane `l` where it ends."""
    q.x[l], q.y[l], q.sigma[l] = x, y, sigma
    q.home[l] = q.element[l] = e
    q.status[l] = status
    park(q, l)
    q.going[l] = 0


@kernel
def place(q, l, mesh, frames, physics, e, x, y, sigma, fraction):
    """Put lane `l` at a place in element `e`, as its next step will begin there."""
    new_element = e != q.element[l]
    q.x[l] = x
    q.y[l] = y
    q.sigma[l] = sigma
    if new_element:
        load_element(q, l, mesh, frames, physics.metric, e)
    q.home[l] = e
    q.x0[l] = x - q.xc[l]
    q.y0[l] = y - q.yc[l]
    q.dx[l] = q.x0[l]
    q.dy[l] = q.y0[l]
    # where a particle is held at a depth its sigma follows from the place; no velocity is left to go by
    real = type(q.x0[l])
    q.sigma[l] = arrival_sigma(physics.vertical, q, l, q.x0[l], q.y0[l], real(fraction), real(0.0))
    q.s[l] = q.sigma[l]
    change_half_layer(q, l, mesh, frames, physics, new_element)


@kernel_called
def wait(q, l, mesh, frames, physics, steps, i):
    """Step `i` of a lane that lies on the bed or the shore: it may be let go, to begin with the next step."""
    beside = physics.beside
    e, fraction = q.home[l], steps.fraction[i + 1]
    free = False
    if q.status[l] == STRANDED and wetness(frames, e, fraction) > 0.0:
        free = refloated(beside.shore, beside.seed, q.particle[l], steps.clock[i], float(steps.length[i]))
    elif q.status[l] == DEPOSITED:
        free = lifted(beside.bed, e, fraction)
    if free:
        q.status[l] = ACTIVE
        q.done[l] = i + 1
        q.going[l] = 1
        enter(q, l, mesh, frames, physics)
