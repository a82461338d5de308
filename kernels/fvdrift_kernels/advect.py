"""One step by the flow, for all lanes of a block: the stages of a Runge-Kutta scheme, and the arrival.

The physics of a step reads here. Not how a lane finds its prism (that is `settle` and `prism`).
"""

import numpy as np

from .column import arrival_sigma, settled_sigma, stage_sigma
from .interpolate import evaluate, evaluate_first
from .jit import chosen_by_type, kernel
from .lanes import LANES, fma
from .options import Euler, RungeKutta2, RungeKutta4
from .settle import FREE, outside, settle_arrivals, settle_stage

ZERO, ONE, TWO = np.float32(0.0), np.float32(1.0), np.float32(2.0)
HALF = np.float32(0.5)
SIX = np.float32(6.0)


@chosen_by_type
def step(scheme, q, mesh, frames, physics, start, middle, end, length):
    """Take all lanes over one step of `length` seconds; start, middle, end: its place between the two frames
    (0 to 1)."""


@step.when(RungeKutta4)
def _classical(scheme, q, mesh, frames, physics, start, middle, end, length):
    evaluate_first(q, physics, start)
    go_to(q, mesh, frames, physics, middle, HALF * length)
    evaluate(q, physics, middle, TWO, ONE)
    go_to(q, mesh, frames, physics, middle, HALF * length)
    evaluate(q, physics, middle, TWO, ONE)
    go_to(q, mesh, frames, physics, end, length)
    evaluate(q, physics, end, ONE, ONE)
    arrive(q, mesh, frames, physics, end, length / SIX)


@step.when(RungeKutta2)
def _midpoint(scheme, q, mesh, frames, physics, start, middle, end, length):
    evaluate_first(q, physics, start)
    go_to(q, mesh, frames, physics, middle, HALF * length)
    evaluate(q, physics, middle, ONE, ZERO)
    arrive(q, mesh, frames, physics, end, length)


@step.when(Euler)
def _forward(scheme, q, mesh, frames, physics, start, middle, end, length):
    evaluate_first(q, physics, start)
    arrive(q, mesh, frames, physics, end, length)


@kernel
def go_to(q, mesh, frames, physics, time, length):
    """Place all lanes where the last velocity brings them in `length` seconds, each in its prism."""
    for l in range(LANES):
        dx = fma(length, q.u[l], q.x0[l])
        dy = fma(length, q.v[l], q.y0[l])
        s = stage_sigma(physics.vertical, q, l, dx, dy, time, length)
        q.dx[l] = dx
        q.dy[l] = dy
        q.s[l] = s
        q.margin[l] = outside(q, l, dx, dy, s)
    settle_stage(q, mesh, frames, physics, time, length)


@kernel
def arrive(q, mesh, frames, physics, time, length):
    """End the step: move all lanes by the mean velocity over `length` seconds, by the rules of the
    boundaries.

    In loops of one precision each: a loop that mixes them takes half as many lanes at once.
    """
    real = type(q.s[0])
    for l in range(LANES):
        q.dx[l] = fma(length, q.su[l], q.x0[l])
        q.dy[l] = fma(length, q.sv[l], q.y0[l])
    for l in range(LANES):
        q.s[l] = real(arrival_sigma(physics.vertical, q, l, q.dx[l], q.dy[l], time, length))
    for l in range(LANES):
        q.margin[l] = outside(q, l, q.dx[l], q.dy[l], q.s[l]) if q.blocked[l] == FREE else -ONE
    settle_arrivals(q, mesh, frames, physics, time, length)
    for l in range(LANES):
        x = q.x[l] + length * q.su[l]
        y = q.y[l] + length * q.sv[l]
        q.x[l] = x
        q.y[l] = y
        q.x0[l] = x - q.xc[l]
        q.y0[l] = y - q.yc[l]
        q.sigma[l] = settled_sigma(physics.vertical, q, l, length)
    for l in range(LANES):
        q.s0[l] = q.s[l]
        q.home[l] = q.element[l]
        q.blocked[l] = FREE
        q.done[l] += q.going[l]
