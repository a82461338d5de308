"""From Python's syntax tree to a postfix program: the only nodes with a meaning are those named here.

Every number is a double; conditions are 1 and 0, and a number is true where it is neither 0 nor NaN. Nothing
is worked out while reading (9**9**9 costs nothing), and both sides of and, or, if-else are always worked out.
"""

import ast
import difflib
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from .text import ExpressionError

MOST_DEPTH = 100  # of the tree; a sum of 100 terms is 100 deep
MOST_OPERATIONS = 500
MOST_FACTORS = 16  # of a power by repeated multiplication; beyond, rounding is worse than that of pow

CONSTANTS: Mapping[str, float] = {"pi": math.pi}
# how many arguments each takes, least and most
FUNCTIONS: Mapping[str, tuple[int, float]] = {
    **dict.fromkeys(("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "abs", "floor"), (1, 1)),
    **dict.fromkeys(("min", "max"), (2, math.inf)),
    "clip": (3, 3),
}

_OPERATORS: Mapping[type, str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Mod: "modulo", ast.Pow: "pow",
    ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal",
    ast.Eq: "equal", ast.NotEq: "not_equal", ast.And: "and", ast.Or: "or",
}  # fmt: skip


class Instruction(NamedTuple):
    """operation: a name of fvdrift_kernels.formula.OPERATIONS; operand: as there."""

    operation: str
    operand: int = 0


class Translator:
    """Writes one program. `names`: those of variables, None takes any; `constants`: names with a fixed
    value."""

    def __init__(self, names: Collection[str] | None, constants: Mapping[str, float] | None = None):
        self._known = names
        self._fixed = {**CONSTANTS, **(constants or {})}
        self._height = self._level = 0
        self.names: list[str] = []
        self.constants: list[float] = []
        self.code: list[Instruction] = []
        self.deepest = 0
        self._writers: dict[type, Callable[[Any], bool]] = {
            ast.Constant: self._number,
            ast.Name: self._name,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.Compare: self._compare,
            ast.BoolOp: self._logic,
            ast.IfExp: self._choice,
            ast.Call: self._call,
        }

    def write(self, node: ast.expr) -> bool:
        """Append what works `node` out; True if that is a condition, not a number."""
        writer = self._writers.get(type(node))
        if writer is None:
            raise error_at(
                node,
                "a list has no meaning here" if isinstance(node, ast.Tuple) else "this has no meaning here",
            )
        self._level += 1
        if self._level > MOST_DEPTH:
            raise error_at(node, f"nested more than {MOST_DEPTH} deep: use brackets or several fields")
        condition = writer(node)
        self._level -= 1
        return condition

    def _emit(self, node: ast.expr, operation: str, operand: int = 0, *, change: int) -> None:
        """change: by how much the stack grows."""
        if len(self.code) >= MOST_OPERATIONS:
            raise error_at(node, f"more than {MOST_OPERATIONS} operations")
        self.code.append(Instruction(operation, operand))
        self._height += change
        self.deepest = max(self.deepest, self._height)

    def _constant(self, node: ast.expr, value: float) -> None:
        self._emit(node, "constant", len(self.constants), change=1)
        self.constants.append(value)

    def _variable(self, node: ast.expr, name: str) -> None:
        if name not in self.names:
            self.names.append(name)
        self._emit(node, "variable", self.names.index(name), change=1)

    def _number(self, node: ast.Constant) -> bool:
        self._constant(node, _as_float(node))
        return False

    def _name(self, node: ast.Name) -> bool:
        name = node.id
        if self._known is not None and name in self._known:
            self._variable(node, name)
        elif name in self._fixed:
            self._constant(node, self._fixed[name])
        elif name in FUNCTIONS:
            raise error_at(node, f'"{name}" is a function: write {name}(...)')
        elif self._known is None:
            self._variable(node, name)
        else:
            raise error_at(node, f'unknown name "{name}"' + did_you_mean(name, [*self._known, *self._fixed]))
        return False

    def _unary(self, node: ast.UnaryOp) -> bool:
        self.write(node.operand)
        if isinstance(node.op, ast.Not):
            self._emit(node, "not", change=0)
        elif isinstance(node.op, ast.USub):
            self._emit(node, "negate", change=0)
        return isinstance(node.op, ast.Not)

    def _binary(self, node: ast.BinOp) -> bool:
        self.write(node.left)
        factors = _literal_integer(node.right) if isinstance(node.op, ast.Pow) else None
        if factors is not None and abs(factors) <= MOST_FACTORS:
            self._emit(node, "power", factors, change=0)
            return False
        self.write(node.right)
        self._emit(node, self._operation(node, node.op), change=-1)
        return False

    def _compare(self, node: ast.Compare) -> bool:
        """a < b < c: the first comparison leaves b above its result, to be compared with c."""
        self.write(node.left)
        last = len(node.ops) - 1
        for i, (operator, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
            self.write(right)
            self._emit(node, self._operation(node, operator), int(i < last), change=0 if i < last else -1)
        for _ in range(last):
            self._emit(node, "and", change=-1)
        return True

    def _logic(self, node: ast.BoolOp) -> bool:
        self._fold(node, node.values, self._operation(node, node.op))
        return True

    def _choice(self, node: ast.IfExp) -> bool:
        first = self.write(node.body)
        second = self.write(node.orelse)
        self.write(node.test)
        self._emit(node, "select", change=-2)
        return first and second

    def _call(self, node: ast.Call) -> bool:
        name = called(node)
        if name not in FUNCTIONS:
            raise self._unknown_function(node, name)
        least, most = FUNCTIONS[name]
        if not least <= len(node.args) <= most:
            wanted = (
                "two arguments or more" if most > least else f"{least} argument{'s' if least > 1 else ''}"
            )
            raise error_at(node, f"{name} takes {wanted}, not {len(node.args)}")
        if name == "clip":
            self._fold(node, node.args[:2], "max")
            self.write(node.args[2])
            self._emit(node, "min", change=-1)
        elif name in ("min", "max"):
            self._fold(node, node.args, name)
        else:
            self.write(node.args[0])
            self._emit(node, name, change=0)
        return False

    def _unknown_function(self, node: ast.Call, name: str) -> ExpressionError:
        if name in self._fixed or name in (self._known or ()):
            return error_at(node, f'"{name}" is not a function (a product is written {name} * ...)')
        return error_at(node, f'unknown function "{name}"' + did_you_mean(name, FUNCTIONS))

    def _fold(self, node: ast.expr, operands: list[ast.expr], operation: str) -> None:
        """((a . b) . c) . ..."""
        self.write(operands[0])
        for operand in operands[1:]:
            self.write(operand)
            self._emit(node, operation, change=-1)

    @staticmethod
    def _operation(node: ast.expr, operator: ast.AST) -> str:
        if type(operator) not in _OPERATORS:
            raise error_at(node, f"{type(operator).__name__} has no meaning here")
        return _OPERATORS[type(operator)]


def error_at(node: ast.expr, what: str) -> ExpressionError:
    """An error at the place of a node."""
    return ExpressionError(what, node.col_offset + 1)


def called(node: ast.Call) -> str:
    """The name of the function called, with plain arguments."""
    if not isinstance(node.func, ast.Name):
        raise error_at(node, "only functions can be called (a product is written with *)")
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise error_at(node, f"{node.func.id} takes plain arguments")
    return node.func.id


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """A guess in brackets, or nothing."""
    by_lower = {w.lower(): w for w in words}
    close = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return f' (did you mean "{by_lower[close[0]]}"?)' if close else ""


def _as_float(node: ast.Constant) -> float:
    try:
        value = float(node.value)  # type: ignore[arg-type]
    except OverflowError:
        value = math.inf
    except (TypeError, ValueError):
        raise error_at(node, f"{node.value!r:.20} is not a number") from None
    if math.isinf(value):
        raise error_at(node, "a number too large for a double")
    return value


def _literal_integer(node: ast.expr) -> int | None:
    """The value of 3, -3 or 3.0; None for anything else."""
    if (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
    ):
        value = _literal_integer(node.operand)
        return None if value is None else -value
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and node.value == node.value // 1
    ):
        return int(node.value)
    return None
