"""How a particle grows, dies, and settles for good. Everything it is in a step it is at the step's end."""

import math

from .behaviour_options import ByAge, ByDevelopment, ConstantRate, FieldRate, Life, Settlement
from .habitat import polygon_at
from .jit import chosen_by_type, entry_point
from .node_field import node_value
from .philox import TRAITS, two_uniforms, use_word
from .state import ACTIVE, DEAD, SETTLED

DAY = 86400.0  # s: rates of fields are per day


@chosen_by_type
def rate_at(rate, mesh, e, x, y, sigma, fraction):
    """A rate (1/s) where a particle is."""


@rate_at.when(ConstantRate)
def _same_everywhere(rate, mesh, e, x, y, sigma, fraction):
    return rate.value


@rate_at.when(FieldRate)
def _of_field(rate, mesh, e, x, y, sigma, fraction):
    return node_value(rate.field, mesh, e, x, y, sigma, fraction) / DAY


@chosen_by_type
def grow(growth, p, mesh, e, x, y, sigma, fraction, dt):
    """Let particle `p` develop for `dt` s."""


@grow.when(None)
def _stay(growth, p, mesh, e, x, y, sigma, fraction, dt):
    return


@grow.when(ConstantRate, FieldRate)
def _develop(growth, p, mesh, e, x, y, sigma, fraction, dt):
    p.state.development += rate_at(growth, mesh, e, x, y, sigma, fraction) * dt


@chosen_by_type
def dies(mortality, p, mesh, e, x, y, sigma, fraction, dt):
    """Use up what `dt` s of mortality take; whether that is the end of particle `p`."""


@dies.when(None)
def _survives(mortality, p, mesh, e, x, y, sigma, fraction, dt):
    return False


@dies.when(ConstantRate, FieldRate)
def _by_hazard(mortality, p, mesh, e, x, y, sigma, fraction, dt):
    p.state.hazard_left -= max(rate_at(mortality, mesh, e, x, y, sigma, fraction), 0.0) * dt
    return p.state.hazard_left <= 0.0


@chosen_by_type
def live(life, p, mesh, e, x, y, sigma, fraction, age, dt):
    """Let particle `p` live for `dt` s at a place; its status then. age: s."""


@live.when(None)
def _unliving(life, p, mesh, e, x, y, sigma, fraction, age, dt):
    return ACTIVE


@live.when(Life)
def _live(life, p, mesh, e, x, y, sigma, fraction, age, dt):
    grow(life.growth, p, mesh, e, x, y, sigma, fraction, dt)
    if dies(life.mortality, p, mesh, e, x, y, sigma, fraction, dt) or age >= life.lifespan:
        return DEAD
    return ACTIVE


@chosen_by_type
def competent(competency, p, age):
    """Whether particle `p` may settle; first and last moment are within."""


@competent.when(ByAge)
def _of_age(competency, p, age):
    return competency.first <= age <= competency.last


@competent.when(ByDevelopment)
def _developed(competency, p, age):
    return competency.first <= p.state.development <= competency.last


@chosen_by_type
def settle_in(settlement, p, e, x, y, age):
    """Settle particle `p` where it is, if it can; its status then."""


@settle_in.when(None)
def _drifts_on(settlement, p, e, x, y, age):
    return ACTIVE


@settle_in.when(Settlement)
def _in_polygon(settlement, p, e, x, y, age):
    if competent(settlement.competency, p, age):
        polygon = polygon_at(settlement.habitat, e, x, y)
        if polygon >= 0:
            p.state.habitat = float(polygon)
            return SETTLED
    return ACTIVE


@entry_point
def draw_hazards(particles, seed):
    """Set `hazard_left` of new particles: how much hazard (mortality times time) each lives through,
    exponential of mean 1."""
    for i in range(len(particles)):
        p = particles[i]
        chance, _ = two_uniforms(seed, p.id, 0, use_word(TRAITS, 0, 0))
        p.state.hazard_left = -math.log(chance)


@entry_point
def draw_settling_speeds(particles, seed, normal, squared, first, second):
    """Set `settling_speed` (m/s, down) of new particles: evenly between first and second, or normal with mean
    first and deviation second; squared: what is drawn is the speed's root, with its sign."""
    for i in range(len(particles)):
        p = particles[i]
        chance, other = two_uniforms(seed, p.id, 1, use_word(TRAITS, 0, 0))
        if normal:
            value = first + second * math.sqrt(-2.0 * math.log(chance)) * math.cos(2.0 * math.pi * other)
        else:
            value = first + chance * (second - first)
        p.state.settling_speed = value * abs(value) if squared else value
