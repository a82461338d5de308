"""Where the sun stands: its direction and the local vertical, in one frame fixed to the Earth. Not the light
it gives.

x to 0E 0N, y to 90E 0N, z to the north pole. The sine of the sun's elevation is the dot product of the two;
no trigonometry is left for the loop over particles.
"""

import math

from .jit import entry_point

RADIANS = math.pi / 180.0
DAY = 86_400_000_000.0  # microseconds
# microseconds from 1970-01-01 to 2000-01-01 12:00, which the formulas count from
NOON_2000 = 946_728_000_000_000
# sine of the elevation of the sun's centre when its upper edge is seen to rise or set: refraction lifts it by
# 34', and its radius is 16' (Astronomical Almanac)
SUNRISE = math.sin(-0.833 * RADIANS)


@entry_point
def sun_directions(times, directions):
    """Unit vectors towards the sun. times: int64 (n,) microseconds since 1970-01-01 UTC; directions: float64
    (n, 3), filled.

    The low-precision formulas of the Astronomical Almanac, section C: 0.01 degrees from 1950 to 2050. The
    sidereal time is the US Naval Observatory's, to 0.1 s a century. UTC stands for all of its kinds of time:
    another 0.001 degrees.
    """
    for i in range(len(times)):
        n = (times[i] - NOON_2000) / DAY
        mean_longitude = 280.460 + 0.9856474 * n
        anomaly = (357.528 + 0.9856003 * n) * RADIANS
        longitude = (mean_longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly)) * RADIANS
        obliquity = (23.439 - 0.0000004 * n) * RADIANS
        # to the vernal equinox, and a quarter turn east of it, on the equator
        equinox = math.cos(longitude)
        east = math.cos(obliquity) * math.sin(longitude)
        # Greenwich mean sidereal time, hours
        turned = (18.697374558 + 24.06570982441908 * n) * (15.0 * RADIANS)
        directions[i, 0] = math.cos(turned) * equinox + math.sin(turned) * east
        directions[i, 1] = math.cos(turned) * east - math.sin(turned) * equinox
        directions[i, 2] = math.sin(obliquity) * math.sin(longitude)


@entry_point
def verticals(lon, lat, up):
    """Unit vectors of the local vertical. lon, lat: float64 (n,) degrees; up: float64 (n, 3), filled."""
    for i in range(len(lon)):
        level = math.cos(lat[i] * RADIANS)
        up[i, 0] = level * math.cos(lon[i] * RADIANS)
        up[i, 1] = level * math.sin(lon[i] * RADIANS)
        up[i, 2] = math.sin(lat[i] * RADIANS)
