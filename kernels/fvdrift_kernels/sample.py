"""Fields at recorded places: surface, bed, and any variable of the files. The interpolation is that of
`prism`.

Everything in double precision from the stored fields: this runs once a record, not once a step.
"""

from typing import NamedTuple

import numpy as np

from .coast import CONSTRAINED, slopes_at_coast
from .gradient import stencil_weights
from .jit import chosen_by_type, entry_point, kernel
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


class Velocity(NamedTuple):
    """That an element field is u or v, and with the other of the two (layer, element) in both frames is the
    velocity."""

    is_v: bool
    first: np.ndarray
    second: np.ndarray


@chosen_by_type
def slopes(velocity, frame, field, k, mesh, metric, e, wet):
    """Slopes of an element field on row `k` in `e`; velocity: None, or Velocity, and then `field` is of frame
    0 or 1."""


@slopes.when(None)
def _slopes_by_neighbours(velocity, frame, field, k, mesh, metric, e, wet):
    stencil = mesh.stencil[e]
    x0, x1, x2, y0, y1, y2 = stencil_weights(mesh, metric, e, wet)
    f = np.float64(field[k, e])
    d0, d1, d2 = field[k, stencil.n0] - f, field[k, stencil.n1] - f, field[k, stencil.n2] - f
    return x0 * d0 + x1 * d1 + x2 * d2, y0 * d0 + y1 * d1 + y2 * d2


@slopes.when(Velocity)
def _slopes_of_velocity(velocity, frame, field, k, mesh, metric, e, wet):
    if not wet & CONSTRAINED:
        return slopes(None, frame, field, k, mesh, metric, e, wet)
    one, other = np.float64(field[k, e]), np.float64(velocity.second[k, e] if frame else velocity.first[k, e])
    u, v = (other, one) if velocity.is_v else (one, other)
    ux, uy, vx, vy = slopes_at_coast(mesh.element[e], mesh.stencil[e], metric, e, wet, u, v)
    return (vx, vy) if velocity.is_v else (ux, uy)


@kernel
def at_element(velocity, frame, field, k, mesh, metric, e, wet, flows, dx, dy):
    """An element field on row `k` at (dx, dy) off the centroid of `e`; where it is dry 0 if it `flows`, else
    what the element has. velocity, frame: as of `slopes`."""
    if not wet & 1:
        return 0.0 if flows else np.float64(field[k, e])
    x, y = slopes(velocity, frame, field, k, mesh, metric, e, wet)
    return np.float64(field[k, e]) + x * dx + y * dy


@entry_point
def sample_element_field(records, fraction, mesh, metric, frames, velocity, f0, f1, flows, values):
    """An element field f0, f1 (layer, element) at each record, as the velocity is taken; float32, filled.

    velocity: None, or Velocity where it varies at the coast as what carries particles does; flows: whether it
    is a flow, which is zero where it is dry.
    """
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
        a = at_element(velocity, 0, f0, upper, mesh, metric, e, frames.wet0[e], flows, dx, dy)
        b = at_element(velocity, 0, f0, lower, mesh, metric, e, frames.wet0[e], flows, dx, dy)
        c = at_element(velocity, 1, f1, upper, mesh, metric, e, frames.wet1[e], flows, dx, dy)
        d = at_element(velocity, 1, f1, lower, mesh, metric, e, frames.wet1[e], flows, dx, dy)
        values[i] = blend(a + fraction * (c - a), b + fraction * (d - b), above, below, r.sigma)
