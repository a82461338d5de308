"""What particles stand for when they are released, all together. What becomes of it, a column of theirs says."""

from collections.abc import Iterator

import numpy as np

from fvdrift.orders import Looks

from .context import Context
from .exact_amounts import parts_of, scale_for
from .origins import BLOCK


def released_by_looks(scene: Context, looks: Looks, releases: np.ndarray) -> tuple[np.ndarray, float]:
    """What was released of some releases up to each look, int64 (3, look) parts, and their scale. Particles that find no
    water are not released."""
    scale = scale_of(scene)
    at = looks.times[:: looks.stride]
    parts = np.zeros((3, len(at) + 1), np.int64)
    for ids, amounts in _blocks(scene):
        origin = scene.origins.at(ids)
        counted = releases[scene.origins.release[origin]]
        if scene.may_miss:
            counted[counted] = np.isfinite(scene.starts(ids[counted])[0])
        look = np.searchsorted(at, scene.origins.born[origin[counted]])
        for part, added in zip(parts, parts_of(amounts[counted], scale), strict=True):
            part += np.bincount(look, added, len(at) + 1).astype(np.int64)
    return np.cumsum(parts[:, :-1], axis=1), scale


def scale_of(scene: Context) -> float:
    """Of sums of what particles stand for."""
    return scale_for(max((float(amounts.max(initial=0.0)) for _, amounts in _blocks(scene)), default=0.0))


def _blocks(scene: Context) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for start in range(0, scene.total, BLOCK):
        ids = np.arange(start, min(start + BLOCK, scene.total))
        yield ids, np.ones(len(ids)) if scene.amounts is None else scene.amounts.of(ids)
