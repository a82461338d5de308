"""A worker's subdomain with its halo, cut from the whole mesh by the manager. What happens in it is the
worker's."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fvdrift_kernels.options import Geographic
from fvdrift_kernels.state import END_OF_PIECE, Mesh

from .partition import Surroundings
from .whole_mesh import WholeMesh


class InFile(NamedTuple):
    """Where the elements and nodes of a subdomain stand in the order of the files: int32."""

    elements: np.ndarray
    nodes: np.ndarray


@dataclass(frozen=True)
class Subdomain:
    """The elements a worker may step in, and round them those that their interpolation needs.

    elements, nodes: global numbers, ascending; mesh: the kernels' arrays with local numbers; metric:
    Geographic or None; usable: bool (element,), where a particle may be; x, y: float64 (node,); h: float32
    (node,) still-water depth; given: more that is known of its elements, as of `WholeMesh`.
    """

    elements: np.ndarray
    nodes: np.ndarray
    usable: np.ndarray
    mesh: Mesh
    metric: Geographic | None
    x: np.ndarray
    y: np.ndarray
    h: np.ndarray
    given: dict[str, np.ndarray]

    def local(self, elements: np.ndarray) -> np.ndarray:
        """Local numbers of global ones that are in the subdomain."""
        return np.searchsorted(self.elements, elements).astype(np.int32)


def cut_subdomain(
    whole: WholeMesh,
    around: Surroundings,
    h: np.ndarray,
    owned: tuple[int, int],
    distance: float,
    node_rings: int,
) -> Subdomain:
    """The subdomain of a worker that owns elements owned[0] .. owned[1] - 1 and must see `distance` (m) beyond.

    h: float32 (node,) in the order of `whole`; node_rings: how many rings of all elements round nodes are
    needed (where fields are derived at nodes); 0: only the neighbours of its elements.
    """
    usable = around.within_reach(*owned, distance)
    if node_rings:
        elements = usable
        for _ in range(node_rings if len(usable) else 0):
            elements = around.ring(elements)
    else:
        beyond = whole.beyond[usable]
        elements = np.union1d(usable, beyond[beyond >= 0])
    is_usable = np.zeros(len(elements), bool)
    is_usable[np.searchsorted(elements, usable)] = True

    def local(numbers: np.ndarray, absent: np.ndarray | int) -> np.ndarray:
        at = np.minimum(np.searchsorted(elements, numbers), max(len(elements) - 1, 0))
        return (
            np.where(elements[at] == numbers, at, absent) if len(elements) else np.zeros(numbers.shape, int)
        )

    nodes, corners = np.unique(whole.corners[elements], return_inverse=True)
    record = whole.element[elements]
    stencil = whole.stencil[elements]
    itself = np.arange(len(elements))
    for i in range(3):
        beyond = record[f"beyond{i}"]
        near = local(beyond, END_OF_PIECE)
        here = (near >= 0) & is_usable[np.maximum(near, 0)] if len(elements) else near >= 0
        record[f"beyond{i}"] = np.where(beyond < 0, beyond, np.where(here, near, END_OF_PIECE))
        stencil[f"n{i}"] = local(stencil[f"n{i}"], itself)
    shared_row = len(whole.half) == 1
    mesh = Mesh(
        record,
        stencil,
        np.ascontiguousarray(corners.reshape(-1, 3), np.int32),
        np.ascontiguousarray(whole.half if shared_row else whole.half[elements], np.float32),
        0 if shared_row else 1,
        whole.levels_at(nodes),
    )
    metric = whole.metric
    if metric is not None:
        metric = Geographic(metric.scale[elements], metric.secant[elements])
    given = {name: np.ascontiguousarray(values[elements]) for name, values in whole.given.items()}
    depth = np.ascontiguousarray(h[nodes], np.float32)
    return Subdomain(elements, nodes, is_usable, mesh, metric, whole.x[nodes], whole.y[nodes], depth, given)
