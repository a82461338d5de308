"""The whole mesh, its elements in the order of the curve: what the manager knows and cuts subdomains from.
No fields."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.forcing import position
from fvdrift.tools.particle_arrays import for_kernels
from fvdrift.tools.sphere import EARTH_RADIUS
from fvdrift_kernels.geometry import fill_elements
from fvdrift_kernels.gradient import fill_weights
from fvdrift_kernels.hilbert import distances
from fvdrift_kernels.locate import Grid, find_elements, search_grid
from fvdrift_kernels.options import Geographic, NodeLevels
from fvdrift_kernels.state import COAST, ELEMENT, FLAT, OPEN, SIDE_OF_COAST, Mesh, stencil_type

METRES_PER_DEGREE = np.pi / 180.0 * EARTH_RADIUS


@dataclass(frozen=True)
class WholeMesh:
    """All elements along the Hilbert curve through their centroids, nodes in the order these elements meet
    them.

    x, y: float64 (node,) metres or degrees; corners: int32 (element, 3), counter-clockwise; beyond: int32
    (element, 3) neighbour opposite each corner, or COAST, OPEN; element, stencil: the kernels' records; half:
    float64 (rows, 2 layers + 1); levels: float64 (node, 2 layers + 1), or None where they are the same
    everywhere or taken as flat in an element; metric: Geographic or None; file_element, file_node: place of
    each in the files; given: more that behaviour knows of each element, by name: "up", float64 (element, 3)
    unit vector of the vertical, "habitat", int32 code.
    """

    x: np.ndarray
    y: np.ndarray
    corners: np.ndarray
    beyond: np.ndarray
    element: np.ndarray
    stencil: np.ndarray
    half: np.ndarray
    metric: Geographic | None
    file_element: np.ndarray
    file_node: np.ndarray
    levels: np.ndarray | None = None
    given: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def elements(self) -> int:
        return len(self.corners)

    @property
    def nodes(self) -> int:
        return len(self.x)

    def for_kernels(self) -> Mesh:
        """The whole of it as the kernels take subdomains."""
        half, levels = self.half.astype(np.float32), self.levels_at(np.arange(self.nodes))
        return Mesh(self.element, self.stencil, self.corners, half, int(len(half) > 1), levels)

    @cached_property
    def search(self) -> Grid:
        """By which the kernels find the element of a place."""
        return search_grid(self.x, self.y, self.corners)

    def levels_at(self, nodes: np.ndarray) -> NodeLevels | None:
        """Levels that are not flat in an element, at some nodes, as the kernels take them."""
        return (
            None if self.levels is None else NodeLevels(np.ascontiguousarray(self.levels[nodes], np.float32))
        )

    def metres_per_unit(self) -> tuple[np.ndarray, np.ndarray]:
        """Metres per unit of x and of y in each element, (element,) each."""
        if self.metric is None:
            one = np.ones(self.elements)
            return one, one
        return self.metric.scale[:, 0], self.metric.scale[:, 1]

    def smallest_height(self) -> np.ndarray:
        """The smallest height (m) of each element: what a particle has to cross at least to get through
        it."""
        per_x, per_y = self.metres_per_unit()
        heights = []
        for a, b in ((0, 1), (1, 2), (2, 0)):
            dx = (self.x[self.corners[:, b]] - self.x[self.corners[:, a]]) * per_x
            dy = (self.y[self.corners[:, b]] - self.y[self.corners[:, a]]) * per_y
            heights.append(np.hypot(dx, dy))
        x, y = self.x[self.corners], self.y[self.corners]
        twice = np.abs((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]))
        sizes: np.ndarray = twice * per_x * per_y / np.maximum.reduce(heights)
        return sizes

    def with_open_sides(self, is_open: np.ndarray) -> "WholeMesh":
        """The same mesh with outer sides open where `is_open`, bool (element, 3), says so."""
        beyond = np.where((self.beyond < 0) & is_open, OPEN, self.beyond).astype(np.int32)
        element = self.element.copy()
        for i in range(3):
            element[f"beyond{i}"] = beyond[:, i]
        stencil = self.stencil.copy()
        if (stencil["coastal"] >= SIDE_OF_COAST).any():
            _choose_sides(stencil, beyond)
        return replace(self, beyond=beyond, element=element, stencil=stencil)


def neighbours(corners: np.ndarray, nodes: int) -> np.ndarray:
    """The element beyond the side opposite each corner, int32 (element, 3); COAST where there is none.

    Raises ForcingError for a side that three elements share.
    """
    count = len(corners)
    ends = (
        np.stack([corners[:, [1, 2]], corners[:, [2, 0]], corners[:, [0, 1]]], axis=1)
        .reshape(-1, 2)
        .astype(np.int64)
    )
    key = ends.min(axis=1) * nodes + ends.max(axis=1)
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(key[order][1:] == key[order][:-1])
    if np.any(np.diff(same) == 1):
        element = order[same[np.flatnonzero(np.diff(same) == 1)[0]]] // 3
        raise ForcingError(
            f"nv: more than two elements share a side of element {element + 1}; the mesh is not a surface"
        )
    beyond = np.full(3 * count, COAST, np.int32)
    first, second = order[same], order[same + 1]
    beyond[first] = second // 3
    beyond[second] = first // 3
    return beyond.reshape(count, 3)


def _choose_sides(stencil: np.ndarray, beyond: np.ndarray) -> None:
    """Put into the stencils which side is the coast, where an element has no other outer side; others at the
    edge are FLAT."""
    outer = beyond < 0
    only = (outer.sum(axis=1) == 1) & (beyond == COAST).any(axis=1)
    stencil["coastal"][outer.any(axis=1)] = FLAT
    stencil["coastal"][only] = SIDE_OF_COAST + outer[only].argmax(axis=1)


def _metric(yc: np.ndarray) -> Geographic:
    """Metres per degree at latitude yc (degrees), and the change of its inverse with latitude to second
    order."""
    latitude = np.radians(yc)
    secant, tangent = 1.0 / np.cos(latitude), np.tan(latitude)
    per_degree = np.pi / 180.0
    scale = np.stack([METRES_PER_DEGREE / secant, np.full(len(yc), METRES_PER_DEGREE)], axis=1)
    degrees = (
        np.stack([secant, secant * tangent * per_degree, secant * (0.5 + tangent**2) * per_degree**2], axis=1)
        / METRES_PER_DEGREE
    )
    return Geographic(np.ascontiguousarray(scale), np.ascontiguousarray(degrees))


def half_levels(
    siglev: np.ndarray, siglay: np.ndarray, corners: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """Levels and layers in turn: of the elements, (1 or element, 2 layers + 1), the mean of the three nodes,
    as FVCOM takes; of the nodes, (node, 2 layers + 1). One row, and None, where all nodes have the same.
    """
    both = np.empty((siglev.shape[1], len(siglev) + len(siglay)))
    both[:, 0::2], both[:, 1::2] = siglev.T, siglay.T
    both[:, 0], both[:, -1] = 0.0, -1.0
    used = np.unique(corners)
    if np.ptp(both[used], axis=0).max() == 0:
        return both[used[:1]], None
    rows = both[corners].mean(axis=1)
    rows[:, 0], rows[:, -1] = 0.0, -1.0
    return rows, both


def build(
    x: np.ndarray,
    y: np.ndarray,
    triangles: np.ndarray,
    siglev: np.ndarray,
    siglay: np.ndarray,
    *,
    geographic: bool,
    coast_gradient: str = "neighbours",
    flat_levels: bool = False,
    real: type = np.float32,
) -> WholeMesh:
    """Number, connect and measure the mesh of a file.

    x, y: float64 (node,); triangles: int (element, 3), 0-based, counter-clockwise; siglev, siglay: (level,
    node), (layer, node). coast_gradient: how velocity varies in elements with an outer side, as the key
    `advection.coast_gradient` says; flat_levels: no slope of levels, as in FVCOM's own tracker; real: the
    kind of the kernels' weights. Raises ForcingError for elements without area and for sides shared by more
    than two.
    """
    x, y = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
    triangles = np.asarray(triangles)
    along = np.empty(len(triangles), np.int64)
    xc, yc = x[triangles].mean(axis=1), y[triangles].mean(axis=1)
    side = max(np.ptp(xc), np.ptp(yc)) * (1.0 + 1e-9) + 1e-30
    distances(xc, yc, xc.min(), yc.min(), side, along)
    file_element = np.argsort(along, kind="stable")
    met, first = np.unique(triangles[file_element], return_index=True)
    file_node = met[np.argsort(first, kind="stable")]
    new_node = np.full(len(x), -1, np.int64)
    new_node[file_node] = np.arange(len(file_node))
    corners = np.ascontiguousarray(new_node[triangles[file_element]], np.int32)
    x, y = x[file_node], y[file_node]

    beyond = neighbours(corners, len(x))
    element = for_kernels(np.zeros(len(corners), ELEMENT))
    fill_elements(x, y, corners, beyond, element)
    without_area = np.flatnonzero(~np.isfinite(element["ax"] + element["ay"] + element["bx"] + element["by"]))
    if len(without_area):
        raise ForcingError(
            f"nv: element {file_element[without_area[0]] + 1} has no area: its corners lie in one line"
        )
    metric = _metric(element["yc"]) if geographic else None
    stencil = _stencil(corners, beyond, len(x), coast_gradient, real)
    fill_weights(element, stencil, metric)
    half, levels = half_levels(siglev[:, file_node], siglay[:, file_node], corners)
    levels = None if flat_levels else levels
    whole = WholeMesh(x, y, corners, beyond, element, stencil, half, metric, file_element, file_node, levels)
    _refuse_covered_twice(whole)
    return whole


def _stencil(
    corners: np.ndarray, beyond: np.ndarray, nodes: int, coast_gradient: str, real: type
) -> np.ndarray:
    """Of each element: its neighbours, itself where there is none, and how velocity varies in it at the edge;
    the weights are not in it yet."""
    stencil = for_kernels(np.zeros(len(corners), stencil_type(real)))
    itself = np.arange(len(corners))
    for i in range(3):
        stencil[f"n{i}"] = np.where(beyond[:, i] >= 0, beyond[:, i], itself)
    at_edge = np.zeros(nodes, bool)
    for i in range(3):
        at_edge[corners[beyond[:, i] < 0, i - 1]] = at_edge[corners[beyond[:, i] < 0, i - 2]] = True
    stencil["coastal"] = at_edge[corners].any(axis=1)
    if coast_gradient != "neighbours":
        stencil["coastal"][(beyond < 0).any(axis=1)] = FLAT
    if coast_gradient == "impermeable":
        _choose_sides(stencil, beyond)
    return stencil


def _refuse_covered_twice(whole: WholeMesh) -> None:
    """Raises ForcingError where two elements hold one place, though neighbours fit: sheets that overlap, a
    strip wound round.

    Looks at the middle of each element, and near the corners of those at the edge, which is where sheets
    overlap first: the first element there in the order of the curve must be the last one too.
    """
    edge = np.flatnonzero((whole.beyond < 0).any(axis=1))
    px, py = whole.element["xc"], whole.element["yc"]
    corners = whole.corners[edge].ravel()
    inward = np.repeat(edge, 3)
    x = np.concatenate([px, whole.x[corners] + 0.03 * (px[inward] - whole.x[corners])])
    y = np.concatenate([py, whole.y[corners] + 0.03 * (py[inward] - whole.y[corners])])
    found = []
    for step in (1, -1):
        ordered, element = (
            np.ascontiguousarray(whole.corners[::step]),
            np.ascontiguousarray(whole.element[::step]),
        )
        numbers = np.empty(len(x), np.int32)
        mesh = whole.for_kernels()._replace(element=for_kernels(element), corners=ordered)
        find_elements(mesh, search_grid(whole.x, whole.y, ordered), x, y, numbers)
        found.append(numbers if step == 1 else whole.elements - 1 - numbers)
    twice = np.flatnonzero((found[0] != found[1]) & (found[0] >= 0))
    if len(twice):
        a, b = sorted(int(whole.file_element[numbers[twice[0]]]) + 1 for numbers in found)
        place = position(x[twice[0]], y[twice[0]], whole.metric is not None)
        raise ForcingError(f"nv: elements {a} and {b} cover the same ground ({place}); mend the mesh")
