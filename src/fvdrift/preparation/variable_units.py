"""Whether variables that the run file takes as rates, winds and drifts can be such, by their units. Not their
values."""

import re
from typing import Any

from fvdrift.behaviour import Needed, variables_of
from fvdrift.errors import RunFileError
from fvdrift.expression import unit_of, unit_powers
from fvdrift.settings import RunFile

from .variables import Variables

_DAYS = ("d", "day", "days")
_TIMES = (*_DAYS, "s", "sec", "second", "seconds", "min", "minute", "minutes", "h", "hr", "hour", "hours")
# as it is taken, and the powers of units that are the same
_OTHERS: dict[str, tuple[Any, ...]] = {
    "irradiance": (
        "W/m2",
        {"W": 1, "m": -2},
        {"Watts": 1, "m": -2},
        {"watts": 1, "m": -2},
        {"Watt": 1, "m": -2},
    ),
    "attenuation": ("1/m", {"m": -1}),
}


def check_units(run_file: RunFile, variables: Variables) -> list[str]:
    """Sentences about what may be no rate. Raises RunFileError with all that is none."""
    problems, told = list[str](), list[str]()
    stated = {block.name for block in run_file.field if block.units is not None}
    units, fields = dict(variables.units), {field.name for field in variables.fields}
    for field in variables.fields:
        if field.name not in stated:
            units[field.name] = unit_of(field.expression, units, pure_factors=False)

    def lies_on(name: str, location: str) -> bool:
        """Where it does not, that is told already."""
        return name in variables.known and variables.known[name].location == location

    def is_known(name: str) -> bool:
        """Whether files or the person say its unit; else it follows from an expression whose numbers have none."""
        return name not in fields or name in stated

    needed = variables_of(run_file)
    needed += [
        Needed("advection.stokes_drift", name, "speed") for name in run_file.advection.stokes_drift or ()
    ]
    for key, name, kind in needed:
        if kind == "speed":
            if lies_on(name, "element") and (unit := units.get(name, "")) and _no_speed(unit):
                problems.append(
                    f"{key}: {name} is in {unit}, which is no speed: the parts towards x and y are needed"
                )
            continue
        if kind in _OTHERS:
            unit = units.get(name, "")
            wrong = unit_powers(unit) not in (None, {}, *_OTHERS[kind][1:])
            if lies_on(name, "node") and unit and (wrong or (is_known(name) and _is_number(unit))):
                problems.append(
                    f"{key}: {name} is in {unit}, and is taken in {_OTHERS[kind][0]}: make it such in a [[field]]"
                )
            continue
        unit = units.get(name, "") if lies_on(name, "node") else ""
        said = _no_rate(name, unit)
        if not said and is_known(name) and _is_number(unit):
            said = f"{name} is in {unit}, which is no rate"
        if said and name in fields - stated:
            told.append(
                f'warning: {key}: {said}, by its expression; units = "1/day" in the [[field]] says it is one'
            )
        elif said:
            problems.append(f"{key}: {said}; make a rate per day of it in a [[field]]")
    if problems:
        raise RunFileError([f"{run_file.path.name}: {problem}" for problem in problems])
    return told


def _no_rate(name: str, unit: str) -> str:
    """What is wrong with a unit of a rate per day, or nothing."""
    powers = unit_powers(unit)
    if (
        powers is None
        or not powers
        or (len(powers) == 1 and next(iter(powers)) in _DAYS and next(iter(powers.values())) == -1)
    ):
        return ""
    if len(powers) == 1 and next(iter(powers)) in _TIMES and next(iter(powers.values())) == -1:
        return f"{name} is in {unit}, and is taken per day"
    return f"{name} is in {unit}, which is no rate"


def _is_number(unit: str) -> bool:
    """Whether it says that there is none, or is a factor alone, as "1" and "1e-3" are."""
    return unit_powers(unit) == {} or re.fullmatch(r"[0-9.]+([eE][+-]?[0-9]+)?", unit.strip()) is not None


def _no_speed(unit: str) -> bool:
    """Whether it is known and has neither a length in it nor a time, as an angle."""
    powers = unit_powers(unit)
    return (
        bool(powers)
        and not any(part in _TIMES for part in powers or {})
        and unit.lower() not in ("kn", "kt", "knot", "knots")
    )
