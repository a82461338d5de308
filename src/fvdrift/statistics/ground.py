"""What of a mesh lies in which cell, and the water in it at a look. Whose elements these are is not known here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from fvdrift.mesh import Subdomain, WholeMesh
from fvdrift.orders import metres
from fvdrift_kernels.layer_volumes import CORNERS, Clipped, Pieces, Water, clip, fill_volumes

from .exact_amounts import parts_of
from .places import Boxes, Elements, areas_of, element_areas


@dataclass(frozen=True)
class Layers:
    """by: "depth" below the surface, "height" above the bed, m, or "sigma"; edges: float64 (layer + 1,), ascending, of
    sigma the part of the depth from the surface down. None of either: the whole column."""

    by: str
    edges: tuple[float, ...]

    def of(self, sigma: np.ndarray, depth: np.ndarray | None) -> np.ndarray:
        """The layer of each particle, -1 outside of all; the last has its lower edge too. depth: m of water."""
        if self.by == "sigma":
            place = -sigma
        else:
            assert depth is not None
            place = metres(self.by, sigma, depth)
        edges = np.array(self.edges)
        found = np.searchsorted(edges, place, side="right") - 1
        found[place == edges[-1]] = self.count - 1
        return np.where(found < self.count, found, -1)

    @property
    def count(self) -> int:
        """How many layers there are."""
        return len(self.edges) - 1


COLUMN = Layers("sigma", (0.0, 1.0))


class InCells(NamedTuple):
    """Pieces of elements, the cells they lie in, ascending, and by piece its place among them."""

    pieces: Pieces
    cells: np.ndarray
    place: np.ndarray


@dataclass(frozen=True, eq=False)
class Ground:
    """Elements that somebody answers for. numbers: int32 (element,) along the curve, ascending; x, y: float64 (node,);
    corners: int32 (element, 3) of these nodes; areas: m2; own: int64, which of the elements of its time levels."""

    numbers: np.ndarray
    x: np.ndarray
    y: np.ndarray
    corners: np.ndarray
    areas: np.ndarray
    own: np.ndarray
    _cut: dict[Boxes | Elements, InCells] = field(default_factory=dict)

    def in_cells(self, cells: Boxes | Elements) -> InCells:
        """What lies in which of them; worked out once."""
        if cells not in self._cut:
            self._cut[cells] = self._by_element() if isinstance(cells, Elements) else self._by_box(cells)
        return self._cut[cells]

    def _by_element(self) -> InCells:
        count = len(self.numbers)
        nothing, everything = np.empty(0), np.arange(count, dtype=np.int32)
        whole = Pieces(everything, np.zeros(count + 1, np.int64), nothing, nothing)
        return InCells(whole, self.numbers.astype(np.int64), everything)

    def _by_box(self, boxes: Boxes) -> InCells:
        found = [self._clipped(boxes, shift) for shift in self._turns(boxes)]
        element, a, b, cell = (
            np.concatenate([getattr(part, name) for part in found]) for name in ("element", "a", "b", "cell")
        )
        counts = np.concatenate([np.diff(part.first) for part in found])
        first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        cells, place = np.unique(cell, return_inverse=True)
        return InCells(Pieces(element, first, a, b), cells.astype(np.int64), place.ravel())

    def _turns(self, boxes: Boxes) -> list[float]:
        """By what longitudes are to be moved to come into the boxes."""
        if not boxes.geographic or not len(self.x):
            return [0.0]
        least = np.floor((boxes.x0 - self.x.max()) / 360.0)
        most = np.ceil((boxes.x1 - self.x.min()) / 360.0)
        return [360.0 * turn for turn in np.arange(least, most + 1)]

    def _clipped(self, boxes: Boxes, shift: float) -> Clipped:
        work = np.empty((4, 2 * CORNERS))
        pieces, corners = 2 * len(self.corners) + 64, 6 * len(self.corners) + 256
        while True:
            room = Clipped(
                np.empty(pieces, np.int32),
                np.zeros(pieces + 1, np.int64),
                np.empty(corners),
                np.empty(corners),
                np.empty(pieces, np.int32),
            )
            there, used = clip(self.x, self.y, self.corners, shift, *boxes.edges, work, room)
            if there <= pieces and used <= corners:
                return Clipped(
                    room.element[:there],
                    room.first[: there + 1],
                    room.a[:used],
                    room.b[:used],
                    room.cell[:there],
                )
            pieces, corners = max(there, pieces), max(used, corners)


def ground_of_subdomain(subdomain: Subdomain, own: np.ndarray) -> Ground:
    """Of those elements that a worker answers for: int64, ascending local numbers."""
    metric, corners = subdomain.metric, subdomain.mesh.corners
    areas = areas_of(subdomain.x, subdomain.y, corners, None if metric is None else metric.scale)
    return Ground(
        subdomain.elements[own], subdomain.x, subdomain.y, np.ascontiguousarray(corners[own]), areas[own], own
    )


def ground_of_mesh(mesh: WholeMesh) -> Ground:
    """Of all elements."""
    everything = np.arange(mesh.elements)
    return Ground(everything.astype(np.int32), mesh.x, mesh.y, mesh.corners, element_areas(mesh), everything)


class Levels(NamedTuple):
    """Depths, float32 (node,) m, and wet codes, uint8 (element,), of two time levels, with the place between them."""

    depth0: np.ndarray
    depth1: np.ndarray
    wet0: np.ndarray
    wet1: np.ndarray
    fraction: float


class WaterAtLook:
    """The water over some ground at one time."""

    def __init__(self, ground: Ground, levels: Levels):
        self._ground = ground
        own, depth0, depth1 = ground.own, levels.depth0, levels.depth1
        wet0, wet1 = (np.ascontiguousarray(wet[own]) for wet in (levels.wet0, levels.wet1))
        self._water = Water(ground.corners, ground.areas, depth0, depth1, wet0, wet1, levels.fraction)

    def volumes(self, cells: Boxes | Elements, layers: Layers, scale: float) -> Mapping[str, np.ndarray]:
        """What water there is over which numbers, layer by layer and cell by cell: over, int64, ascending; water, int64
        (3, n) parts of `exact_amounts`."""
        pieces, there, place = self._ground.in_cells(cells)
        volumes = np.empty((layers.count, len(pieces.element)))
        fill_volumes(self._water, pieces, np.array(layers.edges), layers.by == "sigma", volumes)
        parts = parts_of(volumes, scale)
        if not isinstance(cells, Elements):
            parts = np.array([[np.bincount(place, row, len(there)) for row in part] for part in parts])
        sums = parts.reshape(3, -1).astype(np.int64)
        numbers = (np.arange(layers.count)[:, np.newaxis] * cells.cells + there).ravel()
        some = sums.any(axis=0)
        return (
            {"over": numbers, "water": sums}
            if some.all()
            else {"over": numbers[some], "water": sums[:, some]}
        )
