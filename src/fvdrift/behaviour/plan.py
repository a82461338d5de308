"""What the run file asks particles to do beside being carried, checked against what the forcing has: all
behaviours there are, one after the other. Nothing moves here."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.forcing import Forcing
from fvdrift.mesh import ToRun, WholeMesh
from fvdrift.orders import BehaviourOrder, Sample
from fvdrift.output import OutputVariable
from fvdrift.settings import RunFile
from fvdrift_kernels.sun import verticals

from .base import Asked, Behaviour, Column, Needed, not_usable
from .bed import Bed
from .decay import Decaying
from .leeway import Leeway
from .life import Life
from .migration import DailyMigration
from .own import OwnBehaviour
from .settlement import Settlement
from .shore import Shore
from .sinking import Sinking
from .windage import Windage

# in the order in which columns are carried and the summary names them
BEHAVIOURS: tuple[type[Behaviour], ...] = (
    Sinking, DailyMigration, Windage, Leeway, Life, Settlement, Shore, Bed, OwnBehaviour, Decaying,
)  # fmt: skip
_AMOUNTS = {
    "mass": Column("mass", "kg", "mass that the particle carries", math.nan, always=True, exact=True),
    "number": Column("number", "1", "number that the particle stands for", math.nan, always=True, exact=True),
}
# CPU time of a particle-step by what is on, ns
BEHAVIOUR_NS = dict(cost for behaviour in BEHAVIOURS for cost in behaviour.costs)


class Columns(NamedTuple):
    """What every particle carries: by name, the value it begins with, and how tracks describe it; always:
    names of those that tracks hold in any case; amounts: of those that begin with a share of what is released."""

    begin: dict[str, float]
    described: dict[str, OutputVariable]
    always: tuple[str, ...]
    amounts: tuple[str, ...] = ()


def columns_of(run_file: RunFile, amount: str | None) -> Columns:
    """The columns that behaviours need, and those of the user's own. amount: what releases let go, "mass", "number"
    or None."""
    of_amount = [] if amount is None else [_AMOUNTS[amount], *Decaying.amount_columns(run_file, amount)]
    columns = [*of_amount]
    columns += [column for behaviour in _asked(run_file) for column in behaviour.columns(run_file)]
    described = {
        it.name: OutputVariable(it.name, it.unit, it.long_name, kind="f8" if it.exact else "f4")
        for it in columns
    }
    always = tuple(it.name for it in columns if it.always)
    begin, amounts = {it.name: it.begin for it in columns}, tuple(it.name for it in of_amount)
    return Columns(begin, described, always, amounts)


def variables_of(run_file: RunFile) -> list[Needed]:
    """What behaviours take from the files by names of the run file."""
    return [needed for behaviour in _asked(run_file) for needed in behaviour.variables(run_file)]


def plan_behaviour(
    run_file: RunFile,
    series: Forcing,
    kind: str,
    known: Mapping[str, Sample],
    columns: Columns,
    to_run: ToRun,
) -> BehaviourOrder | None:
    """The order of the run file to the workers, or None where particles only drift.

    known: the variables there are, by name; columns: what particles carry. Raises
    RunFileError with all that is wrong.
    """
    asked, wanted = (
        Asked(run_file, series, kind, known, columns.begin, to_run, next(iter(columns.amounts), None)),
        _asked(run_file),
    )
    if not columns.amounts and not any(behaviour.alone(asked) for behaviour in wanted):
        return None
    problems = [problem for behaviour in wanted for problem in behaviour.problems(asked)]
    problems += [problem for needed in variables_of(run_file) if (problem := not_usable(needed, known))]
    if problems:
        raise RunFileError([f"{run_file.path.name}: {problem}" for problem in problems])
    parts = []
    for behaviour in wanted:
        try:
            parts.append(behaviour.planned(asked))
        except RunFileError as error:
            problems += error.problems
    if problems:
        raise RunFileError(problems)
    return BehaviourOrder(tuple(parts), dict(columns.begin), columns.amounts)


def with_given(mesh: WholeMesh, order: BehaviourOrder | None, series: Forcing) -> tuple[WholeMesh, list[str]]:
    """The mesh with what workers must know of each element for this behaviour (`WholeMesh.given`), and
    sentences about it."""
    given: dict[str, np.ndarray] = {}
    notes: list[str] = []
    if order is not None and order.sun:
        assert series.lon is not None
        assert series.lat is not None
        corners = mesh.file_node[mesh.corners]
        given["up"] = np.empty((mesh.elements, 3))
        verticals(series.lon[corners].mean(axis=1), series.lat[corners].mean(axis=1), given["up"])
    for part in () if order is None else order.parts:
        more, told = part.given(mesh)
        given |= more
        notes += told
    return replace(mesh, given=given), notes


def _asked(run_file: RunFile) -> list[type[Behaviour]]:
    return [behaviour for behaviour in BEHAVIOURS if behaviour.asked(run_file)]
