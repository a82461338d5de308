"""A block of particles as lanes, and the few machine operations on it that Numba has no name for.

A block always has LANES lanes, padded: every particle goes through the same instructions whatever its
neighbours.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .jit import DEBUG

# the flow alone uses 22 KB of a block, 32 KB where it is cubic in time: a first cache has 32 or 48
LANES = 64
GROUP = 64  # lanes in one mask
SIDE_BY_SIDE = 16  # walkers in the column whose moves are worked out together
PLANES = 9  # u, v, omega: each a value and two slopes
COEFFICIENTS = 4 * PLANES  # each at one sigma and per sigma, at the first frame and per frame interval
CUBIC_COEFFICIENTS = 8 * PLANES  # and per square and cube of it
STOKES_PLANES = 6  # of the Stokes drift at the surface: u and v, each a value and two slopes
# vertical diffusivity at three corners, on the levels above and below, in the first and second frame
K_NODES = 12


def coefficients(cubic: bool, stokes: bool) -> int:
    """How many numbers the velocity of a lane has, in time and place."""
    flow, powers = (CUBIC_COEFFICIENTS, 4) if cubic else (COEFFICIENTS, 2)
    return flow + powers * STOKES_PLANES * stokes


def block_type(real: type, coefficients: int = COEFFICIENTS) -> np.dtype:
    """The record of one block; `real` (float32, float64) is the kind of its offsets and fields.

    Positions are double precision always. Per lane: the state (x, y, sigma, home element), the prism it is in
    (element, half layer, geometry, depth plane, velocity polynomial), its place in it, and the sums of the
    step; then what only happens beside the flow needs: the state before the step, the moves, the stretch of
    K's profile, random words.
    """
    double = ("x", "y", "sigma", "xc", "yc")
    reals = (
        *("x0", "y0", "s0", "ax", "ay", "bx", "by", "tolerance"),
        *(
            "top",
            "bottom",
            "reference",
            "reference_w",
            "d",
            "dx_d",
            "dy_d",
            "dt_d",
            "dtx_d",
            "dty_d",
            "m0",
            "m1",
            "m2",
        ),
        *("dx", "dy", "s", "u", "v", "w", "su", "sv", "sw", "margin"),
    )
    integers = (
        "home",
        "element",
        "half",
        "pair",
        "level",
        "blocked",
        "status",
        "begin",
        "done",
        "going",
        "fresh",
    )
    beside_double = (
        *("x_before", "y_before", "sigma_before", "dt", "part", "depth", "per_depth"),
        *("way_x", "way_y", "up", "sought"),
        *("walk_anchor", "walk_from", "cross_base"),
    )
    beside_reals = (
        *(
            "wet",
            "dt_wet",
            "pace",
            "pace_through",
            "most_parts",
            "k_top",
            "k_bottom",
            "k_above",
            "k_per_sigma",
            "k",
            "k_slope",
            "drift",
        ),
        *("walk_moved", "walk_before", "walk_per_depth", "walk_part", "walk_left", "walk_margin"),
        *("walk_way", "walk_k", "walk_slope", "walk_off", "walk_thick"),
        *("place_a", "place_b", "place_c"),
        *("walk_above", "walk_below", "walk_k_above", "walk_k_below", "walk_k_slope"),
        *("cross_up", "cross_way", "cross_t", "cross_k", "cross_m", "cross_toward", "cross_high"),
        *("cross_above", "cross_below", "cross_k_ahead", "cross_k_behind", "cross_since", "cross_far"),
        *("cross_left", "cross_density", "cross_edge", "cross_width", "cross_gone", "cross_returns"),
    )
    beside_integers = ("home_before", "count", "k_level", "folded", "keeps", "fate")
    walkers = ("walker", "walk_level", "walk_folded", "cross_walker", "cross_level", "cross_folded")
    return np.dtype(
        [(name, np.float64, (LANES,)) for name in double]
        + [("particle", np.int64, (LANES,))]
        + [(name, real, (LANES,)) for name in reals]
        + [(name, np.int32, (LANES,)) for name in integers]
        + [("c", real, (coefficients, LANES))]
        + [(name, np.float64, (LANES,)) for name in beside_double]
        + [(name, real, (LANES,)) for name in beside_reals]
        + [(name, np.int32, (LANES,)) for name in (*beside_integers, *walkers)]
        + [("k_nodes", real, (K_NODES, LANES)), ("words", np.uint32, (4, LANES))]
        + [("walk_id", np.int64, (LANES,)), ("walk_words", np.uint32, (4, LANES))],
        align=True,
    )


def new_blocks(count: int, real: type = np.float32, coefficients: int = COEFFICIENTS) -> np.ndarray:
    """Work space for `count` blocks on cache-line boundaries (unaligned it cost 2 ns a particle-step)."""
    kind = block_type(real, coefficients)
    size = -(-kind.itemsize // 64) * 64
    fields = dict(kind.fields or {})
    kind = np.dtype(
        {
            "names": list(fields),
            "formats": [field[0] for field in fields.values()],
            "offsets": [field[1] for field in fields.values()],
            "itemsize": size,
        },
        align=True,
    )
    memory = np.zeros(size * count + 64, np.uint8)
    start = -memory.ctypes.data % 64
    blocks = memory[start : start + size * count].view(kind)
    return blocks.view(np.recarray) if DEBUG else blocks


if DEBUG:

    def fma(a, b, c):
        """a * b + c, rounded once (for float32: by way of float64)."""
        kind = np.result_type(a, b, c)
        return kind.type(np.float64(a) * np.float64(b) + np.float64(c))

    def lanes_below_zero(values, group):
        """Mask of the lanes of `group` with values < 0, the lowest bit the first lane."""
        return sum(1 << lane for lane in range(GROUP) if values[GROUP * group + lane] < 0)

    def lowest(mask):
        """Number of the lowest bit set in a mask that is not 0."""
        return (mask & -mask).bit_length() - 1

    def without_lowest(mask):
        """The mask without its lowest bit."""
        return mask & (mask - 1)

else:

    @intrinsic
    def fma(typing_context, a, b, c):
        """a * b + c, rounded once: the same bits from scalar and from vector code."""
        kind = max((a, b, c), key=lambda one: one.bitwidth)

        def generate(context, builder, signature, arguments):
            a, b, c = (
                context.cast(builder, one, of, kind)
                for one, of in zip(arguments, signature.args, strict=True)
            )
            return builder.fma(a, b, c)

        return kind(a, b, c), generate

    @intrinsic
    def lanes_below_zero(typing_context, values, group):
        """Mask of the lanes of `group` with values < 0, the lowest bit the first lane."""

        def generate(context, builder, signature, arguments):
            array = cgutils.create_struct_proxy(signature.args[0])(context, builder, arguments[0])
            scalar = context.get_data_type(signature.args[0].dtype)
            vector = ir.VectorType(scalar, GROUP)
            first = builder.gep(array.data, [builder.mul(arguments[1], ir.Constant(ir.IntType(64), GROUP))])
            loaded = builder.load(builder.bitcast(first, vector.as_pointer()))
            loaded.align = signature.args[0].dtype.bitwidth // 8
            below = builder.fcmp_ordered("<", loaded, ir.Constant(vector, [0.0] * GROUP))
            return builder.bitcast(below, ir.IntType(GROUP))

        return types.uint64(values, types.int64), generate

    @intrinsic
    def lowest(typing_context, mask):
        """Number of the lowest bit set in a mask that is not 0."""

        def generate(context, builder, signature, arguments):
            return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

        return types.int64(types.uint64), generate

    @intrinsic
    def without_lowest(typing_context, mask):
        """The mask without its lowest bit."""

        def generate(context, builder, signature, arguments):
            return builder.and_(arguments[0], builder.sub(arguments[0], ir.Constant(ir.IntType(64), 1)))

        return types.uint64(types.uint64), generate
