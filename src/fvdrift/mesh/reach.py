"""Where the mesh is, in words: for places of a person that lie off it, what he may have meant. Refuses
nothing itself."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fvdrift.forcing import Forcing
from fvdrift.settings import MOST_LONGITUDE
from fvdrift.tools.crs import GEOGRAPHIC, in_degrees

LIKE_DEGREES = 1000.0  # metres: a mesh that is no wider may well be given in numbers as small as degrees
# of the mesh: an area that is no wider, with numbers as small as degrees, is hardly meant in metres
SMALL = 1e-3
MOST = 0.5  # of the points: a guess that brings so many onto the mesh's rectangle is worth telling


@dataclass(frozen=True)
class Box:
    """x0, y0, x1, y1 round a mesh."""

    x0: float
    y0: float
    x1: float
    y1: float

    def holds(self, x: np.ndarray, y: np.ndarray, *, turns: bool) -> bool:
        """Whether most of the points lie in it; turns: on whatever turn of longitude."""
        if turns:
            x = x + 360.0 * np.round((0.5 * (self.x0 + self.x1) - x) / 360.0)
        margin_x, margin_y = 0.05 * (self.x1 - self.x0), 0.05 * (self.y1 - self.y0)
        inside = (np.abs(x - 0.5 * (self.x0 + self.x1)) <= 0.5 * (self.x1 - self.x0) + margin_x) & (
            np.abs(y - 0.5 * (self.y0 + self.y1)) <= 0.5 * (self.y1 - self.y0) + margin_y
        )
        return bool(len(x)) and float(inside.mean()) >= MOST


def _box(x: np.ndarray | None, y: np.ndarray | None) -> Box | None:
    if x is None or y is None:
        return None
    return Box(float(x.min()), float(y.min()), float(x.max()), float(y.max()))


@dataclass(frozen=True)
class Reach:
    """own: of the mesh in the coordinates of the run; degrees: the same in longitude and latitude, where that
    is known."""

    geographic: bool
    own: Box
    degrees: Box | None

    @property
    def said(self) -> str:
        """ "the mesh reaches from -4 to -3.7 east, 50 to 50.1 north"."""
        box, unit = self.own, "degrees" if self.geographic else "m"
        text = f"the mesh reaches from {box.x0:.7g} to {box.x1:.7g} {unit} east and {box.y0:.7g} to {box.y1:.7g} {unit} north"
        if self.geographic or self.degrees is None:
            return text
        box = self.degrees
        return f"{text} ({box.x0:.5g} to {box.x1:.5g} and {box.y0:.5g} to {box.y1:.5g} in degrees)"

    def guess(self, x: Any, y: Any, coordinates: str) -> str:
        """What may be wrong with places that are not on the mesh, as they were written, float64 (point,);
        with where the mesh is.

        coordinates: what they are in: GEOGRAPHIC, PROJECTED or a system that pyproj knows.
        """
        x, y = np.atleast_1d(np.asarray(x, np.float64)), np.atleast_1d(np.asarray(y, np.float64))
        return f"{self._slip(x, y, coordinates)}; {self.said}".removeprefix("; ")

    def _slip(self, x: np.ndarray, y: np.ndarray, coordinates: str) -> str:
        if coordinates == GEOGRAPHIC or in_degrees(coordinates):
            if not _may_be_degrees(x, y):
                if not self.geographic and self.own.holds(x, y, turns=False):
                    return 'these are metres, not degrees: they lie on the mesh if coordinates = "projected"'
                if not (np.abs(y) <= MOST_LONGITUDE).all():
                    return "these look like metres, not like degrees"
            if self.degrees is not None and self.degrees.holds(y, x, turns=True):
                return "longitude and latitude may be swapped: longitude goes first"
            if self.degrees is not None and self.degrees.holds(-x, y, turns=True):
                return "the sign of the longitude may be wrong: west is negative"
            if self.degrees is not None and self.degrees.holds(x, -y, turns=True):
                return "the sign of the latitude may be wrong: south is negative"
            return ""
        if self._degrees_given(x, y):
            swapped = self.degrees is not None and self.degrees.holds(y, x, turns=True)
            also = (
                ", with longitude and latitude swapped" if swapped and not self._on_in_degrees(x, y) else ""
            )
            read = 'and are read as metres, as the run is in them (a [[release]] may say coordinates = "geographic")'
            return f"these look like degrees{also}, {read}"
        if not self.geographic and self.own.holds(y, x, turns=False):
            return "x and y may be swapped"
        return ""

    def mistaken(self, x: np.ndarray, y: np.ndarray) -> str:
        """Whether places that are read as metres are degrees, though they lie on the mesh by chance: a
        sentence, or nothing."""
        small = len(x) > 1 and max(np.ptp(x), np.ptp(y)) < SMALL * max(
            self.own.x1 - self.own.x0, self.own.y1 - self.own.y0
        )
        if not self._degrees_given(x, y) or not (self._on_in_degrees(x, y) or small):
            return ""
        return self._slip(x, y, "projected")

    def _on_in_degrees(self, x: np.ndarray, y: np.ndarray) -> bool:
        return self.degrees is not None and self.degrees.holds(x, y, turns=True)

    def _degrees_given(self, x: np.ndarray, y: np.ndarray) -> bool:
        wide = max(self.own.x1 - self.own.x0, self.own.y1 - self.own.y0)
        return (
            not self.geographic and wide > LIKE_DEGREES and (_may_be_degrees(x, y) or _may_be_degrees(y, x))
        )


def _may_be_degrees(x: np.ndarray, y: np.ndarray) -> bool:
    return bool((np.abs(x) <= 360).all() and (np.abs(y) <= 90).all())


def reach_of(forcing: Forcing) -> Reach:
    """Of the forcing."""
    own = _box(forcing.x, forcing.y)
    assert own is not None
    return Reach(forcing.geographic, own, own if forcing.geographic else _box(forcing.lon, forcing.lat))
