"""How velocity varies in an element at the edge of the mesh. Not how a move is stopped there (that is
`boundary`).

FVCOM keeps the velocity at the centroid of an element with one coast side along that side. So its part across
the side goes linearly from the centroid to zero at the side, the same all along it; its part along the side
is constant, as in FVCOM's own tracker. A slope fitted to the neighbours, whose velocity is not along that
side, would point into the land.
"""

import numpy as np

from .boundary import metres, side_gradient
from .jit import kernel, kernel_called
from .state import FLAT, SIDE_OF_COAST

# bit of the wet code: the coast gives the slopes of the velocity in this element, the neighbours do not
CONSTRAINED = 16
REVERSED = 32  # bit of the wet code beside it: the velocity is that of a run backward in time
# The part across the side over the speed, where it points into the water: a coast below the first (FVCOM's
# elements: 0.006), a river's mouth above the second (0.54 to 0.72), and in between something of both, so that
# nothing jumps.
COAST_SHARE, RIVER_SHARE = 0.3, 0.5


@kernel
def river(inward, speed, reverse):
    """How much of a coast side is a river's mouth, 0 to 1.

    inward, speed: the part of the velocity from the land into the water, and its size, m/s. What flows
    towards the land is stopped, and never taken for a river.
    """
    inward = -inward if reverse else inward
    if inward <= COAST_SHARE * speed:
        return 0.0
    return min((inward / speed - COAST_SHARE) / (RIVER_SHARE - COAST_SHARE), 1.0)


@kernel_called
def slopes_at_coast(element, stencil, metric, e, wet, u, v):
    """Slopes of the velocity (u, v) of constrained element `e`, per unit of x and y, of the kind of u: (ux,
    uy, vx, vy)."""
    kind = type(u)
    if stencil.coastal == FLAT:
        return kind(0), kind(0), kind(0), kind(0)
    x, y, nx, ny = _side(element, stencil, metric, e)
    inward = nx * u + ny * v
    share = 1.0 - river(inward, np.sqrt(np.float64(u) * u + np.float64(v) * v), wet & REVERSED)
    slope = 3.0 * share * inward  # per barycentric coordinate, which is 1/3 at the centroid and 0 at the side
    return kind(slope * nx * x), kind(slope * nx * y), kind(slope * ny * x), kind(slope * ny * y)


@kernel
def _side(element, stencil, metric, e):
    """Of the coast side of an element: the gradient of the barycentric coordinate that is 0 there, per unit
    of x and y, and its normal into the water, in metres."""
    per_x, per_y = metres(metric, e)
    x, y = side_gradient(element, stencil.coastal - SIDE_OF_COAST)
    nx, ny = x / per_x, y / per_y
    steep = np.sqrt(nx * nx + ny * ny)
    return x, y, nx / steep, ny / steep


@kernel_called
def slopes_of_waves(element, stencil, metric, e, u, v):
    """`slopes_at_coast` of the Stokes drift, which comes from no river."""
    kind = type(u)
    if stencil.coastal == FLAT:
        return kind(0), kind(0), kind(0), kind(0)
    x, y, nx, ny = _side(element, stencil, metric, e)
    slope = 3.0 * (nx * u + ny * v)
    return kind(slope * nx * x), kind(slope * nx * y), kind(slope * ny * x), kind(slope * ny * y)
