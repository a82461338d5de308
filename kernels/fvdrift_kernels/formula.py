"""A stack machine that works a formula out at many places. How formulas are written is not known here
(fvdrift.expression).

The loop is over blocks of LANES places, then the operations, then the lanes; the last block is filled up with
its last place, so every place goes through the same instructions whatever its neighbours: equal values give
equal bits.
"""

import numpy as np

from .jit import entry_point, kernel

# 128 lanes: a row of the stack is 1 KB, so a formula stays in the first cache; the choice of operation is
# paid 128 times less
LANES = 128

# Operation i of a program is OPERATIONS[opcodes[i]]; the numbers below are in this order
OPERATIONS = (
    *("constant", "variable"),
    *("negate", "not", "power", "exp", "log", "log10", "sqrt", "sin", "cos", "tan", "abs", "floor"),
    *("add", "subtract", "multiply", "divide", "modulo", "pow", "min", "max", "and", "or"),
    *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
    "select",
)
CONSTANT, VARIABLE = range(2)
NEGATE, NOT, POWER, EXP, LOG, LOG10, SQRT, SIN, COS, TAN, ABS, FLOOR = range(2, 14)
ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, POW, MIN, MAX, AND, OR = range(14, 24)
LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL = range(24, 30)
SELECT = 30


@kernel
def truth(a):
    """A number is true where it is neither 0 nor NaN."""
    return (a < 0.0) | (a > 0.0)


@kernel
def integer_power(a, n):
    """a * a * ... from left to right, |n| factors; 1 over that where n < 0; 1 where n is 0, whatever a."""
    if n == 0:
        return 1.0
    product = a
    for _ in range(1, abs(n)):
        product *= a
    return product if n > 0 else 1.0 / product


@kernel
def change(code, n, a):
    """Replace `a` (lane,) by a function of it; n: the exponent of POWER."""
    # np.exp and its kind on one number: the C library's when compiled, and no exception in plain Python
    if code == NEGATE:
        for l in range(LANES):
            a[l] = -a[l]
    elif code == NOT:
        for l in range(LANES):
            a[l] = 0.0 if truth(a[l]) else 1.0
    elif code == POWER:
        for l in range(LANES):
            a[l] = integer_power(a[l], n)
    elif code == EXP:
        for l in range(LANES):
            a[l] = np.exp(a[l])
    elif code == LOG:
        for l in range(LANES):
            a[l] = np.log(a[l])
    elif code == LOG10:
        for l in range(LANES):
            a[l] = np.log10(a[l])
    elif code == SQRT:
        for l in range(LANES):
            a[l] = np.sqrt(a[l])
    elif code == SIN:
        for l in range(LANES):
            a[l] = np.sin(a[l])
    elif code == COS:
        for l in range(LANES):
            a[l] = np.cos(a[l])
    elif code == TAN:
        for l in range(LANES):
            a[l] = np.tan(a[l])
    elif code == ABS:
        for l in range(LANES):
            a[l] = abs(a[l])
    elif code == FLOOR:
        for l in range(LANES):
            a[l] = np.floor(a[l])


@kernel
def combine(code, a, b):
    """Replace `a` (lane,) by a and b combined. min, max: NaN where either is; modulo: the sign of b, as in
    Python."""
    if code == ADD:
        for l in range(LANES):
            a[l] += b[l]
    elif code == SUBTRACT:
        for l in range(LANES):
            a[l] -= b[l]
    elif code == MULTIPLY:
        for l in range(LANES):
            a[l] *= b[l]
    elif code == DIVIDE:
        for l in range(LANES):
            a[l] /= b[l]
    elif code == MODULO:
        for l in range(LANES):
            a[l] %= b[l]
    elif code == POW:
        for l in range(LANES):
            a[l] **= b[l]
    elif code == MIN:
        for l in range(LANES):
            a[l] = a[l] if a[l] < b[l] or a[l] != a[l] else b[l]
    elif code == MAX:
        for l in range(LANES):
            a[l] = a[l] if a[l] > b[l] or a[l] != a[l] else b[l]
    elif code == AND:
        for l in range(LANES):
            a[l] = 1.0 if truth(a[l]) & truth(b[l]) else 0.0
    elif code == OR:
        for l in range(LANES):
            a[l] = 1.0 if truth(a[l]) | truth(b[l]) else 0.0


@kernel
def compare(code, a, b):
    """Replace `a` (lane,) by 1 where it compares so with b, else 0."""
    if code == LESS:
        for l in range(LANES):
            a[l] = 1.0 if a[l] < b[l] else 0.0
    elif code == LESS_EQUAL:
        for l in range(LANES):
            a[l] = 1.0 if a[l] <= b[l] else 0.0
    elif code == GREATER:
        for l in range(LANES):
            a[l] = 1.0 if a[l] > b[l] else 0.0
    elif code == GREATER_EQUAL:
        for l in range(LANES):
            a[l] = 1.0 if a[l] >= b[l] else 0.0
    elif code == EQUAL:
        for l in range(LANES):
            a[l] = 1.0 if a[l] == b[l] else 0.0
    elif code == NOT_EQUAL:
        for l in range(LANES):
            a[l] = 1.0 if a[l] != b[l] else 0.0


@entry_point
def evaluate(opcodes, operands, constants, inputs, stack, results):
    """Work a postfix program out at every place.

    opcodes, operands: int32 (operation,); constants: float64; inputs: float64 (variable, place); stack:
    float64 (deepest, LANES), work space; results: float64 (place,), filled. The operand is the number of the
    constant or variable, the exponent of POWER, and for comparisons 1 where the right side stays on the stack
    (a < b < c).
    """
    places = len(results)
    for first in range(0, places, LANES):
        top = -1
        for i in range(len(opcodes)):
            code = opcodes[i]
            operand = operands[i]
            if code == CONSTANT:
                top += 1
                for l in range(LANES):
                    stack[top, l] = constants[operand]
            elif code == VARIABLE:
                top += 1
                for l in range(LANES):
                    stack[top, l] = inputs[operand, min(first + l, places - 1)]
            elif code < ADD:
                change(code, operand, stack[top])
            elif code < LESS:
                top -= 1
                combine(code, stack[top], stack[top + 1])
            elif code < SELECT:
                compare(code, stack[top - 1], stack[top])
                top -= 1 - operand
            else:
                top -= 2
                for l in range(LANES):
                    stack[top, l] = stack[top, l] if truth(stack[top + 2, l]) else stack[top + 1, l]
        for l in range(min(LANES, places - first)):
            results[first + l] = stack[0, l]
