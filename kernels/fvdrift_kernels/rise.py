"""How fast a particle goes up or down through the water by itself: sinking, floating, migrating between day
and night."""

from .behaviour_options import ClockLight, Migration, OwnRise, Rise, Sunlight
from .jit import chosen_by_type
from .sun import SUNRISE


@chosen_by_type
def own_rise(rise, p):
    """Speed of particle `p` through the water, m/s, positive up."""


@own_rise.when(None)
def _carried_only(rise, p):
    return 0.0


@own_rise.when(Rise)
def _all_alike(rise, p):
    return rise.speed


@own_rise.when(OwnRise)
def _each_its_own(rise, p):
    return rise.up * p.state.settling_speed


@chosen_by_type
def is_day(light, e, i):
    """Whether it is day in element `e` at the end of step `i`."""


@is_day.when(ClockLight)
def _by_clock(light, e, i):
    return light.day[i] == 1


@is_day.when(Sunlight)
def _by_sun(light, e, i):
    return sine_of_elevation(light, e, i) > SUNRISE


@chosen_by_type
def sine_of_elevation(light, e, i):
    """Sine of the sun's elevation over element `e` at the end of step `i`; 0 where nobody asks."""


@sine_of_elevation.when(None)
def _unknown(light, e, i):
    return 0.0


@sine_of_elevation.when(Sunlight)
def _over_element(light, e, i):
    up, sun = light.up[e], light.sun[i]
    return up[0] * sun[0] + up[1] * sun[1] + up[2] * sun[2]


@chosen_by_type
def sought_depth(migration, e, i):
    """Depth below the surface (m) that a particle swims to at the end of step `i`."""


@sought_depth.when(None)
def _none_sought(migration, e, i):
    return 0.0


@sought_depth.when(Migration)
def _of_day_or_night(migration, e, i):
    return migration.day if is_day(migration.light, e, i) else migration.night


@chosen_by_type
def swum(migration, sought, sigma, depth, dt):
    """How far (m, up) a particle at `sigma` swims towards the depth `sought` in `dt` s; no deeper than the
    bed."""


@swum.when(None)
def _not_swum(migration, sought, sigma, depth, dt):
    return 0.0


@swum.when(Migration)
def _towards(migration, sought, sigma, depth, dt):
    far = -sigma * depth - min(sought, depth)
    most = migration.speed * dt
    return min(max(far, -most), most)
