"""The choices of physics, each a small NamedTuple whose type picks the code that is compiled. None means:
off."""

from typing import NamedTuple

import numpy as np


class Euler(NamedTuple):
    """One evaluation a step."""

    order: int = 1


class RungeKutta2(NamedTuple):
    """The midpoint rule."""

    order: int = 2


class RungeKutta4(NamedTuple):
    """The classical scheme, as FVCOM's own tracker has it (mod_lag.F, a, b, c of l. 976)."""

    order: int = 4


class Omega(NamedTuple):
    """Vertical motion by dsigma/dt = omega / (h + zeta); omega0, omega1: m/s (level, node), the two
    frames."""

    omega0: np.ndarray
    omega1: np.ndarray


class NodeLevels(NamedTuple):
    """Levels that differ from place to place, barycentric in an element.

    half: (node, 2 layers + 1), sigma of levels and layers in turn.
    """

    half: np.ndarray


class HeldDepth(NamedTuple):
    """The particle keeps its depth below the moving surface (m), or lies at the bed where that is higher."""

    depth: float


class Geographic(NamedTuple):
    """Coordinates in degrees. scale: float64 (element, 2) metres per degree of longitude and latitude at the
    centroid; secant: (element, 3) degrees of longitude per metre: at the centroid, per degree of latitude off
    it, per its square."""

    scale: np.ndarray
    secant: np.ndarray


class Cubic(NamedTuple):
    """Velocity cubic in time over four frames. The frames before and after the two a particle is between, as
    in `Frames` and `Omega` (where there is none, one of the two again, with no weight); weights: (2, 4, 4),
    [0, p] the weights of the four frames in the coefficient of time^p; [1] the same for a line, where
    elements fall dry or re-wet."""

    u_before: np.ndarray
    u_after: np.ndarray
    v_before: np.ndarray
    v_after: np.ndarray
    omega_before: np.ndarray
    omega_after: np.ndarray
    wet_before: np.ndarray
    wet_after: np.ndarray
    weights: np.ndarray


class StokesDrift(NamedTuple):
    """The drift of waves, which falls off with depth z as exp(-decay z). u0 ...: m/s, float32 (1, element),
    of the surface, in the frames of `Frames` and `Cubic` (before and after are not looked at where velocity
    is linear in time); decay: 1/m."""

    u0: np.ndarray
    u1: np.ndarray
    v0: np.ndarray
    v1: np.ndarray
    u_before: np.ndarray
    u_after: np.ndarray
    v_before: np.ndarray
    v_after: np.ndarray
    decay: np.float32


class Physics(NamedTuple):
    """scheme: Euler, RungeKutta2, RungeKutta4; vertical: Omega, HeldDepth or None (sigma stays); metric:
    Geographic or None (metres); beside: BesideFlow or None; time: Cubic or None (linear); stokes: StokesDrift
    or None; coast: SLIDE, REFLECT, STRAND (a number: it is looked at only where a particle meets the
    coast)."""

    scheme: tuple
    vertical: tuple | None
    metric: tuple | None
    coast: int
    beside: tuple | None = None
    time: tuple | None = None
    stokes: tuple | None = None


class ReversibleWalk(NamedTuple):
    """The random walk that leaves even what is even, whatever K and the step: exact in law where K is
    linear."""

    order: int = 2


class MilsteinWalk(NamedTuple):
    """The random walk with half a step's worth of dW^2 in it: right in the weak sense, and best where K falls
    to zero."""

    order: int = 1


class VisserWalk(NamedTuple):
    """The random walk with K taken half a drift away."""

    order: int = 1


class EulerWalk(NamedTuple):
    """The random walk with the drift K' and K where the particle is."""

    order: int = 1


class NaiveWalk(NamedTuple):
    """The random walk without drift: wrong, for comparison."""

    order: int = 0


# for comparison: one increment a part, cut by the bend of K
BY_INCREMENT = (MilsteinWalk, VisserWalk, EulerWalk, NaiveWalk)


class ConstantDiffusivity(NamedTuple):
    """m2/s, the same everywhere."""

    value: float


class LevelDiffusivity(NamedTuple):
    """Vertical diffusivity (m2/s) at first and second frame, (level, node); pace: float32 (2, element), parts
    of a step per second (1/s) that the profiles ask for to mix, and for what passes where they bend up
    (`frame_mixing.fill_pace`)."""

    first: np.ndarray
    second: np.ndarray
    pace_first: np.ndarray
    pace_second: np.ndarray


class NodeDiffusivity(NamedTuple):
    """Horizontal diffusivity (m2/s) at first and second frame, (layer or 1, node)."""

    first: np.ndarray
    second: np.ndarray


class EvenByVolume(NamedTuple):
    """Across, the walk leaves as many particles over each m2 as there is water: what moves with all the
    water."""

    order: int = 3


class EvenByArea(NamedTuple):
    """Across, the walk leaves as many particles on each m2: what is held at a depth, or at the surface."""

    order: int = 2


class Walk(NamedTuple):
    """A random walk: scheme: one of the ...Walk; vertical: ConstantDiffusivity, LevelDiffusivity or None;
    horizontal: ConstantDiffusivity, NodeDiffusivity or None; even: what the horizontal one leaves as it is,
    EvenByVolume or EvenByArea."""

    scheme: tuple
    vertical: tuple | None
    horizontal: tuple | None
    even: tuple = EvenByVolume()


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


class Columns(NamedTuple):
    """A particle has columns of its own, in `state`; kept: records like it, one for each lane, work space."""

    kept: np.ndarray


class BesideFlow(NamedTuple):
    """All that happens to a particle beside being carried by the flow, each part None where it is off.

    seed: as philox.signed_seed gives it; direction: of time, 1 or -1; walk: Walk; rise: Rise, OwnRise;
    migration: Migration; windage: Windage; bed: KeepingBed, ErodibleBed; shore: Refloating; life: Life;
    settlement: Settlement; own: own.Own; light: Sunlight, for `own`; columns: Columns.
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
