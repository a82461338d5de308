"""The reversible random walk in the column, and what a particle does by itself after each part of a step.

In a layer, where K is linear, sqrt(2 K) W1 + K' (W1^2 + W2^2) / 2 is the law of the walk over any time t (W1
and W2 normal of variance t, K' = dK/dz); beyond it and at surface and bed `layer_crossing` has it.

Particles that are under way in a step stand side by side, as walkers, with what they need of the profile; who
has taken all parts makes room for the last of them.
"""

import numpy as np

from .column_ends import FAR_ABOVE, left_over_bed, moved_by_itself, stopped
from .diffusivity import stretches_of_lanes
from .jit import chosen_by_type, kernel, unsigned
from .lanes import LANES, SIDE_BY_SIDE, fma, lanes_below_zero, lowest, without_lowest
from .layer_crossing import cross_layers, put_walker, sigma_of
from .noise import cosine, exponential
from .philox import WALK_VERTICAL, random_words, use_word
from .swimming import swim_between, swims_between, swum_off_bed, swum_to_end

ZERO, HALF, ONE, TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)


@kernel
def walk_reversibly(source, q, beside, moving, mesh, clock, time):
    """Take all lanes through the parts (`count`) that their step has, each `part` s long."""
    stand_side_by_side(source, q, mesh, time)
    there_are = leave_who_is_done(q, LANES)
    i = 0
    while there_are > 0:
        row = unsigned(row_of_words(moving, i))
        for first in range(0, there_are, SIDE_BY_SIDE):
            draw_for(moving, q, first, beside.seed, clock, i)
            move_walkers(q, first, there_are, row)
        cross_layers(source, q, lanes_below_zero(q.walk_margin, 0), mesh, time, row)
        move_by_themselves(moving, source, q, there_are, beside, mesh, time)
        there_are = leave_who_is_done(q, there_are)
        i += 1


@kernel
def stand_side_by_side(source, q, mesh, time):
    """Make each lane a walker of its number."""
    stretches_of_lanes(source, q, mesh, time)
    # loops over numbers of one size each: others are not done for several lanes at a time
    for l in range(LANES):
        q.walk_anchor[l] = q.sigma[l]
        q.walk_id[l] = q.particle[l]
    for l in range(LANES):
        q.walk_off[l] = q.sigma[l]
        q.walk_part[l] = q.part[l]
        q.walk_per_depth[l] = q.per_depth[l]
    for l in range(LANES):
        q.walker[l] = l
        q.walk_off[l] -= q.walk_above[l]
        q.walk_moved[l] = ZERO
        q.walk_thick[l] = q.walk_above[l] - q.walk_below[l]
        q.walk_left[l] = np.float32(q.count[l]) - HALF  # below zero: none
        q.walk_margin[l] = ONE


@kernel
def leave_who_is_done(q, there_are):
    """Let walkers with no parts left leave, those at the end taking their places; returns how many there are
    then."""
    mask = lanes_below_zero(q.walk_left, 0)
    while mask:
        j = lowest(mask)
        mask = without_lowest(mask)
        while there_are > j and q.walk_left[there_are - 1] < ZERO:
            there_are -= 1
            leave(q, there_are)
        if there_are > j:
            leave(q, j)
            there_are -= 1
            take_place(q, there_are, j)
    return there_are


@kernel
def leave(q, j):
    """Give what walker `j` has come to back to its lane."""
    q.sigma[q.walker[j]] = sigma_of(q, j)
    q.walk_left[j] = ZERO
    q.walk_margin[j] = ONE


@kernel
def take_place(q, last, j):
    """Move walker `last` to the place `j`."""
    q.walker[j] = q.walker[last]
    q.walk_id[j] = q.walk_id[last]
    q.walk_anchor[j] = q.walk_anchor[last]
    q.walk_moved[j] = q.walk_moved[last]
    q.walk_off[j] = q.walk_off[last]
    q.walk_thick[j] = q.walk_thick[last]
    q.walk_part[j] = q.walk_part[last]
    q.walk_per_depth[j] = q.walk_per_depth[last]
    q.walk_left[j] = q.walk_left[last]
    q.walk_level[j] = q.walk_level[last]
    q.walk_above[j] = q.walk_above[last]
    q.walk_below[j] = q.walk_below[last]
    q.walk_k_above[j] = q.walk_k_above[last]
    q.walk_k_below[j] = q.walk_k_below[last]
    q.walk_k_slope[j] = q.walk_k_slope[last]
    q.walk_words[2, j] = q.walk_words[2, last]
    q.walk_words[3, j] = q.walk_words[3, last]
    q.walk_left[last] = ZERO
    q.walk_margin[last] = ONE


@chosen_by_type
def draw_for(moving, q, first, seed, clock, i):
    """Random words for move `i` of the walkers from `first` on: words 0 and 1 of an even move, 2 and 3 of an odd
    one; with own motion 0 and 1 of each, and 3 for that motion."""


