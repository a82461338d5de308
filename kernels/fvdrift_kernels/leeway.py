"""How far the wind moves an object of search and rescue: leeway by lines of the wind speed, downwind and crosswind,
after A. A. Allen and J. V. Plourde (1999, US Coast Guard CG-D-08-99), each object with deviations of its own, after
O. Breivik and A. A. Allen (2008, J. Mar. Syst. 69, 99).

An object lies to the right or to the left of the wind and jibes by chance. When it does depends on its age alone, and
a step in which it jibes has both sides, each for its time: no result depends on where steps are cut.
"""

import math

import numpy as np

from .behaviour_options import Jibing
from .jit import chosen_by_type, entry_point, kernel, kernel_called
from .philox import LEEWAY, two_uniforms, use_word

HALVES_AT = 10.0  # m/s of wind, at which half of a deviation lies in the slope, half in the offset
CALM = 2.0  # m/s of wind, below which offsets fall to nothing with it: in no wind there is no direction to drift to


@kernel
def component(line, deviate, speed):
    """Leeway (m/s) along one direction in a wind of `speed` m/s, of an object that lies `deviate` standard deviations
    off the line of its class."""
    half = 0.5 * deviate * line.sd
    slope, offset = line.slope + half / HALVES_AT, line.offset + half
    return slope * speed + offset * min(speed / CALM, 1.0)


@kernel
def leeway_velocity(leeway, downwind, crosswind, right, u, v):
    """Velocity (m/s) towards x and y in a wind of u, v m/s. downwind, crosswind: deviates of the object; right: the
    share of the time in which it lies to the right of the wind.

    Whoever goes wider than its class to the right does so to the left.
    """
    speed = math.sqrt(u * u + v * v)
    if speed == 0.0:
        return 0.0, 0.0
    along = component(leeway.downwind, downwind, speed)
    across = right * component(leeway.right, crosswind, speed)
    across += (1.0 - right) * component(leeway.left, -crosswind, speed)
    return (along * u + across * v) / speed, (along * v - across * u) / speed


@kernel
def waiting_time(seed, particle, jibes, rate):
    """Time (s) from one jibe to the next of a particle that has jibed `jibes` times: exponential."""
    chance, _ = two_uniforms(seed, particle, 2 + np.int64(jibes), use_word(LEEWAY, 0, 0))
    return -math.log(chance) / rate


@chosen_by_type
def turn_to(jibing, p, seed, age):
    """Let particle `p` jibe as often as it has to by `age` s."""


@turn_to.when(None)
def _keeps_side(jibing, p, seed, age):
    return


@turn_to.when(Jibing)
def _jibe(jibing, p, seed, age):
    while p.state.next_jibe < age:
        p.state.jibes += 1.0
        p.state.leeway_side = -p.state.leeway_side
        p.state.next_jibe += waiting_time(seed, p.id, p.state.jibes, jibing.rate)


@chosen_by_type
def share_on_right(jibing, p, seed, begin, end):
    """The share of the time between two ages (s) in which particle `p`, turned to the first of them, lies to the
    right. It is not turned: a step may be undone."""


@share_on_right.when(None)
def _all_or_nothing(jibing, p, seed, begin, end):
    return 1.0 if p.state.leeway_side > 0.0 else 0.0


@share_on_right.when(Jibing)
def _by_jibes(jibing, p, seed, begin, end):
    side, jibes, jibe, since, time = p.state.leeway_side, p.state.jibes, p.state.next_jibe, begin, 0.0
    while jibe < end:
        time += jibe - since if side > 0.0 else 0.0
        since, side, jibes = jibe, -side, jibes + 1.0
        jibe += waiting_time(seed, p.id, jibes, jibing.rate)
    time += end - since if side > 0.0 else 0.0
    return time / (end - begin)


@kernel_called
def drift_lane(leeway, q, l, p, seed, steps, i, fraction):
    """Add the way by the wind in step `i` of lane `l`, of particle `p`."""
    begin, end = (steps.time[i] - p.born) * 1e-6, (steps.time[i + 1] - p.born) * 1e-6
    turn_to(leeway.jibing, p, seed, begin)
    right = share_on_right(leeway.jibing, p, seed, begin, end)
    e, dt = q.element[l], np.float64(q.dt[l])
    u = leeway.u0[e] + fraction * (leeway.u1[e] - leeway.u0[e])
    v = leeway.v0[e] + fraction * (leeway.v1[e] - leeway.v0[e])
    x, y = leeway_velocity(leeway, p.state.leeway_downwind, p.state.leeway_crosswind, right, u, v)
    q.way_x[l] += x * dt
    q.way_y[l] += y * dt


@entry_point
def draw_leeways(particles, seed, side):
    """Set the deviates of new particles, normal (Box and Muller, Ann. Math. Statist. 29 (1958) 610), and the side on
    which they lie. side: 1 right, -1 left, 0 by lot."""
    for i in range(len(particles)):
        p = particles[i]
        chance, other = two_uniforms(seed, p.id, 0, use_word(LEEWAY, 0, 0))
        far, angle = math.sqrt(-2.0 * math.log(chance)), 2.0 * math.pi * other
        p.state.leeway_downwind = far * math.cos(angle)
        p.state.leeway_crosswind = far * math.sin(angle)
        lot, _ = two_uniforms(seed, p.id, 1, use_word(LEEWAY, 0, 0))
        p.state.leeway_side = float(side) if side != 0 else (1.0 if lot < 0.5 else -1.0)


@entry_point
def draw_first_jibes(particles, seed, rate):
    """Set the age (s) at which new particles jibe first. rate: 1/s."""
    for i in range(len(particles)):
        p = particles[i]
        p.state.jibes = 0.0
        p.state.next_jibe = waiting_time(seed, p.id, 0.0, rate)
