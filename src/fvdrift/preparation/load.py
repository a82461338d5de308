"""How much work elements hold, and how evenly cuts share it out. When new cuts are made is decided by
`engine.manager`."""

import numpy as np

from fvdrift.mesh import Cuts, cut
from fvdrift.release import Batch

from .prepare import Preparation

ELEMENT_WEIGHT = 2  # (part) steps of a particle that reading and packing an element costs in an interval


def first_cuts(prepared: Preparation, workers: int) -> Cuts:
    """Who owns what when a run begins."""
    return cut(first_weights(prepared, prepared.source.batch(prepared.intervals[0], first=True)), workers)


def first_weights(prepared: Preparation, batch: Batch) -> np.ndarray:
    """Weights of the elements by where the first particles start."""
    return weights_of(prepared, batch.particles["element"], np.ones(len(batch.particles), np.int64))


def weights_of(prepared: Preparation, elements: np.ndarray, particles: np.ndarray) -> np.ndarray:
    """Weights of all elements where some `elements` hold so many particles: part steps in an interval."""
    steps = max(1, prepared.grid.steps // len(prepared.intervals))
    weights = np.full(prepared.mesh.elements, ELEMENT_WEIGHT, np.int64)
    np.add.at(weights, elements, particles * steps)
    return weights


def largest_share(cuts: Cuts, weights: np.ndarray) -> float:
    """Weight of the heaviest part over the mean."""
    total = np.concatenate(([0], np.cumsum(weights)))
    element, inside = np.divmod(cuts.places, 1 << 20)
    at = total[element] + inside / 2.0**20 * np.append(weights, 0)[element]
    parts = np.diff(at)
    return float(parts.max() / parts.mean())
