"""Whether the walk across went over an open side between the two ends of its way.

Who is d m inside a side and d' m inside after a time t met it on the way with the chance exp(-d d' / K t),
the bridge's. Looked at where steps end alone, the side would seem 0.58 sqrt(2 K t) farther out (Broadie,
Glasserman & Kou 1997, Mathematical Finance 7, 325): of 500 m beside one K = 5 m2/s took 0.275 in an hour in
steps of a minute, 0.231 in steps of ten, for 0.302.
"""

from .boundary import beyond_side, metres, pulled_inside, side_gradient
from .bridge import chance_to_meet
from .jit import kernel, kernel_called
from .lanes import LANES
from .locate import local_coordinates
from .philox import uniform_from_word
from .shift import stop
from .state import EXITED, OPEN


@kernel
def leave_over_open_sides(q, mesh, metric):
    """Take the lanes out that went over an open side of the element they are in now. `part` of a lane: K t of
    its walk (m2)."""
    for l in range(LANES):
        if q.dt[l] > 0.0 and q.part[l] > 0.0:
            element = mesh.element[q.element[l]]
            if (element.beyond0 == OPEN) | (element.beyond1 == OPEN) | (element.beyond2 == OPEN):
                _leave_lane(q, l, mesh, metric)


@kernel_called
def _leave_lane(q, l, mesh, metric):
    e, kt = q.element[l], q.part[l]
    element = mesh.element[e]
    per_x, per_y = metres(metric, e)
    x, y = q.x[l], q.y[l]
    last = local_coordinates(element, x, y)
    first = local_coordinates(element, x - q.way_x[l] / per_x, y - q.way_y[l] / per_y)
    stays, likeliest, nearest = 1.0, 0.0, -1
    for side in range(3):
        if beyond_side(element, side) != OPEN:
            continue
        gx, gy = side_gradient(element, side)
        gx, gy = gx / per_x, gy / per_y
        before = first[0] if side == 0 else (first[1] if side == 1 else first[2])
        after = last[0] if side == 0 else (last[1] if side == 1 else last[2])
        chance = chance_to_meet(max(before, 0.0) * max(after, 0.0) / ((gx * gx + gy * gy) * kt))
        stays *= 1.0 - chance
        nearest = side if chance > likeliest else nearest
        likeliest = max(likeliest, chance)
    if uniform_from_word(q.words[3, l]) < 1.0 - stays:
        x, y = pulled_inside(element, nearest, x, y)
        stop(q, l, EXITED, e, x, y, q.sigma[l])
