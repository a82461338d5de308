"""What stands in for values that a field does not have on dry land: those of the nearest water of the same
frame.

No particle moves where it is dry, but between a wet frame and a dry one it has a share of both: a 0 would be
mixed into the water. What stands in depends on the field in this frame alone: it is the same whenever it is
read.
"""

import numpy as np


class StandIns:
    """Of one mesh. triangles: int32 (element, 3); x, y: float64 (node,)."""

    def __init__(self, triangles: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
        self._triangles = triangles
        self._x, self._y = (np.concatenate([at, at[triangles].mean(axis=1)]) for at in (x, y))
        # by on_elements, mask and donors: mostly all rows and fields have the same
        self._last: dict[bool, tuple[np.ndarray, np.ndarray]] = {}

    def fill(self, values: np.ndarray, missing: np.ndarray, on_elements: bool) -> None:
        """Set the values of places that have none, unless none in the row has one.

        values: (place,) or (row, place), on nodes or elements; missing: bool, alike.
        """
        rows = missing.reshape(-1, missing.shape[-1])
        for row, without in zip(values.reshape(rows.shape), rows, strict=True):
            if without.any() and not without.all():
                row[without] = row[self._donors(without, on_elements)[without]]

    def _donors(self, missing: np.ndarray, on_elements: bool) -> np.ndarray:
        last = self._last.get(on_elements)
        if last is None or not np.array_equal(last[0], missing):
            self._last[on_elements] = last = missing, self._found(missing, on_elements)
        return last[1]

    def _found(self, missing: np.ndarray, on_elements: bool) -> np.ndarray:
        """The place whose value each place takes: its own, or the nearest of those that its neighbours take
        theirs from."""
        nodes = len(self._x) - len(self._triangles)
        first = nodes if on_elements else 0
        donor = np.full(len(self._x), -1)
        donor[first : first + len(missing)] = np.where(missing, -1, np.arange(first, first + len(missing)))
        # nodes and elements in turn, where some have none: elements take a value from corners, and corners
        # from elements
        bare = np.zeros(nodes, bool)
        bare[self._triangles[missing] if on_elements else missing] = True
        around = np.flatnonzero(bare[self._triangles].any(axis=1))
        element = nodes + around
        links = [
            (a, b) for corner in self._triangles[around].T for a, b in ((corner, element), (element, corner))
        ]
        to, of = np.concatenate(links, axis=1)
        while True:
            left = donor[to] < 0
            to, of = to[left], of[left]
            ready = donor[of] >= 0
            if not ready.any():
                break
            reached, offered = to[ready], donor[of[ready]]
            far = (self._x[reached] - self._x[offered]) ** 2 + (self._y[reached] - self._y[offered]) ** 2
            best = np.lexsort((offered, far, reached))
            reached, offered = reached[best], offered[best]
            new = np.append(True, reached[1:] != reached[:-1])
            donor[reached[new]] = offered[new]
        donor = donor[first : first + len(missing)] - first
        # nothing leads there: any value of water is nearer to it than 0
        donor[donor < 0] = np.argmin(missing)
        return donor
