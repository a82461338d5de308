"""Conditions on all particles, such as "min(happiness) > 0.9": read, reduced on each worker, merged, judged.

Who sends what to whom, and what happens when one holds, is not known here.

A reduction is min, max, mean, sum, count or fraction of one argument, an expression of a particle's
variables; in an alert min and max of several arguments are the functions they are anywhere else. It runs over
active particles, or over all of the run if its argument names `status`: also those that are not released yet,
have settled, have exited or are dead, of which nothing but the status is known. Sums are exact and rounded
once, so an alert does not depend on the number of workers, even one rounding from its threshold.

Over no particle count is 0, the others have no value (NaN). What hangs on a NaN is not known
(`evaluate_known`), and an alert is true only where it is known to be, with `not` and `!=` too. A particle for
which the argument is not known makes min, max, mean and sum NaN, and does not count in count and fraction;
`without_value` tells how many are to blame. One that is not there (not released, or gone) is left out of min,
max, mean and sum where its status does not decide.
"""

import ast
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from fvdrift.tools.exact_sum import ExactSum

from .expression import Expression, translated
from .text import ExpressionError, syntax_tree
from .translate import FUNCTIONS, Translator, called, did_you_mean, error_at
from .unknown import evaluate_known

REDUCTIONS = ("min", "max", "mean", "sum", "count", "fraction")


@dataclass
class Part:
    """What one reduction has seen; only what its kind needs is filled.

    without_value: particles for which the argument is NaN; true: particles for which it is true.
    """

    particles: int = 0
    without_value: int = 0
    least: float = math.inf
    greatest: float = -math.inf
    true: int = 0
    total: ExactSum = field(default_factory=ExactSum)

    def merge(self, other: "Part") -> None:
        """Take in what another has seen."""
        self.particles += other.particles
        self.without_value += other.without_value
        self.least = min(self.least, other.least)
        self.greatest = max(self.greatest, other.greatest)
        self.true += other.true
        self.total.merge(other.total)


Partials = tuple[Part, ...]  # by reduction of the alert


def both(first: Partials, second: Partials) -> Partials:
    """What some particles say to an alert and what others say, in one."""
    merged = tuple(Part() for _ in first)
    for parts in (first, second):
        for into, part in zip(merged, parts, strict=True):
            into.merge(part)
    return merged


@dataclass(frozen=True)
class Reduction:
    """kind: one of REDUCTIONS; argument: worked out for every particle."""

    kind: str
    argument: Expression
    text: str

    @property
    def of_all(self) -> bool:
        """Whether it runs over all particles of the run, not only over active ones."""
        return "status" in self.argument.names

    def part(self, columns: Mapping[str, np.ndarray]) -> Part:
        """Of the particles that one worker holds in the water, on a shore or on the bed."""
        values = evaluate_known(self.argument, columns, len(columns["status"]))
        if not self.of_all:
            from fvdrift_kernels.state import ACTIVE

            values = values[columns["status"] == ACTIVE]
        known = values[~np.isnan(values)]
        part = Part(len(values), len(values) - len(known))
        if self.kind in ("mean", "sum"):
            part.total.add(values)
        elif self.kind in ("count", "fraction"):
            part.true = int(np.count_nonzero(known))
        elif len(known):  # + 0.0: of 0 and -0 it would depend on the order which is the least
            part.least, part.greatest = float(known.min()) + 0.0, float(known.max()) + 0.0
        return part

    def part_of_absent(self, numbers: np.ndarray) -> Part:
        """Of those that are not released yet or have gone. numbers: int (status,), how many have each
        status."""
        from fvdrift_kernels.state import GONE, NOT_RELEASED

        part = Part()
        if not self.of_all:
            return part
        absent = np.flatnonzero((np.arange(len(numbers)) == NOT_RELEASED) | (np.arange(len(numbers)) >= GONE))
        columns = {
            name: absent if name == "status" else np.full(len(absent), np.nan) for name in self.argument.names
        }
        for value, number in zip(
            evaluate_known(self.argument, columns, len(absent)), numbers[absent].tolist(), strict=True
        ):
            if self.kind in ("count", "fraction"):
                part.particles += number
                part.true += number if value and not math.isnan(value) else 0
            elif number and not math.isnan(value):
                part.particles += number
                part.total.add_times(value, number)
                part.least, part.greatest = min(part.least, value + 0.0), max(part.greatest, value + 0.0)
        return part

    def value(self, part: Part) -> float:
        """Of all particles."""
        if not part.particles:
            return 0.0 if self.kind == "count" else math.nan
        match self.kind:
            case "mean":
                return part.total.mean()
            case "sum":
                return part.total.value()
            case "count":
                return float(part.true)
            case "fraction":
                return part.true / part.particles
        if part.without_value:
            return math.nan
        return part.least if self.kind == "min" else part.greatest


