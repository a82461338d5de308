"""How far the wind moves a particle: what floats, or is near the surface. By the flow's rule at the coast."""

from .behaviour_options import Windage
from .jit import chosen_by_type


@chosen_by_type
def blown(windage, e, sigma, depth, fraction, dt):
    """Way (m) by the wind in `dt` s, towards x and y, of a particle at `sigma` of a column `depth` m deep."""


@blown.when(None)
def _sheltered(windage, e, sigma, depth, fraction, dt):
    return 0.0, 0.0


@blown.when(Windage)
def _blown(windage, e, sigma, depth, fraction, dt):
    below = -sigma * depth
    if below >= windage.depth:
        return 0.0, 0.0
    way = windage.share * (1.0 - below / windage.depth) * dt
    u = windage.u0[e] + fraction * (windage.u1[e] - windage.u0[e])
    v = windage.v0[e] + fraction * (windage.v1[e] - windage.v0[e])
    return way * u, way * v
