"""The segments that a coast is cut into: by length, by polygons, or side by side. Who lies there is not known here."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fvdrift.mesh import Coast, Polygons

from .context import Context
from .variables import COORDINATES, FileVariable, axes, name_table
from .zones import ELSEWHERE, polygon_at


@dataclass(frozen=True, eq=False)
class Segments:
    """of: int32 (side,) of the coast, number of its segment; names: of the polygons and ELSEWHERE, none where segments
    are pieces of coastlines."""

    coast: Coast
    of: np.ndarray
    names: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.names) or int(self.of[-1]) + 1

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The segment of each place on the coast, int32."""
        found: np.ndarray = self.of[self.coast.nearest(x, y)]
        return found

    @cached_property
    def lengths(self) -> np.ndarray:
        """m, float64 (segment,)."""
        return np.bincount(self.of, self.coast.length, self.count)

    def labels(self) -> list[str]:
        """Of each segment, for a person."""
        if self.names:
            return list(self.names)
        sides, along = self._sides, self.coast.along()
        return [
            f"{self.coast.line[its[0]] + 1}: {along[its[0]] / 1e3:.4g} to "
            f"{(along[its[-1]] + self.coast.length[its[-1]]) / 1e3:.4g} km"
            for its in sides
        ]

    @cached_property
    def _sides(self) -> list[np.ndarray]:
        """The sides of each segment, in the order of the coast."""
        order = np.argsort(self.of, kind="stable")
        return np.split(order, np.searchsorted(self.of[order], np.arange(1, self.count)))

    def described(self, name: str, scene: Context) -> Iterator[FileVariable]:
        """Where they are, to be drawn: ends and middle of each, and all sides with the number of theirs."""
        coast, segment, side = self.coast, f"{name}_segment", f"{name}_side"
        if self.names:
            yield name_table(f"{segment}_name", segment, self.names, "names of the segments")
        else:
            first = np.array([its[0] for its in self._sides])
            said = {"long_name": "coastline of the segment, from 1 on, the longest first", "units": "1"}
            yield FileVariable(f"{segment}_coastline", (segment,), coast.line[first] + np.int32(1), said)
            said = {"long_name": "distance along its coastline at which the segment begins", "units": "m"}
            yield FileVariable(f"{segment}_along", (segment,), coast.along()[first], said)
        told = {"long_name": "length of coast in the segment", "units": "m"}
        yield FileVariable(f"{segment}_length", (segment,), self.lengths, told)
        for axis, ends in zip(axes(scene), (coast.x, coast.y), strict=True):
            its = COORDINATES[axis]
            middle, both = self._places(ends)
            words = {"long_name": f"{its['long_name']}, where half of the segment's coast is passed"}
            yield FileVariable(f"{segment}_{axis}", (segment,), middle, {**its, **words})
            words = {
                "long_name": f"{its['long_name']}, where the segment begins and ends: water lies at the left"
            }
            yield FileVariable(f"{segment}_ends_{axis}", (segment, "two"), both, {**its, **words})
            words = {"long_name": f"{its['long_name']}, of both ends of a side of the mesh on the coast"}
            yield FileVariable(f"{side}_{axis}", (side, "two"), ends, {**its, **words})
        said = {"long_name": "segment that a side belongs to, from 0 on", "units": "1"}
        yield FileVariable(f"{side}_segment", (side,), self.of, said)

    def _places(self, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of one coordinate, ends (side, 2): the middle, and both ends, of each segment; NaN of one without coast."""
        middle, both = np.full(self.count, np.nan), np.full((self.count, 2), np.nan)
        for number, its in enumerate(self._sides):
            if len(its):
                length = self.coast.length[its]
                passed = np.cumsum(length)
                at = int(np.searchsorted(passed, 0.5 * passed[-1]))
                share = 1.0 - (passed[at] - 0.5 * passed[-1]) / length[at]
                first, last = ends[its[at]]
                middle[number] = first + share * (last - first)
                both[number] = ends[its[0], 0], ends[its[-1], 1]
        return middle, both


def by_length(coast: Coast, length: float | None) -> Segments:
    """Pieces of each coastline, as many as come nearest to a length (m), a side with the piece that its middle is in;
    each side for itself without."""
    if length is None:
        return Segments(coast, np.arange(len(coast), dtype=np.int32))
    whole = np.bincount(coast.line, coast.length)
    pieces = np.maximum(1, np.rint(whole / length))[coast.line]
    middle = coast.along() + 0.5 * coast.length
    piece = np.minimum(middle / whole[coast.line] * pieces, pieces - 1).astype(np.int64)
    new = (coast.line[1:] != coast.line[:-1]) | (piece[1:] != piece[:-1])
    return Segments(coast, np.append(0, np.cumsum(new)).astype(np.int32))


def by_polygons(coast: Coast, polygons: Polygons) -> Segments:
    """A side belongs to the polygon that holds its middle, or is elsewhere."""
    found = polygon_at(polygons, *coast.middles)
    return Segments(
        coast, np.where(found < 0, len(polygons.names), found).astype(np.int32), (*polygons.names, ELSEWHERE)
    )
