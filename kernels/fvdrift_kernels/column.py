"""Sigma of a particle within a step, by the kind of vertical motion. Not the omega it moves with
(`interpolate`)."""

import numpy as np

from .boundary import within_column
from .interpolate import depth
from .jit import chosen_by_type
from .lanes import fma
from .options import HeldDepth, Omega

ONE = np.float32(1.0)


@chosen_by_type
def stage_sigma(vertical, q, l, dx, dy, time, length):
    """Sigma of a stage, `length` seconds into the step by the last velocity."""


@stage_sigma.when(None)
def _same(vertical, q, l, dx, dy, time, length):
    return q.s[l]


@stage_sigma.when(Omega)
def _moved(vertical, q, l, dx, dy, time, length):
    return within_column(fma(length, q.w[l], q.s0[l]))


@stage_sigma.when(HeldDepth)
def _held(vertical, q, l, dx, dy, time, length):
    d = depth(q, l, dx, dy, time)
    held = type(d)(vertical.depth)
    return -held / d if d > held else -ONE


@chosen_by_type
def arrival_sigma(vertical, q, l, dx, dy, time, length):
    """Sigma (double precision) at the end of the step, by the mean velocity over `length` seconds."""


@arrival_sigma.when(None)
def _kept(vertical, q, l, dx, dy, time, length):
    return q.sigma[l]


@arrival_sigma.when(Omega)
def _advected(vertical, q, l, dx, dy, time, length):
    return within_column(q.sigma[l] + length * q.sw[l])


@arrival_sigma.when(HeldDepth)
def _held_on_arrival(vertical, q, l, dx, dy, time, length):
    d = depth(q, l, dx, dy, time)
    held = type(d)(vertical.depth)
    # a lane at rest has no depth under it: its sigma stays as it is
    return np.float64(-held / d if d > held else -ONE) if q.going[l] else q.sigma[l]


@chosen_by_type
def settled_sigma(vertical, q, l, length):
    """Sigma (double precision) of a lane whose place at the end of the step is settled: `q.s` is this in
    single precision."""


@settled_sigma.when(None)
def _kept_to_the_end(vertical, q, l, length):
    return q.sigma[l]


@settled_sigma.when(Omega)
def _advected_to_the_end(vertical, q, l, length):
    return within_column(q.sigma[l] + length * q.sw[l])


@settled_sigma.when(HeldDepth)
def _held_at_the_end(vertical, q, l, length):
    return np.float64(q.s[l]) if q.going[l] else q.sigma[l]
