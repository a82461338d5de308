"""`nv`, the nodes of each element of one file, as 0-based triangles. `nbe`, what touches what, is never
read."""

from typing import Any

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.netcdf.lock import LOCK

from ..stored import read_double


def read_triangles(dataset: Any, element_dim: str, nodes: int, name: str) -> np.ndarray:
    """`nv` as int32 (element, 3), its order and orientation as in the file, numbers as in the file: see
    `zero_based`.

    Takes (3, element) and (element, 3), integers and floats. Raises ForcingError when it holds no node
    numbers.
    """
    variable = dataset.variables["nv"]
    with LOCK:
        raw = read_double(variable)
    if raw.ndim != 2 or element_dim not in variable.dimensions:
        raise ForcingError(
            f"{name}: nv: has dimensions {variable.dimensions}, not three and {element_dim}; is this FVCOM output?"
        )
    if variable.dimensions[0] != element_dim:
        raw = raw.T
    if raw.shape[1] != 3:
        raise ForcingError(
            f"{name}: nv: gives {raw.shape[1]} nodes for each element; only triangles can be read"
        )
    numbers = np.round(raw)
    if (
        not np.all(np.isfinite(numbers))
        or np.any(np.abs(raw - numbers) > 1e-3)
        or np.any(np.abs(numbers) > nodes)
    ):
        raise ForcingError(f"{name}: nv: holds numbers that are no nodes of this mesh of {nodes} nodes")
    return np.ascontiguousarray(numbers, np.int32)


def start_index(dataset: Any) -> int | None:
    """The number of the first node if the file says so (UGRID's start_index)."""
    value = getattr(dataset.variables["nv"], "start_index", None)
    return int(value) if value is not None and str(value).strip() in ("0", "1") else None


def zero_based(
    numbers: np.ndarray,
    nodes: int,
    said: int | None,
    positions: list[tuple[np.ndarray, np.ndarray]],
    name: str,
) -> np.ndarray:
    """Node numbers from 0. numbers: int32 (element, 3) of either base; positions: (x, y) pairs that may
    decide between the two.

    Where both bases fit (first or last node unused) the one with the shorter sides is meant: the other mesh
    is scrambled.
    """
    low, high = int(numbers.min()), int(numbers.max())
    bases = [base for base in (1, 0) if low >= base and high < nodes + base]
    if not bases:
        raise ForcingError(f"{name}: nv: holds node numbers {low} to {high}, but there are {nodes} nodes")
    base = bases[0]
    if said in bases:
        base = int(said)
    elif len(bases) == 2:
        for x, y in positions:
            lengths = [_total_side(numbers - b, x, y) for b in bases]
            if np.all(np.isfinite(lengths)):
                base = bases[int(np.argmin(lengths))]
                break
    triangles = numbers - np.int32(base)
    a, b, c = triangles.T
    twice = np.flatnonzero((a == b) | (b == c) | (c == a))
    if twice.size:
        raise ForcingError(
            f"{name}: nv: element {twice[0] + 1} names one node twice ({twice.size} such elements); mend the mesh"
        )
    return triangles


def _total_side(triangles: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    following = np.roll(triangles, -1, axis=1)
    return float(np.hypot(x[following] - x[triangles], y[following] - y[triangles]).sum())