@draw_for.when(None)
def _for_two_moves(moving, q, first, seed, clock, i):
    if i & 1 == 0:
        _draw(q, first, seed, clock, i >> 1)


@draw_for.when(tuple)
def _for_one_move(moving, q, first, seed, clock, i):
    _draw(q, first, seed, clock, i)


@kernel
def _draw(q, first, seed, clock, number):
    use = use_word(WALK_VERTICAL, clock & 1, number)
    for each in range(SIDE_BY_SIDE):
        j = unsigned(first + each)
        q.walk_words[0, j], q.walk_words[1, j], q.walk_words[2, j], q.walk_words[3, j] = random_words(
            seed, q.walk_id[j], clock >> 1, use
        )


@chosen_by_type
def row_of_words(moving, i):
    """The first of the two words of move `i`."""


@row_of_words.when(None)
def _in_turn(moving, i):
    return 2 * (i & 1)


@row_of_words.when(tuple)
def _the_first(moving, i):
    return 0


@kernel
def move_walkers(q, first, there_are, row):
    """Move walkers from `first` on by the words of `row` and the one behind it; `walk_margin` below zero: the move
    leaves the layer, and is still to be made."""
    for each in range(SIDE_BY_SIDE):
        j = unsigned(first + each)
        real = type(q.walk_left[j])
        moved, per_depth = q.walk_moved[j], q.walk_per_depth[j]
        off = q.walk_off[j] + moved
        k = fma(q.walk_k_slope[j], off, q.walk_k_above[j])
        k = k if k > ZERO else ZERO
        slope = q.walk_k_slope[j] * per_depth
        t = q.walk_part[j]
        spread = real(exponential(q.walk_words[row, j])) * t
        way = TWO * cosine(q.walk_words[row + unsigned(1), j]) * np.sqrt(k * spread) + slope * spread
        end = fma(way, per_depth, moved)
        arrives = q.walk_off[j] + end
        stays = (arrives < ZERO) & (arrives > -q.walk_thick[j])
        under_way = j < unsigned(there_are)
        q.walk_way[j] = way
        q.walk_k[j] = k
        q.walk_slope[j] = slope
        q.walk_folded[j] = 0
        q.walk_before[j] = moved
        q.walk_left[j] = q.walk_left[j] - ONE if under_way else ZERO
        q.walk_margin[j] = ONE if stays | (not under_way) else -ONE
        q.walk_moved[j] = end if stays else moved


@chosen_by_type
def move_by_themselves(moving, source, q, there_are, beside, mesh, time):
    """Let walkers stay on a bed that their walk met, or move by themselves."""


@move_by_themselves.when(None)
def _drift_only(moving, source, q, there_are, beside, mesh, time):
    return


@move_by_themselves.when(tuple)
def _by_itself_after_walk(moving, source, q, there_are, beside, mesh, time):
    for j in range(there_are):
        l = q.walker[j]
        q.sigma[l] = after = sigma_of(q, j)
        before = q.walk_from[j]
        if q.walk_margin[j] > ZERO:
            before = stopped(q.walk_anchor[j] + np.float64(q.walk_before[j]))
        q.folded[l] = q.walk_folded[j]
        q.words[2, l], q.words[3, l] = q.walk_words[2, j], q.walk_words[3, j]
        k, slope = np.float64(q.walk_k[j]), np.float64(q.walk_slope[j])
        if kept(source, q, l, beside, mesh, time, k, slope, before):
            q.sigma[l] = -1.0
            q.walk_left[j] = -ONE
        if q.sigma[l] != after:
            put_walker(source, q, j, q.sigma[l], mesh, time)


@kernel
def kept(source, q, l, beside, mesh, time, k, slope, before):
    """Whether the bed keeps lane `l`, which is else moved by itself at the end of a part.

    Its walk began at sigma `before`, k and slope: K and dK/dz there.
    """
    deep = q.depth[l]
    way = q.up[l] * q.part[l] + swum_to_end(beside.migration, q.sought[l], deep, q.part[l])
    meets = swims_between(beside.migration, q.sought[l], q.up[l], deep)
    off = swum_off_bed(beside.migration, q.sought[l], -before * deep, q.part[l]) if meets else 0.0
    left = left_over_bed(beside.bed, source, q, l, mesh, time, way + off, k, slope, (1.0 + before) * deep)
    if left <= 0.0:
        return True
    if not meets:
        if left < FAR_ABOVE and before < -0.5:  # nobody is pushed back by a bed that keeps
            q.sigma[l] = stopped(left / deep - 1.0)
        elif way != 0.0:
            q.sigma[l] = moved_by_itself(source, q, l, mesh, time, way, k, slope, before)
        q.folded[l], way = 0, 0.0
    swim_between(beside.migration, q, l, k, slope, before, way, before if meets else q.sigma[l])
    return False
