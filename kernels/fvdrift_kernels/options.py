"""The choices of physics, each a small NamedTuple whose type picks the code that is compiled. None means: off."""

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
    """Vertical motion by dsigma/dt = omega / (h + zeta); omega0, omega1: m/s (level, node), the two frames."""

    omega0: np.ndarray
    omega1: np.ndarray


class HeldDepth(NamedTuple):
    """The particle keeps its depth below the moving surface (m), or lies at the bed where that is higher."""

    depth: float


class Geographic(NamedTuple):
    """Coordinates in degrees. scale: float64 (element, 2) metres per degree of longitude and latitude at the centroid;
    secant: (element, 3) degrees of longitude per metre: at the centroid, per degree of latitude off it, per its square."""

    scale: np.ndarray
    secant: np.ndarray


class Cubic(NamedTuple):
    """Velocity cubic in time over four frames. The frames before and after the two a particle is between, as in `Frames`
    and `Omega` (where there is none, one of the two again, with no weight); weights: (2, 4, 4), [0, p] the weights of the
    four frames in the coefficient of time^p; [1] the same for a line, where elements fall dry or re-wet."""

    u_before: np.ndarray
    u_after: np.ndarray
    v_before: np.ndarray
    v_after: np.ndarray
    omega_before: np.ndarray
    omega_after: np.ndarray
    wet_before: np.ndarray
    wet_after: np.ndarray
    weights: np.ndarray


class Physics(NamedTuple):
    """scheme: Euler, RungeKutta2, RungeKutta4; vertical: Omega, HeldDepth or None (sigma stays); metric: Geographic or
    None (metres); walk: Walk or None; time: Cubic or None (linear); coast: SLIDE, REFLECT, STRAND (a number: it is looked
    at only where a particle meets the coast)."""

    scheme: tuple
    vertical: tuple | None
    metric: tuple | None
    coast: int
    walk: tuple | None = None
    time: tuple | None = None


class MilsteinWalk(NamedTuple):
    """The random walk with half a step's worth of dW^2 in it: right in the weak sense, and best where K falls to zero."""

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


class ConstantDiffusivity(NamedTuple):
    """m2/s, the same everywhere."""

    value: float


class LevelDiffusivity(NamedTuple):
    """Vertical diffusivity (m2/s) at first and second frame, (level, node); bend: float32 (element,), max |K''| (1/s)."""

    first: np.ndarray
    second: np.ndarray
    bend_first: np.ndarray
    bend_second: np.ndarray


class NodeDiffusivity(NamedTuple):
    """Horizontal diffusivity (m2/s) at first and second frame, (layer or 1, node)."""

    first: np.ndarray
    second: np.ndarray


class Rise(NamedTuple):
    """What rises through the water, or sinks: speed in m/s, positive up; deposits: 1 where it stays on the bed it comes to."""

    speed: float
    deposits: int


class Walk(NamedTuple):
    """A random walk: seed as philox.signed_seed gives it; scheme: one of the ...Walk; vertical: ConstantDiffusivity,
    LevelDiffusivity or None; horizontal: ConstantDiffusivity, NodeDiffusivity or None; rise: Rise or None."""

    seed: int
    scheme: tuple
    vertical: tuple | None
    horizontal: tuple | None
    rise: tuple | None = None
