"""How kernels are compiled: the three decorators, and the choice of an implementation by the type of an
option.

No fast-math anywhere: a scalar and a vector copy of the same lines must give the same bits. Where a fused
multiply-add pays it is written out (`lanes.fma`). To go to double precision write np.float64(x): float(x) of
a single precision number stays one where it is compiled.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.extending import overload, register_jitable

from .inlined import InlinedCompiler
from .keeping import kept

DEBUG = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]

# Without "_nrt" every array that passes through a NamedTuple is counted up and down in the inner loops: three
# times slower. So a kernel cannot make arrays, which it should not anyway.
_OPTIONS: Any = {"error_model": "numpy", "fastmath": False, "_nrt": False}
# Without inlining the same source ran 5 to 8 times slower (calls and reference counting in the inner loops).
# What lets Python and C call a function took a quarter of the time to compile. So Python, which has no need
# to, runs a kernel uncompiled.
_INLINED: Any = {
    **_OPTIONS,
    "forceinline": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": InlinedCompiler,
}
kernel: Any = register_jitable(**_INLINED)
# for code too large to be copied into every caller
kernel_called = numba.njit(**_OPTIONS)
_without_lock = numba.njit(**_OPTIONS, nogil=True)


def entry_point(function: Callable) -> Any:
    """What Python calls: its compiled code is kept, and it runs without the interpreter's lock."""
    return kept(_without_lock(function))


@kernel
def unsigned(i):
    """`i` as an index that is never negative: spares the look whether it counts from the end."""
    return np.uint64(i)


def chosen_by_type(function: Callable) -> Any:
    """A kernel function whose implementation the type of its first argument picks, when the caller is
    compiled.

    `function` gives name and docstring; implementations are added with `@function.when(Type, ...)`, where
    Type is a NamedTuple class, which serves for its subclasses too, or None. The same choice is made in plain
    Python when compiling is off.
    """
    table: dict[type, Callable] = {}

    def implementation_for(kind):
        return next((table[base] for base in kind.__mro__ if base in table), None)

    def choose(option, *arguments):
        return implementation_for(type(option))(option, *arguments)

    def when(*kinds):
        def add(implementation):
            for kind in kinds:
                table[type(None) if kind is None else kind] = implementation
            return implementation

        return add

    def typed(option, *arguments):
        if isinstance(option, (numba.types.NoneType, numba.types.Omitted)):
            return table.get(type(None))
        return implementation_for(getattr(option, "instance_class", object))

    choose.__name__ = function.__name__
    choose.__doc__ = function.__doc__
    choose.when = when  # type: ignore[attr-defined]
    if not DEBUG:
        overload(choose, strict=False, jit_options=_INLINED)(typed)
    return choose
