"""A field over one element as a plane: of an element field by the least-squares gradient over the neighbours (FVCOM's
INTERP_AZONAL), of a node field barycentric (INTERP_ANODAL). One layer, one frame; how they are put together is `polynomial`.
"""

import numpy as np

from .gradient import stencil_weights
from .jit import kernel, unsigned
from .plane import flat, plane, tilted

ZERO, ONE = np.float32(0.0), np.float32(1.0)
THIRD = np.float32(1.0 / 3.0)


@kernel
def corners_of(mesh, e):
    """The three nodes of element `e`."""
    corners = mesh.corners[unsigned(e)]
    return unsigned(corners[0]), unsigned(corners[1]), unsigned(corners[2])


@kernel
def corner_planes(q, l):
    """The planes by which a step of 1 at corner 0 and at corner 1, less that at corner 2, adds to a node field."""
    return plane(THIRD, q.ax[l], q.ay[l]), plane(THIRD, q.bx[l], q.by[l])


@kernel
def node_plane(corners, f0, f1, f2):
    """Plane of a field given at the three corners of an element."""
    return tilted(tilted(flat(f2), f0 - f2, corners[0]), f1 - f2, corners[1])


@kernel
def surroundings(mesh, metric, e, wet):
    """1, or 0 where element `e` is dry; its neighbours; the planes by which a step of 1 to each of them adds to a field."""
    stencil = mesh.stencil[unsigned(e)]
    x0, x1, x2, y0, y1, y2 = stencil_weights(mesh, metric, e, wet)
    zero = x0 * ZERO
    kept = zero + ONE
    if not wet & 1:
        kept, x0, x1, x2, y0, y1, y2 = zero, zero, zero, zero, zero, zero, zero
    return (
        kept, unsigned(stencil.n0), unsigned(stencil.n1), unsigned(stencil.n2),
        plane(zero, x0, y0), plane(zero, x1, y1), plane(zero, x2, y2),
    )  # fmt: skip


@kernel
def element_plane(field, k, e, around):
    """Plane of an element field on layer `k`, from the element and those `around` it (see `surroundings`)."""
    kept, n0, n1, n2, tilt0, tilt1, tilt2 = around
    row = field[unsigned(k)]
    f = kept * row[unsigned(e)]
    return tilted(tilted(tilted(flat(f), row[n0] - f, tilt0), row[n1] - f, tilt1), row[n2] - f, tilt2)
