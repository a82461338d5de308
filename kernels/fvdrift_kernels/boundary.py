"""What stops a move: the coast, the open boundary, the end of the piece, the surface and the bed."""

import numpy as np

from .jit import chosen_by_type, kernel, kernel_called
from .locate import local_coordinates, trace
from .options import Geographic
from .state import ACTIVE, END_OF_PIECE, EXITED, OPEN, REFLECT, STRAND, STRANDED

MOST_BOUNCES = 200  # sides of coast met in one step; what is left of the move then is dropped, in the water
ZERO, ONE, TWO = np.float32(0.0), np.float32(1.0), np.float32(2.0)
# a particle at the coast lies this barycentric coordinate inside: far above rounding, far below a mm
INSIDE = 1e-9


@kernel
def within_column(sigma):
    """Reflect sigma at the surface (0) and at the bed (-1); what still lies outside ends at the one it is
    beyond."""
    sigma = -sigma if sigma > ZERO else sigma
    sigma = -TWO - sigma if sigma < -ONE else sigma
    return sigma if sigma < ZERO else ZERO


@chosen_by_type
def metres(metric, e):
    """Metres per unit of x and of y in element `e`."""


@metres.when(None)
def _metres_projected(metric, e):
    return 1.0, 1.0


@metres.when(Geographic)
def _metres_geographic(metric, e):
    return metric.scale[e, 0], metric.scale[e, 1]


@kernel
def side_gradient(element, side):
    """Gradient of the barycentric coordinate that vanishes on `side`: it points into the element."""
    if side == 0:
        return element.ax, element.ay
    if side == 1:
        return element.bx, element.by
    return -element.ax - element.bx, -element.ay - element.by


@kernel_called
def pulled_inside(element, side, x, y):
    """The point of the element nearest to (x, y) on `side`, INSIDE off it along its normal (and off the
    others)."""
    gx, gy = side_gradient(element, side)
    first, second, third = local_coordinates(element, x, y)
    there = first if side == 0 else (second if side == 1 else third)
    shift = (INSIDE - there) / (gx * gx + gy * gy)
    x += shift * gx
    y += shift * gy
    first, second, third = local_coordinates(element, x, y)
    lowest = min(first, second, third)
    if lowest < 0.5 * INSIDE:  # in a corner: towards the centroid
        toward = (INSIDE - lowest) / (1.0 / 3.0 - lowest)
        x += toward * (element.xc - x)
        y += toward * (element.yc - y)
    return x, y


@kernel
def beyond_side(element, side):
    """What lies beyond a side: an element, or COAST, OPEN, END_OF_PIECE."""
    return element.beyond0 if side == 0 else (element.beyond1 if side == 1 else element.beyond2)


@kernel_called
def moved(elements, metric, coast, e, x, y, dx, dy):
    """Move from (x, y) in element `e` by (dx, dy), by the rules of coast and boundary.

    Returns (status, element, x, y): ACTIVE where it ends in the water, STRANDED at the coast, EXITED at the
    open boundary, END_OF_PIECE where the move can't be judged here. SLIDE keeps the part of the move along
    the coast, REFLECT turns the part across it; along it nothing is lost.
    """
    for _ in range(MOST_BOUNCES):
        e, side, fraction = trace(elements, e, x, y, dx, dy)
        if side < 0:
            return ACTIVE, e, x + fraction * dx, y + fraction * dy
        element = elements[e]
        beyond = beyond_side(element, side)
        x += fraction * dx
        y += fraction * dy
        if beyond == END_OF_PIECE:
            return END_OF_PIECE, e, x, y
        x, y = pulled_inside(element, side, x, y)
        if beyond == OPEN:
            return EXITED, e, x, y
        if coast == STRAND:
            return STRANDED, e, x, y
        per_x, per_y = metres(metric, e)
        gx, gy = side_gradient(element, side)
        nx, ny = gx / per_x, gy / per_y
        rx, ry = (1.0 - fraction) * dx * per_x, (1.0 - fraction) * dy * per_y
        across = (rx * nx + ry * ny) / (nx * nx + ny * ny)
        if coast == REFLECT:
            across += across
        dx = (rx - across * nx) / per_x
        dy = (ry - across * ny) / per_y
    return ACTIVE, e, x, y
