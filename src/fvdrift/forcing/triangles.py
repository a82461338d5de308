"""The elements of one file as 0-based triangles. Not what touches what (that is `mesh`): `nbe` is never
read."""

from typing import Any

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.netcdf.lock import LOCK

from .stored import read_double

COINCIDENT = 1e-6  # of the median side: millimetres where elements are kilometres; no water passes there
# height over length of an element: real ones have 0.01 and more, at 1e-9 no place in it can be told from its
# sides
FLAT = 1e-6


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


def counter_clockwise(triangles: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, int]:
    """Triangles turned counter-clockwise in (x, y), elements in the order given; and how many had to be
    turned."""
    turned = signed_area(triangles, x, y) < 0
    out = triangles.copy()
    out[turned, 1], out[turned, 2] = triangles[turned, 2], triangles[turned, 1]
    return np.ascontiguousarray(out), int(np.count_nonzero(turned))


def signed_area(triangles: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Area of each element, (element,), negative where its nodes run clockwise."""
    a, b, c = triangles.T
    areas: np.ndarray = 0.5 * ((x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a]))
    return areas


def position(x: float, y: float, geographic: bool) -> str:
    """A place as messages name it."""
    return f"lon {x:.5f}, lat {y:.5f}" if geographic else f"x {x:.3f}, y {y:.3f}"


def refuse_no_surface(
    triangles: np.ndarray, x: np.ndarray, y: np.ndarray, geographic: bool, name: str
) -> None:
    """triangles: int32 (element, 3), counter-clockwise in (x, y). Raises ForcingError where two nodes of an
    element coincide, its corners lie in one line, or two elements lie on the same side of the side they
    share: these would cover the same ground.
    """
    following = np.roll(triangles, -1, axis=1)
    sides = np.hypot(x[following] - x[triangles], y[following] - y[triangles])

    def refuse(element: int, what: str, number: int) -> None:
        centre = position(x[triangles[element]].mean(), y[triangles[element]].mean(), geographic)
        more = f" and {number - 1} more" if number > 1 else ""
        raise ForcingError(f"{name}: nv: {what} of element {element + 1}{more} ({centre}); mend the mesh")

    close = sides < COINCIDENT * np.median(sides)
    if close.any():
        element, side = (int(i) for i in np.argwhere(close)[0])
        a, b = triangles[element, side] + 1, following[element, side] + 1
        refuse(
            element,
            f"nodes {a} and {b} lie at one place, and are corners",
            int(np.count_nonzero(close.any(axis=1))),
        )
    thin = 2.0 * signed_area(triangles, x, y) < FLAT * sides.max(axis=1) ** 2
    if thin.any():
        refuse(
            int(np.argmax(thin)),
            "the corners in one line, so no area, are those",
            int(np.count_nonzero(thin)),
        )
    key = (triangles.astype(np.int64) * len(x) + following).ravel()
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(key[order][1:] == key[order][:-1])
    if again.size:
        first, second = sorted(int(order[again[0] + i]) // 3 for i in (0, 1))
        a, b = (int(n) + 1 for n in divmod(int(key[order[again[0]]]), len(x)))
        what = f"elements {first + 1} and {second + 1} overlap: both lie on the same side of nodes {a} and {b}; centre"
        refuse(second, what, again.size)


def _total_side(triangles: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    following = np.roll(triangles, -1, axis=1)
    return float(np.hypot(x[following] - x[triangles], y[following] - y[triangles]).sum())
