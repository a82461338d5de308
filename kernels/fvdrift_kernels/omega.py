"""Vertical velocity through the sigma levels at nodes, for files that do not hold it. Not its use
(`interpolate`).

FVCOM's own control volumes round nodes (vertvl_edge.F): each element is shared out between its corners along
the lines from its centroid to the middles of its sides; through these lines flows its velocity times its mean
depth. Omega is in m/s, positive up, zero at surface and bed. At nodes of the open boundary it is zero
throughout: what flows in there is not in the files, and FVCOM leaves the flow out of its own omega at these
nodes too. Where levels differ from place to place, `through_sigma` makes of it the flow through surfaces of
sigma.
"""

import numpy as np

from .boundary import metres
from .jit import entry_point, kernel
from .layers import sigma_at_node, thickness
from .node_field import mean_of_corners
from .state import OPEN


@kernel
def _to_metres(mesh, metric, e, node, x, y):
    """A corner of an element, metres off its centroid."""
    per_x, per_y = metres(metric, e)
    element = mesh.element[e]
    return (x[node] - element.xc) * per_x, (y[node] - element.yc) * per_y


@kernel
def _between(divergence, k, a, b, transport):
    """Add what flows from the control volume of node a to that of node b, m3/s."""
    divergence[k, a] += transport
    divergence[k, b] -= transport


@kernel
def _from_corner(i, xs, ys, u, v):
    """What flows from corner `i` of an element to the next, m2/s for a metre of thickness."""
    j = (i + 1) % 3
    # from the middle of side ij to the centroid, which is the origin
    mx, my = 0.5 * (xs[i] + xs[j]), 0.5 * (ys[i] + ys[j])
    return u * -my - v * -mx


@kernel
def _through(divergence, k, mesh, e, xs, ys, u, v, thickness):
    """Add the flows of layer `k` of element `e` between its corners."""
    nodes = mesh.corners[e]
    for i in range(3):
        _between(divergence, k, nodes[i], nodes[(i + 1) % 3], thickness * _from_corner(i, xs, ys, u, v))


@kernel
def _leave_out_open_nodes(mesh, areas):
    """Set the area of nodes on open sides to zero: their control volumes have a side that no flow is known
    through."""
    for e in range(len(mesh.corners)):
        element = mesh.element[e]
        n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
        if element.beyond0 == OPEN:
            areas[n1] = areas[n2] = 0.0
        if element.beyond1 == OPEN:
            areas[n2] = areas[n0] = 0.0
        if element.beyond2 == OPEN:
            areas[n0] = areas[n1] = 0.0


@kernel
def _take_from_neighbours(mesh, areas, field, lonely):
    """Give nodes without an area, which hold 0, the mean of those beside them that have one; `lonely`: where
    none has."""
    for e in range(len(mesh.corners)):
        for node in mesh.corners[e]:
            if areas[node] > 0.0:
                continue
            for beside in mesh.corners[e]:
                if areas[beside] > 0.0:
                    field[node] += field[beside]
                    areas[node] -= 1.0
    for node in range(len(areas)):
        if areas[node] <= 0.0:
            field[node] = field[node] / -areas[node] if areas[node] < 0.0 else lonely
            areas[node] = 0.0


@entry_point
def from_continuity(mesh, metric, x, y, u, v, depth, wet, areas, spacing, divergence, rise, omega):
    """Omega from the horizontal flow alone, and the rise of the surface that goes with it.

    x, y: float64 (node,); u, v: (layer, element); depth: (node,) h + zeta; wet: code of `gradient.wet_code`.
    Work space: areas float64 (node,), spacing and divergence float64 (layer, node). Filled: rise float64
    (node,), m/s, at open nodes that of the inner nodes beside them, nan where there are none; omega float32
    (level, node).
    """
    rise[:] = 0.0
    omega[:] = 0.0
    areas[:] = 0.0
    spacing[:] = 0.0
    divergence[:] = 0.0
    layers = len(u)
    for e in range(len(mesh.corners)):
        n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
        x0, y0 = _to_metres(mesh, metric, e, n0, x, y)
        x1, y1 = _to_metres(mesh, metric, e, n1, x, y)
        x2, y2 = _to_metres(mesh, metric, e, n2, x, y)
        area = 0.5 * ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
        row = mesh.half[e * mesh.half_step]
        mean_depth = mean_of_corners(mesh, e, depth)
        for k in range(layers):
            if wet[e] & 1:
                _through(
                    divergence,
                    k,
                    mesh,
                    e,
                    (x0, x1, x2),
                    (y0, y1, y2),
                    np.float64(u[k, e]),
                    np.float64(v[k, e]),
                    mean_depth * (np.float64(row[2 * k]) - np.float64(row[2 * k + 2])),
                )
        for node in (n0, n1, n2):
            areas[node] += area
            for k in range(layers):
                spacing[k, node] += area * thickness(mesh, e, node, k)
    _leave_out_open_nodes(mesh, areas)
    for node in range(len(areas)):
        if areas[node] == 0.0:
            continue
        total = 0.0
        for k in range(layers):
            divergence[k, node] /= areas[node] / 3.0
            spacing[k, node] /= areas[node]
            total += divergence[k, node]
        rise[node] = -total
        level = 0.0
        for k in range(layers):
            level += spacing[k, node] * rise[node] + divergence[k, node]
            omega[k + 1, node] = level
        omega[layers, node] = 0.0
    _take_from_neighbours(mesh, areas, rise, np.nan)


