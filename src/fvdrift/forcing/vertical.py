"""Sigma layers and levels of one file, made whole. Not the fields on them (that is `fields`)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.netcdf.lock import LOCK

from .stored import Meaning, by_node, doubled, meaning, unpacked

_END = 1e-3  # of the column: outermost levels this near surface and bed are meant to be there

Place = Callable[[int], str]
_UPPERMOST = -0.25  # middle of the upper one of two layers, the thickest that a surface layer is
_OFF_MIDDLE = 0.25  # of its thickness: a layer farther from its middle is that of other levels
_OUTSIDE = 0.1  # of the column: less is rounding or packing and is clamped, more is meant to be no value


class Sigma(NamedTuple):
    """siglay: float64 (layer, node), siglev: float64 (level, node), from 0 at the surface down to -1.

    upside_down: the file has its layer 0 at the bed: fields must be turned. bounds: float64 (level,) mean
    sigma between which each layer lies, as far as the file tells: 0 and -1 at the ends where the layers are
    the whole column. adjoining: each layer is known to begin where the one above it ends. levels_hold: fields
    on levels belong to these levels.
    """

    siglay: np.ndarray
    siglev: np.ndarray
    upside_down: bool
    bounds: np.ndarray
    adjoining: bool
    levels_hold: bool
    notes: list[str]

    @property
    def top(self) -> float:
        """Mean sigma of the upper end of the layers."""
        return float(self.bounds[0])

    @property
    def bottom(self) -> float:
        """Mean sigma of their lower end."""
        return float(self.bounds[-1])

    @property
    def at_surface(self) -> bool:
        """Whether the uppermost layer is that at the surface."""
        return self.top > -_END

    @property
    def at_bed(self) -> bool:
        """Whether the lowest layer is that at the bed."""
        return self.bottom < -1 + _END

    @property
    def near_surface(self) -> bool:
        """Whether the uppermost layer serves as the flow at the surface: one of unknown thickness where it
        may be that."""
        return self.at_surface or (
            len(self.siglay) == 1 and not self.adjoining and float(self.siglay.mean()) >= _UPPERMOST
        )

    @property
    def whole(self) -> bool:
        """Whether the layers reach from surface to bed."""
        return self.at_surface and self.at_bed

    @property
    def gives_mean(self) -> bool:
        """Whether the mean over the layers is that over the depth."""
        return self.whole and self.adjoining

    @property
    def told(self) -> str:
        """Which layers there are, in words."""
        count = len(self.siglay)
        if self.top == self.bottom == 0:
            return "the flow at the surface"
        if count == 1 and not self.adjoining:
            return f"one layer, at sigma {_short(float(self.siglay.mean()))}"
        if self.whole:
            return f"{count} layers" if self.adjoining else f"{count} layers, perhaps not all that lie there"
        where = f"between sigma {_short(self.top)} and {_short(self.bottom)}"
        if count == 1:
            return f"one layer, {where}"
        return (
            f"the {count} layers {where}"
            if self.adjoining
            else f"{count} layers {where}, perhaps not all that lie there"
        )


def at_the_surface(nodes: int) -> Sigma:
    """What stands for a flow that has no layers, and is taken as that at the surface."""
    levels = np.array([[0.0], [-1.0]]).repeat(nodes, 1)
    return Sigma(np.zeros((1, nodes)), levels, False, np.zeros(2), False, False, [])


def holds_one_layer(dataset: Any, node_dim: str) -> bool:
    """Whether siglay is that of a single layer, as it stays where a tool took one out of them all."""
    siglay = dataset.variables.get("siglay")
    if siglay is None:
        return False
    return all(
        size == 1 for dim, size in zip(siglay.dimensions, siglay.shape, strict=True) if dim != node_dim
    )


def read_sigma(dataset: Any, layers: int, used: np.ndarray, node_dim: str, name: str, place: Place) -> Sigma:
    """Layers and levels at every node. used: bool (node,); the others get the mean column. place: says where
    a node is. Missing or unfit levels are taken from those of more layers, or rebuilt from the layers; and
    the other way round.

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
            f"{name}: siglay: there are no sigma layers that fall from surface to bed for the {layers} layers of u "
            "(only with ua and va a run can do without, that of the depth mean)"
        )
    levels_hold = adjoining = True
    if siglay is None:
        assert siglev is not None
        siglay = 0.5 * (siglev[:-1] + siglev[1:])
        notes.append(f"{name}: siglay is missing or unfit; layers lie midway between levels")
    elif siglev is not None:
        adjoining = _midway(siglay, siglev)
    else:
        siglev, adjoining = _of_more_layers(
            siglay, lambda: _read(dataset, "siglev", None, used, node_dim, name, place)
        )
        levels_hold = False
        if siglev is None:
            siglev, levels_hold, how = rebuild_levels(siglay)
            # one layer at -0.5 may be all of the column, or its middle
            adjoining = levels_hold and layers > 1
            notes.append(f"{name}: siglev is missing or unfit; levels were rebuilt {how}")
    bounds = siglev.mean(axis=1)
    for end, outermost in ((0, 0.0), (-1, -1.0)):
        if abs(bounds[end] - outermost) < _END:
            bounds[end] = outermost
    if layers == 1 and not levels_hold and not adjoining:  # how thick it is nobody knows
        bounds[:] = siglay.mean()
    siglev = np.ascontiguousarray(siglev)
    siglev[0], siglev[-1] = 0.0, -1.0
    sigma = Sigma(np.ascontiguousarray(siglay), siglev, upside_down, bounds, adjoining, levels_hold, notes)
    if not sigma.whole:
        notes.append(f"{name}: holds only {sigma.told}: a part of the column")
        return sigma._replace(levels_hold=False)
    if not adjoining:
        notes.append(f"{name}: holds {sigma.told}: there is no mean over the depth of that")
    return sigma


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
        fits = np.all(np.diff(levels, axis=0) < 0) and np.all(levels > -1 - _END) and np.all(levels < _END)
        whole = bool(np.all(np.abs(levels[far] - end) < _END))
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


