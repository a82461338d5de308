"""The records and arrays the kernels work on: particles, mesh, frames, records. No computing here."""

from typing import NamedTuple

import numpy as np

STATUS_NAMES = ("not_released", "active", "stranded", "deposited", "settled", "exited", "dead")
NOT_RELEASED, ACTIVE, STRANDED, DEPOSITED, SETTLED, EXITED, DEAD = range(7)
GONE = SETTLED  # from this status on a particle is recorded once, and is no more

# What lies beyond a side that has no element of the piece behind it.
COAST, OPEN, END_OF_PIECE = -1, -2, -3

# How velocity varies in an element at the edge, in STENCIL.coastal: not at all; by the impermeable side 0, 1
# or 2.
FLAT, SIDE_OF_COAST = 2, 3

# How the coast treats a move by the flow that would cross it.
SLIDE, REFLECT, STRAND = range(3)

# id: in release order; x, y: metres or degrees; clock: see fvdrift.clock (-1: recorded for the last time);
# born: release time, microseconds; element: number in the piece while a worker holds it, global while it
# travels
PARTICLE = np.dtype(
    [
        ("id", np.int64),
        ("x", np.float64),
        ("y", np.float64),
        ("sigma", np.float64),
        ("clock", np.int64),
        ("born", np.int64),
        ("element", np.int32),
        ("status", np.int32),
    ],
    align=True,
)

# One particle at one output time; status -1: nothing recorded
RECORD = np.dtype(
    [
        ("id", np.int64),
        ("x", np.float64),
        ("y", np.float64),
        ("sigma", np.float64),
        ("element", np.int32),
        ("status", np.int32),
    ],
    align=True,
)

# One cache line an element. xc, yc: centroid; the barycentric coordinates of (x, y) are 1/3 + a . (x - xc, y
# - yc) for corner 0, 1/3 + b . (...) for corner 1; beyond_i: element beyond the side opposite corner i, or
# COAST, OPEN, END_OF_PIECE; tolerance: what single precision may add to a barycentric coordinate of this
# element
ELEMENT = np.dtype(
    [
        *((name, np.float64) for name in ("xc", "yc", "ax", "ay", "bx", "by")),
        *((name, np.int32) for name in ("beyond0", "beyond1", "beyond2")),
        ("tolerance", np.float32),
    ],
    align=True,
)


def with_columns(record: np.dtype, columns: tuple[str, ...]) -> np.dtype:
    """PARTICLE or RECORD with a field `state`: a record of float64 `columns`. Without columns: the same type.

    It comes first: a type that begins as another does would be taken by Numba for a kind of it.
    """
    if not columns:
        return record
    state = np.dtype([(name, np.float64) for name in columns], align=True)
    kinds = [(name, record[name]) for name in record.names or ()]
    return np.dtype([("state", state), *kinds], align=True)


def stencil_type(real: type = np.float32) -> np.dtype:
    """n_j: the neighbour opposite corner j (the element itself where there is none); the gradient of a field
    F is sum_j (x_j, y_j) (F_nj - F), per unit of x and y; coastal: 0 where no corner lies on the edge of the
    mesh, 1 or more where one does, of these FLAT or SIDE_OF_COAST + side where `coast` says how velocity
    varies; `real`: the kind of the weights."""
    integers = ("n0", "n1", "n2", "coastal")
    return np.dtype(
        [(name, np.int32) for name in integers]
        + [(name, real) for name in ("x0", "x1", "x2", "y0", "y1", "y2")],
        align=True,
    )


LEFT_ON_LAND = 0.05  # m of water: what FVCOM leaves on dry land


class Mesh(NamedTuple):
    """A piece of the mesh, or all of it.

    element: ELEMENT (element,); stencil: stencil_type (element,); corners: int32 (element, 3) nodes,
    counter-clockwise; half: (1 or element, 2 layers + 1) sigma of levels and layers in turn, from 0 down to
    -1; half_step: 0 where all elements share the one row of `half`, else 1; levels: options.NodeLevels where
    they differ from place to place and are not taken as flat in an element, else None.
    """

    element: np.ndarray
    stencil: np.ndarray
    corners: np.ndarray
    half: np.ndarray
    half_step: int
    levels: tuple | None = None


class Frames(NamedTuple):
    """The two time levels a particle is between, first and second.

    u, v: m/s (layer, element); depth: h + zeta in m (node,); zeta: m (node,); wet: uint8 (element,), bit 0
    the element itself, bits 1 to 3 its neighbours that take part in its gradient, all 15 where nothing is
    dry; the rest is of `coast`.
    """

    u0: np.ndarray
    u1: np.ndarray
    v0: np.ndarray
    v1: np.ndarray
    depth0: np.ndarray
    depth1: np.ndarray
    zeta0: np.ndarray
    zeta1: np.ndarray
    wet0: np.ndarray
    wet1: np.ndarray


class Steps(NamedTuple):
    """The (part) steps of one interval between meetings.

    fraction: float64 (n + 1,) place of the steps' ends between the two frames; length: float64 (n,) seconds;
    time: int64 (n + 1,) microseconds; clock: int64 (n + 1,); output: int32 (n + 1,) row of `records` to fill
    at that end, or -1.
    """

    fraction: np.ndarray
    length: np.ndarray
    time: np.ndarray
    clock: np.ndarray
    output: np.ndarray
