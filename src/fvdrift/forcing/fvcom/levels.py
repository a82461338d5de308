"""Sigma levels for layers whose own are missing or unfit. Not how they are read (that is `vertical`)."""

from collections.abc import Callable

import numpy as np

from fvdrift.errors import ForcingError

from ..sigma import END

_OFF_MIDDLE = 0.25  # of its thickness: a layer farther from its middle is that of other levels


def rebuild_levels(siglay: np.ndarray) -> tuple[np.ndarray, bool, str]:
    """Levels (layer + 1, node) for layers (layer, node), whether they are FVCOM's own, and how they were
    found.

    FVCOM's layers lie midway between their levels, so the levels follow from the surface down, or from the
    bed up where only lower layers are there. Otherwise (layers left out, or a single one that is not the
    whole column) they lie midway between layers, and end half a layer beyond the outermost, at most at 0 and
    -1.
    """
    midway = "so that every layer lies midway between its levels"
    down, up = _one_after_the_other(siglay), -1 - _one_after_the_other(-1 - siglay[::-1])[::-1]
    for levels, far, end in ((down, -1, -1.0), (up, 0, 0.0)):
        fits = np.all(np.diff(levels, axis=0) < 0) and np.all(levels > -1 - END) and np.all(levels < END)
        whole = bool(np.all(np.abs(levels[far] - end) < END))
        if fits and not _zigzag(levels) and (whole or len(siglay) > 1):
            return levels, True, midway
    if len(siglay) == 1:
        half = np.minimum(-siglay[0], 1 + siglay[0])
        return np.stack([siglay[0] + half, siglay[0] - half]), False, "round the one layer there is"
    levels = np.empty((len(siglay) + 1, siglay.shape[1]))
    levels[1:-1] = 0.5 * (siglay[:-1] + siglay[1:])
    levels[0] = np.minimum(0.0, 2 * siglay[0] - levels[1])
    levels[-1] = np.maximum(-1.0, 2 * siglay[-1] - levels[-2])
    return levels, False, "midway between the layers"


def _one_after_the_other(siglay: np.ndarray) -> np.ndarray:
    """Levels from 0 on, so that each layer lies midway between two."""
    levels = np.zeros((len(siglay) + 1, siglay.shape[1]))
    for k, layer in enumerate(siglay):
        levels[k + 1] = 2 * layer - levels[k]
    return levels


def _zigzag(levels: np.ndarray) -> bool:
    """Whether layers are thick and thin by turns: what comes out where every second one, or third, was
    taken."""
    thickness = -np.diff(levels.mean(axis=1))
    turns = np.diff(thickness)
    return (
        len(thickness) > 3
        and bool(np.all(turns[1:] * turns[:-1] < 0))
        and thickness.max() > 1.5 * thickness.min()
    )


def lie_midway(siglay: np.ndarray, siglev: np.ndarray) -> bool:
    """Whether every layer lies in the middle between its levels, as FVCOM's do."""
    off = np.abs(siglay - 0.5 * (siglev[1:] + siglev[:-1]))
    return bool(np.all(off < _OFF_MIDDLE * (siglev[:-1] - siglev[1:]) + END))


def of_more_layers(
    siglay: np.ndarray, read: Callable[[], np.ndarray | None]
) -> tuple[np.ndarray | None, bool]:
    """The levels of these layers, where a tool cut the layers only and all levels are still there, which
    `read` gives; whether the layers adjoin. None where they are not the levels of these layers.
    """
    try:
        every = read()
    except ForcingError:  # they are not needed
        return None, False
    if every is None or len(every) < 2:
        return None, False
    if every[0].mean() < every[-1].mean():
        every = every[::-1]
    if np.any(np.diff(every, axis=0) >= 0):
        return None, False
    middles = 0.5 * (every[:-1] + every[1:])
    found = [int(np.argmin(np.abs(middles - layer).max(axis=1))) for layer in siglay]
    if np.abs(middles[found] - siglay).max() > END or np.any(np.diff(found) < 1):
        return None, False
    upper, lower = every[found], every[np.array(found) + 1]
    between = 0.5 * (lower[:-1] + upper[1:])  # the same level where layers adjoin
    return np.concatenate([upper[:1], between, lower[-1:]]), bool(np.all(np.diff(found) == 1))


def lie_between(siglay: np.ndarray, siglev: np.ndarray) -> bool:
    return bool(np.all(siglev[:-1] >= siglay - END) and np.all(siglay >= siglev[1:] - END))
