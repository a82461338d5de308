"""Fields at recorded places: surface, bed, and any variable of the files. The interpolation is that of `prism`.

Everything in double precision from the stored fields: this runs once a record, not once a step.
"""

import numpy as np

from .jit import entry_point, kernel
from .layers import half_layer, layer_pair
from .locate import local_coordinates
from .prism import stencil_weights


@kernel
def at_nodes(mesh, e, x, y, f0, f1, fraction):
    """A node field (node,) at (x, y) in element `e`, `fraction` of the way from f0 to f1."""
    a, b, c = local_coordinates(mesh.element[e], x, y)
    n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    first = a * f0[n0] + b * f0[n1] + c * f0[n2]
    second = a * f1[n0] + b * f1[n1] + c * f1[n2]
    return first + fraction * (second - first)


@kernel
def blend(upper, lower, above, below, sigma):
    """Linear between sigma `above` and `below`; where they are the same, the upper value."""
    return upper + (lower - upper) * ((above - sigma) / (above - below)) if above > below else upper


@entry_point
def sample_surface(records, fraction, mesh, frames, surface, depth):
    """zeta and h + zeta (m) at each record; float64, filled."""
    for i in range(len(records)):
        r = records[i]
        surface[i] = at_nodes(mesh, r.element, r.x, r.y, frames.zeta0, frames.zeta1, fraction)
        depth[i] = at_nodes(mesh, r.element, r.x, r.y, frames.depth0, frames.depth1, fraction)


@entry_point
def sample_dry(records, fraction, frames, dry):
    """1 where the element of a record is dry in every frame that has weight at `fraction`; int8, filled."""
    for i in range(len(records)):
        e = records[i].element
        wet0 = fraction < 1.0 and frames.wet0[e] & 1
        wet1 = fraction > 0.0 and frames.wet1[e] & 1
        dry[i] = 0 if wet0 or wet1 else 1


@entry_point
def sample_node_field(records, fraction, mesh, f0, f1, on_levels, values):
    """A node field f0, f1 (layer or level, node) at each record, linear in sigma; one row: no vertical. float32, filled."""
    for i in range(len(records)):
        r = records[i]
        row = mesh.half[r.element * mesh.half_step]
        half = half_layer(mesh, r.element, np.float32(r.sigma), 0)
        if len(f0) == 1:
            upper, lower, above, below = 0, 0, 0.0, 0.0
        elif on_levels:
            upper, lower = half // 2, half // 2 + 1
            above, below = row[2 * upper], row[2 * lower]
        else:
            upper, lower = layer_pair(half, len(f0))
            above, below = row[2 * upper + 1], row[2 * lower + 1]
        first = at_nodes(mesh, r.element, r.x, r.y, f0[upper], f1[upper], fraction)
        second = at_nodes(mesh, r.element, r.x, r.y, f0[lower], f1[lower], fraction)
        values[i] = blend(first, second, above, below, r.sigma)


@kernel
def at_element(field, k, mesh, metric, e, wet, dx, dy):
    """An element field on row `k` at (dx, dy) off the centroid of `e`; 0 where it is dry."""
    if not wet & 1:
        return 0.0
    stencil = mesh.stencil[e]
    x0, x1, x2, y0, y1, y2 = stencil_weights(mesh, metric, e, wet)
    f = np.float64(field[k, e])
    d0, d1, d2 = field[k, stencil.n0] - f, field[k, stencil.n1] - f, field[k, stencil.n2] - f
    return f + (x0 * d0 + x1 * d1 + x2 * d2) * dx + (y0 * d0 + y1 * d1 + y2 * d2) * dy


@entry_point
def sample_element_field(records, fraction, mesh, metric, frames, f0, f1, values):
    """An element field f0, f1 (layer, element) at each record, as the velocity is taken; float32, filled."""
    for i in range(len(records)):
        r = records[i]
        e = r.element
        row = mesh.half[e * mesh.half_step]
        dx = r.x - mesh.element[e].xc
        dy = r.y - mesh.element[e].yc
        upper, lower = 0, 0
        above, below = 0.0, 0.0
        if len(f0) > 1:
            upper, lower = layer_pair(half_layer(mesh, e, np.float32(r.sigma), 0), len(f0))
            above, below = row[2 * upper + 1], row[2 * lower + 1]
        a = at_element(f0, upper, mesh, metric, e, frames.wet0[e], dx, dy)
        b = at_element(f0, lower, mesh, metric, e, frames.wet0[e], dx, dy)
        c = at_element(f1, upper, mesh, metric, e, frames.wet1[e], dx, dy)
        d = at_element(f1, lower, mesh, metric, e, frames.wet1[e], dx, dy)
        values[i] = blend(a + fraction * (c - a), b + fraction * (d - b), above, below, r.sigma)