def _midway(siglay: np.ndarray, siglev: np.ndarray) -> bool:
    """Whether every layer lies in the middle between its levels, as FVCOM's do."""
    off = np.abs(siglay - 0.5 * (siglev[1:] + siglev[:-1]))
    return bool(np.all(off < _OFF_MIDDLE * (siglev[:-1] - siglev[1:]) + _END))


def _of_more_layers(
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
    if np.abs(middles[found] - siglay).max() > _END or np.any(np.diff(found) < 1):
        return None, False
    upper, lower = every[found], every[np.array(found) + 1]
    between = 0.5 * (lower[:-1] + upper[1:])  # the same level where layers adjoin
    return np.concatenate([upper[:1], between, lower[-1:]]), bool(np.all(np.diff(found) == 1))


def _read(
    dataset: Any, key: str, rows: int | None, used: np.ndarray, node_dim: str, name: str, place: Place
) -> np.ndarray | None:
    """float64 (rows, node), clamped to [-1, 0]; None where absent, of another size, or without a value in a
    whole row. What lies beyond a valid range by rounding, as -1.0000001 does, is clamped too. rows: None for
    any number. Raises ForcingError where single values are none.
    """
    if key not in dataset.variables:
        return None
    variable, nodes = dataset.variables[key], len(used)
    with LOCK:
        of = meaning(variable)
        values = doubled(np.asarray(variable[...]), of._replace(limits=None))
    values = by_node(np.atleast_1d(values), variable.dimensions, node_dim, f"{name}: {key}")
    if node_dim not in variable.dimensions and variable.ndim <= 1:
        values = np.repeat(values, nodes, axis=1)
    if values.ndim != 2 or values.shape != (len(values) if rows is None else rows, nodes):
        return None
    beyond = _beyond(values, of)
    holes = ~np.isfinite(values) | ~used | beyond
    if holes.any() and holes.all(axis=1).any():
        return None
    with np.errstate(invalid="ignore"):
        odd = used & (np.abs(values) > 1 + _OUTSIDE)
    if np.count_nonzero(odd) > odd.size // 2:  # numbers of layers, metres: not sigma at all
        return None
    odd |= used & (beyond if of.declared else holes)
    if odd.any():
        row, node = (int(i) for i in np.argwhere(odd)[0])
        more = f" and {np.count_nonzero(odd) - 1} more" if np.count_nonzero(odd) > 1 else ""
        if np.isfinite(values[row, node]):
            which = "beyond its valid range" if beyond[row, node] else "no share of the column"
            told = f"is {values[row, node]:.6g}, {which},"
        else:
            told = "has no value (NaN or fill)"
        raise ForcingError(f"{name}: {key}: {told} at node {node + 1}, row {row + 1}{more} ({place(node)})")
    if holes.any():
        values[holes] = np.nan
        values = np.where(holes, np.nanmean(values, axis=1, keepdims=True), values)
    if values.min() >= 0 and values.max() > 0:  # counted downwards
        values = -values
    clipped: np.ndarray = np.clip(values, -1.0, 0.0)
    return clipped


def _beyond(values: np.ndarray, of: Meaning) -> np.ndarray:
    """bool, as `values`: which lie beyond the valid range by more than rounding."""
    if of.limits is None:
        return np.zeros(values.shape, bool)
    lowest, highest = of.limits.lowest, of.limits.highest
    ends = np.array(
        [-np.inf if lowest is None else lowest, np.inf if highest is None else highest], np.float64
    )
    least, most = np.sort(ends if of.limits.unpacked else unpacked(ends, of))
    with np.errstate(invalid="ignore"):
        outside: np.ndarray = (values < least - _END) | (values > most + _END)
        return outside


def _between(siglay: np.ndarray, siglev: np.ndarray) -> bool:
    return bool(np.all(siglev[:-1] >= siglay - _END) and np.all(siglay >= siglev[1:] - _END))


def _short(sigma: float) -> str:
    return f"{sigma + 0.0:.3g}"
