"""Times that follow from what part is left as time goes on. Whose parts they are is not known here."""

import numpy as np


def e_folding(parts: np.ndarray, every: float) -> np.ndarray:
    """When parts (elapsed, region) first fall to 1/e, by exponentials between them (straight lines to 0); NaN
    if they don't."""
    found = np.full(parts.shape[1], np.nan)
    for region, part in enumerate(parts.T):
        below = np.flatnonzero(part <= np.exp(-1.0))
        if not len(below) or below[0] == 0:
            continue
        k = int(below[0])
        before, after = float(part[k - 1]), float(part[k])
        if after > 0:
            share = (np.log(before) + 1.0) / (np.log(before) - np.log(after))
        else:
            share = (before - np.exp(-1.0)) / before
        found[region] = (k - 1 + share) * every
    return found


def integral(parts: np.ndarray, every: float) -> np.ndarray:
    """Of parts (elapsed, region) over time, by trapezoids as far as they are known; a lower bound if some are
    left then.

    NaN where nothing is known."""
    found = 0.5 * every * np.nan_to_num(parts[1:] + parts[:-1]).sum(axis=0)
    return np.where(np.isfinite(parts[0]), found, np.nan)


def last_known(parts: np.ndarray) -> np.ndarray:
    """The last of parts (elapsed, region) that is known, (region,); NaN where none is."""
    last = np.maximum(np.isfinite(parts).sum(axis=0) - 1, 0)
    final: np.ndarray = np.take_along_axis(parts, last[np.newaxis], axis=0)[0]
    return final
