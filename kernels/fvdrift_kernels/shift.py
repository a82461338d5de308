"""Lanes moved across beside the flow, by the rules of coast and boundary, put into their prisms again, or
left where they end."""

import numpy as np

from .boundary import metres, moved
from .column import arrival_sigma
from .columns import restore_columns
from .jit import chosen_by_type, kernel, kernel_called
from .lanes import GROUP, LANES, lanes_below_zero, lowest, without_lowest
from .own import Own
from .prism import load_element, park
from .settle import change_half_layer, hand_on, in_half_layer, lowest_coordinate
from .state import ACTIVE, END_OF_PIECE

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@kernel
def shift(q, of, mesh, frames, physics, coast, fraction):
    """Move all lanes by their way across, by the rule `coast`: at once where it surely ends in the element it
    begins in.

    `put_in_place` has to follow.
    """
    particles, order, first = of
    real = type(q.x0[0])
    for l in range(LANES):
        per_x, per_y = metres(physics.metric, q.element[l])
        x = q.x[l] + q.way_x[l] / per_x
        y = q.y[l] + q.way_y[l] / per_y
        low = lowest_coordinate(q, l, real(x - q.xc[l]), real(y - q.yc[l]))
        inside = low >= ZERO
        q.margin[l] = low if q.dt[l] > 0.0 else ONE
        q.x[l] = x if inside else q.x[l]
        q.y[l] = y if inside else q.y[l]
    for group in range(LANES // GROUP):
        mask = lanes_below_zero(q.margin, group)
        while mask:
            l = GROUP * group + lowest(mask)
            shift_lane(q, l, particles[order[first + l]], mesh, frames, physics, coast, fraction)
            mask = without_lowest(mask)


@kernel_called
def shift_lane(q, l, p, mesh, frames, physics, coast, fraction):
    """Move lane `l` by its way across. Where it would end on a dry element it stays in place; a step that the
    piece is too small for is undone whole."""
    e, dx, dy = q.element[l], q.way_x[l], q.way_y[l]
    if dx == 0.0 and dy == 0.0:
        return
    per_x, per_y = metres(physics.metric, e)
    status, there, x, y = moved(
        mesh.element, physics.metric, coast, e, q.x[l], q.y[l], dx / per_x, dy / per_y
    )
    if status == END_OF_PIECE:
        q.x[l], q.y[l], q.sigma[l] = q.x_before[l], q.y_before[l], q.sigma_before[l]
        q.home[l] = q.home_before[l]
        q.done[l] -= 1
        restore(physics.beside.own, physics.beside.columns, l, p)
        hand_on(q, l)
        q.dt[l] = 0.0
    elif status != ACTIVE:
        stop(q, l, status, there, x, y, q.sigma[l])
    elif there == e:
        q.x[l], q.y[l] = x, y
    elif wet_by_then(frames, there, fraction):
        q.x[l], q.y[l] = x, y
        load_element(q, l, mesh, frames, physics, there)


@kernel
def wet_by_then(frames, e, fraction):
    """Whether an element is not dry at `fraction` of the way between two frames."""
    first = frames.wet0[e] & 1
    second = frames.wet1[e] & 1
    return first + fraction * (second - first) > 0.0


@kernel
def put_in_place(q, l, physics, fraction):
    """Let lane `l` know that it has moved across; where a particle is held at a depth its sigma follows from
    the place."""
    real = type(q.x0[l])
    q.x0[l] = q.x[l] - q.xc[l]
    q.y0[l] = q.y[l] - q.yc[l]
    # no velocity is left to go by
    q.sigma[l] = arrival_sigma(physics.vertical, q, l, q.x0[l], q.y0[l], real(fraction), real(0.0))


@kernel
def stop(q, l, status, e, x, y, sigma):
    """Leave lane `l` where it ends."""
    q.x[l], q.y[l], q.sigma[l] = x, y, sigma
    q.home[l] = q.element[l] = e
    q.status[l] = status
    park(q, l)
    q.going[l] = 0
    q.dt[l] = 0.0


@kernel
def place(q, mesh, frames, physics, fraction):
    """Put all lanes into the prisms that their next step begins in."""
    for l in range(LANES):
        put_in_place(q, l, physics, fraction)
        q.home[l] = q.element[l]
        q.s[l] = q.sigma[l]
        q.s0[l] = q.s[l]
        q.margin[l] = ONE if in_half_layer(q, l, q.s[l]) else -ONE
    for group in range(LANES // GROUP):
        mask = lanes_below_zero(q.margin, group)
        while mask:
            change_half_layer(q, GROUP * group + lowest(mask), mesh, frames, physics)
            mask = without_lowest(mask)


@chosen_by_type
def restore(own, columns, l, p):
    """Give `p` the columns back that it had before the step, if anybody has changed them by now."""


@restore.when(None)
def _unchanged(own, columns, l, p):
    return


@restore.when(Own)
def _restore(own, columns, l, p):
    restore_columns(columns, l, p)


@kernel
def wetness(q, l, fraction):
    """How much of the step the element of lane `l` is wet, 0 to 1."""
    return q.wet[l] + fraction * q.dt_wet[l]


@kernel
def begin(q, fraction, length):
    """What is dry stays in place; but it lives on."""
    for l in range(LANES):
        q.dt[l] = length * wetness(q, l, fraction) if q.going[l] else 0.0
        q.way_x[l] = 0.0
        q.way_y[l] = 0.0
        q.up[l] = 0.0
