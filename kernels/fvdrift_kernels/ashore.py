"""What keeps a particle on the bed or the shore, and what lets it go again."""

import math

import numpy as np

from .behaviour_options import ErodibleBed, KeepingBed, Refloating
from .jit import chosen_by_type, entry_point, kernel
from .node_field import mean_of_corners
from .philox import SHORE, random_words, uniform_from_word, use_word
from .polynomial import curve_in_time

KAPPA = 0.4  # von Karman's constant, as FVCOM has it
LEAST_DRAG = 0.0025  # FVCOM's BOTTOM_ROUGHNESS_MINIMUM, by default
LEAST_DEPTH = 3.0  # m of water: in less FVCOM takes the log law as in so much
# numbers of an element: u and v over the bed, by powers of time, the root of the drag, and how that changes
COURSE = 10


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
    return shear_velocity(bed.course, e, fraction) <= bed.critical


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
    """Drag coefficient of the velocity `height` m above a bed of that roughness length: the log law, FVCOM's
    brough.F."""
    logarithm = KAPPA / math.log(max(height / roughness, 2.0))
    return max(logarithm * logarithm, LEAST_DRAG)


@entry_point
def fill_bed(mesh, u, v, depth, wet, roughness, bed):
    """What the bed of each element feels of a frame: u and v of the lowest layer, 0 where it is dry, and the
    root of the drag.

    u, v: m/s (layer, element); depth: h + zeta (node,); wet: code; bed: float32 (element, 3), filled.
    """
    last = len(u) - 1
    for e in range(len(mesh.corners)):
        row = mesh.half[e * mesh.half_step]
        share = np.float64(row[2 * last + 1]) - np.float64(row[2 * last + 2])
        height = share * max(mean_of_corners(mesh, e, depth), LEAST_DEPTH)
        bed[e, 0] = u[last, e] if wet[e] & 1 else 0.0
        bed[e, 1] = v[last, e] if wet[e] & 1 else 0.0
        bed[e, 2] = np.float32(math.sqrt(drag(height, roughness)))


@entry_point
def fill_course(time, frames, before, first, second, after, course):
    """What the bed feels between two frames: the flow goes in time as that of the water, the drag in a line.

    time: Cubic, with the weights of lines where velocity is linear in time; before ... after: `fill_bed` of
    its four frames; course: float32 (element, COURSE), filled.
    """
    for e in range(len(course)):
        at_rest = (first[e, 0] == 0.0) & (first[e, 1] == 0.0) & (second[e, 0] == 0.0) & (second[e, 1] == 0.0)
        weights = time.weights[curve_in_time(time, frames, e, at_rest)]
        for power in range(4):
            of = weights[power]
            for i in range(2):
                course[e, 4 * i + power] = (
                    of[0] * before[e, i] + of[1] * first[e, i] + of[2] * second[e, i] + of[3] * after[e, i]
                )
        course[e, 8] = first[e, 2]
        course[e, 9] = second[e, 2] - first[e, 2]


@kernel
def shear_velocity(course, e, fraction):
    """u* (m/s) at the bed of element `e`: the root of the drag times the speed there."""
    u = course[e, 0] + fraction * (course[e, 1] + fraction * (course[e, 2] + fraction * course[e, 3]))
    v = course[e, 4] + fraction * (course[e, 5] + fraction * (course[e, 6] + fraction * course[e, 7]))
    return (course[e, 8] + fraction * course[e, 9]) * math.sqrt(u * u + v * v)
