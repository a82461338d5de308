"""In how many parts the walk in the column takes a step, and where these are too few for a bottleneck of kh: told before
a run."""

from collections.abc import Iterator

import numpy as np

from fvdrift.fields import SCHEMES
from fvdrift.mesh import WholeMesh
from fvdrift.tools.quantity import rounded_down
from fvdrift_kernels.frame_mixing import LOST, fill_pace, fill_parts
from fvdrift_kernels.parts_of_step import MOST_PARTS

# above and below may change places so much more slowly, in so many of the elements
SLOWER, NARROW = 0.1, 0.01


def parts_of_steps(
    mesh: WholeMesh,
    scheme: str,
    kh: np.ndarray,
    *,
    depth: np.ndarray,
    wet: np.ndarray,
    step: float,
    keeps: bool,
    mixed_only: bool,
) -> Iterator[str]:
    """How a walk by `kh` takes steps of `step` s, by the profiles of the first frame.

    kh: (level, node of the files), m2/s; depth: (node,), m; wet: bool (element,); keeps: whether the bed keeps what gets
    there; mixed_only: whether nothing but the walk moves particles up and down.
    """
    pace, parts = np.empty((3, mesh.elements), np.float32), np.empty(mesh.elements, np.int64)
    kind = SCHEMES[scheme]()
    fill_pace(mesh.for_kernels(), kind, np.ascontiguousarray(kh[:, mesh.file_node]), depth, pace)
    fill_parts(kind, pace, step, keeps, mixed_only, parts)
    yield f"the vertical walk takes a step in {parts.mean():.1f} parts on average, {parts.max()} at most (first frame)"
    yield from bottlenecks(pace[1, wet], step)


def bottlenecks(pace: np.ndarray, step: float) -> Iterator[str]:
    """Whether a step of `step` s asks for more parts than it is taken in, for what passes a bottleneck of kh.

    pace: 1/s (element,), of wet elements, the second row of `fill_pace`.
    """
    slower, sooner = (LOST * length * pace.astype(float) / MOST_PARTS for length in (step, step / 4.0))
    if np.mean(slower > SLOWER) > NARROW:
        yield (
            f"warning: diffusion.vertical: in {np.mean(slower > SLOWER):.0%} of the wet elements (first frame) kh has "
            f"bottlenecks that are thin for a step: what is above and below changes places more than {SLOWER:.0%} too "
            f"slowly, in {np.mean(slower > 1.0):.0%} at half the pace or less; "
            f'time.step = "{rounded_down(step / 4.0)}s" leaves {np.mean(sooner > SLOWER):.0%} and {np.mean(sooner > 1.0):.0%}'
        )
