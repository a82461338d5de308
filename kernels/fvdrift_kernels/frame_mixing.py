"""What the random walk needs of a frame beside its fields: in how many parts profiles ask a step to be taken,
and what shear mixes across.
"""

import math

import numpy as np

from .boundary import metres
from .jit import chosen_by_type, entry_point, kernel
from .layers import thickness
from .options import BY_INCREMENT, Geographic, ReversibleWalk
from .parts_of_step import MOST_OVER_KEEPING_BED, MOST_PARTS, MOST_THROUGH_SLOW, parts_of_step
from .state import COAST, LEFT_ON_LAND, OPEN

SHARPEST = 0.1  # of 1 / max |K''|: the longest part (Visser 1997, MEPS 158, 275, asks for much less than 1)
# of the time in which the column mixes: the longest part of the reversible walk's step. In 10 m stirred by 3
# cm/s a point of particles spreads 1 to 3 % too fast in its first minutes with it
PART_OF_MIXING = 0.05
# of the pace at which above and below change places: what a step may lose where the profile bends up. At a
# level with K on it where K' changes by b (m/s, up) steps of dt add PER_BEND b dt / K to the integral of dz /
# K: by the eigenvalues of the walk's transition matrix 0.87 to 0.92 over wedges, dips and noise, where that
# is little
LOST, PER_BEND = 0.05, 0.9
TO_MIX_ALL = 2.4  # of the time in which above and below change places: then the start is forgotten


@entry_point
def fill_pace(mesh, scheme, kh, depth, pace):
    """The parts per second (1/s) that a walk's step is taken in, by the profile in the middle of an element:
    between nodes that are unlike each other, those of the nodes are hardly met.

    scheme: one of the ...Walk; kh: (level, node), m2/s; depth: h + zeta (node,), m; pace: float32 (3,
    element), filled: the first row by how the column mixes, the second by what passes through it, the third: how
    many parts a step may have for what moves by itself.
    """
    for e in range(len(mesh.corners)):
        d, wettest = 0.0, 0.0
        for node in mesh.corners[e]:
            d += max(np.float64(depth[node]), LEFT_ON_LAND) / 3.0
            wettest = max(wettest, np.float64(depth[node]))
        wet = wettest >= LEFT_ON_LAND
        pace[0, e] = _pace(scheme, mesh, e, kh, d) if wet else 0.0
        pace[1, e] = _pace_through(scheme, mesh, e, kh, d) if wet else 0.0
        pace[2, e] = _most_parts(mesh, e, kh, d, np.float64(pace[0, e])) if wet else MOST_PARTS


@kernel
def _middle_k(mesh, e, kh, level):
    """K (m2/s) on a level in the middle of element `e`."""
    a, b, c = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    k = (np.float64(kh[level, a]) + np.float64(kh[level, b]) + np.float64(kh[level, c])) / 3.0
    return max(k, 0.0)


@kernel
def _middle_thickness(mesh, e, layer):
    """Thickness of a layer over the depth there."""
    a, b, c = mesh.corners[e, 0], mesh.corners[e, 1], mesh.corners[e, 2]
    return (thickness(mesh, e, a, layer) + thickness(mesh, e, b, layer) + thickness(mesh, e, c, layer)) / 3.0


@chosen_by_type
def _pace(scheme, mesh, e, kh, d):
    """Parts per second in element `e`, where the water is `d` m deep."""


@_pace.when(ReversibleWalk)
def _by_mixing(scheme, mesh, e, kh, d):
    """By the time in which the layers mix that have a tenth of the largest K, T = (integral of dz / sqrt(2
    K))^2."""
    largest = 0.0
    for level in range(len(kh)):
        largest = max(largest, _middle_k(mesh, e, kh, level))
    root = 0.0
    for layer in range(len(kh) - 1):
        upper, lower = _middle_k(mesh, e, kh, layer), _middle_k(mesh, e, kh, layer + 1)
        if max(upper, lower) >= 0.1 * largest > 0.0:
            root += (
                math.sqrt(2.0) * d * _middle_thickness(mesh, e, layer) / (math.sqrt(upper) + math.sqrt(lower))
            )
    return 1.0 / (PART_OF_MIXING * root * root) if root > 0.0 else 0.0


