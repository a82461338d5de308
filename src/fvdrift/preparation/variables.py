"""Variables by name: those of the files, those worked out, and the fields of the run file; for tracks and for
alerts.

Which of them a run reads, samples and evaluates. No values pass here.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fvdrift.behaviour import Columns
from fvdrift.errors import RunFileError
from fvdrift.expression import AlertCondition, ExpressionError, parse, parse_alert, unit_of
from fvdrift.forcing import Forcing
from fvdrift.orders import FieldOrder, Sample
from fvdrift.output import OutputVariable, output_variable
from fvdrift.settings import KEPT_BY, RunFile
from fvdrift.tools.particle_arrays import STATUS_NAMES

AGE = "age"  # known to who has the release times, sampled nowhere
_DERIVED = {
    AGE: ("s", "time since release"),
    "bottom_depth": ("m", "still-water depth of the sea floor"),
    "water_depth": ("m", "depth from the moving surface to the sea floor"),
}
BED = "h"  # in all files, though none of the fields that change with time in most
STATE = ("x", "y", "z", "sigma", "status", "dry")  # columns every record has
STATUSES = {name: float(number) for number, name in enumerate(STATUS_NAMES)}


@dataclass(frozen=True)
class AlertPlan:
    """An alert with what its condition looks at. every: microseconds, None: at every frame."""

    condition: AlertCondition
    samples: tuple[Sample, ...]
    every: int | None
    say: str
    stop: bool


@dataclass(frozen=True)
class Variables:
    """output: variables of the tracks; samples: the same as workers take them; fields, alerts: of the run file;
    statistics, wanted_units: what those look at, and units by name; known: all that the files and the run file give at
    nodes and elements; units: of those, "" where that is not known."""

    output: tuple[OutputVariable, ...]
    samples: tuple[Sample, ...]
    fields: tuple[FieldOrder, ...]
    alerts: tuple[AlertPlan, ...]
    statistics: tuple[Sample, ...]
    wanted_units: dict[str, str]
    known: dict[str, Sample]
    units: dict[str, str]
    notes: tuple[str, ...]

    def read(self) -> Iterable[str]:
        """Names of the variables of the files that are needed for tracks, alerts, statistics and fields."""
        return self.of_files(
            (*self._looked_at(), *(sample for field in self.fields for sample in field.inputs))
        )

    def of_files(self, samples: Iterable[Sample]) -> Iterable[str]:
        """Names of those samples that are variables of the files."""
        made = {*_DERIVED, *(field.name for field in self.fields)}
        return (sample.name for sample in samples if sample.name not in made and sample.location != "column")

    def on_elements(self) -> Iterable[str]:
        """Names of those that lie on elements."""
        return (sample.name for sample in self._looked_at() if sample.location == "element")

    def _looked_at(self) -> tuple[Sample, ...]:
        return (*self.samples, *self.statistics, *(s for alert in self.alerts for s in alert.samples))


def choose_variables(run_file: RunFile, series: Forcing, columns: Columns) -> Variables:
    """What the run file asks for, checked against what the forcing has and the columns of the particles.
    Raises RunFileError with all that is wrong."""
    known = {name: Sample(name, it.location, it.vertical) for name, it in series.variables.items()}
    known.setdefault(BED, Sample(BED, "node", "none"))
    units = {name: _of_files(name, series).units for name in known}
    fields, problems = _fields(run_file, known, units)
    of_water = dict(known)
    hidden = [name for name in _DERIVED if name in known]
    made = [field.name for field in fields]
    carried = [name for name in columns.described if name in known and name not in run_file.behaviour.state]
    problems += [
        f"{run_file.path.name}: field.{made.index(name)} ({name}): particles carry a {name}: take another name"
        for name in carried
        if name in made
    ]
    known |= {name: Sample(name, "node", "none") for name in _DERIVED}
    known |= {
        name: Sample(name, "column", "none", exact=described.kind == "f8")
        for name, described in columns.described.items()
    }
    alerts, wrong = _alerts(run_file, known)
    problems += wrong
    wanted, wrong = _wanted(run_file, known, columns.amounts)
    problems += wrong
    samples, output = [], []
    asked = dict.fromkeys((*run_file.output.variables, *columns.always))
    more = [name for name in wanted if name not in asked] if run_file.output.tracks else []
    for name in (*asked, *more):
        if name not in known:
            problems.append(f"{run_file.path.name}: output.variables: {_not_there(name, known)}")
            continue
        samples.append(known[name])
        output.append(columns.described.get(name) or _described(name, fields, units, series))
    if problems:
        raise RunFileError(problems)
    taken = tuple(sample for sample in samples if sample.name != AGE)
    notes = tuple(
        f"{name} is worked out by fvdrift: the variable of that name in the files is not used"
        for name in hidden
    )
    notes += (f"tracks hold {', '.join(more)} too: statistics look there",) if more else ()
    notes += tuple(
        f"{name} is what particles carry: the variable of that name in the files is not recorded"
        for name in carried
        if name not in made
    )
    return Variables(
        output=tuple(output),
        samples=taken,
        fields=tuple(fields),
        alerts=tuple(alerts),
        statistics=tuple(wanted.values()),
        wanted_units={
            name: (columns.described.get(name) or _described(name, fields, units, series)).units
            for name in wanted
        },
        known=of_water,
        units=units,
        notes=(*notes, *_without_unit(fields, units, run_file.output.variables)),
    )


def _wanted(
    run_file: RunFile, known: Mapping[str, Sample], amounts: Sequence[str]
) -> tuple[dict[str, Sample], list[str]]:
    """What statistics look at beside what every record has, by name, and what is wrong with any. amounts: columns with
    what particles stand for, the first as it is now."""
    counted = any(block.kind in ("concentration", "section", "shore") for block in run_file.statistic)
    wanted = {name: known[name] for name in amounts[:1]} if counted else {}
    problems: list[str] = []
    for number, block in enumerate(run_file.statistic):
        for name, key in block.wants.items():
            if name in known:
                wanted[name] = known[name]
            elif name not in STATE:
                problems.append(f"{run_file.path.name}: statistic.{number}.{key}: {_not_there(name, known)}")
    wanted.pop(AGE, None)
    return wanted, problems


def _fields(
    run_file: RunFile, known: dict[str, Sample], units: dict[str, str]
) -> tuple[list[FieldOrder], list[str]]:
    """Those of the run file, which `known` and `units` come to hold as well, and what is wrong with any."""
    fields: list[FieldOrder] = []
    problems: list[str] = []
    for number, block in enumerate(run_file.field):
        try:
            field = _field(block.name, block.expression, known)
            known[field.name] = field.result
            units[field.name] = unit_of(field.expression, units) if block.units is None else block.units
            fields.append(field)
        except ValueError as problem:
            problems.append(f"{run_file.path.name}: field.{number} ({block.name}): {problem}")
    return fields, problems


def _not_there(name: str, known: Iterable[str]) -> str:
    if name in KEPT_BY:
        return f"particles carry {name!r} with {KEPT_BY[name]}, which is off"
    near = difflib.get_close_matches(name, known, 1)
    hint = f" (did you mean {near[0]}?)" if near else f"; there are {', '.join(known)}"
    return f"the forcing has no {name!r}{hint}"


def _without_unit(
    fields: Iterable[FieldOrder], units: Mapping[str, str], written: Collection[str]
) -> list[str]:
    """A note for each field that tracks hold in a unit that is not known. written: their variables."""
    return [
        f'field.{number} ({field.name}): its unit does not follow from its expression; say it by units = "..."'
        for number, field in enumerate(fields)
        if field.name in written and not units[field.name]
    ]


def _alerts(run_file: RunFile, known: Mapping[str, Sample]) -> tuple[list[AlertPlan], list[str]]:
    """Those of the run file, and what is wrong with any."""
    alerts: list[AlertPlan] = []
    problems: list[str] = []
    for number, alert in enumerate(run_file.alert):
        try:
            condition = parse_alert(alert.when, {*known, *STATE}, STATUSES)
        except ExpressionError as problem:
            problems.append(f"{run_file.path.name}: alert.{number}.when: {problem}")
            continue
        looked_at = tuple(known[name] for name in condition.names if name not in STATE)
        say, stop = alert.say or alert.when, alert.action == "stop"
        alerts.append(AlertPlan(condition, looked_at, every=alert.every, say=say, stop=stop))
    return alerts, problems


def _described(
    name: str, fields: list[FieldOrder], units: Mapping[str, str], series: Forcing
) -> OutputVariable:
    for field in fields:
        if field.name == name:
            return OutputVariable(name, units[name], field.expression.text)
    return OutputVariable(name, *_DERIVED[name]) if name in _DERIVED else _of_files(name, series)


def _of_files(name: str, series: Forcing) -> OutputVariable:
    if name == BED and name not in series.variables:
        return output_variable(
            name, "m", "depth of the sea floor below the zero level of the model", series.geographic
        )
    it = series.variables[name]
    return output_variable(name, it.units, it.long_name, series.geographic)


def _field(name: str, text: str, known: dict[str, Sample]) -> FieldOrder:
    """One field of the run file. Raises ValueError."""
    if name in known or name in _DERIVED or name in STATE or name in STATUSES:
        raise ValueError(f"{name} is the name of a variable already")
    expression = parse(text, [name for name, sample in known.items() if sample.location == "node"])
    inputs = tuple(known[used] for used in expression.names)
    verticals = {sample.vertical for sample in inputs} - {"none"}
    if len(verticals) > 1:
        layers = ", ".join(s.name for s in inputs if s.vertical == "layer")
        levels = ", ".join(s.name for s in inputs if s.vertical == "level")
        raise ValueError(
            f"{layers} is given on layers, {levels} on the levels between them: they don't go together"
        )
    return FieldOrder(name, expression, inputs, verticals.pop() if verticals else "none")
