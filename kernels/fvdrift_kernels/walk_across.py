"""The random walk across, for the lanes of a block at a time.

What is even has M particles on a unit of x times y: M is D, or 1 at a held depth, and in degrees times
cos(latitude). The drift that leaves it so is grad(M K) / M. Its part grad(K) is in the move, as in Euler's
walk. The rest, K grad(log M), comes from how often the increment dX keeps its sign: with the chance (1 + dX .
grad(log M) / 2) / 2 (so do Barker's proposals: Livingstone & Zanella 2022, J. R. Stat. Soc. B 84, 496). Where
M is linear, as many go by dX as come back, whatever the step; and where D falls to 0 no move is longer than
its increment.
"""

import numpy as np

from .diffusivity import across
from .interpolate import DEGREES_PER_METRE, LEAST_DEPTH, depth
from .jit import chosen_by_type, kernel
from .lanes import LANES, fma
from .noise import draw, increment
from .options import (
    EulerWalk,
    EvenByArea,
    EvenByVolume,
    Geographic,
    MilsteinWalk,
    NaiveWalk,
    ReversibleWalk,
    VisserWalk,
    Walk,
)
from .philox import WALK_HORIZONTAL, uniform_from_word, use_word


@chosen_by_type
def vertical_of(walk):
    """The vertical diffusivity of a walk, or None."""


@chosen_by_type
def horizontal_of(walk):
    """The horizontal diffusivity of a walk, or None."""


@vertical_of.when(None)
@horizontal_of.when(None)
def _no_source(walk):
    return None


@vertical_of.when(Walk)
def _vertical(walk):
    return walk.vertical


@horizontal_of.when(Walk)
def _horizontal(walk):
    return walk.horizontal


@kernel
def move_across(source, q, beside, mesh, physics, clock, fraction, length):
    """The way (`way_x`, `way_y`; m) that the random walk by the diffusivity `source` takes all lanes across
    in `length` s, and K times that time (`part`, m2).

    Where an element is on its way to dry, the whole step is taken: a walk that is shorter there would gather
    particles.
    """
    draw(q, 0, LANES, beside.seed, clock >> 1, use_word(WALK_HORIZONTAL, clock & 1, 0))
    counts = with_drift(beside.walk.scheme)
    for l in range(LANES):
        dt = length if q.dt[l] > 0.0 else 0.0
        per_x, per_y, narrow, converges = scale(physics.metric, q, l)
        k, kx, ky = across(source, physics.vertical, mesh, q, l, fraction)
        spread = np.sqrt(2.0 * k * dt)
        x, y = spread * increment(q.words[0, l]), spread * increment(q.words[1, l])
        mx, my = crowding(beside.walk.even, q, l, type(q.x0[l])(fraction))
        lean = 0.5 * counts * (x * mx * per_x + y * (my * per_y - converges))
        side = 1.0 if 2.0 * uniform_from_word(q.words[2, l]) - 1.0 < lean else -1.0
        q.way_x[l] = (counts * kx * per_x * dt + side * x) * narrow
        q.way_y[l] = counts * ky * per_y * dt + side * y
        q.part[l] = k * dt


@chosen_by_type
def scale(metric, q, l):
    """Units of x and of y per metre where lane `l` is; what `shift`, which has one scale for an element, must
    be given for a metre to the east; and tan(latitude) over the sphere's radius (1/m), the rate at which
    parallels shorten."""


@scale.when(None)
def _scale_projected(metric, q, l):
    return 1.0, 1.0, 1.0, 0.0


@scale.when(Geographic)
def _scale_geographic(metric, q, l):
    y = q.y0[l]
    east, north = np.float64(fma(y, fma(y, q.m2[l], q.m1[l]), q.m0[l])), np.float64(DEGREES_PER_METRE)
    east = east if east > 0.0 else north  # a lane at rest has none
    slope = np.float64(fma(y, q.m2[l] + q.m2[l], q.m1[l]))
    return east, north, east * metric.scale[q.element[l], 0], slope / east * north


@chosen_by_type
def crowding(even, q, l, fraction):
    """Gradient of the logarithm of what is even where lane `l` is, but for the sphere's part: per unit of x
    and of y."""


@crowding.when(EvenByVolume)
def _with_depth(even, q, l, fraction):
    d = depth(q, l, q.x0[l], q.y0[l], fraction)
    per = type(d)(1.0) / (d if d > LEAST_DEPTH else LEAST_DEPTH)
    mx, my = fma(fraction, q.dtx_d[l], q.dx_d[l]), fma(fraction, q.dty_d[l], q.dy_d[l])
    return np.float64(mx * per), np.float64(my * per)


@crowding.when(EvenByArea)
def _alike(even, q, l, fraction):
    return 0.0, 0.0


@chosen_by_type
def with_drift(scheme):
    """1 where gradients count, 0 in the naive walk."""


@with_drift.when(ReversibleWalk, MilsteinWalk, VisserWalk, EulerWalk)
def _drift(scheme):
    return 1.0


@with_drift.when(NaiveWalk)
def _no_drift(scheme):
    return 0.0
