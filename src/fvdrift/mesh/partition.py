"""Cuts of the element curve: who owns what, and how far beyond its own part a worker must see.

Pure functions of arrays: no communication happens here (that is `engine.hand_off`), no fields pass (that
is `engine.manager`).
"""

from dataclasses import dataclass

import numpy as np

from .whole_mesh import WholeMesh

SHARE_BITS = 20  # an element can be dealt out to workers in 2^20 shares of its particles
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: consecutive ids fall evenly over the shares


def share(ids: np.ndarray) -> np.ndarray:
    """The share of its element, int64 in 0 .. 2^20 - 1, that each particle id belongs to."""
    with np.errstate(over="ignore"):
        return ((ids.astype(np.uint64) * _SPREAD) >> np.uint64(64 - SHARE_BITS)).astype(np.int64)


@dataclass(frozen=True)
class Cuts:
    """P - 1 cuts of one line, on which particle `id` in `element` lies at element 2^20 + share(id).

    places: int64 (P + 1,), worker p owns places[p] <= place < places[p + 1]; it may own nothing.
    """

    places: np.ndarray

    @property
    def workers(self) -> int:
        return len(self.places) - 1

    def owner(self, elements: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Worker that owns particles `ids` in `elements` (global numbers): int64, the same for whoever
        asks."""
        place = (elements.astype(np.int64) << SHARE_BITS) + share(ids)
        owners: np.ndarray = np.searchsorted(self.places, place, side="right") - 1
        return owners

    def owned(self, worker: int) -> tuple[int, int]:
        """First and last + 1 element of which the worker owns at least a share."""
        first, last = int(self.places[worker]), int(self.places[worker + 1])
        if first == last:
            return 0, 0
        return first >> SHARE_BITS, ((last - 1) >> SHARE_BITS) + 1


def cut(weights: np.ndarray, workers: int) -> Cuts:
    """Cut the curve into parts of equal weight.

    weights: int64 (element,), each at least 1. A cut falls between two elements, but inside one that is
    heavier than a worker's part.
    """
    total = np.cumsum(weights, dtype=np.int64)
    part = total[-1] / workers
    target = part * np.arange(1, workers)
    element = np.minimum(np.searchsorted(total, target, side="right"), len(weights) - 1)
    before = total[element] - weights[element]
    inside = (target - before) / weights[element]
    inside = np.where(weights[element] > part, inside, np.round(inside))
    places = (element.astype(np.int64) << SHARE_BITS) + (inside * 2.0**SHARE_BITS).astype(np.int64)
    end = len(weights) << SHARE_BITS
    return Cuts(np.concatenate(([0], np.maximum.accumulate(np.clip(places, 0, end)), [end])).astype(np.int64))


class Surroundings:
    """Which elements lie round which, to grow a part by rings; made once for a mesh."""

    def __init__(self, mesh: WholeMesh):
        self._corners = mesh.corners
        flat = mesh.corners.ravel()
        self._element = (np.argsort(flat, kind="stable") // 3).astype(np.int32)
        self._first = np.concatenate(([0], np.cumsum(np.bincount(flat, minlength=mesh.nodes))))
        self._height = mesh.smallest_height()

    def ring(self, elements: np.ndarray) -> np.ndarray:
        """The elements that share a node with `elements`, those included: sorted."""
        nodes = np.unique(self._corners[elements])
        count = self._first[nodes + 1] - self._first[nodes]
        start = np.repeat(self._first[nodes] - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        return np.unique(self._element[start + np.arange(count.sum())])

    def within_reach(self, first: int, last: int, distance: float) -> np.ndarray:
        """Elements first .. last - 1 and those a particle of theirs may get to over `distance` (m): sorted.

        An estimate that saves work: what proves too small is widened when a step needs it.
        """
        held = np.arange(first, last)
        newest = held
        left = np.full(len(held), float(distance))
        while len(newest):
            corners = self._corners[newest].ravel()
            at_node = _NodeMaxima(corners, np.repeat(left, 3))
            grown = np.setdiff1d(self.ring(newest), held, assume_unique=True)
            if not len(grown):
                break
            left = at_node.largest(self._corners[grown]) - self._height[grown]
            held = np.union1d(held, grown)
            newest, left = grown[left > 0], left[left > 0]
        return held


class _NodeMaxima:
    """The largest value given for each of some nodes."""

    def __init__(self, nodes: np.ndarray, values: np.ndarray):
        order = np.lexsort((values, nodes))
        nodes, values = nodes[order], values[order]
        last = np.concatenate((nodes[1:] != nodes[:-1], [True]))
        self._nodes, self._values = nodes[last], values[last]

    def largest(self, corners: np.ndarray) -> np.ndarray:
        """Over the corners (element, 3) that are known: their largest value, (element,)."""
        at = np.minimum(np.searchsorted(self._nodes, corners), len(self._nodes) - 1)
        highest: np.ndarray = np.where(self._nodes[at] == corners, self._values[at], -np.inf).max(axis=1)
        return highest
