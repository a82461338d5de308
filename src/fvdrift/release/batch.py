"""Particles that start in an interval, with clocks and depths, from where they were placed. How they reach
workers: `manager`."""

from typing import NamedTuple

import numpy as np

from fvdrift.timeline import StepGrid
from fvdrift.tools.particle_arrays import PARTICLE
from fvdrift_kernels.state import NOT_RELEASED

from .plan import ReleasePlan


class Batch(NamedTuple):
    """particles: PARTICLE with global element numbers, in the order of ids; depth_kind: int8, upper, lower:
    float64, as fvdrift_kernels.release takes them; not_in_water: how many more have no place; amount: float64, what
    each carries, None where they carry nothing."""

    particles: np.ndarray
    depth_kind: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    not_in_water: int
    amount: np.ndarray | None = None


def no_batch() -> Batch:
    """Nothing starts."""
    nothing = np.empty(0)
    return Batch(np.empty(0, PARTICLE), np.empty(0, np.int8), nothing, nothing, 0)


def batch_of(plan: ReleasePlan, steps: StepGrid, placed: np.ndarray) -> Batch:
    """What starts, of PLACED particles of a plan. steps: the grid of the run's times."""
    in_water = placed["element"] >= 0
    missing = int(np.count_nonzero(~in_water))
    placed = placed.take(np.flatnonzero(in_water)) if missing else placed
    ids = np.ascontiguousarray(placed["id"])
    particles = np.zeros(len(placed), PARTICLE)
    for name in ("x", "y", "element"):
        particles[name] = placed[name]
    particles["id"], particles["status"] = ids, NOT_RELEASED
    particles["born"] = plan.born_of(ids)
    particles["clock"] = steps.clocks(particles["born"])
    depths = plan.depths_at(ids)
    amount = None if plan.amount is None else plan.amounts_at(ids)
    return Batch(particles, depths.kind, depths.upper, depths.lower, missing, amount)
