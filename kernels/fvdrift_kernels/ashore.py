"""What keeps a particle on the bed or the shore, and what lets it go again."""

import math

import numpy as np

from .jit import chosen_by_type, entry_point, kernel
from .node_field import mean_of_corners
from .options import ErodibleBed, KeepingBed, Refloating
from .philox import SHORE, random_words, uniform_from_word, use_word

KAPPA = 0.4  # von Karman's constant, as FVCOM has it
LEAST_DRAG = 0.0025  # FVCOM's BOTTOM_ROUGHNESS_MINIMUM, by default


@chosen_by_type
def bed_keeps(bed, e, fraction):
    """Whether what comes to the bed of element `e` stays there."""


@bed_keeps.when(None)
def _never(bed, e, fraction):
    return False


@bed_keeps.when(KeepingBed)
def _always(bed, e, fraction):
    return True


@bed_keeps.when(ErodibleBed)
def _while_calm(bed, e, fraction):
    return bed.first[e] + fraction * (bed.second[e] - bed.first[e]) <= bed.critical


@chosen_by_type
def lifted(bed, e, fraction):
    """Whether what lies on the bed of element `e` is taken up."""


@lifted.when(None, KeepingBed)
def _lies(bed, e, fraction):
    return False


@lifted.when(ErodibleBed)
def _eroded(bed, e, fraction):
    return not bed_keeps(bed, e, fraction)


@chosen_by_type
def refloated(shore, seed, particle, clock, dt):
    """Whether a stranded particle gets afloat in the `dt` s of the (part) step that began at `clock`."""


@refloated.when(None)
def _stays_ashore(shore, seed, particle, clock, dt):
    return False


@refloated.when(Refloating)
def _by_chance(shore, seed, particle, clock, dt):
    chance = uniform_from_word(random_words(seed, particle, clock >> 1, use_word(SHORE, clock & 1, 0))[0])
    return chance < -math.expm1(-shore.rate * dt)


@kernel
def drag(height, roughness):
    """Drag coefficient of the velocity `height` m above a bed of that roughness length: the log law, FVCOM's brough.F."""
    logarithm = KAPPA / math.log(max(height / roughness, 2.0))
    return max(logarithm * logarithm, LEAST_DRAG)


@entry_point
def fill_shear_velocity(mesh, u, v, depth, wet, roughness, shear):
    """Shear velocity (m/s) at the bed of each element, from its lowest layer: sqrt(drag) |u|; 0 where it is dry.

    u, v: (layer, element); depth: h + zeta (node,); wet: code; shear: float32 (element,), filled.
    """
    last = len(u) - 1
    for e in range(len(mesh.corners)):
        shear[e] = 0.0
        if not wet[e] & 1:
            continue
        row = mesh.half[e * mesh.half_step]
        height = (np.float64(row[2 * last + 1]) - np.float64(row[2 * last + 2])) * mean_of_corners(mesh, e, depth)
        speed = math.sqrt(np.float64(u[last, e]) ** 2 + np.float64(v[last, e]) ** 2)
        shear[e] = np.float32(math.sqrt(drag(height, roughness)) * speed)
