"""What particles can do beside being carried and mixed, each an option of a kernel. None: it is off.

As in `options` a kind of physics is a type, and what it needs are its fields.
"""

from typing import NamedTuple

import numpy as np


class Rise(NamedTuple):
    """What rises through the water, or sinks: speed in m/s, positive up."""

    speed: float


class OwnRise(NamedTuple):
    """What rises at a speed of its own, in the column `settling_speed` (m/s, positive down); up: -1, backward
    1."""

    up: float


class Sunlight(NamedTuple):
    """Day where the sun is up. up: float64 (element, 3) unit vectors of the vertical; sun: (steps, 3) towards
    the sun at the end of each step."""

    up: np.ndarray
    sun: np.ndarray


class ClockLight(NamedTuple):
    """Day by the clock; day: uint8 (steps,) at the end of each step."""

    day: np.ndarray


class Migration(NamedTuple):
    """Swims to a depth (m below the moving surface) by day and to another by night, at `speed` m/s; light:
    Sunlight or ClockLight."""

    day: float
    night: float
    speed: float
    light: tuple


class Windage(NamedTuple):
    """Moved by `share` of the wind (m/s, (element,) at both frames) at the surface, by nothing from `depth` m
    on; in between linearly less."""

    share: float
    depth: float
    u0: np.ndarray
    u1: np.ndarray
    v0: np.ndarray
    v1: np.ndarray


class Line(NamedTuple):
    """A component of leeway: slope over the wind speed, offset and standard deviation round the line (m/s)."""

    slope: float
    offset: float
    sd: float


class Jibing(NamedTuple):
    """Switches between the right and the left of the wind by chance, at `rate` (1/s)."""

    rate: float


class Leeway(NamedTuple):
    """Moved by the wind (m/s, (element,) at both frames) by lines of its speed: downwind, and crosswind, positive to
    the right, where it lies to the right of the wind or to the left; jibing: Jibing or None."""

    downwind: Line
    right: Line
    left: Line
    jibing: tuple | None
    u0: np.ndarray
    u1: np.ndarray
    v0: np.ndarray
    v1: np.ndarray


class KeepingBed(NamedTuple):
    """What comes to the bed by its own motion or the random walk stays there for good."""

    order: int = 0


class ErodibleBed(NamedTuple):
    """What comes to the bed stays while the shear velocity there is at most `critical` (m/s), and is taken up
    above it. course: float32 (element, ashore.COURSE), of the flow over the bed and its drag between both
    frames."""

    critical: float
    course: np.ndarray


class Refloating(NamedTuple):
    """What is stranded gets afloat again by chance, at `rate` (1/s), while its element is wet."""

    rate: float


class ConstantRate(NamedTuple):
    """Per second, the same everywhere."""

    value: float


class FieldRate(NamedTuple):
    """field: NodeField, the rate per day where a particle is."""

    field: tuple


class Life(NamedTuple):
    """lifespan: s; mortality, growth: ConstantRate, FieldRate or None. A particle dies of age, or when the
    column `hazard_left` comes to nothing, which the mortality uses up; growth adds to the column
    `development`."""

    lifespan: float
    mortality: tuple | None
    growth: tuple | None


class ByAge(NamedTuple):
    """Competent from age `first` to `last`, s."""

    first: float
    last: float


class ByDevelopment(NamedTuple):
    """Competent from development `first` to `last`."""

    first: float
    last: float


class Settlement(NamedTuple):
    """Settles in polygons: competency: ByAge or ByDevelopment; habitat: Habitat. The polygon goes into the
    column `habitat`."""

    competency: tuple
    habitat: tuple


class OfMass(NamedTuple):
    """The column `mass`, kg, and `mass_released` where that is kept."""

    order: int = 0


class OfNumber(NamedTuple):
    """The column `number`, and `number_released` where that is kept."""

    order: int = 0


class SteadyDecay(NamedTuple):
    """What particles carry falls off with their age, at `rate` (1/s) from what they were released with. of: OfMass or
    OfNumber."""

    of: tuple
    rate: float


class FieldValue(NamedTuple):
    """field: NodeField, in the unit that is asked for."""

    field: tuple


class ClearSky(NamedTuple):
    """The irradiance of a sun in the zenith, W/m2; it goes with the sine of the sun's elevation. light: Sunlight."""

    zenith: float
    light: Sunlight


class Light(NamedTuple):
    """per_exposure: m2/J, rate over irradiance; surface: irradiance at the surface, W/m2, ConstantRate, FieldValue or
    ClearSky; attenuation: 1/m, ConstantRate or FieldValue."""

    per_exposure: float
    surface: tuple
    attenuation: tuple


class Decay(NamedTuple):
    """What particles carry falls off in each step by what is round them. of: OfMass or OfNumber; rate: ConstantRate or
    FieldRate, in the dark; light: Light or None."""

    of: tuple
    rate: tuple
    light: tuple | None


class Columns(NamedTuple):
    """A particle has columns of its own, in `state`; kept: records like it, one for each lane, work space."""

    kept: np.ndarray


class BesideFlow(NamedTuple):
    """All that happens to a particle beside being carried by the flow, each part None where it is off.

    seed: as philox.signed_seed gives it; direction: of time, 1 or -1; walk: Walk; rise: Rise, OwnRise;
    migration: Migration; windage: Windage; bed: KeepingBed, ErodibleBed; shore: Refloating; life: Life;
    settlement: Settlement; own: own.Own; light: Sunlight, for `own`; columns: Columns; decay: SteadyDecay, Decay;
    leeway: Leeway, never with windage.
    """

    seed: int
    direction: int = 1
    walk: tuple | None = None
    rise: tuple | None = None
    migration: tuple | None = None
    windage: tuple | None = None
    bed: tuple | None = None
    shore: tuple | None = None
    life: tuple | None = None
    settlement: tuple | None = None
    own: tuple | None = None
    light: tuple | None = None
    columns: tuple | None = None
    decay: tuple | None = None
    leeway: tuple | None = None
