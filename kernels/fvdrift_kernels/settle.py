"""Lanes that left their prism: which they are, and the scalar work that brings them into the right one.

Whether a lane has left is asked of all lanes at once, in single precision and with the doubt of single
precision on the safe side; where it may have, the path from its home element is followed in double precision.
So where a particle is never depends on what its lane had cached: a step begins from its state alone.
"""

import numpy as np

from .boundary import beyond_side, moved, pulled_inside
from .column import arrival_sigma, stage_sigma
from .interpolate import barycentric
from .jit import kernel, kernel_called, unsigned
from .lanes import GROUP, LANES, lanes_below_zero, lowest, without_lowest
from .layers import as_if_even, half_layer
from .locate import trace
from .prism import load_element, load_half_layer, park
from .state import ACTIVE, END_OF_PIECE

ONE = np.float32(1.0)
# q.blocked: in this step the stages met nothing; one met a boundary, or lay where the straight way there may
# cut land; one met the end of the piece
FREE, TOUCHED, LOST = range(3)


@kernel
def lowest_coordinate(q, l, dx, dy):
    """The lowest barycentric coordinate at (dx, dy) off the centroid, less what rounding may have added."""
    first, second, third = barycentric(q, l, dx, dy)
    low = first if first < second else second
    low = low if low < third else third
    return low - q.tolerance[l]


@kernel
def outside(q, l, dx, dy, s):
    """Below zero where lane `l` has or may have left its prism. The half layer is asked without tolerance."""
    low = lowest_coordinate(q, l, dx, dy)
    return low if in_half_layer(q, l, s) else -ONE


@kernel
def in_half_layer(q, l, s):
    """Whether sigma `s` is in the half layer of lane `l`."""
    return (s < q.top[l]) & (s >= q.bottom[l])


@kernel
def enter(q, l, mesh, frames, physics):
    """Bring lane `l` from its state alone to the place its next step begins at."""
    q.u[l] = 0
    q.v[l] = 0
    q.w[l] = 0
    q.blocked[l] = FREE
    load_element(q, l, mesh, frames, physics, q.home[l])
    q.s[l] = q.sigma[l]
    q.s0[l] = q.s[l]
    half = half_layer(mesh, q.home[l], q.s[l], as_if_even(mesh, q.s[l]))
    load_half_layer(q, l, mesh, frames, physics, q.home[l], half)


@kernel
def change_half_layer(q, l, mesh, frames, physics):
    """Bring the half layer of the lane's place into it, as far as it is not there yet."""
    e = q.element[l]
    load_half_layer(q, l, mesh, frames, physics, e, half_layer(mesh, e, q.s[l], q.half[l]))


@kernel
def hand_on(q, l):
    """Leave lane `l` as it was before the step, which somebody else will take."""
    park(q, l)
    q.element[l] = q.home[l]
    q.going[l] = 0


@kernel
def clear_way(mesh, home, e):
    """Whether the straight way from any place in element `home` to any in `e` surely stays in the water.

    Two triangles with a common side have land between them only where an end of that side is a node of the
    coast.
    """
    element = mesh.element[unsigned(e)]
    beside = (element.beyond0 == home) | (element.beyond1 == home) | (element.beyond2 == home)
    return (e == home) | (beside & (mesh.stencil[unsigned(e)].coastal == 0))


@kernel_called
def settle_stage_lane(q, l, mesh, frames, physics, time, length):
    """Put lane `l` into the prism its stage lies in; a stage beyond a boundary is taken where the path meets
    it."""
    if q.blocked[l] == LOST:
        return
    if lowest_coordinate(q, l, q.dx[l], q.dy[l]) < 0:
        dx = np.float64(length * q.u[l])
        dy = np.float64(length * q.v[l])
        e, side, fraction = trace(mesh.element, q.home[l], q.x[l], q.y[l], dx, dy)
        x = q.x[l] + fraction * dx
        y = q.y[l] + fraction * dy
        if side >= 0 or not clear_way(mesh, q.home[l], e):
            q.blocked[l] = TOUCHED
        if side >= 0:
            if beyond_side(mesh.element[e], side) == END_OF_PIECE:
                q.blocked[l] = LOST
                return
            x, y = pulled_inside(mesh.element[e], side, x, y)
        if e != q.element[l]:
            load_element(q, l, mesh, frames, physics, e)
        q.dx[l] = x - q.xc[l]
        q.dy[l] = y - q.yc[l]
        q.s[l] = stage_sigma(physics.vertical, q, l, q.dx[l], q.dy[l], time, length)
    change_half_layer(q, l, mesh, frames, physics)


@kernel_called
def settle_arrival_lane(q, l, mesh, frames, physics, time, length):
    """End the step of lane `l` by the rules of the boundaries; a lane that can't take its step here keeps its
    state."""
    if q.blocked[l] == LOST:
        hand_on(q, l)
        return
    dx = np.float64(length * q.su[l])
    dy = np.float64(length * q.sv[l])
    near_x = type(q.x0[l])((q.x[l] + dx) - q.xc[l])
    near_y = type(q.y0[l])((q.y[l] + dy) - q.yc[l])
    if q.blocked[l] == TOUCHED or lowest_coordinate(q, l, near_x, near_y) < 0:
        status, e, x, y = moved(
            mesh.element, physics.metric, physics.coast, q.home[l], q.x[l], q.y[l], dx, dy
        )
        if status == END_OF_PIECE:
            hand_on(q, l)
            return
        q.x[l] = x
        q.y[l] = y
        q.su[l] = 0
        q.sv[l] = 0
        if e != q.element[l]:
            load_element(q, l, mesh, frames, physics, e)
        near_x = type(q.x0[l])(x - q.xc[l])
        near_y = type(q.y0[l])(y - q.yc[l])
        sigma = arrival_sigma(physics.vertical, q, l, near_x, near_y, time, length)
        q.s[l] = sigma
        if status != ACTIVE:
            q.sigma[l] = sigma
            q.status[l] = status
            park(q, l)
            q.going[l] = 0
            q.done[l] += 1
            return
    change_half_layer(q, l, mesh, frames, physics)


@kernel
def settle_stage(q, mesh, frames, physics, time, length):
    """`settle_stage_lane` for the lanes whose margin is below zero."""
    for group in range(LANES // GROUP):
        mask = lanes_below_zero(q.margin, group)
        while mask:
            settle_stage_lane(q, GROUP * group + lowest(mask), mesh, frames, physics, time, length)
            mask = without_lowest(mask)


@kernel
def settle_arrivals(q, mesh, frames, physics, time, length):
    """`settle_arrival_lane` for the lanes whose margin is below zero."""
    for group in range(LANES // GROUP):
        mask = lanes_below_zero(q.margin, group)
        while mask:
            settle_arrival_lane(q, GROUP * group + lowest(mask), mesh, frames, physics, time, length)
            mask = without_lowest(mask)
