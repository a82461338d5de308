"""How what a particle carries decays, wherever it is: in the water, on dry land, on bed or shore. What it is at a
step's end counts for all of the step, but a rate that is the same everywhere and always is exact.

By light after J. L. Mancini, J. Water Pollut. Control Fed. 50, 2477 (1978): a rate in the dark, and one that goes with
the irradiance where the particle is, which falls off exponentially with depth.
"""

import math

import numpy as np

from .behaviour_options import ClearSky, ConstantRate, Decay, FieldValue, Light, OfMass, OfNumber, SteadyDecay
from .jit import chosen_by_type, kernel_called
from .lanes import LANES
from .life import rate_at
from .node_field import at_nodes, node_value
from .rise import sine_of_elevation
from .state import DEPOSITED, STRANDED


@chosen_by_type
def carried(of, p):
    """What particle `p` carries."""


@carried.when(OfMass)
def _mass(of, p):
    return p.state.mass


@carried.when(OfNumber)
def _number(of, p):
    return p.state.number


@chosen_by_type
def released(of, p):
    """What particle `p` carried when it was released."""


@released.when(OfMass)
def _mass_released(of, p):
    return p.state.mass_released


@released.when(OfNumber)
def _number_released(of, p):
    return p.state.number_released


@chosen_by_type
def carry_on(of, p, amount):
    """Let particle `p` carry an amount."""


@carry_on.when(OfMass)
def _carry_mass(of, p, amount):
    p.state.mass = amount


@carry_on.when(OfNumber)
def _carry_number(of, p, amount):
    p.state.number = amount


@chosen_by_type
def decay(decaying, q, of, mesh, frames, steps, i):
    """Let decay, for (part) step `i`, what all lanes carry that have taken it, or lie on bed or shore."""


@decay.when(None)
def _nothing_decays(decaying, q, of, mesh, frames, steps, i):
    return


@decay.when(SteadyDecay, Decay)
def _decay(decaying, q, of, mesh, frames, steps, i):
    particles, order, first = of
    for l in range(min(LANES, len(order) - first)):
        lies = (q.status[l] == STRANDED) | (q.status[l] == DEPOSITED)
        if (q.begin[l] <= i) & ((q.done[l] == i + 1) | lies):
            decay_lane(decaying, q, l, particles[order[first + l]], mesh, frames, steps, i)


@kernel_called
def decay_lane(decaying, q, l, p, mesh, frames, steps, i):
    """Let decay what lane `l` carries, of particle `p`."""
    decay_in_step(decaying, q, l, p, mesh, frames, steps, i)


@chosen_by_type
def decay_in_step(decaying, q, l, p, mesh, frames, steps, i):
    """The same, by the kind of decay."""


@decay_in_step.when(SteadyDecay)
def _by_age(decaying, q, l, p, mesh, frames, steps, i):
    age = (steps.time[i + 1] - p.born) * 1e-6
    carry_on(decaying.of, p, released(decaying.of, p) * math.exp(-decaying.rate * age))


@decay_in_step.when(Decay)
def _by_surroundings(decaying, q, l, p, mesh, frames, steps, i):
    e, x, y, sigma, fraction = q.home[l], q.x[l], q.y[l], np.float64(q.sigma[l]), steps.fraction[i + 1]
    rate = max(rate_at(decaying.rate, mesh, e, x, y, sigma, fraction), 0.0)
    rate += by_light(decaying.light, mesh, frames, e, x, y, sigma, fraction, i)
    carry_on(decaying.of, p, carried(decaying.of, p) * math.exp(-rate * np.float64(steps.length[i])))


@chosen_by_type
def by_light(light, mesh, frames, e, x, y, sigma, fraction, i):
    """The rate (1/s) that light adds where a particle is."""


@by_light.when(None)
def _in_the_dark(light, mesh, frames, e, x, y, sigma, fraction, i):
    return 0.0


@by_light.when(Light)
def _by_irradiance(light, mesh, frames, e, x, y, sigma, fraction, i):
    column = at_nodes(mesh, e, x, y, frames.depth0, frames.depth1, fraction)
    attenuation = value_at(light.attenuation, mesh, e, x, y, sigma, fraction, i)
    through = math.exp(-max(attenuation, 0.0) * max(-sigma * column, 0.0))
    return light.per_exposure * max(value_at(light.surface, mesh, e, x, y, sigma, fraction, i), 0.0) * through


@chosen_by_type
def value_at(source, mesh, e, x, y, sigma, fraction, i):
    """What is given for a place at the end of step `i`, in its own unit."""


@value_at.when(ConstantRate)
def _same_everywhere(source, mesh, e, x, y, sigma, fraction, i):
    return source.value


@value_at.when(FieldValue)
def _of_field(source, mesh, e, x, y, sigma, fraction, i):
    return node_value(source.field, mesh, e, x, y, sigma, fraction)


@value_at.when(ClearSky)
def _of_sun(source, mesh, e, x, y, sigma, fraction, i):
    return source.zenith * max(sine_of_elevation(source.light, e, i), 0.0)
