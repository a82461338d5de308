"""A behaviour of one's own: larvae that swim up while they are young, live on their yolk, and die when it is used up.

In a run file beside this one:

    [behaviour]
    custom = "my_larvae.py:swim"

    [behaviour.state]      # a column of every larva; write it along the tracks by output.variables = ["energy"]
    energy = 1.0           # what is left of the yolk

fvdrift compiles `swim` into its loop and calls it for every larva at every step. The names of its parameters say what it
wants, in any order: age, dt, time (s); x, y; depth, water_depth (m); sigma; sun (sine of its elevation); state; random; or any
variable on nodes, of the forcing or a [[field]], where the larva is. It returns a velocity through the water in m/s: up; or
(east, north, up); or (east, north, up, status). Functions that it calls stand in this file too; none needs a decorator.
"""

from fvdrift_kernels.own import normal, uniform
from fvdrift_kernels.state import ACTIVE, DEAD

HOUR = 3600.0

YOUNG = 6 * HOUR  # s after hatching that they seek the light
UPPER = 4.0  # m of water, from the surface down, that the young gather in
SPEED = 2e-3  # m/s of a swimming larva, on average
SINKING = 0.5e-3  # m/s of one that rests
YOLK = 24 * HOUR  # s that the yolk of a resting larva lasts at 15 degrees


def burnt(temp, swimming):
    """Share of the yolk used per second: twice as much in water 10 degrees warmer, three times as much for a swimmer."""
    return 2.0 ** ((temp - 15.0) / 10.0) * (3.0 if swimming else 1.0) / YOLK


def swim(age, dt, depth, temp, state, random):
    # uniform(random, 0), uniform(random, 1), normal(random, 0) ...: as many numbers per step as are wanted, each with its own
    if age < YOUNG and depth > UPPER:
        swimming = True
    else:
        swimming = uniform(random, 0) < 0.2

    state.energy -= burnt(temp, swimming) * dt
    status = DEAD if state.energy <= 0.0 else ACTIVE

    if swimming:
        up = SPEED * (1.0 + 0.3 * normal(random, 0))
    else:
        up = -SINKING
    return 0.0, 0.0, up, status
