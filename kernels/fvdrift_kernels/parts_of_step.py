"""In how many parts the walk in the column takes a step, and how long a part may be, by the pace that profiles
ask for (`frame_mixing`).
"""

import numpy as np

from .jit import chosen_by_type
from .options import BY_INCREMENT, ConstantDiffusivity, LevelDiffusivity, ReversibleWalk

# parts of a reversible walk's step. A step that asks for more mixes the whole column, in whatever parts; but
# where the bed keeps what comes to it, or what moves by itself is in layers that mix more slowly
MOST_PARTS, MOST_THROUGH_SLOW, MOST_OVER_KEEPING_BED = 16.0, 128.0, 256.0
FOR_EVER = 1e9  # s


@chosen_by_type
def parts_of_step(scheme, pace, through, length, most):
    """In how many parts a scheme takes a step of `length` s where profiles ask for `pace` to mix, and for
    `through` for what passes where they bend up (1/s, see `frame_mixing`).

    most: parts that it has at most to mix.
    """


@parts_of_step.when(ReversibleWalk)
def _few_parts(scheme, pace, through, length, most):
    to_mix = min(np.float64(length) * pace, most - 1.0)
    return 1 + int(max(to_mix, min(np.float64(length) * through, MOST_PARTS - 1.0)))


@parts_of_step.when(*BY_INCREMENT)
def _as_many_as_asked(scheme, pace, through, length, most):
    return 1 + int(min(np.float64(length) * pace, 1e6))


@chosen_by_type
def substeps(source, scheme, moving, migration, q, l, length):
    """In how many parts lane `l` takes a step; moving: what moves it by itself, or None; migration: how it
    swims, or None."""


@substeps.when(ConstantDiffusivity)
def _where_k_is_even(source, scheme, moving, migration, q, l, length):
    return _for_own_motion(moving, migration, source.value, q, l, length)


@substeps.when(LevelDiffusivity)
def _as_profile_asks(source, scheme, moving, migration, q, l, length):
    most = MOST_OVER_KEEPING_BED if q.keeps[l] == 1 else most_parts(moving, q, l)
    return parts_of_step(scheme, q.pace[l], q.pace_through[l], length, most)


@chosen_by_type
def most_parts(moving, q, l):
    """Parts of a step that lane `l` has at most for the column to mix; moving: what moves it by itself, or None."""


@most_parts.when(None)
def _few_for_the_walk(moving, q, l):
    return MOST_PARTS


@most_parts.when(tuple)
def _as_slow_layers_ask(moving, q, l):
    return np.float64(q.most_parts[l])


@chosen_by_type
def longest_part(moving, source, q, l):
    """The longest part (s) of a step that lane `l` takes; moving: what moves it by itself or keeps it, or
    None.

    The walk alone mixes in parts of any length. With own motion short ones that mix the column leave exp(-8) of
    what the start was, and the rest changes nothing, where long ones come to another profile. Where so many short
    ones do not mix it, longer ones do.
    """


@longest_part.when(None)
def _any_part(moving, source, q, l):
    return np.float64(FOR_EVER)


@longest_part.when(tuple)
def _as_source_has_it(moving, source, q, l):
    return _longest_with_motion(source, q, l)


@chosen_by_type
def _longest_with_motion(source, q, l):
    """`longest_part` of a lane that something moves, for the diffusivity `source`."""


@_longest_with_motion.when(ConstantDiffusivity)
def _any_part_of_motion(source, q, l):
    return np.float64(FOR_EVER)


@_longest_with_motion.when(LevelDiffusivity)
def _part_at_pace(source, q, l):
    if q.most_parts[l] >= MOST_THROUGH_SLOW:
        return np.float64(FOR_EVER)
    return 1.0 / max(np.float64(q.pace[l]), 1.0 / FOR_EVER)


@chosen_by_type
def _for_own_motion(moving, migration, k, q, l, length):
    """Parts of a step where K is even: exact as a whole, but what sinks or rises may meet one end in a part,
    not both."""


@_for_own_motion.when(None)
def _whole_step(moving, migration, k, q, l, length):
    return 1


@_for_own_motion.when(tuple)
def _sixteenths_of_mixing(moving, migration, k, q, l, length):
    mixing = 2.0 * k * length * q.per_depth[l] * q.per_depth[l]
    # one long enough to mix the column needs no parts, but where the bed keeps what comes to it, or who swims
    # to a depth between
    return (
        1 if (mixing >= 1.0) & (q.keeps[l] == 0) & (migration is None) else 1 + int(min(16.0 * mixing, 63.0))
    )
