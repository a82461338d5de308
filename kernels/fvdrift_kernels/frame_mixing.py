"""What the random walk needs of a frame beside its fields: in how many parts profiles ask a step to be taken, and
Smagorinsky's diffusivity.
"""

import math

import numpy as np

from .boundary import metres
from .diffusivity import parts_of_step
from .gradient import stencil_weights
from .jit import chosen_by_type, entry_point
from .layers import thickness
from .options import EulerWalk, MilsteinWalk, NaiveWalk, ReversibleWalk, VisserWalk
from .state import LEFT_ON_LAND

SHARPEST = 0.1  # of 1 / max |K''|: the longest part (Visser 1997, MEPS 158, 275, asks for much less than 1)
# of the time in which the column mixes: the longest part of the reversible walk's step. In 10 m stirred by 3 cm/s a point of
# particles spreads 1 to 3 % too fast in its first minutes with it
PART_OF_MIXING = 0.05


@entry_point
def fill_pace(mesh, scheme, kh, depth, pace):
    """The parts per second (1/s) that a walk's step is taken in, by the profiles over an element's three nodes.

    scheme: one of the ...Walk; kh: (level, node), m2/s; depth: h + zeta (node,), m; pace: float32 (element,), filled.
    """
    for e in range(len(mesh.corners)):
        fastest = 0.0
        for node in mesh.corners[e]:
            if depth[node] >= LEFT_ON_LAND:
                fastest = max(fastest, _pace(scheme, mesh, e, node, kh, np.float64(depth[node])))
        pace[e] = fastest


@chosen_by_type
def _pace(scheme, mesh, e, node, kh, d):
    """Parts per second at `node`, a corner of element `e`, where the water is `d` m deep."""


@_pace.when(ReversibleWalk)
def _by_mixing(scheme, mesh, e, node, kh, d):
    """By the time in which the layers mix that have a tenth of the largest K, T = (integral of dz / sqrt(2 K))^2."""
    largest = 0.0
    for level in range(len(kh)):
        largest = max(largest, np.float64(kh[level, node]))
    root = 0.0
    for layer in range(len(kh) - 1):
        upper, lower = max(np.float64(kh[layer, node]), 0.0), max(np.float64(kh[layer + 1, node]), 0.0)
        if max(upper, lower) >= 0.1 * largest > 0.0:
            root += math.sqrt(2.0) * d * thickness(mesh, e, node, layer) / (math.sqrt(upper) + math.sqrt(lower))
    return 1.0 / (PART_OF_MIXING * root * root) if root > 0.0 else 0.0


@_pace.when(MilsteinWalk, VisserWalk, EulerWalk, NaiveWalk)
def _by_bend(scheme, mesh, e, node, kh, d):
    """By how sharply the profile bends, max |K''|."""
    sharpest = 0.0
    for level in range(1, len(kh) - 1):
        above, below = thickness(mesh, e, node, level - 1), thickness(mesh, e, node, level)
        upper = (np.float64(kh[level - 1, node]) - np.float64(kh[level, node])) / above
        lower = (np.float64(kh[level, node]) - np.float64(kh[level + 1, node])) / below
        sharpest = max(sharpest, abs(upper - lower) / (0.5 * (above + below)) / (d * d))
    return sharpest / SHARPEST


@entry_point
def fill_parts(scheme, pace, length, parts):
    """In how many parts the vertical walk takes a step of `length` s in each element (int64, filled), by its `pace`."""
    for e in range(len(pace)):
        parts[e] = parts_of_step(scheme, pace[e], length, False)


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
