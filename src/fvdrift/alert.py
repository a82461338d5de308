"""Conditions on all particles, such as "min(happiness) > 0.9": read, reduced on each worker, merged, judged.

Who sends what to whom, and what happens when one holds, is not known here.

A reduction is min, max, mean, sum, count or fraction of one argument, an expression of a particle's variables; in an
alert min and max of several arguments are the functions they are anywhere else. It runs over active particles,
or over all that are given if its argument names `status`. Sums are exact and rounded once, so an alert does not
depend on the number of workers, even one rounding from its threshold.

A particle whose value is NaN makes min, max, mean and sum NaN; in count and fraction it is one for which the argument is
not true. A reduction over no particle is NaN, whatever its kind. Comparisons with NaN are false (but for !=), so what is
not known sets off no alert; `without_value` tells how many particles are to blame.
"""

import ast
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fvdrift.exact_sum import ExactSum
from fvdrift.expression import Expression
from fvdrift.expression.expression import translated
from fvdrift.expression.text import ExpressionError, syntax_tree
from fvdrift.expression.translate import FUNCTIONS, Translator, called, did_you_mean, error_at

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


@dataclass(frozen=True)
class Reduction:
    """kind: one of REDUCTIONS; argument: worked out for every particle."""

    kind: str
    argument: Expression
    text: str

    def part(self, columns: Mapping[str, np.ndarray]) -> Part:
        """Of the particles of one worker."""
        count = len(next(iter(columns.values())))
        values = self.argument.evaluate(columns, (count,))
        if "status" in columns and "status" not in self.argument.names:
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

    def value(self, part: Part) -> float:
        """Of all particles."""
        if not part.particles:
            return math.nan
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
        """What one worker's particles contribute: columns (particle,) of all `names`, and of `status`, also if empty."""
        return tuple(reduction.part(columns) for reduction in self.reductions)

    def merge(self, partials: Sequence[Partials]) -> Partials:
        """Those of all workers in one, in whatever order or grouping."""
        merged = tuple(Part() for _ in self.reductions)
        for parts in partials:
            for into, part in zip(merged, parts, strict=True):
                into.merge(part)
        return merged

    def values(self, partials: Partials) -> dict[str, float]:
        """The value of each reduction, by its text, for the log."""
        return {r.text: r.value(part) for r, part in zip(self.reductions, partials, strict=True)}

    def without_value(self, partials: Partials) -> dict[str, int]:
        """The reductions that met NaN, by text, with the number of such particles."""
        return {r.text: part.without_value for r, part in zip(self.reductions, partials, strict=True) if part.without_value}

    def holds(self, partials: Partials) -> bool:
        """Whether the alert is true; never with no particle."""
        if not any(part.particles for part in partials):
            return False
        return bool(self.condition.evaluate(self.values(partials)) == 1.0)


def parse_alert(text: str, names: Collection[str] | None, constants: Mapping[str, float] | None = None) -> AlertCondition:
    """Read the condition of an alert on particles with the variables `names` (None: any), raising ExpressionError.

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
            raise error_at(node, f"{kind} takes one argument, an expression of a particle's variables, not {len(node.args)}")
        argument = translated(node.args[0], ast.unparse(node.args[0]), _Inside(kind, self._of_particles, self._of_inside))
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
        return error_at(node, f'unknown reduction "{name}"{guess}') if guess else super()._unknown_function(node, name)


class _Inside(Translator):
    """The argument of a reduction."""

    def __init__(self, kind: str, names: Collection[str] | None, constants: Mapping[str, float]):
        super().__init__(names, constants)
        self._kind = kind

    def _call(self, node: ast.Call) -> bool:
        name = called(node)
        if _reduces(name, node):
            of_one = " of one argument" if name in ("min", "max") else ""
            raise error_at(node, f"{name}{of_one} is a reduction over particles, and cannot stand inside {self._kind}(...)")
        return super()._call(node)


def _reduces(name: str, node: ast.Call) -> bool:
    """Whether this call is a reduction: min and max are with one argument, functions with several."""
    return name in REDUCTIONS and (name not in ("min", "max") or len(node.args) == 1)
