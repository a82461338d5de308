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
    """Vertical diffusivity (m2/s) at first and second frame, (level, node); pace: float32 (3, element), parts
    of a step per second (1/s) that the profiles ask for to mix, and for what passes where they bend up; and how many
    parts a step may have for what moves by itself (`frame_mixing.fill_pace`)."""

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
