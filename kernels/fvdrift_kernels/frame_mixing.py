"""What the random walk needs of a frame beside its fields: in how many parts profiles ask a step to be taken,
and what shear mixes across.
"""

import math

import numpy as np

from .boundary import metres
from .diffusivity import parts_of_step
from .jit import chosen_by_type, entry_point, kernel
from .layers import thickness
from .options import BY_INCREMENT, Geographic, ReversibleWalk
from .state import COAST, LEFT_ON_LAND, OPEN

SHARPEST = 0.1  # of 1 / max |K''|: the longest part (Visser 1997, MEPS 158, 275, asks for much less than 1)
# of the time in which the column mixes: the longest part of the reversible walk's step. In 10 m stirred by 3
# cm/s a point of particles spreads 1 to 3 % too fast in its first minutes with it
PART_OF_MIXING = 0.05


@entry_point
def fill_pace(mesh, scheme, kh, depth, pace):
    """The parts per second (1/s) that a walk's step is taken in, by the profiles over an element's three
    nodes.

    scheme: one of the ...Walk; kh: (level, node), m2/s; depth: h + zeta (node,), m; pace: float32 (element,),
    filled.
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
    """By the time in which the layers mix that have a tenth of the largest K, T = (integral of dz / sqrt(2
    K))^2."""
    largest = 0.0
    for level in range(len(kh)):
        largest = max(largest, np.float64(kh[level, node]))
    root = 0.0
    for layer in range(len(kh) - 1):
        upper, lower = max(np.float64(kh[layer, node]), 0.0), max(np.float64(kh[layer + 1, node]), 0.0)
        if max(upper, lower) >= 0.1 * largest > 0.0:
            root += (
                math.sqrt(2.0) * d * thickness(mesh, e, node, layer) / (math.sqrt(upper) + math.sqrt(lower))
            )
    return 1.0 / (PART_OF_MIXING * root * root) if root > 0.0 else 0.0


@_pace.when(*BY_INCREMENT)
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
def fill_parts(scheme, pace, length, keeps, parts):
    """In how many parts the vertical walk takes a step of `length` s in each element (int64, filled), by its
    `pace`, and by whether the bed `keeps` what comes to it."""
    for e in range(len(pace)):
        parts[e] = parts_of_step(scheme, pace[e], length, keeps)


@chosen_by_type
def _metres_of_x(metric, e, y):
    """Metres per unit of x at the y of a node of element `e`."""


@_metres_of_x.when(None)
def _as_everywhere(metric, e, y):
    return 1.0


@_metres_of_x.when(Geographic)
def _of_longitude(metric, e, y):
    return metric.scale[e, 1] * math.cos(math.radians(y))


@kernel
def _way_round(mesh, e, i, x, y):
    """What FVCOM's way round corner `i` within element `e` adds to the way round the corner's control volume:
    (dx, dy), in units of x and y. Between two outer sides it adds it twice.

    The way goes from the middle of one side to that of the other. At the outer sides it goes on to the node,
    but for the first of them (anticlockwise) from the middle of the other side of that element (X11, Y11
    where X33, Y33 would close the way).
    """
    element = mesh.element[e]
    beyond = element.beyond0, element.beyond1, element.beyond2
    here, following, last = mesh.corners[e, i], mesh.corners[e, (i + 1) % 3], mesh.corners[e, (i + 2) % 3]
    dx, dy = 0.5 * (x[last] - x[following]), 0.5 * (y[last] - y[following])
    to_last_x, to_last_y = 0.5 * (x[last] - x[here]), 0.5 * (y[last] - y[here])
    after, before = beyond[(i + 2) % 3], beyond[(i + 1) % 3]
    first_outer, last_outer = (after == COAST) | (after == OPEN), (before == COAST) | (before == OPEN)
    if first_outer and last_outer:
        return 2.0 * dx, 2.0 * dy
    if first_outer:
        return dx + to_last_x, dy + to_last_y
    if last_outer:
        return dx - to_last_x, dy - to_last_y
    return dx, dy


@entry_point
def fill_viscofh(mesh, metric, x, y, u, v, wet, slopes, viscofh):
    """FVCOM's viscofh (viscofh.F), m2/s: A sqrt(ux^2 + vy^2 + (uy + vx)^2 / 2) at each node, where A is the
    area of its control volume (ART1) and A ux ... are the sums of u and v along the way round it. A
    coefficient (HORCON) times this is the diffusivity.

    x, y: float64 (node,); u, v: m/s (layer, element), taken as 0 where it is dry, as FVCOM has it; wet: code
    of `gradient.wet_code`. slopes: float64 (4, node), work space. viscofh: float64 (layer, node), filled,
    right at nodes whose elements are all in the piece.
    """
    for k in range(len(u)):
        slopes[:] = 0.0
        for e in range(len(mesh.corners)):
            if not wet[e] & 1:
                continue
            _, per_y = metres(metric, e)
            for i in range(3):
                node = mesh.corners[e, i]
                dx, dy = _way_round(mesh, e, i, x, y)
                dx, dy = dx * _metres_of_x(metric, e, y[node]), dy * per_y
                slopes[0, node] += np.float64(u[k, e]) * dy
                slopes[1, node] -= np.float64(u[k, e]) * dx
                slopes[2, node] += np.float64(v[k, e]) * dy
                slopes[3, node] -= np.float64(v[k, e]) * dx
        for node in range(len(viscofh[k])):
            ux, uy, vx, vy = slopes[0, node], slopes[1, node], slopes[2, node], slopes[3, node]
            viscofh[k, node] = math.sqrt(ux * ux + vy * vy + 0.5 * (uy + vx) * (uy + vx))
