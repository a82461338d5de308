"""How long a step of the walk across may be for the water: what a run says of it at its start. Computes
nothing a run needs."""

from collections.abc import Iterator

import numpy as np

from fvdrift.fields import coefficient
from fvdrift.forcing import Fields
from fvdrift.mesh import WholeMesh
from fvdrift.orders import WalkOrder
from fvdrift.tools.quantity import rounded_down
from fvdrift_kernels.frame_mixing import fill_viscofh
from fvdrift_kernels.gradient import wet_code

# of the length over which D K changes: at a coast with that slope the density is wrong by half of this
LONGEST = 0.1
ENOUGH = 0.99  # of the water in which a step has to be short enough: where D falls to 0 none is


def stride(
    mesh: WholeMesh, walk: WalkOrder, k: np.ndarray, wet: np.ndarray, depth: np.ndarray, step: float
) -> Iterator[str]:
    """Sentences about a walk across in steps of `step` s. k: as of `diffusivity`; wet: bool (element,);
    depth: h + zeta (node,), m."""
    level = np.ones(mesh.nodes) if walk.by_area else depth.astype(float)
    per_x, per_y = mesh.metres_per_unit()
    area = (
        0.5
        * per_x
        * per_y
        / np.abs(mesh.element["ax"] * mesh.element["by"] - mesh.element["ay"] * mesh.element["bx"])
    )
    water = np.where(wet, area * np.maximum(level[mesh.corners].mean(axis=1), 0.0), 0.0)
    if not water.sum():
        return
    # sqrt(2 K dt) (|grad D| / D + |grad K| / K), the largest of all layers, over sqrt(dt)
    share = np.zeros(mesh.elements)
    by_depth = _relative_slope(mesh, level)
    for row in k:
        spread = np.sqrt(2.0 * row[mesh.corners].mean(axis=1))
        share = np.maximum(share, spread * (by_depth + _relative_slope(mesh, row)))
    order = np.argsort(share)
    filled = np.cumsum(water[order]) / water.sum()
    most = float(share[order[min(int(np.searchsorted(filled, ENOUGH)), len(order) - 1)]])
    changes = "diffusivity changes" if walk.by_area else "depth and diffusivity change"
    yield (
        f"the walk across goes {np.sqrt(2.0 * step * k.max()):.3g} m in a step at most, and in {ENOUGH:.0%} of the water no more "
        f"than {most * np.sqrt(step):.1%} of the length over which {changes} (first frame)"
    )
    if most * np.sqrt(step) > LONGEST:
        beyond = water[share * np.sqrt(step) > LONGEST].sum() / water.sum()
        yield (
            f"warning: in {beyond:.0%} of the water steps are too long for the walk across, which leaves it uneven there, "
            f'most at coasts: time.step = "{rounded_down((LONGEST / most) ** 2)}s" would do in {ENOUGH:.0%} of it'
        )


def ways(mesh: WholeMesh, k: np.ndarray, step: float) -> np.ndarray:
    """How far (m, the root of its mean square one way) the walk across goes in a step in each element, at
    most: float64 (element,)."""
    most: np.ndarray = np.sqrt(2.0 * step * k.max(axis=0))[mesh.corners].max(axis=1)
    return most


def beyond_elements(mesh: WholeMesh, k: np.ndarray, step: float) -> Iterator[str]:
    """A sentence where a step of `step` s passes over most elements."""
    wide = float(np.median(mesh.smallest_height()))
    way = float(np.sqrt(2.0 * step * k.max()))
    if way > wide:
        enough = rounded_down(step * (wide / way) ** 2)
        yield (
            f"warning: diffusion.horizontal: a step of the walk across goes {way:.3g} m, and half of the elements are less than "
            f'{wide:.3g} m wide: particles pass over them, and over land; time.step = "{enough}s" would do'
        )


def diffusivity(mesh: WholeMesh, walk: WalkOrder, raw: Fields) -> np.ndarray:
    """That of the walk across, m2/s, (layer or 1, node). raw: the fields of a frame in the order of the
    files."""
    if not isinstance(walk.horizontal, str):
        return np.full((1, mesh.nodes), walk.horizontal or 0.0)
    of_nodes = coefficient(walk, raw)
    if walk.horizontal == "viscofh":
        found: np.ndarray = (of_nodes * np.atleast_2d(raw["viscofh"]))[:, mesh.file_node].astype(float)
        return found
    u, v = (np.ascontiguousarray(raw[name][:, mesh.file_element]) for name in ("u", "v"))
    wet, found = np.empty(mesh.elements, np.uint8), np.empty((len(u), mesh.nodes))
    wet_code(raw["wet"][mesh.file_element], mesh.stencil, wet)
    fill_viscofh(mesh.for_kernels(), mesh.metric, mesh.x, mesh.y, u, v, wet, np.empty((4, mesh.nodes)), found)
    return (of_nodes if len(of_nodes) == 1 else of_nodes[mesh.file_node]) * found


def _relative_slope(mesh: WholeMesh, values: np.ndarray) -> np.ndarray:
    """|grad F| / F in each element (1/m), 0 where F is not positive."""
    a, b, c = values[mesh.corners].T
    per_x, per_y = mesh.metres_per_unit()
    x = (mesh.element["ax"] * (a - c) + mesh.element["bx"] * (b - c)) / per_x
    y = (mesh.element["ay"] * (a - c) + mesh.element["by"] * (b - c)) / per_y
    mean = (a + b + c) / 3.0
    uneven: np.ndarray = np.divide(np.hypot(x, y), mean, out=np.zeros(len(mean)), where=mean > 0.0)
    return uneven
