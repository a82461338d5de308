"""What the random walk needs of a frame beside its fields: how sharply profiles bend, and Smagorinsky's diffusivity."""

import math

import numpy as np

from .boundary import metres
from .diffusivity import parts_of_step
from .gradient import stencil_weights
from .jit import entry_point
from .layers import thickness
from .state import LEFT_ON_LAND


@entry_point
def fill_bend(mesh, kh, depth, bend):
    """Largest |K''| (1/s) over the columns of an element's three nodes; kh: (level, node), depth: (node,), bend: filled."""
    for e in range(len(mesh.corners)):
        sharpest = 0.0
        for node in mesh.corners[e]:
            d = np.float64(depth[node])
            if d < LEFT_ON_LAND:
                continue
            for level in range(1, len(kh) - 1):
                above = thickness(mesh, e, node, level - 1)
                below = thickness(mesh, e, node, level)
                upper = (np.float64(kh[level - 1, node]) - np.float64(kh[level, node])) / above
                lower = (np.float64(kh[level, node]) - np.float64(kh[level + 1, node])) / below
                sharpest = max(sharpest, abs(upper - lower) / (0.5 * (above + below)) / (d * d))
        bend[e] = sharpest


@entry_point
def fill_parts(bend, length, parts):
    """In how many parts the vertical walk takes a step of `length` s in each element (int64, filled), by its `bend`."""
    for e in range(len(bend)):
        parts[e] = parts_of_step(bend[e], length)


@entry_point
def smagorinsky(mesh, metric, u, v, wet, coefficient, weight, diffusivity):
    """Horizontal diffusivity at nodes from the shear of the flow: C A sqrt(ux^2 + vy^2 + (uy + vx)^2 / 2) in each element
    (FVCOM viscofh, HORCON = C), then the mean by area of the wet elements round a node.

    u, v: (layer, element); wet: code of `gradient.wet_code`; weight: float64 (node,), work space; diffusivity: float64
    (layer, node), filled.
    """
    weight[:] = 0.0
    diffusivity[:] = 0.0
    for e in range(len(mesh.corners)):
        if not wet[e] & 1:
            continue
        element = mesh.element[e]
        stencil = mesh.stencil[e]
        x0, x1, x2, y0, y1, y2 = stencil_weights(mesh, metric, e, wet[e])
        per_x, per_y = metres(metric, e)
        # (ax by - ay bx) is one over twice the area
        area = 0.5 / abs(element.ax * element.by - element.ay * element.bx) * per_x * per_y
        for node in mesh.corners[e]:
            weight[node] += area
        for k in range(len(u)):
            u0, u1, u2 = u[k, stencil.n0] - u[k, e], u[k, stencil.n1] - u[k, e], u[k, stencil.n2] - u[k, e]
            v0, v1, v2 = v[k, stencil.n0] - v[k, e], v[k, stencil.n1] - v[k, e], v[k, stencil.n2] - v[k, e]
            ux, uy = np.float64(x0 * u0 + x1 * u1 + x2 * u2) / per_x, np.float64(y0 * u0 + y1 * u1 + y2 * u2) / per_y
            vx, vy = np.float64(x0 * v0 + x1 * v1 + x2 * v2) / per_x, np.float64(y0 * v0 + y1 * v1 + y2 * v2) / per_y
            shear = math.sqrt(ux * ux + vy * vy + 0.5 * (uy + vx) * (uy + vx))
            for node in mesh.corners[e]:
                diffusivity[k, node] += area * coefficient * area * shear
    for node in range(len(weight)):
        if weight[node] > 0.0:
            for k in range(len(u)):
                diffusivity[k, node] /= weight[node]
