"""Swimming to a depth beside the walk.

Who swims to a depth within the column is, seen from there, a walk with a drift towards an end that pushes
back (|x| of dx = -s sgn(x) dt + sqrt(2 K) dW), and as often on one side as on the other from the moment it
was there. Where it comes nearer faster from one side, by a than from the other by b, as it sinks besides, the
sides then have their shares by r(b) : r(a), r(c) = c + sqrt(c^2 + pi K / t): right in the limits of short and
long times t (of the resolvent at that depth, c + sqrt(c^2 + 4 K p), at p = pi / 4 t). What would lead out of
the water is refused, and the particle stays where it began: a law that is the same there and back remains it.
"""

import math

import numpy as np

from .behaviour_options import Migration
from .bridge import lowest_between
from .jit import chosen_by_type, kernel
from .layer_crossing import BED, LEAST, SURFACE
from .noise import chance_beside, exponential


@chosen_by_type
def swum_to_end(migration, sought, depth, t):
    """The way (m, up) that a particle swims in `t` s to a depth at or beyond surface or bed; 0 to one between
    them."""


@swum_to_end.when(None)
def _swims_nowhere(migration, sought, depth, t):
    return 0.0


@swum_to_end.when(Migration)
def _swims_to_end(migration, sought, depth, t):
    return migration.speed * t * (1.0 if sought <= 0.0 else -1.0 if sought >= depth else 0.0)


@chosen_by_type
def swims_between(migration, sought, up, depth):
    """Whether a particle swims to a depth between surface and bed, faster than it sinks or rises (`up`, m/s)
    besides."""


@swims_between.when(None)
def _never_between(migration, sought, up, depth):
    return False


@swims_between.when(Migration)
def _fast_enough(migration, sought, up, depth):
    return 0.0 < sought < depth and migration.speed > abs(up)


@chosen_by_type
def swum_off_bed(migration, sought, began, t):
    """The way (m, up) that a particle swims in `t` s off the bed, from the depth `began` to one above it."""


@swum_off_bed.when(None)
def _off_no_bed(migration, sought, began, t):
    return 0.0


@swum_off_bed.when(Migration)
def _swims_off(migration, sought, began, t):
    return migration.speed * t if began > sought else 0.0


@chosen_by_type
def swim_between(migration, q, l, k, slope, before, way, stay):
    """Take lane `l`, which a walk took from sigma `before` (K and dK/dz there) to where it is, towards a depth
    between surface and bed; way: m, up, that it goes by itself besides; stay: sigma where it stays if that leads out
    of the water."""


@swim_between.when(None)
def _stays(migration, q, l, k, slope, before, way, stay):
    return


@swim_between.when(Migration)
def _swims_between(migration, q, l, k, slope, before, way, stay):
    deep, sought, t = q.depth[l], q.sought[l], q.part[l]
    if sought <= 0.0 or sought >= deep:
        return
    began, end = -before * deep, -q.sigma[l] * deep
    # where its walk would have gone without surface and bed: they turn nobody who swims away from them
    end = -end if q.folded[l] == SURFACE else 2.0 * deep - end if q.folded[l] == BED else end
    side = 1.0 if began > sought else -1.0  # below or above it
    # the walk drifts too, by dK/dz, as long as K is as there
    drift = slope * k / max(k + slope * slope * t, LEAST)
    up, swims = side * (q.up[l] + drift), migration.speed
    first, last = abs(began - sought), side * (end - way - sought) - swims * t
    # word 3 has said already whether the bed keeps it
    bridge = 4.0 * k * t * np.float64(exponential(q.words[2, l]))
    lowest = lowest_between(first, last, bridge)
    if lowest < 0.0:  # it was there
        beyond = last + 2.0 * up * t  # as it comes nearer from the other side
        after = t * abs(beyond) / max(first + abs(beyond), LEAST)
        here, there = _crowding(k, after, swims + up), _crowding(k, after, swims - up)
        if np.float64(chance_beside(q.words[2, l], q.words[3, l])) * (here + there) < here:
            side, last, lowest = -side, beyond, lowest_between(first, beyond, bridge)
        last -= min(lowest, 0.0)
    end = sought + side * last
    q.sigma[l] = -end / deep if 0.0 <= end <= deep else stay


@kernel
def _crowding(k, t, speed):
    """How much nearer to a depth, in proportion, who swims to it at `speed` is `t` s after he was there (1/K)."""
    return speed + math.sqrt(speed * speed + math.pi * k / max(t, LEAST))
