"""How fast small grains sink or rise in still water, and where Stokes' law ends. Not how particles move by
it.

Speeds are in m/s, positive down; diameters in m, densities in kg/m3, viscosity (of the water, dynamic) in Pa
s.
"""

from math import copysign, sqrt

GRAVITY = 9.81  # m/s2
# there a sphere sinks some 13 % slower than by the law (Oseen's correction, 3/16 Re)
LARGEST_REYNOLDS_NUMBER = 1.0


def stokes_speed(diameter: float, density: float, water_density: float, viscosity: float) -> float:
    """Of a sphere so small that only friction holds it: (density - water_density) g d2 / (18 viscosity).

    G. G. Stokes 1851, Trans. Cambridge Phil. Soc. 9, 8.
    """
    return (density - water_density) * GRAVITY * diameter * diameter / (18 * viscosity)


def ferguson_church_speed(diameter: float, density: float, water_density: float, viscosity: float) -> float:
    """Of natural sand of any size: R g d2 / (C1 nu + sqrt(0.75 C2 R g d3)), R being the excess of density
    over water's.

    R. I. Ferguson & M. Church 2004, J. Sediment. Res. 74, 933, eq. 4, with C1 = 18 and C2 = 1 (sieve
    diameters).
    """
    excess = (density - water_density) / water_density
    weight = abs(excess) * GRAVITY
    speed = weight * diameter**2 / (18 * viscosity / water_density + sqrt(0.75 * 1.0 * weight * diameter**3))
    return copysign(speed, excess)


def reynolds_number(speed: float, diameter: float, water_density: float, viscosity: float) -> float:
    """Of a grain in water that it passes at `speed`: |speed| d / nu."""
    return abs(speed) * diameter * water_density / viscosity


def grain_speed(diameter: float, density: float, water_density: float, viscosity: float) -> float:
    """Stokes' speed. Raises ValueError, with a speed to take instead, for a grain too large for the law."""
    speed = stokes_speed(diameter, density, water_density, viscosity)
    reynolds = reynolds_number(speed, diameter, water_density, viscosity)
    if reynolds > LARGEST_REYNOLDS_NUMBER:
        instead = ferguson_church_speed(diameter, density, water_density, viscosity)
        raise ValueError(
            f"a grain of {1000 * diameter:.3g} mm has the Reynolds number {reynolds:.3g}, and Stokes' law holds below about "
            f"{LARGEST_REYNOLDS_NUMBER:g}: give its speed instead, {1000 * instead:.3g} mm/s by Ferguson & Church (2004)"
        )
    return speed
