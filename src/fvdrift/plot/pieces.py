"""The pieces of the ranks on a map of the mesh: tints, seams and numbers. Not how they were cut (that is
`partition`)."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from fvdrift.mesh import SHARE_BITS, Cuts, neighbours

from .map_base import DENSE
from .palette import COAST
from .water import Water

NUMBERED = 64  # pieces: more numbers would hide the map
APART = 0.22  # inches between two numbers, across or up
WORTH_A_NUMBER = 0.1  # of a piece: its smaller parts go without
# pale: particles and mesh lie on them
TINTS = ("#c6dbef", "#fdd9b5", "#c7e9c0", "#e3d4ea", "#f6e8a8", "#f5cfd8", "#d9d9d9")


def draw_pieces(axes: Any, water: Water, cuts: Cuts, first: int) -> None:
    """Each element in the tint of its owner, and the numbers of the ranks, from `first` on. water: elements
    along the curve.

    An element that several share is the first's.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.colors import ListedColormap
    from matplotlib.patheffects import withStroke

    owner = np.searchsorted(
        cuts.places[1:-1], np.arange(len(water.triangles), dtype=np.int64) << SHARE_BITS, side="right"
    )
    beyond = neighbours(water.triangles, len(water.x))
    axes.tripcolor(
        water.x,
        water.y,
        water.triangles,
        facecolors=_tints(owner, beyond)[owner],
        cmap=ListedColormap(TINTS),
        vmin=-0.5,
        vmax=len(TINTS) - 0.5,
        zorder=1.2,
        rasterized=len(owner) > DENSE,
        gid="pieces",
    )
    axes.add_collection(
        LineCollection(
            _seams(water, owner, beyond),
            colors=COAST,
            linewidths=0.8,
            zorder=1.9,
            capstyle="round",
            gid="seams",
        ),
        autolim=False,
    )
    if cuts.workers > NUMBERED:
        return
    for number, x, y in _middles(axes, water, owner, beyond):
        axes.text(
            x,
            y,
            str(first + number),
            ha="center",
            va="center",
            fontsize=9,
            fontweight="bold",
            zorder=7,
            clip_on=True,
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )


def _tints(owner: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """A tint for every piece, another one than its neighbours' as long as there are enough."""
    pairs = np.concatenate(
        [np.stack([owner, owner[np.maximum(beyond[:, i], 0)]], 1)[beyond[:, i] >= 0] for i in range(3)]
    )
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    tint = np.full(int(owner.max()) + 1, -1)
    for piece in range(len(tint)):
        near = set(tint[pairs[pairs[:, 0] == piece, 1]].tolist())
        tint[piece] = next((t for t in range(len(TINTS)) if t not in near), piece % len(TINTS))
    return tint


def _seams(water: Water, owner: np.ndarray, beyond: np.ndarray) -> list[np.ndarray]:
    """The sides between elements of different owners: (2, 2) each."""
    found: list[np.ndarray] = []
    for i in range(3):
        other = beyond[:, i]
        at = np.flatnonzero((other >= 0) & (owner < owner[np.maximum(other, 0)]))
        ends = water.triangles[at][:, [(i + 1) % 3, (i + 2) % 3]]
        found += list(np.stack([water.x[ends], water.y[ends]], axis=-1))
    return found


def parts(owner: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """The smallest element of the part of its piece that an element hangs together with: int (element,)."""
    label = np.arange(len(owner))
    near = np.where((beyond >= 0) & (owner[np.maximum(beyond, 0)] == owner[:, None]), beyond, label[:, None])
    while True:
        smaller = np.minimum(label, label[near].min(axis=1))
        smaller = smaller[smaller]
        if np.array_equal(smaller, label):
            return label
        label = smaller


def _middles(
    axes: Any, water: Water, owner: np.ndarray, beyond: np.ndarray
) -> Iterator[tuple[int, float, float]]:
    """Piece and middle of every part that has room for a number, the largest first."""
    x, y = water.x[water.triangles].mean(axis=1), water.y[water.triangles].mean(axis=1)
    wide, tall = (
        axes.get_position().width * axes.figure.get_figwidth(),
        axes.get_position().height * axes.figure.get_figheight(),
    )
    per_x, per_y = wide / np.ptp(axes.get_xlim()), tall / np.ptp(axes.get_ylim())  # inches
    sizes = np.bincount(owner)
    label = parts(owner, beyond)
    heads, count = np.unique(label, return_counts=True)
    taken: list[tuple[float, float]] = []
    for head, size in sorted(zip(heads.tolist(), count.tolist(), strict=True), key=lambda part: -part[1]):
        mine = (
            np.flatnonzero(label == head)
            if size >= WORTH_A_NUMBER * sizes[owner[head]]
            else np.empty(0, np.int64)
        )
        if not len(mine):
            continue
        middle = mine[np.argmin(np.hypot(x[mine] - x[mine].mean(), y[mine] - y[mine].mean()))]
        at = float(x[middle]), float(y[middle])
        if all(abs(at[0] - u) * per_x > APART or abs(at[1] - v) * per_y > APART for u, v in taken):
            taken.append(at)
            yield int(owner[head]), *at