@dataclass(frozen=True)
class AlertCondition:
    """names: the variables of particles it needs, in order."""

    text: str
    names: tuple[str, ...]
    reductions: tuple[Reduction, ...]
    condition: Expression

    def partials(self, columns: Mapping[str, np.ndarray]) -> Partials:
        """What one worker's particles contribute, those that are not gone: columns (particle,) of all
        `names`, and of `status`, also if empty."""
        return tuple(reduction.part(columns) for reduction in self.reductions)

    def of_absent(self, numbers: np.ndarray) -> Partials:
        """What those contribute that no worker speaks for: numbers, int (status,), how many of the run have
        each status."""
        return tuple(reduction.part_of_absent(numbers) for reduction in self.reductions)

    def merge(self, partials: Sequence[Partials]) -> Partials:
        """Those of all workers in one, in whatever order or grouping."""
        return reduce(both, partials, tuple(Part() for _ in self.reductions))

    def values(self, partials: Partials) -> dict[str, float]:
        """The value of each reduction, by its text, for the log."""
        return {r.text: r.value(part) for r, part in zip(self.reductions, partials, strict=True)}

    def without_value(self, partials: Partials) -> dict[str, int]:
        """The reductions that met NaN, by text, with the number of such particles."""
        return {
            r.text: part.without_value
            for r, part in zip(self.reductions, partials, strict=True)
            if part.without_value
        }

    def holds(self, partials: Partials) -> bool:
        """Whether the alert is known to be true."""
        return bool(evaluate_known(self.condition, self.values(partials), 1)[0] == 1.0)


def parse_alert(
    text: str, names: Collection[str] | None, constants: Mapping[str, float] | None = None
) -> AlertCondition:
    """Read the condition of an alert on particles with the variables `names` (None: any), raising
    ExpressionError.

    constants: names with a value, such as the statuses: {"stranded": 2, ...}.
    """
    outside = _Outside(names, constants or {})
    condition = translated(syntax_tree(text), text, outside)
    if not outside.reductions:
        raise ExpressionError(f"nothing is reduced over particles: use one of {', '.join(REDUCTIONS)}", 1)
    if not condition.condition:
        raise ExpressionError("this is a number, not a condition: compare it, as in min(temp) > 12", 1)
    reductions = tuple(outside.reductions.values())
    used = dict.fromkeys(name for reduction in reductions for name in reduction.argument.names)
    return AlertCondition(text, tuple(used), reductions, condition)


class _Outside(Translator):
    """Outside of reductions: they are the variables here."""

    def __init__(self, names: Collection[str] | None, constants: Mapping[str, float]):
        super().__init__(())
        self._of_particles, self._of_inside = names, constants
        self.reductions: dict[str, Reduction] = {}

    def _call(self, node: ast.Call) -> bool:
        kind = called(node)
        if not _reduces(kind, node):
            return super()._call(node)
        if len(node.args) != 1:
            raise error_at(
                node,
                f"{kind} takes one argument, an expression of a particle's variables, not {len(node.args)}",
            )
        argument = translated(
            node.args[0], ast.unparse(node.args[0]), _Inside(kind, self._of_particles, self._of_inside)
        )
        text = f"{kind}({argument.text})"
        self.reductions[text] = Reduction(kind, argument, text)
        self._variable(node, text)
        return False

    def _name(self, node: ast.Name) -> bool:
        name, known = node.id, self._of_particles
        if name in self._fixed or name in FUNCTIONS:
            return super()._name(node)
        if name in self._of_inside and name not in (known or ()):
            raise error_at(node, f'"{name}" belongs in a reduction, as in count(status == {name})')
        if known is not None and name not in known:
            raise error_at(node, f'unknown name "{name}"' + did_you_mean(name, known))
        raise error_at(
            node,
            f'"{name}" has a value for every particle: reduce it, as in min({name}) '
            "(min of several arguments is the function, not the reduction)",
        )

    def _unknown_function(self, node: ast.Call, name: str) -> ExpressionError:
        guess = did_you_mean(name, REDUCTIONS)
        return (
            error_at(node, f'unknown reduction "{name}"{guess}')
            if guess
            else super()._unknown_function(node, name)
        )


class _Inside(Translator):
    """The argument of a reduction."""

    def __init__(self, kind: str, names: Collection[str] | None, constants: Mapping[str, float]):
        super().__init__(names, constants)
        self._kind = kind

    def _call(self, node: ast.Call) -> bool:
        name = called(node)
        if _reduces(name, node):
            of_one = " of one argument" if name in ("min", "max") else ""
            raise error_at(
                node,
                f"{name}{of_one} is a reduction over particles, and cannot stand inside {self._kind}(...)",
            )
        return super()._call(node)


def _reduces(name: str, node: ast.Call) -> bool:
    """Whether this call is a reduction: min and max are with one argument, functions with several."""
    return name in REDUCTIONS and (name not in ("min", "max") or len(node.args) == 1)
