"""A field over one element as a plane: of an element field by the least-squares gradient over the neighbours
(FVCOM's INTERP_AZONAL), of a node field barycentric (INTERP_ANODAL). How they are put together is
`polynomial`.
"""

import numpy as np

from .coast import CONSTRAINED, slopes_at_coast
from .gradient import stencil_weights
from .jit import kernel, unsigned
from .plane import difference, flat, four, part, plane, tilted, times

ZERO, ONE = np.float32(0.0), np.float32(1.0)
THIRD = np.float32(1.0 / 3.0)


@kernel
def corners_of(mesh, e):
    """The three nodes of element `e`."""
    corners = mesh.corners[unsigned(e)]
    return unsigned(corners[0]), unsigned(corners[1]), unsigned(corners[2])


@kernel
def corner_planes(q, l):
    """The planes by which a step of 1 at corner 0 and at corner 1, less that at corner 2, adds to a node
    field."""
    return plane(THIRD, q.ax[l], q.ay[l]), plane(THIRD, q.bx[l], q.by[l])


@kernel
def node_plane(corners, f0, f1, f2):
    """Plane of a field given at the three corners of an element."""
    return tilted(tilted(flat(f2), f0 - f2, corners[0]), f1 - f2, corners[1])


@kernel
def surroundings(mesh, metric, e, wet):
    """1, or 0 where element `e` is dry; the element and its neighbours; the weights of these in the
    slopes."""
    stencil = mesh.stencil[unsigned(e)]
    x0, x1, x2, y0, y1, y2 = stencil_weights(mesh, metric, e, wet)
    zero = x0 * ZERO
    kept = zero + ONE
    if not wet & 1:
        kept, x0, x1, x2, y0, y1, y2 = zero, zero, zero, zero, zero, zero, zero
    return (
        kept,
        unsigned(e),
        unsigned(stencil.n0),
        unsigned(stencil.n1),
        unsigned(stencil.n2),
        x0,
        x1,
        x2,
        y0,
        y1,
        y2,
    )


@kernel
def on_two_layers(u, v, e, upper, lower):
    """u and v of element `e` on the upper layer, u and v on the lower."""
    upper, lower = unsigned(upper), unsigned(lower)
    return four(u[upper][e], v[upper][e], u[lower][e], v[lower][e])


@kernel
def flow_planes(mesh, metric, e, wet, u, v, upper, lower):
    """u and v of element `e` on two layers, at its centroid, and their slopes in x and y; wet: its code in
    the frame."""
    if wet & CONSTRAINED:
        return coast_planes(mesh, metric, e, wet, u, v, upper, lower)
    kept, e, n0, n1, n2, x0, x1, x2, y0, y1, y2 = surroundings(mesh, metric, e, wet)
    f = times(on_two_layers(u, v, e, upper, lower), kept)
    d0 = difference(on_two_layers(u, v, n0, upper, lower), f)
    d1 = difference(on_two_layers(u, v, n1, upper, lower), f)
    d2 = difference(on_two_layers(u, v, n2, upper, lower), f)
    return f, tilted(tilted(times(d0, x0), x1, d1), x2, d2), tilted(tilted(times(d0, y0), y1, d1), y2, d2)


@kernel
def coast_planes(mesh, metric, e, wet, u, v, upper, lower):
    """`flow_planes` of an element in which the coast gives the slopes."""
    f = on_two_layers(u, v, e, upper, lower)
    zero = part(f, 0) * ZERO
    f = times(f, (zero + ONE) if wet & 1 else zero)
    element, stencil = mesh.element[unsigned(e)], mesh.stencil[unsigned(e)]
    ux0, uy0, vx0, vy0 = slopes_at_coast(element, stencil, metric, e, wet, part(f, 0), part(f, 1))
    ux1, uy1, vx1, vy1 = slopes_at_coast(element, stencil, metric, e, wet, part(f, 2), part(f, 3))
    return f, four(ux0, vx0, ux1, vx1), four(uy0, vy0, uy1, vy1)


@kernel
def omega_planes(q, l, nodes, first, second, level, kept):
    """Omega in two frames, on `level` and the one below, times `kept` (0 where it is dry): at the centroid,
    and its slopes."""
    last = on_two_levels(first, second, nodes[2], level, kept)
    d0 = difference(on_two_levels(first, second, nodes[0], level, kept), last)
    d1 = difference(on_two_levels(first, second, nodes[1], level, kept), last)
    return (
        tilted(tilted(last, THIRD, d0), THIRD, d1),
        tilted(times(d0, q.ax[l]), q.bx[l], d1),
        tilted(times(d0, q.ay[l]), q.by[l], d1),
    )


@kernel
def on_two_levels(first, second, node, level, kept):
    """Omega of a node in two frames on `level`, and in both on the one below."""
    upper, lower = unsigned(level), unsigned(level + 1)
    return four(
        kept[0] * first[upper][node],
        kept[1] * second[upper][node],
        kept[0] * first[lower][node],
        kept[1] * second[lower][node],
    )
