"""Whether files are of one mesh, in the plane and in the vertical. Says what differs, and where; mends
nothing.

Files of one run hold the same bytes, so those are compared first, and numbers only where bytes differ: 80 MB
of layers (500,000 nodes, 40 layers) take a tenth of a second. Each file is looked at while it is open for its
head.
"""

from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError

from ..stored import Meaning, by_node, doubled, meaning
from ..triangles import position
from .file import FileHead, numbered

_SAME_SIGMA = 1e-5  # of the column; single precision keeps 1e-7
_MIDWAY = 1e-3  # of the column
_SAME_DEPTH = 1e-5  # of the depth, or of a metre where it is less
_ROWS = {"siglay": "layer", "siglev": "level", "h": ""}


class _Held(NamedTuple):
    """A variable as a file holds it. raw: the numbers as they are stored; dimensions: their names."""

    head: FileHead
    key: str
    raw: np.ndarray
    of: Meaning
    dimensions: tuple[str, ...]


class OneMesh:
    """The mesh of the first file that is looked at, for the others to be compared with."""

    def __init__(self) -> None:
        self._first: FileHead | None = None
        self._held: dict[str, _Held] = {}

    def look(self, dataset: Any, head: FileHead) -> FileHead:
        """Compare an open file with the first one. Returns its head, which shares the arrays that are the
        same. Raises ForcingError where they are not of one mesh."""
        first = self._first
        if first is None:
            self._first = head
        else:
            _plane(first, head)
        for key in _ROWS:
            self._compare(dataset, head, key)
        return head if first is None else head._replace(triangles=first.triangles, pairs=first.pairs)

    def _compare(self, dataset: Any, head: FileHead, key: str) -> None:
        moves = key == "h" and head.h_varies
        if moves or key not in dataset.variables or (key != "h" and (head.layers == 0 or head.surface_field)):
            return
        variable, first = dataset.variables[key], self._held.get(key)
        held = _Held(head, key, np.asarray(variable[...]), meaning(variable), variable.dimensions)
        if first is None:
            self._held[key] = held
            self._compare_columns(held)
        elif held.of != first.of or not _same_bytes(held.raw, first.raw):
            self._compare_values(held, first)

    def _compare_columns(self, held: _Held) -> None:
        """Where one file has only layers and the other only levels: FVCOM's layers lie midway between
        levels."""
        layers, levels = self._held.get("siglay"), self._held.get("siglev")
        if layers is None or levels is None or layers.head is levels.head:
            return
        at, ends = _rows(layers), _rows(levels)
        if at is None or ends is None:
            return
        midway = 0.5 * (ends[1:] + ends[:-1])
        with np.errstate(invalid="ignore"):
            off = (np.abs(at - midway) > _MIDWAY) & _used(layers.head)
        if off.any():
            other = layers if held is levels else levels
            ours, theirs = (midway, at) if held is levels else (at, midway)
            _refuse(held._replace(key="siglay"), other, ours, theirs, off)

    def _compare_values(self, held: _Held, first: _Held) -> None:
        values, before = _rows(held), _rows(first)
        if values is None or before is None:  # `vertical` says what to do without
            return
        grain = sum(abs(each.of.scale or 0.0) / 2 for each in (held, first))
        size = _SAME_DEPTH * np.maximum(np.abs(before), 1.0) if held.key == "h" else _SAME_SIGMA
        with np.errstate(invalid="ignore"):
            off = np.abs(values - before) > size + grain
        if off.any():
            off = off & _used(first.head)
        if off.any():
            _refuse(held, first, values, before, off)


def _refuse(held: _Held, first: _Held, values: np.ndarray, before: np.ndarray, off: np.ndarray) -> None:
    """Raise ForcingError. off: bool (row, node), where they differ."""
    values, before = (np.broadcast_to(each, off.shape) for each in (values, before))
    row, node = (int(i) for i in np.argwhere(off)[0])
    where = f"node {node + 1}" + (f", {_ROWS[held.key]} {row + 1}" if _ROWS[held.key] else "")
    more = f" and {np.count_nonzero(off) - 1} more" if np.count_nonzero(off) > 1 else ""
    raise ForcingError(
        f"{held.head.name}: {held.key}: is {values[row, node]:.6g} at {where}{more}{_place(first.head, node)}, and "
        f"{before[row, node]:.6g} in {first.head.name}; only files of one mesh can be one series"
    )


def _plane(first: FileHead, other: FileHead) -> None:
    """Raise ForcingError where two files differ in size, elements or coordinates."""
    for what in ("nodes", "elements", "layers"):
        a, b = getattr(first, what), getattr(other, what)
        if a != b:
            raise ForcingError(
                f"{other.name}: has {b} {what}, {first.name} has {a}; only files of one mesh can be one series"
            )
    if not np.array_equal(first.triangles, other.triangles):
        raise ForcingError(
            f"{other.name}: nv: differs from that of {first.name}; only files of one mesh can be one series"
        )
    for key in ("lon", "lat", "x", "y"):
        a, b = getattr(first.pairs, key), getattr(other.pairs, key)
        if (a is None) != (b is None) or (a is not None and not np.allclose(a, b, rtol=1e-6, equal_nan=True)):
            raise ForcingError(
                f"{other.name}: {key}: differs from that of {first.name}; only files of one mesh can be one series"
            )


def _same_bytes(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays hold the same, NaN too."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    a, b = (np.ascontiguousarray(each).reshape(-1).view(np.uint8) for each in (a, b))
    return np.array_equal(a, b)


def _rows(held: _Held) -> np.ndarray | None:
    """float64 (row, node), or (row, 1) where all nodes have the same; None for another shape. Shares of the
    column are negative, whichever way the file counts them. Raises ForcingError where they change with the
    records."""
    head, key, dimensions = held.head, held.key, held.dimensions
    values = doubled(held.raw, held.of._replace(limits=None))
    if dimensions == (head.node_dim,):
        return values[None]
    values = by_node(values, dimensions, head.node_dim, f"{head.name}: {key}")
    if values.ndim != 2 or values.shape[1] not in (1, head.nodes):
        return None
    if key == "h":
        return values[:1]
    if len(values) != head.layers + (key == "siglev") or np.isnan(values).all():
        return None
    return -values if np.nanmin(values) >= 0 and np.nanmax(values) > 0 else values


def _used(head: FileHead) -> np.ndarray:
    """bool (node,): which belong to an element; the numbers of others mean nothing."""
    used = np.zeros(head.nodes, bool)
    used[numbered(head)] = True
    return used


def _place(head: FileHead, node: int) -> str:
    """Where a node is, for a message."""
    lon, lat, x, y = head.pairs[:4]
    if x is not None and y is not None and x.any():
        return f" ({position(x[node], y[node], False)})"
    return f" ({position(lon[node], lat[node], True)})" if lon is not None and lat is not None else ""
