"""Sigma layers and levels of one file, made whole. Not the fields on them (that is `fields`), nor levels made anew (`levels`)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.netcdf.lock import LOCK

from ..sigma import END, Sigma
from ..stored import Meaning, by_node, doubled, meaning, unpacked
from .levels import lie_between, lie_midway, of_more_layers, rebuild_levels

PlaceOf = Callable[[int], str]
_OUTSIDE = 0.1  # of the column: less is rounding or packing and is clamped, more is meant to be no value


class FileLayers(NamedTuple):
    """The layers of a file. upside_down: it has its layer 0 at the bed: fields must be turned; levels_hold:
    fields on levels belong to these levels; notes: what was repaired, as sentences."""

    sigma: Sigma
    upside_down: bool
    levels_hold: bool
    notes: list[str]


class _Column(NamedTuple):
    """Layers and levels, both (row, node). levels_hold: as `FileLayers` has it, if the column is whole;
    adjoining: whether layers adjoin; made: how what was missing was made, "" for nothing."""

    siglay: np.ndarray
    siglev: np.ndarray
    levels_hold: bool = True
    adjoining: bool = True
    made: str = ""


def at_the_surface(nodes: int, note: str) -> FileLayers:
    """What stands for a flow that has no layers, and is taken as that at the surface; `note` says so."""
    levels = np.array([[0.0], [-1.0]]).repeat(nodes, 1)
    return FileLayers(Sigma(np.zeros((1, nodes)), levels, np.zeros(2), False), False, False, [note])


def holds_one_layer(dataset: Any, node_dim: str) -> bool:
    """Whether siglay is that of a single layer, as it stays where a tool took one out of them all."""
    siglay = dataset.variables.get("siglay")
    if siglay is None:
        return False
    return all(
        size == 1 for dim, size in zip(siglay.dimensions, siglay.shape, strict=True) if dim != node_dim
    )


def read_sigma(
    dataset: Any, layers: int, used: np.ndarray, node_dim: str, name: str, place: PlaceOf
) -> FileLayers:
    """Layers and levels at every node. used: bool (node,); the others get the mean column. place: says where
    a node is. Missing or unfit levels are taken from those of more layers, or rebuilt from the layers; and
    the other way round.

    Raises ForcingError when the file has neither in usable form.
    """

    def read(key: str, rows: int | None) -> np.ndarray | None:
        return _read(dataset, key, rows, used, node_dim, name, place)

    siglay, siglev = read("siglay", layers), read("siglev", layers + 1)
    upside_down = any(s is not None and len(s) > 1 and s[0].mean() < s[-1].mean() for s in (siglay, siglev))
    notes = [f"{name}: layers run from the bed up; turned"] if upside_down else []
    siglay, siglev = _falling(siglay, upside_down), _falling(siglev, upside_down)
    if siglay is not None and siglev is not None and not lie_between(siglay, siglev):
        siglev = None
    if siglay is None and siglev is None:
        raise ForcingError(
            f"{name}: siglay: there are no sigma layers that fall from surface to bed for the {layers} layers of u "
            "(only with ua and va a run can do without, that of the depth mean)"
        )
    column = _completed(siglay, siglev, lambda: read("siglev", None))
    if column.made:
        notes.append(f"{name}: {column.made}")
    bounds = _bounds(column)
    siglev = np.ascontiguousarray(column.siglev)
    siglev[0], siglev[-1] = 0.0, -1.0
    sigma = Sigma(np.ascontiguousarray(column.siglay), siglev, bounds, column.adjoining)
    if not sigma.whole:
        notes.append(f"{name}: holds only {sigma.told}: a part of the column")
    elif not column.adjoining:
        notes.append(f"{name}: holds {sigma.told}: there is no mean over the depth of that")
    return FileLayers(sigma, upside_down, column.levels_hold and sigma.whole, notes)


def _falling(rows: np.ndarray | None, upside_down: bool) -> np.ndarray | None:
    """Layers or levels from the surface down; None where they do not fall all the way."""
    if rows is None:
        return None
    rows = rows[::-1] if upside_down else rows
    return None if np.any(np.diff(rows, axis=0) >= 0) else rows


def _completed(
    siglay: np.ndarray | None, siglev: np.ndarray | None, every_level: Callable[[], np.ndarray | None]
) -> _Column:
    """Layers and levels, of which one may be missing. every_level: reads those of more layers."""
    if siglay is None:
        assert siglev is not None
        midway = 0.5 * (siglev[:-1] + siglev[1:])
        return _Column(midway, siglev, made="siglay is missing or unfit; layers lie midway between levels")
    if siglev is not None:
        return _Column(siglay, siglev, adjoining=lie_midway(siglay, siglev))
    siglev, adjoining = of_more_layers(siglay, every_level)
    if siglev is not None:
        return _Column(siglay, siglev, levels_hold=False, adjoining=adjoining)
    siglev, levels_hold, how = rebuild_levels(siglay)
    # one layer at -0.5 may be all of the column, or its middle
    adjoining = levels_hold and len(siglay) > 1
    made = f"siglev is missing or unfit; levels were rebuilt {how}"
    return _Column(siglay, siglev, levels_hold, adjoining, made)


def _bounds(column: _Column) -> np.ndarray:
    """float64 (level,): where levels lie in the mean."""
    bounds: np.ndarray = column.siglev.mean(axis=1)
    for end, outermost in ((0, 0.0), (-1, -1.0)):
        if abs(bounds[end] - outermost) < END:
            bounds[end] = outermost
    alone = len(column.siglay) == 1
    if alone and not column.levels_hold and not column.adjoining:  # how thick it is nobody knows
        bounds[:] = column.siglay.mean()
    return bounds


def _read(
    dataset: Any, key: str, rows: int | None, used: np.ndarray, node_dim: str, name: str, place: PlaceOf
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
        outside: np.ndarray = (values < least - END) | (values > most + END)
        return outside
