"""An expression worked out where NaN means "not known": what hangs on it is not known either. How it is read
is in `text`.

Arithmetic is that of `fvdrift_kernels.formula`; only what makes conditions and goes by them is other here:
Kleene's logic.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from .expression import Expression
from .translate import Instruction

_OF_ONE = ("negate", "not", "power", "exp", "log", "log10", "sqrt", "sin", "cos", "tan", "abs", "floor")


def evaluate_known(expression: Expression, values: Mapping[str, ArrayLike], count: int) -> np.ndarray:
    """The value at each of `count` places, float64; NaN where it, or whether it is true, is not known.

    A comparison with NaN is NaN, and so are `not` of it and a choice by it; `and` is false where one side is,
    `or` is true where one side is, whatever the other.
    """
    stack: list[np.ndarray] = []
    for operation, operand in expression.code:
        if operation == "constant":
            stack.append(np.full(count, expression.constants[operand]))
        elif operation == "variable":
            stack.append(np.broadcast_to(np.asarray(values[expression.names[operand]], np.float64), (count,)))
        else:
            taken = 1 if operation in _OF_ONE else 3 if operation == "select" else 2
            arguments = stack[-taken:]
            result = _one(Instruction(operation, operand if operation == "power" else 0), arguments)
            result[_unknown(operation, arguments)] = np.nan
            # the right side of a < b < c stays, to be compared with c
            stays = [arguments[1]] if taken == 2 and operand else []
            stack[-taken:] = [result, *stays]
    return stack[0]


def _one(instruction: Instruction, arguments: list[np.ndarray]) -> np.ndarray:
    """One operation on arrays (place,), as kernels do it."""
    names = tuple(f"a{i}" for i in range(len(arguments)))
    loads = tuple(Instruction("variable", i) for i in range(len(arguments)))
    alone = Expression("", names, (*loads, instruction), (), len(arguments), False)
    return alone.evaluate(dict(zip(names, arguments, strict=True)), arguments[0].shape)


def _unknown(operation: str, arguments: list[np.ndarray]) -> np.ndarray:
    """Where the result is not known, for those whose result the kernels know of NaN."""
    missing: list[np.ndarray] = [np.isnan(argument) for argument in arguments]
    unknown: np.ndarray = np.zeros(arguments[0].shape, bool)
    match operation:
        case "and":
            unknown = (missing[0] & (arguments[1] != 0)) | (missing[1] & (arguments[0] != 0))
        case "or":
            unknown = (missing[0] & ~_true(arguments[1])) | (missing[1] & ~_true(arguments[0]))
        case "not":
            unknown = missing[0]
        case "select":
            unknown = missing[2]
        case "less" | "less_equal" | "greater" | "greater_equal" | "equal" | "not_equal":
            unknown = missing[0] | missing[1]
    return unknown


def _true(values: np.ndarray) -> np.ndarray:
    return (values < 0) | (values > 0)
