"""An expression that has been read, and its values at many places. How it is read is in `text` and
`translate`."""

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .text import syntax_tree
from .translate import Instruction, Translator


class Program(NamedTuple):
    """Postfix, as fvdrift_kernels.formula.evaluate takes it: int32, int32, float64; deepest: rows of the
    stack."""

    opcodes: np.ndarray
    operands: np.ndarray
    constants: np.ndarray
    deepest: int


@dataclass(frozen=True)
class Expression:
    """names: the variables used, in the order of their first use; condition: whether its values are true and
    false (1, 0)."""

    text: str
    names: tuple[str, ...]
    code: tuple[Instruction, ...]
    constants: tuple[float, ...]
    deepest: int
    condition: bool

    @cached_property
    def program(self) -> Program:
        """The code in numbers."""
        from fvdrift_kernels.formula import OPERATIONS

        opcodes = np.array([OPERATIONS.index(instruction.operation) for instruction in self.code], np.int32)
        operands = np.array([instruction.operand for instruction in self.code], np.int32)
        return Program(opcodes, operands, np.array(self.constants, np.float64), self.deepest)

    def evaluate(self, values: Mapping[str, ArrayLike], shape: tuple[int, ...] = ()) -> np.ndarray:
        """The value at every place, float64.

        Arrays are broadcast with each other and with `shape`, so (1, n), a variable without vertical, goes
        with (layers, n). They are cast to double. A place's value depends on nothing but the values there, to
        the bit.
        """
        from fvdrift_kernels.formula import LANES, evaluate

        arrays = [np.asarray(values[name]) for name in self.names]
        shape = np.broadcast_shapes(shape, *(array.shape for array in arrays))
        results = np.empty(shape or (1,))
        arrays = [np.broadcast_to(array, results.shape) for array in arrays]
        inputs = np.empty((len(arrays), results.shape[-1]))
        stack = np.empty((self.deepest, LANES))
        with np.errstate(all="ignore"):  # where nothing is compiled
            # row by row: a copy of all variables in double would be large
            for row in np.ndindex(results.shape[:-1]):
                for i, array in enumerate(arrays):
                    inputs[i] = array[row]
                evaluate(*self.program[:3], inputs, stack, results[row])
        return results.reshape(shape)


def parse(
    text: str, names: Collection[str] | None, constants: Mapping[str, float] | None = None
) -> Expression:
    """Read an expression of the variables `names` (None: any name, when they are not known yet).

    Numbers; + - * / % **; < <= > >= == !=, also a < b < c; and, or, not; a if condition else b; pi and
    `constants`; the functions of `translate.FUNCTIONS`. All as in Python, in double precision, with these
    rules of its own: x**n with a written integer n up to 16 is x * x * ..., from left to right, and 1 over
    that for -n, other powers are pow; where there is no value (0/0, log(-1), (-1)**0.5) it is NaN, with which
    comparisons are false but for !=; min, max and clip are NaN where an argument is. Raises ExpressionError,
    whatever the text.
    """
    return translated(syntax_tree(text), text, Translator(names, constants))


def translated(tree: ast.expr, text: str, translator: Translator) -> Expression:
    """The expression of a syntax tree."""
    condition = translator.write(tree)
    return Expression(
        text,
        tuple(translator.names),
        tuple(translator.code),
        tuple(translator.constants),
        translator.deepest,
        condition,
    )
