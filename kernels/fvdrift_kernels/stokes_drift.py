"""The Stokes drift of a frame, put into the velocity that carries particles: worked out once a frame, in every element."""

import math

import numpy as np

from .jit import entry_point
from .node_field import mean_of_corners


@entry_point
def add_stokes_drift(mesh, depth, velocity, drift, decay, direction, total):
    """Fill `total` with velocity + direction * drift, m/s (layer, element).

    drift: float32 (layer, element), or (1, element), of the surface, which falls off with depth z as exp(-decay z) in a run in
    three dimensions (decay: 1/m; 2 k in deep water, Phillips 1977); depth: h + zeta (node,).
    """
    for e in range(len(mesh.corners)):
        row = mesh.half[e * mesh.half_step]
        column = mean_of_corners(mesh, e, depth)
        for k in range(len(velocity)):
            at = np.float64(drift[k, e] if len(drift) == len(velocity) else drift[0, e])
            fall = 1.0
            if len(drift) < len(velocity):
                fall = math.exp(decay * np.float64(row[2 * k + 1]) * column)
            total[k, e] = np.float64(velocity[k, e]) + direction * fall * at
