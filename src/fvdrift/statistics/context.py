"""What statistics must know of a run beside its records: from the run itself, or from its tracks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from fvdrift.mesh import ToRun, WholeMesh
from fvdrift.orders import Origins
from fvdrift.tools.crs import LONGITUDE_LATITUDE, between

from .newcomers import PlacedAnew
from .places import ElementFinder

# int64 ids (particle,) -> x, y: float64 (particle,), coordinates of the run
ToDegrees = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
Starts = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Amounts(NamedTuple):
    """What particles stand for. name: of the column, "mass" (kg) or "number"; of: what each is released with, float64,
    by int64 ids."""

    name: str
    of: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Context:
    """total: particles; names: of releases; times: int64 (row,) microseconds of the records, ascending, of
    the opposite sign in a backward run (direction -1); every: microseconds between them; calendar: False for
    times from the run's own zero; geographic: whether x, y are lon, lat; to_run: other coordinates to those
    of the run; mesh: gives the mesh, opened when it is first asked for; starts: gives the places of
    release; may_miss: whether some may find no water; amounts: None where each stands for itself; units: of
    variables that statistics look at, by name, as tracks have them; projection: the system of x, y by a name that
    pyproj knows, None where it is not known."""

    total: int
    names: tuple[str, ...]
    origins: Origins
    times: np.ndarray
    every: int
    direction: int
    calendar: bool
    geographic: bool
    to_run: ToRun
    mesh: Callable[[], WholeMesh]
    starts: Starts
    may_miss: bool = False
    amounts: Amounts | None = None
    units: Callable[[str], str] = lambda _: ""
    projection: str | None = None

    @property
    def in_degrees(self) -> ToDegrees | None:
        """(x, y) -> (lon, lat) of a projected run whose system is known. It loads pyproj."""
        if self.geographic or self.projection is None:
            return None
        convert: ToDegrees = between(self.projection, LONGITUDE_LATITUDE)
        return convert

    @cached_property
    def finder(self) -> ElementFinder:
        """Of the mesh."""
        return ElementFinder(self.mesh())

    @property
    def newcomers(self) -> PlacedAnew:
        """Of all its particles."""
        return PlacedAnew(self.origins, self.total, self.starts)