@_pace.when(*BY_INCREMENT)
def _by_bend(scheme, mesh, e, kh, d):
    """By how sharply the profile bends, max |K''|."""
    sharpest = 0.0
    for level in range(1, len(kh) - 1):
        above, below = _middle_thickness(mesh, e, level - 1), _middle_thickness(mesh, e, level)
        upper = (_middle_k(mesh, e, kh, level - 1) - _middle_k(mesh, e, kh, level)) / above
        lower = (_middle_k(mesh, e, kh, level) - _middle_k(mesh, e, kh, level + 1)) / below
        sharpest = max(sharpest, abs(upper - lower) / (0.5 * (above + below)) / (d * d))
    return sharpest / SHARPEST


@chosen_by_type
def _pace_through(scheme, mesh, e, kh, d):
    """The same by what passes where the profile bends up."""


@_pace_through.when(*BY_INCREMENT)
def _bend_has_it(scheme, mesh, e, kh, d):
    return 0.0


@_pace_through.when(ReversibleWalk)
def _by_exchange(scheme, mesh, e, kh, d):
    """The fastest of the stretches of the column between levels that nothing passes."""
    fastest, first = 0.0, 0
    for last in range(1, len(kh)):
        if last == len(kh) - 1 or not _middle_k(mesh, e, kh, last) > 0.0:
            fastest = max(fastest, _exchange(mesh, e, kh, d, first, last))
            first = last
    return fastest


@kernel
def _most_parts(mesh, e, kh, d, pace):
    """Parts of 1 / `pace` s that a step has at most for what moves by itself: until the whole column has mixed, in
    2.4 times the time in which its upper and lower parts change places, as 16 do where K is a parabola.

    A layer that mixes more slowly than the time of a step says must be sunk through in all of that time.
    """
    time = d * _exchange_time(mesh, e, kh, d, 0, len(kh) - 1, 1.0)
    return min(max(TO_MIX_ALL * time * pace, MOST_PARTS), MOST_THROUGH_SLOW)


@kernel
def _exchange_time(mesh, e, kh, d, first, last, whole):
    """The integral of F (1 - F) / K dz between two levels (s/m), F: the share of the water between them that is above.

    Times the depth between them, `whole` of `d`, it is the time in which above and below change places: the sum of
    1 / rate over all modes.
    """
    time = share = 0.0
    for layer in range(first, last):
        thick = _middle_thickness(mesh, e, layer)
        root = math.sqrt(_middle_k(mesh, e, kh, layer)) + math.sqrt(_middle_k(mesh, e, kh, layer + 1))
        middle = share + 0.5 * thick / whole
        time += middle * (1.0 - middle) * 4.0 * d * thick / max(root * root, 1e-30)
        share += thick / whole
    return time


@kernel
def _exchange(mesh, e, kh, d, first, last):
    """Parts per second between two levels: for each level where the profile bends up, that it costs LOST at
    most.

    Where K hardly rises to one side a level adds sqrt(pi dt / K) to the integral of dz / K at most.
    """
    whole = 0.0
    for layer in range(first, last):
        whole += _middle_thickness(mesh, e, layer)
    time = _exchange_time(mesh, e, kh, d, first, last, whole)
    pace = share = 0.0
    for level in range(first + 1, last):
        above, below = _middle_thickness(mesh, e, level - 1), _middle_thickness(mesh, e, level)
        share += above / whole
        k = _middle_k(mesh, e, kh, level)
        up = (_middle_k(mesh, e, kh, level - 1) - k) / (d * above)
        down = (_middle_k(mesh, e, kh, level + 1) - k) / (d * below)
        if up + down > 0.0:
            weight = share * (1.0 - share) / (LOST * time)
            asked, at_most, gentler = (
                PER_BEND * weight * (up + down) / k,
                math.pi * weight * weight / k,
                max(min(up, down), 0.0),
            )
            pace += at_most if at_most < asked and 10.0 * gentler * gentler < k * at_most else asked
    return pace


@entry_point
def fill_parts(scheme, pace, length, keeps, mixed_only, parts):
    """In how many parts the vertical walk takes a step of `length` s in each element (int64, filled), by its
    `pace`, whether the bed `keeps` what comes to it, and whether nothing but the walk moves particles up and
    down (`mixed_only`)."""
    for e in range(len(parts)):
        most = MOST_PARTS if mixed_only else pace[2, e]
        parts[e] = parts_of_step(
            scheme, pace[0, e], pace[1, e], length, MOST_OVER_KEEPING_BED if keeps else most
        )


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
