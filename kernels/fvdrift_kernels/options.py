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


class Physics(NamedTuple):
    """scheme: Euler, RungeKutta2, RungeKutta4; vertical: Omega, HeldDepth or None (sigma stays); metric: Geographic or
    None (metres); coast: SLIDE, REFLECT, STRAND (a number: it is looked at only where a particle meets the coast)."""

    scheme: tuple
    vertical: tuple | None
    metric: tuple | None
    coast: int
