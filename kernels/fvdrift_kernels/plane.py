"""A plane over an element as one number of the machine: its value at the centroid and its two slopes in one register.

What brings a prism into a lane does the same to all three, and takes a third of the instructions by it.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models, register_default
from numba.extending import intrinsic

from .jit import DEBUG

WIDTH = 4  # value, two slopes, and one that is not used

if DEBUG:

    def plane(value, x, y):
        """The plane of `value` at the centroid with slopes x and y."""
        return np.array((value, x, y, 0), np.result_type(value, x, y))

    def flat(value):
        """The plane of `value` without slopes."""
        return np.array((value, 0, 0, 0), np.result_type(value))

    def tilted(p, by, q):
        """p + by q, rounded once."""
        return (p.astype(np.float64) + np.float64(by) * q).astype(p.dtype)

    def difference(p, q):
        """p - q."""
        return p - q

    def times(p, by):
        """p times a number."""
        return p * p.dtype.type(by)

    def part(p, i):
        """0: the value, 1, 2: the slopes."""
        return p[i]

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
        nothing, first = ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(builder.insert_element(nothing, value, ir.IntType(32)(0)), nothing, first)

    @intrinsic
    def plane(typing_context, value, x, y):
        """The plane of `value` at the centroid with slopes x and y."""
        kind = PlaneType(max((value, x, y), key=lambda one: one.bitwidth))

        def generate(context, builder, signature, arguments):
            result = ir.Constant(context.get_value_type(kind), [0.0] * WIDTH)
            for i, (argument, of) in enumerate(zip(arguments, signature.args, strict=True)):
                result = builder.insert_element(result, context.cast(builder, argument, of, kind.real), ir.IntType(32)(i))
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
    def tilted(typing_context, p, by, q):
        """p + by q, rounded once."""

        def generate(context, builder, signature, arguments):
            vector = context.get_value_type(p)
            name = f"llvm.fma.v{WIDTH}f{p.real.bitwidth}"
            fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
            return builder.call(fma, [_spread(context, builder, arguments[1], by, p), arguments[2], arguments[0]])

        return p(p, by, q), generate

    @intrinsic
    def difference(typing_context, p, q):
        """p - q."""

        def generate(context, builder, signature, arguments):
            return builder.fsub(*arguments)

        return p(p, q), generate

    @intrinsic
    def times(typing_context, p, by):
        """p times a number."""

        def generate(context, builder, signature, arguments):
            return builder.fmul(arguments[0], _spread(context, builder, arguments[1], by, p))

        return p(p, by), generate

    @intrinsic
    def part(typing_context, p, i):
        """0: the value, 1, 2: the slopes."""

        def generate(context, builder, signature, arguments):
            return builder.extract_element(arguments[0], arguments[1])

        return p.real(p, i), generate
