"""Triangles in the plane: their orientation and area, and whether they cover the ground once. Not what
touches what (that is `mesh`)."""

import numpy as np

from fvdrift.errors import ForcingError

COINCIDENT = 1e-6  # of the median side: millimetres where elements are kilometres; no water passes there
# height over length of an element: real ones have 0.01 and more, at 1e-9 no place in it can be told from its
# sides
FLAT = 1e-6


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