@entry_point
def through_sigma(mesh, metric, x, y, u, v, depth, wet, omega, areas, along, flow):
    """Fill `flow` with D dsigma/dt, the flow through surfaces of sigma, m/s: omega + D u . grad sigma_k.

    D u . grad sigma_k at a node is the sum of what flows from its control volume, times what sigma_k of the
    element is above that of the node: in a flow that is the same at all depths FVCOM's sum gives omega the
    opposite of it, to rounding. u on a level is linear between layers. Open nodes, where omega lacks the
    flow, take the mean of the inner nodes beside them. x, y: float64 (node,); omega, flow: float32 (level,
    node). Work space: areas float64 (node,), along float64 (level, node).
    """
    areas[:] = 0.0
    along[:] = 0.0
    for e in range(len(mesh.corners)):
        nodes = mesh.corners[e]
        x0, y0 = _to_metres(mesh, metric, e, nodes[0], x, y)
        x1, y1 = _to_metres(mesh, metric, e, nodes[1], x, y)
        x2, y2 = _to_metres(mesh, metric, e, nodes[2], x, y)
        for node in nodes:
            areas[node] += 0.5 * ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) / 3.0
        if not wet[e] & 1:
            continue
        row, mean_depth = mesh.half[e * mesh.half_step], mean_of_corners(mesh, e, depth)
        for k in range(1, len(u)):
            share = (row[2 * k - 1] - row[2 * k]) / (row[2 * k - 1] - row[2 * k + 1])
            uk = np.float64(u[k - 1, e] + share * (u[k, e] - u[k - 1, e]))
            vk = np.float64(v[k - 1, e] + share * (v[k, e] - v[k - 1, e]))
            for i in range(3):
                a, b = nodes[i], nodes[(i + 1) % 3]
                transport = mean_depth * _from_corner(i, (x0, x1, x2), (y0, y1, y2), uk, vk)
                along[k, a] += transport * (
                    np.float64(row[2 * k]) - sigma_at_node(mesh.levels, mesh, e, a, 2 * k)
                )
                along[k, b] -= transport * (
                    np.float64(row[2 * k]) - sigma_at_node(mesh.levels, mesh, e, b, 2 * k)
                )
    _leave_out_open_nodes(mesh, areas)
    for k in range(len(flow)):
        for node in range(len(areas)):
            flow[k, node] = omega[k, node] + along[k, node] / areas[node] if areas[node] > 0.0 else 0.0
        _take_from_neighbours(mesh, areas, flow[k], 0.0)


@entry_point
def from_vertical_velocity(mesh, metric, u, v, ww, depth, zeta, rise, wet, areas, omega):
    """Omega from the true vertical velocity `ww` (m/s, (layer, element)) less what follows from the moving
    coordinate.

    w = omega + (1 + sigma) d(zeta)/dt + (u, v) . (grad zeta + sigma grad D) (FVCOM wreal.F); rise: d(zeta)/dt
    at nodes. At nodes the wet elements round them weigh by area, between layers the mean is taken. omega:
    float32, filled.
    """
    omega[:] = 0.0
    areas[:] = 0.0
    layers = len(u)
    for e in range(len(mesh.corners)):
        if not wet[e] & 1:
            continue
        per_x, per_y = metres(metric, e)
        element = mesh.element[e]
        n0, n1, n2 = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
        area = 1.0 / abs(element.ax * element.by - element.ay * element.bx) * per_x * per_y
        z0, z1 = np.float64(zeta[n0]) - np.float64(zeta[n2]), np.float64(zeta[n1]) - np.float64(zeta[n2])
        d0, d1 = np.float64(depth[n0]) - np.float64(depth[n2]), np.float64(depth[n1]) - np.float64(depth[n2])
        zx, zy = (element.ax * z0 + element.bx * z1) / per_x, (element.ay * z0 + element.by * z1) / per_y
        dx, dy = (element.ax * d0 + element.bx * d1) / per_x, (element.ay * d0 + element.by * d1) / per_y
        rising, known = 0.0, 0
        for node in (n0, n1, n2):
            if not np.isnan(rise[node]):
                rising, known = rising + rise[node], known + 1
        rising /= max(known, 1)
        row = mesh.half[e * mesh.half_step]
        for node in (n0, n1, n2):
            areas[node] += area
        for k in range(layers):
            sigma = np.float64(row[2 * k + 1])
            along = np.float64(u[k, e]) * (zx + sigma * dx) + np.float64(v[k, e]) * (zy + sigma * dy)
            through = area * (np.float64(ww[k, e]) - (1.0 + sigma) * rising - along)
            for node in (n0, n1, n2):
                if k > 0:
                    omega[k, node] += 0.5 * through
                if k < layers - 1:
                    omega[k + 1, node] += 0.5 * through
    for node in range(len(areas)):
        for k in range(layers + 1):
            if areas[node] > 0.0:
                omega[k, node] /= areas[node]
