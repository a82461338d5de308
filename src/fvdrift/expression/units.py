"""The unit of an expression, as far as it follows from those of its variables. Not its values (`expression`).

A bare number takes the unit that a sum asks for, and as a factor has none.
"""

import re
from collections.abc import Mapping
from fractions import Fraction

from .expression import Expression

Unit = dict[str, Fraction]  # power of each part: m s-1 is {"m": 1, "s": -1}

_PART = re.compile(r"([A-Za-z%_]+)(?:\^|\*\*)?([+-]?[0-9]+)?")
_CONDITIONS = ("not", "and", "or", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
_PURE = ("exp", "log", "log10", "sin", "cos", "tan")  # whatever is in them


class _Unknown(Exception):
    """It does not follow."""


def unit_of(expression: Expression, units: Mapping[str, str], *, pure_factors: bool = True) -> str:
    """The unit, such as "m2 s-2", "1" where there is none; "" where it does not follow. units: of the
    variables by name; pure_factors: numbers that are factors have no unit, else nothing is known of
    theirs."""
    try:
        found = _worked_out(expression, units, pure_factors)
        return "1" if not found else _written(found)
    except _Unknown:
        return ""


def unit_powers(unit: str) -> Unit | None:
    """The power of each part of a unit, such as {"m": 1, "s": -1}; empty where it has none, None where it
    cannot be read."""
    try:
        found = _read(unit)
    except _Unknown:
        return None
    return None if "per" in found else found


def _worked_out(expression: Expression, units: Mapping[str, str], pure_factors: bool) -> Unit | None:
    """None: of a bare number."""
    stack: list[Unit | None] = []
    for operation, operand in expression.code:
        if operation == "constant":
            stack.append(None)
        elif operation == "variable":
            stack.append(_read(units[expression.names[operand]]))
        elif operation == "power":
            stack[-1] = _power(stack[-1], Fraction(operand))
        elif operation == "sqrt":
            stack[-1] = _power(stack[-1], Fraction(1, 2))
        elif operation in _PURE or operation == "not":
            stack[-1] = {}
        elif operation == "select":
            first, second, _ = stack[-3:]
            stack[-3:] = [_alike(first, second)]
        elif operation not in ("negate", "abs", "floor"):
            first, second = stack[-2:]
            stays = [second] if operation in _CONDITIONS and operand else []
            if (
                operation in ("multiply", "divide")
                and not pure_factors
                and (first is None) != (second is None)
            ):
                raise _Unknown
            stack[-2:] = [_of_two(operation, first, second), *stays]
    return stack[0]


def _of_two(operation: str, first: Unit | None, second: Unit | None) -> Unit | None:
    if operation in _CONDITIONS:
        return {}
    if operation in ("multiply", "divide"):
        if first is None and second is None:
            return None
        return _product(first or {}, second or {}, Fraction(1 if operation == "multiply" else -1))
    if operation == "pow":
        if first:
            raise _Unknown
        return first
    return _alike(first, second)


def _alike(first: Unit | None, second: Unit | None) -> Unit | None:
    if first is None or second is None:
        return second if first is None else first
    if first != second:
        raise _Unknown
    return first


def _product(first: Unit, second: Unit, power: Fraction) -> Unit:
    found = dict(first)
    for part, exponent in second.items():
        found[part] = found.get(part, Fraction(0)) + power * exponent
    return {part: exponent for part, exponent in found.items() if exponent}


def _power(unit: Unit | None, exponent: Fraction) -> Unit | None:
    return unit and {part: power * exponent for part, power in unit.items() if exponent}


def _read(text: str) -> Unit:
    """Raises _Unknown for what is not parts with whole powers, and divisions."""
    found: Unit = {}
    for number, piece in enumerate(text.strip().split("/")):
        for part in re.split(r"[\s.*]+(?!\*)", piece.strip()):
            if part in ("", "1"):
                continue
            match = _PART.fullmatch(part)
            if match is None:
                raise _Unknown
            power = Fraction(match[2] or 1)
            found = _product(found, {match[1]: power}, Fraction(1 if number == 0 else -1))
    if not text.strip():
        raise _Unknown
    return found


def _written(unit: Unit) -> str:
    if any(power.denominator != 1 for power in unit.values()):
        raise _Unknown
    ordered = sorted(unit.items(), key=lambda part: part[1] < 0)
    return " ".join(part if power == 1 else f"{part}{power}" for part, power in ordered)
