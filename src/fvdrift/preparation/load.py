"""How much work elements hold, and how evenly cuts share it out. When new cuts are made is decided by
`engine.manager`."""

import numpy as np

from fvdrift.mesh import SHARE_BITS, Cuts, WholeMesh, cut

from .prepare import Preparation
from .run_timeline import RunTimeline

ELEMENT_WEIGHT = 2  # (part) steps of a particle that reading and packing an element costs in an interval


def first_cuts(prepared: Preparation, workers: int) -> Cuts:
    """Who owns what when a run begins."""
    source = prepared.source
    batch = source.batch(source.groups(prepared.timeline.intervals[0], first=True))
    held, one_each = batch.particles["element"], np.ones(len(batch.particles), np.int64)
    return cut(weights_of(prepared.mesh, prepared.timeline, held, one_each), workers)


def most_at_once(prepared: Preparation) -> int:
    """Particles that start in one interval, at most."""
    events = prepared.releases.events
    ends = np.array([interval.end for interval in prepared.timeline.intervals])
    started = np.concatenate(([0], np.cumsum(events["count"])))
    by_then = started[np.searchsorted(events["time_us"], ends, side="right")]
    return int(np.diff(by_then, prepend=0).max())


def weights_of(
    mesh: WholeMesh, timeline: RunTimeline, elements: np.ndarray, particles: np.ndarray
) -> np.ndarray:
    """Weights of all elements where some `elements` hold so many particles: part steps in an interval."""
    weights = np.full(mesh.elements, ELEMENT_WEIGHT, np.int64)
    np.add.at(weights, elements, particles * timeline.steps_in_interval)
    return weights


def largest_share(cuts: Cuts, weights: np.ndarray) -> float:
    """Weight of the heaviest part over the mean."""
    total = np.concatenate(([0], np.cumsum(weights)))
    element, inside = np.divmod(cuts.places, 1 << SHARE_BITS)
    at = total[element] + inside / 2.0**SHARE_BITS * np.append(weights, 0)[element]
    parts = np.diff(at)
    return float(parts.max() / parts.mean())
