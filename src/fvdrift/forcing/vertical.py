"""Sigma layers and levels of one file, made whole. Not the fields on them (that is `fields`)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.forcing.fields import meaning, read_double
from fvdrift.forcing.library import LOCK

_END = 1e-3  # of the column: outermost levels this near surface and bed are meant to be there

Place = Callable[[int], str]
_OUTSIDE = 0.1  # of the column: less is rounding or packing and is clamped, more is meant to be no value

class Sigma(NamedTuple):
    """siglay: float64 (layer, node), siglev: float64 (level, node), from 0 at the surface down to -1.

    upside_down: the file has its layer 0 at the bed: fields must be turned. top, bottom: mean sigma between which the
    file's layers lie (0, -1: the whole column). levels_hold: fields on levels belong to these levels.
    """

    siglay: np.ndarray
    siglev: np.ndarray
    upside_down: bool
    top: float
    bottom: float
    levels_hold: bool
    notes: list[str]

    @property
    def whole(self) -> bool:
        """Whether the layers reach from surface to bed."""
        return self.top > -_END and self.bottom < -1 + _END


def read_sigma(dataset: Any, layers: int, used: np.ndarray, node_dim: str, name: str, place: Place) -> Sigma:
    """Layers and levels at every node. used: bool (node,); the others get the mean column. place: says where
    a node is. Missing or unfit levels are
    rebuilt from the layers, and the other way round.

    Raises ForcingError when the file has neither in usable form.
    """
    notes: list[str] = []
    siglay = _read(dataset, "siglay", layers, used, node_dim, name, place)
    siglev = _read(dataset, "siglev", layers + 1, used, node_dim, name, place)
    upside_down = any(s is not None and len(s) > 1 and s[0].mean() < s[-1].mean() for s in (siglay, siglev))
    if upside_down:
        notes.append(f"{name}: layers run from the bed up; turned")
        siglay = None if siglay is None else siglay[::-1]
        siglev = None if siglev is None else siglev[::-1]
    if siglay is not None and np.any(np.diff(siglay, axis=0) >= 0):
        siglay = None
    if siglev is not None and np.any(np.diff(siglev, axis=0) >= 0):
        siglev = None
    if siglay is not None and siglev is not None and not _between(siglay, siglev):
        siglev = None
    if siglay is None and siglev is None:
        raise ForcingError(
            f"{name}: siglay: there are no sigma layers that fall from surface to bed for the {layers} layers of u"
        )
    levels_hold = True
    if siglay is None:
        assert siglev is not None
        siglay = 0.5 * (siglev[:-1] + siglev[1:])
        notes.append(f"{name}: siglay is missing or unfit; layers lie midway between levels")
    elif siglev is None:
        siglev, levels_hold = rebuild_levels(siglay)
        how = "so that every layer lies midway between its levels" if levels_hold else "midway between the layers"
        notes.append(f"{name}: siglev is missing or unfit; levels were rebuilt {how}")
    top, bottom = float(siglev[0].mean()), float(siglev[-1].mean())
    siglev = np.ascontiguousarray(siglev)
    siglev[0], siglev[-1] = 0.0, -1.0
    sigma = Sigma(np.ascontiguousarray(siglay), siglev, upside_down, top, bottom, levels_hold, notes)
    if not sigma.whole:
        notes.append(
            f"{name}: holds only the layers between sigma {_short(top)} and {_short(bottom)}; beyond them the nearest serves"
        )
        return sigma._replace(levels_hold=False)
    return sigma


def rebuild_levels(siglay: np.ndarray) -> tuple[np.ndarray, bool]:
    """Levels (layer + 1, node) for layers (layer, node), and whether they are FVCOM's own: each layer midway between
    its two.

    Otherwise (layers left out) they lie midway between layers, and end half a layer beyond the outermost, at most at 0
    and -1.
    """
    levels = np.zeros((len(siglay) + 1, siglay.shape[1]))
    for k, layer in enumerate(siglay):
        levels[k + 1] = 2 * layer - levels[k]
    if np.all(levels[1:] < siglay) and np.all(np.abs(levels[-1] + 1) < _END):
        return levels, True
    if len(siglay) == 1:
        half = np.minimum(-siglay[0], 1 + siglay[0])
        return np.stack([siglay[0] + half, siglay[0] - half]), False
    levels[1:-1] = 0.5 * (siglay[:-1] + siglay[1:])
    levels[0] = np.minimum(0.0, 2 * siglay[0] - levels[1])
    levels[-1] = np.maximum(-1.0, 2 * siglay[-1] - levels[-2])
    return levels, False


def _read(
    dataset: Any, key: str, rows: int, used: np.ndarray, node_dim: str, name: str, place: Place
) -> np.ndarray | None:
    """float64 (rows, node), clamped to [-1, 0]; None where absent, of another size, or without a value in a whole row. Raw:
    valid_min would mask -1.0000001. Raises ForcingError where single values are none.
    """
    if key not in dataset.variables:
        return None
    variable, nodes = dataset.variables[key], len(used)
    with LOCK:
        values = read_double(variable)
    if values.ndim == 2 and variable.dimensions[0] == node_dim:
        values = values.T
    if values.ndim == 3 and variable.dimensions[-1] == node_dim:  # one copy for each record
        values = values[0]
    if values.ndim == 1:
        values = np.repeat(values[:, None], nodes, axis=1)
    if values.shape != (rows, nodes):
        return None
    holes = ~np.isfinite(values) | ~used
    if holes.any() and holes.all(axis=1).any():
        return None
    with np.errstate(invalid="ignore"):
        odd = used & (np.abs(values) > 1 + _OUTSIDE)
    if np.count_nonzero(odd) > odd.size // 2:  # numbers of layers, metres: not sigma at all
        return None
    if not meaning(variable).declared:
        odd |= holes & used
    if odd.any():
        row, node = (int(i) for i in np.argwhere(odd)[0])
        more = f" and {np.count_nonzero(odd) - 1} more" if np.count_nonzero(odd) > 1 else ""
        told = "has no value (NaN or fill)" if holes[row, node] else f"is {values[row, node]:.6g}, no share of the column,"
        raise ForcingError(f"{name}: {key}: {told} at node {node + 1}, row {row + 1}{more} ({place(node)})")
    if holes.any():
        values[holes] = np.nan
        values = np.where(holes, np.nanmean(values, axis=1, keepdims=True), values)
    if values.min() >= 0 and values.max() > 0:  # counted downwards
        values = -values
    return np.clip(values, -1.0, 0.0)


def _between(siglay: np.ndarray, siglev: np.ndarray) -> bool:
    return bool(np.all(siglev[:-1] >= siglay - _END) and np.all(siglay >= siglev[1:] - _END))


def _short(sigma: float) -> str:
    return f"{sigma + 0.0:.3g}"
