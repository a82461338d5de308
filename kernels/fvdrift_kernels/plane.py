"""Four numbers as one of the machine, in one register: u and v on two layers, or a plane over an element.

What brings a prism into a lane does the same to all four, and takes a third of the instructions by it. A
plane is a value at the centroid and its two slopes.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models, register_default
from numba.extending import intrinsic

from .jit import DEBUG

WIDTH = 4  # of a plane the last is not used

if DEBUG:

    def plane(value, x, y):
        """The plane of `value` at the centroid with slopes x and y."""
        return np.array((value, x, y, 0), np.result_type(value, x, y))

    def flat(value):
        """The plane of `value` without slopes."""
        return np.array((value, 0, 0, 0), np.result_type(value))

    def four(a, b, c, d):
        """Four numbers of a kind."""
        return np.array((a, b, c, d), np.result_type(a))

    def first_and_change(p, by):
        """The first two numbers, and what the last two have more than they, times `by`."""
        return np.concatenate((p[:2], (p[2:] - p[:2]) * p.dtype.type(by)))

    def tilted(p, by, q):
        """p + by q, rounded once."""
        return (p.astype(np.float64) + np.float64(by) * q).astype(p.dtype)

    def difference(p, q):
        """p - q."""
        return p - q

    def times(p, by):
        """p times a number, of the wider of both kinds."""
        return p * np.asarray(by)

    def part(p, i):
        """Number i of the four; of a plane 0: the value, 1, 2: the slopes."""
        return p[i]

    def not_zero(p):
        """Mask of the numbers that are not 0, the lowest bit the first."""
        return sum(1 << i for i in range(WIDTH) if p[i] != 0)

else:

    class PlaneType(types.Type):
        """Four numbers of the kind `real`."""

        def __init__(self, real):
            self.real = real
            super().__init__(name=f"Plane({real})")

    @register_default(PlaneType)
    class _PlaneModel(models.PrimitiveModel):
        def __init__(self, manager, kind):
            super().__init__(manager, kind, ir.VectorType(manager.lookup(kind.real).get_value_type(), WIDTH))

    def _spread(context, builder, value, kind, to):
        """A vector with `value` in all places."""
        vector = context.get_value_type(to)
        value = context.cast(builder, value, kind, to.real)
        nothing, first = (
            ir.Constant(vector, ir.Undefined),
            ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH),
        )
        return builder.shuffle_vector(
            builder.insert_element(nothing, value, ir.IntType(32)(0)), nothing, first
        )

    def _widened(context, builder, value, kind, to):
        """A vector as one of a kind that is as wide or wider."""
        return value if kind == to else builder.fpext(value, context.get_value_type(to))

    @intrinsic
    def plane(typing_context, value, x, y):
        """The plane of `value` at the centroid with slopes x and y."""
        kind = PlaneType(max((value, x, y), key=lambda one: one.bitwidth))

        def generate(context, builder, signature, arguments):
            result = ir.Constant(context.get_value_type(kind), [0.0] * WIDTH)
            for i, (argument, of) in enumerate(zip(arguments, signature.args, strict=True)):
                result = builder.insert_element(
                    result, context.cast(builder, argument, of, kind.real), ir.IntType(32)(i)
                )
            return result

        return kind(value, x, y), generate

    @intrinsic
    def flat(typing_context, value):
        """The plane of `value` without slopes."""
        kind = PlaneType(value)

        def generate(context, builder, signature, arguments):
            level = ir.Constant(context.get_value_type(kind), [0.0] * WIDTH)
            return builder.insert_element(level, arguments[0], ir.IntType(32)(0))

        return kind(value), generate

    @intrinsic
    def four(typing_context, a, b, c, d):
        """Four numbers of a kind."""
        kind = PlaneType(a)

        def generate(context, builder, signature, arguments):
            result = ir.Constant(context.get_value_type(kind), ir.Undefined)
            for i, argument in enumerate(arguments):
                result = builder.insert_element(result, argument, ir.IntType(32)(i))
            return result

        return kind(a, b, c, d), generate

    @intrinsic
    def first_and_change(typing_context, p, by):
        """The first two numbers, and what the last two have more than they, times `by`."""

        def generate(context, builder, signature, arguments):
            nothing = ir.Constant(context.get_value_type(p), ir.Undefined)
            places = ir.VectorType(ir.IntType(32), WIDTH)
            last = builder.shuffle_vector(arguments[0], nothing, ir.Constant(places, [2, 3, 2, 3]))
            change = builder.fmul(
                builder.fsub(last, arguments[0]), _spread(context, builder, arguments[1], by, p)
            )
            return builder.shuffle_vector(arguments[0], change, ir.Constant(places, [0, 1, 4, 5]))

        return p(p, by), generate

    @intrinsic
    def tilted(typing_context, p, by, q):
        """p + by q, rounded once."""

        def generate(context, builder, signature, arguments):
            vector = context.get_value_type(p)
            name = f"llvm.fma.v{WIDTH}f{p.real.bitwidth}"
            fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
            q_wide = _widened(context, builder, arguments[2], q, p)
            return builder.call(fma, [_spread(context, builder, arguments[1], by, p), q_wide, arguments[0]])

        return p(p, by, q), generate

    @intrinsic
    def difference(typing_context, p, q):
        """p - q."""

        def generate(context, builder, signature, arguments):
            return builder.fsub(*arguments)

        return p(p, q), generate

    @intrinsic
    def times(typing_context, p, by):
        """p times a number, of the wider of both kinds."""
        kind = PlaneType(max((p.real, by), key=lambda one: one.bitwidth))

        def generate(context, builder, signature, arguments):
            return builder.fmul(
                _widened(context, builder, arguments[0], p, kind),
                _spread(context, builder, arguments[1], by, kind),
            )

        return kind(p, by), generate

    @intrinsic
    def part(typing_context, p, i):
        """Number i of the four; of a plane 0: the value, 1, 2: the slopes."""

        def generate(context, builder, signature, arguments):
            return builder.extract_element(arguments[0], arguments[1])

        return p.real(p, i), generate

    @intrinsic
    def not_zero(typing_context, p):
        """Mask of the numbers that are not 0, the lowest bit the first."""

        def generate(context, builder, signature, arguments):
            zero = ir.Constant(context.get_value_type(p), [0.0] * WIDTH)
            differ = builder.fcmp_unordered("!=", arguments[0], zero)
            return builder.zext(builder.bitcast(differ, ir.IntType(WIDTH)), ir.IntType(64))

        return types.int64(p), generate
