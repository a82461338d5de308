"""Fields at recorded places: surface, bed, and any variable of the files. The interpolation is that of `prism`.

Everything in double precision from the stored fields: this runs once a record, not once a step.
"""

import numpy as np

from .gradient import stencil_weights
from .jit import entry_point, kernel
from .layers import interval_at, layer_pair, sigma_at
from .locate import local_coordinates
from .node_field import at_nodes, blend, node_value


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
def sample_node_field(records, fraction, mesh, field, values):
    """A NodeField at each record. float32, filled."""
    for i in range(len(records)):
        r = records[i]
        values[i] = node_value(field, mesh, r.element, r.x, r.y, r.sigma, fraction)


@kernel
def at_element(field, k, mesh, metric, e, wet, flows, dx, dy):
    """An element field on row `k` at (dx, dy) off the centroid of `e`; where it is dry 0 if it `flows`, else what the
    element has."""
    if not wet & 1:
        return 0.0 if flows else np.float64(field[k, e])
    stencil = mesh.stencil[e]
    x0, x1, x2, y0, y1, y2 = stencil_weights(mesh, metric, e, wet)
    f = np.float64(field[k, e])
    d0, d1, d2 = field[k, stencil.n0] - f, field[k, stencil.n1] - f, field[k, stencil.n2] - f
    return f + (x0 * d0 + x1 * d1 + x2 * d2) * dx + (y0 * d0 + y1 * d1 + y2 * d2) * dy


@entry_point
def sample_element_field(records, fraction, mesh, metric, frames, f0, f1, flows, values):
    """An element field f0, f1 (layer, element) at each record, as the velocity is taken; flows: whether it is one.
    float32, filled."""
    for i in range(len(records)):
        r = records[i]
        e = r.element
        place = local_coordinates(mesh.element[e], r.x, r.y)
        dx = r.x - mesh.element[e].xc
        dy = r.y - mesh.element[e].yc
        upper, lower = 0, 0
        above, below = 0.0, 0.0
        if len(f0) > 1:
            upper, lower = layer_pair(interval_at(mesh, e, place, np.float32(r.sigma), 1, 0), len(f0))
            above = sigma_at(mesh, e, place, 2 * upper + 1)
            below = sigma_at(mesh, e, place, 2 * lower + 1)
        a = at_element(f0, upper, mesh, metric, e, frames.wet0[e], flows, dx, dy)
        b = at_element(f0, lower, mesh, metric, e, frames.wet0[e], flows, dx, dy)
        c = at_element(f1, upper, mesh, metric, e, frames.wet1[e], flows, dx, dy)
        d = at_element(f1, lower, mesh, metric, e, frames.wet1[e], flows, dx, dy)
        values[i] = blend(a + fraction * (c - a), b + fraction * (d - b), above, below, r.sigma)
