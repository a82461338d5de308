"""Sigma of particles at their release, from a depth below the surface that moves. Not where they are
(`scatter`)."""

from .jit import entry_point
from .node_field import at_nodes
from .philox import RELEASE, random_words, uniform_from_word, use_word

# how a depth is given, in the order of fvdrift.release.shapes.DEPTH_KINDS
UNIFORM, SURFACE, BOTTOM, RANGE, SIGMA = range(5)
COLUMN_STEP = 0xFFFFFFFF  # the counter's step for depths: no attempt of `scatter` gets there


@entry_point
def sink_to_depth(particles, kinds, upper, lower, fraction, seed, mesh, frames):
    """Set sigma of released particles; returns how many were asked for below the bed (they are at the bed).

    particles: PARTICLE, changed; kinds: int8; upper, lower: metres below the surface (RANGE) or sigma
    (SIGMA); fraction: float64, each particle's release time between the two frames.
    """
    below_bed = 0
    for i in range(len(particles)):
        p = particles[i]
        chance = uniform_from_word(random_words(seed, p.id, COLUMN_STEP, use_word(RELEASE, 0, 0))[0])
        if kinds[i] == UNIFORM:
            p.sigma = -chance
        elif kinds[i] == SURFACE:
            p.sigma = 0.0
        elif kinds[i] == BOTTOM:
            p.sigma = -1.0
        elif kinds[i] == SIGMA:
            p.sigma = upper[i] + chance * (lower[i] - upper[i])
        else:
            depth = at_nodes(mesh, p.element, p.x, p.y, frames.depth0, frames.depth1, fraction[i])
            wanted = upper[i] + chance * (lower[i] - upper[i])
            if wanted > depth:
                below_bed += 1
            p.sigma = -wanted / depth if wanted < depth else -1.0
    return below_bed
