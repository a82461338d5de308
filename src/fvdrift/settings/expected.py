"""What people mean by the value of each key with a unit: what is usual, and what is possible."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from fvdrift.tools.duration import spoken_duration
from fvdrift.tools.quantity import (
    ATTENUATION,
    DENSITY,
    DIFFUSIVITY,
    DURATION,
    IRRADIANCE,
    LENGTH,
    PER_DOSE,
    RATE,
    SHARE,
    SPEED,
    VISCOSITY,
    Kind,
)

Bounds = tuple[float, float]  # in SI units, of the size of a value; 0 is always usual: it turns something off

ALWAYS = math.inf
DAY, YEAR = 86400.0, 365.25 * 86400.0
DEEPEST = 11_000.0  # m, of all water there is
EVEN = 1e12  # m: what falls off over that is the same at all depths


class Expected(NamedTuple):
    """Of one key. means: what a value comes to, in words; units: in which people think; plain,
    plain_possible: what is usual and possible of a number without a unit, where that is less."""

    kind: Kind
    usual: Bounds
    possible: Bounds
    means: Callable[[float], str]
    units: tuple[str, ...] = ()
    plain: Bounds | None = None
    plain_possible: Bounds | None = None


def _length_said(metres: float) -> str:
    for unit, size in (("um", 1e-6), ("mm", 1e-3), ("m", 1.0)):
        if abs(metres) < 1000 * size:
            return f"{metres / size:.3g} {unit}"
    return f"{metres / 1000:.3g} km"


def _length(what: str) -> Callable[[float], str]:
    return lambda metres: f"{what} {_length_said(metres)}"


def _time(what: str) -> Callable[[float], str]:
    return lambda seconds: f"{what} {spoken_duration(seconds)}"


def _through_water(way: str) -> Callable[[float], str]:
    return lambda speed: f"{way} 10 m in {spoken_duration(10.0 / abs(speed))}"


def _interval(what: str) -> Expected:
    return Expected(
        DURATION, (0.1, 100 * YEAR), (0.0, ALWAYS), _time(what), ("min", "h", "d"), plain=(120.0, 100 * YEAR)
    )


SINKS = Expected(
    SPEED, (1e-9, 0.1), (0.0, 2.0), _through_water("particles pass"), ("mm/s", "cm/s", "m/day"),
    plain=(1e-7, 0.02), plain_possible=(0.0, 0.5),
)  # fmt: skip
_DEPTH = Expected(
    LENGTH, (0.0, DEEPEST), (0.0, DEEPEST), _length("there is no water as deep as"), ("cm", "mm")
)
_WATER = "sea water has about 1025 kg/m3"

EXPECTED: Mapping[str, Expected] = {
    "forcing.max_gap": Expected(
        DURATION, (60.0, 60 * DAY), (0.0, ALWAYS), _time("frames are to lie no farther apart than"), ("min", "h", "d"),
        plain=(600.0, 60 * DAY),
    ),
    "forcing.max_speed": Expected(
        SPEED, (0.5, 50.0), (0.0, 1000.0), lambda v: f"currents of up to {v:.3g} m/s would be believed", ("cm/s", "km/h")
    ),
    "forcing.min_depth": Expected(
        LENGTH, (1e-3, 1.0), (0.0, DEEPEST), _length("elements are dry under"), ("cm", "mm")
    ),
    "time.step": Expected(
        DURATION, (0.01, 2 * 3600.0), (0.0, ALWAYS), _time("one step takes"), ("min", "h"), plain=(5.0, 2 * 3600.0)
    ),
    "time.duration": Expected(
        DURATION, (60.0, 1000 * YEAR), (0.0, ALWAYS), _time("the run ends after"), ("h", "d"), plain=(3600.0, 1000 * YEAR)
    ),
    "advection.depth": _DEPTH,
    "advection.stokes_depth": Expected(
        LENGTH, (0.05, 300.0), (0.0, EVEN), _length("the drift falls to 1/e over"), ("m", "cm")
    ),
    "diffusion.horizontal": Expected(
        DIFFUSIVITY, (1e-4, 1000.0), (0.0, 1e5),
        lambda k: f"particles spread {_length_said(math.sqrt(2 * k * DAY))} in a day (one standard deviation)", ("cm2/s",),
    ),
    "diffusion.vertical": Expected(
        DIFFUSIVITY, (1e-8, 0.3), (0.0, 10.0), lambda k: f"10 m of water are mixed in {spoken_duration(50.0 / k)}", ("cm2/s",)
    ),
    "diffusion.smagorinsky": Expected(
        SHARE, (5e-3, 1.0), (0.0, 10.0), lambda c: f"viscofh is taken {c:g} times, and FVCOM's set-ups have 0.05 to 0.5"
    ),
    "behaviour.settling": SINKS,
    "behaviour.settling.mean": SINKS,
    "behaviour.settling.sd": SINKS,
    "behaviour.settling.grain": Expected(
        LENGTH, (1e-7, 5e-3), (0.0, 0.05), _length("grains have a diameter of"), ("mm", "um"), plain=(1e-7, 2e-3)
    ),
    "behaviour.settling.density": Expected(
        DENSITY, (700.0, 9000.0), (100.0, 23_000.0), lambda d: f"{_WATER}, quartz 2650", ("g/cm3",)
    ),
    "behaviour.settling.water_density": Expected(
        DENSITY, (950.0, 1300.0), (500.0, 2000.0), lambda d: _WATER, ("g/cm3",)
    ),
    "behaviour.settling.viscosity": Expected(
        VISCOSITY, (5e-4, 3e-3), (1e-4, 1.0), lambda v: "the dynamic viscosity of sea water is about 0.00122 Pa s", ("mPa s",)
    ),
    "behaviour.migration.day": _DEPTH,
    "behaviour.migration.night": _DEPTH,
    "behaviour.migration.speed": Expected(
        SPEED, (1e-5, 0.3), (0.0, 3.0), _through_water("particles swim"), ("mm/s", "cm/s", "m/h"),
        plain=(1e-5, 0.1), plain_possible=(0.0, 1.0),
    ),
    "behaviour.mortality": Expected(
        RATE, (1e-10, 2e-3), (0.0, 10.0), lambda r: f"half of all die in {spoken_duration(math.log(2.0) / r)}", ("1/day", "1/h"),
        plain=(1e-10, 1e-4), plain_possible=(0.0, 0.02),
    ),
    "behaviour.growth": Expected(
        RATE, (1e-10, 2e-3), (0.0, 10.0), lambda r: f"development gains 1 in {spoken_duration(1.0 / r)}", ("1/day", "1/h"),
        plain=(1e-10, 1e-4), plain_possible=(0.0, 0.02),
    ),
    "behaviour.lifespan": Expected(
        DURATION, (300.0, 1000 * YEAR), (0.0, ALWAYS), _time("all die when they are as old as"), ("d", "h"),
        plain=(3600.0, 1000 * YEAR),
    ),
    "behaviour.decay.rate": Expected(
        RATE, (1e-10, 0.1), (0.0, 1e3), lambda r: f"half of all decays in {spoken_duration(math.log(2.0) / r)}", ("1/day", "1/h"),
        plain=(1e-10, 1e-3),
    ),
    "behaviour.decay.half_life": Expected(
        DURATION, (1.0, 1e5 * YEAR), (0.0, ALWAYS), _time("half of all decays in"), ("d", "h"), plain=(600.0, 1e5 * YEAR)
    ),
    "behaviour.decay.t90": Expected(
        DURATION, (1.0, 1e5 * YEAR), (0.0, ALWAYS), _time("nine tenths decay in"), ("d", "h"), plain=(600.0, 1e5 * YEAR)
    ),
    "behaviour.decay.light": Expected(
        PER_DOSE, (1e-10, 1e-4), (0.0, 1.0),
        lambda d: f"half of all decays in {spoken_duration(math.log(2.0) / (1000.0 * d))} of full sun", ("m2/MJ", "m2/kJ"),
    ),
    "behaviour.decay.irradiance": Expected(
        IRRADIANCE, (10.0, 1400.0), (0.0, 2000.0), lambda w: "a high sun gives about 1000 W/m2 at the ground", ("kW/m2",)
    ),
    "behaviour.decay.attenuation": Expected(
        ATTENUATION, (0.01, 100.0), (0.0, 1e5), lambda k: f"light falls to 1/e in {_length_said(1.0 / k)}", ("1/cm",)
    ),
    "behaviour.windage": Expected(
        SHARE, (5e-4, 0.1), (0.0, 0.2), lambda w: f"a wind of 10 m/s moves particles at {10 * w:.3g} m/s", ("%",)
    ),
    "behaviour.windage_depth": Expected(
        LENGTH, (1e-3, 5.0), (0.0, 1000.0), _length("the wind reaches down to"), ("cm", "mm")
    ),
    "boundary.refloat": Expected(
        DURATION, (120.0, 100 * YEAR), (0.0, ALWAYS), _time("half of the stranded are afloat again after"), ("h", "d"),
        plain=(1800.0, 100 * YEAR),
    ),
    "boundary.resuspension": Expected(
        SPEED, (5e-4, 0.2), (0.0, 10.0), lambda v: f"this shear velocity belongs to a stress of {1025 * v * v:.3g} Pa at the bed",
        ("cm/s", "mm/s"), plain=(5e-4, 0.1),
    ),
    "boundary.roughness": Expected(
        LENGTH, (1e-7, 0.1), (0.0, 10.0), lambda z: f"the bed is as rough as one of stones of {_length_said(30 * z)}",
        ("mm", "um", "cm"), plain=(1e-6, 0.05),
    ),
    "release.*.radius": Expected(
        LENGTH, (0.1, 500e3), (0.0, 5e6), _length("it is no angle: particles lie round the point within"), ("km", "m")
    ),
    "release.*.depth": _DEPTH,
    "release.*.every": _interval("particles start every"),
    "output.every": _interval("records are made every"),
    "alert.*.every": _interval("it is looked at every"),
    "statistic.*.every": _interval("particles are looked at every"),
    "statistic.*.period": _interval("sampling times are taken together of"),
    "statistic.*.ages": _interval("a class of age ends at"),
    "statistic.*.after": _interval("particles are looked at when they are as old as"),
    "checkpoint.every": _interval("a checkpoint is taken every"),
}  # fmt: skip
