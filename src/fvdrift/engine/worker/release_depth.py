"""At what sigma new particles begin, by the water of their release time."""

from typing import NamedTuple

import numpy as np

from fvdrift.fields import TimeLevel, between
from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels.philox import signed_seed
from fvdrift_kernels.release import sink_to_depth
from fvdrift_kernels.state import Mesh

from ..messages import Release
from .interval import fractions


class Sunk(NamedTuple):
    """How many were asked for below the bed, and how many begin where it is dry."""

    below_bed: int
    dry: int


def sunk(
    particles: np.ndarray, message: Release, pair: tuple[TimeLevel, TimeLevel], mesh: Mesh, seed: int
) -> Sunk:
    """Give particles (particle,) of a release, with the element numbers of `mesh`, their sigma. pair: the time
    levels that they begin between."""
    frames, _ = between(*pair)
    at = fractions(message.window, particles["born"])
    below_bed = sink_to_depth(
        for_kernels(particles),
        message.depth_kind,
        message.upper,
        message.lower,
        at,
        signed_seed(seed),
        mesh,
        frames,
    )
    # a depth of 0 m gives -0, of which a lane that waits beside others makes +0: other bytes on other ranks
    particles["sigma"] += 0.0
    first, second = ((time_level.wet[particles["element"]] & 1).astype(bool) for time_level in pair)
    return Sunk(below_bed, int(np.count_nonzero(~((first & (at < 1)) | (second & (at > 0))))))
