"""Numbers of the run file held against the first frame: depths, rates, and what variables are compared with.
Moves nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from fvdrift.expression import Expression
from fvdrift.forcing import Fields
from fvdrift.mesh import Points
from fvdrift.orders import BehaviourOrder, Choice, FieldOrder, WalkOrder
from fvdrift.release import ReleasePlan
from fvdrift.settings import RunFile, Statistic
from fvdrift.tools.particle_arrays import STATUS_NAMES

from .variables import AlertPlan

MOSTLY = 0.5  # of the water
YOUNG = 300.0  # s: such an age is hardly meant
SIGN = 0.5  # of the largest: so large a number of the other sign is a slip
MOST_VALUES = 2_000_000  # of a variable; of larger frames some nodes are looked at
FAR, NEAR = 5.0, 20.0  # times more than all values, times less: such a number is of another unit
_COMPARED = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "subtract")
_FIXED = {  # what has bounds that no later frame moves, and why
    "age": " (no particle gets older in this run)",
    "dry": "",
    "sigma": "",
    "status": "",
    "x": " on the mesh, as the run has its coordinates",
    "y": " on the mesh, as the run has its coordinates",
}
_OF_ONE = ("negate", "not", "power", "exp", "log", "log10", "sqrt", "sin", "cos", "tan", "abs", "floor")

Range = tuple[float, float]


def too_deep(
    run_file: RunFile, behaviour: BehaviourOrder | None, releases: ReleasePlan, depth_of_nodes: np.ndarray
) -> Iterator[str]:
    """Sentences on depths that no water has, and on a held depth that some has not. depth_of_nodes: m, of the
    first frame."""
    advection = run_file.advection
    deepest = float(depth_of_nodes.max())
    if advection.depth is not None and advection.depth <= deepest:
        there = depth_of_nodes[depth_of_nodes > 0]
        shallow = float((there < advection.depth).mean())
        if shallow >= 0.01:
            how = "warning: " if shallow > MOSTLY else ""
            yield (
                f"{how}advection.depth: {advection.depth:g} m is below the bed at {shallow:.0%} of the nodes with water (first "
                "frame): particles are held at the bed there"
            )
    depths: dict[str, tuple[float, str]] = {}
    if advection.depth is not None:
        depths["advection.depth"] = advection.depth, "particles are held at the bed"
    for part in () if behaviour is None else behaviour.parts:
        depths |= {key: (depth, then) for key, depth, then in part.depths()}
    if advection.stokes_depth is not None:
        depths["advection.stokes_depth"] = advection.stokes_depth, "the drift hardly falls with depth"
    for number, release in enumerate(run_file.release):
        if release.depth.kind == "range":
            depths[f"release.{number}.depth"] = release.depth.upper, "all start at the bed"
    of_files = [
        float(shape.upper.min())
        for shape in releases.shapes
        if isinstance(shape, Points) and len(shape.upper)
    ]
    if of_files and "release.0.depth" not in depths:
        depths["depths in files of releases"] = min(of_files), "all start at the bed"
    depths |= dict(_of_statistics(run_file.statistic, deepest))
    for key, (depth, then) in depths.items():
        if depth > deepest:
            yield f"warning: {key}: {depth:g} m, but the deepest water has {deepest:.4g} m (first frame): {then}"


def _of_statistics(blocks: Sequence[Statistic], deepest: float) -> Iterator[tuple[str, tuple[float, str]]]:
    """By key, where what they count begins, m, and what follows where no water goes so far."""
    for number, block in enumerate(blocks):
        for name in ("depth", "height"):
            if (ends := getattr(block, name)) is not None:
                yield f"statistic.{number}.{name}", (ends[0], "nobody is counted")
        if block.layers is not None and block.layers.by != "sigma":
            first, last = block.layers.edges[0], block.layers.edges[-2]
            none, some = (first, "nobody is counted"), (last, "nobody is in the last layer")
            yield f"statistic.{number}.layers", none if first > deepest else some


def nobody_there(run_file: RunFile) -> Iterator[str]:
    """Sentences on statistics that count at depths, or by statuses, that no particle of the run comes to."""
    moves, boundary, behaviour = run_file.advection.dimension, run_file.boundary, run_file.behaviour
    held = {"surface": 0.0, "depth": moves.depth}.get(moves.kind)
    comes = {
        "stranded": boundary.coast == "strand",
        "deposited": boundary.bottom == "deposit",
        "settled": behaviour.settlement is not None,
    }
    for number, block in enumerate(run_file.statistic):
        key = f"statistic.{number}"
        if behaviour.custom is None and not any(comes.get(name, True) for name in block.status):
            yield f"warning: {key}.status: no particle of this run gets {' or '.join(block.status)}: nobody is counted"
        if held is not None and block.depth is not None and block.depth[0] > held:
            where = f"no deeper than {held:g} m" if held else "at the surface"
            yield f"warning: {key}.depth: {block.depth[0]:g} m, but particles are held {where}: nobody is counted"
        edges: dict[str, tuple[float, ...]] = {"depth": block.depth or ()}
        if block.layers is not None and block.layers.by == "depth":
            edges["layers"] = block.layers.edges
        for name, found in edges.items():
            if held and any(abs(edge - held) < 1e-5 * held for edge in found):
                yield (
                    f"warning: {key}.{name}: {held:g} m is an edge, and where particles are held: rounding decides on which side "
                    "each of them counts; move the edge"
                )


def mixed_at_once(walk: WalkOrder | None, deepest: float, step: float) -> Iterator[str]:
    """A sentence where a step of `step` s goes through all the water. deepest: m."""
    k = None if walk is None else walk.vertical
    if isinstance(k, float) and np.sqrt(2.0 * k * step) > deepest:
        yield (
            f"warning: diffusion.vertical: in a step the walk goes {np.sqrt(2.0 * k * step):.3g} m, and the deepest water has "
            f"{deepest:.4g} m (first frame): all of it is mixed at once"
        )


def far_numbers(
    fields: Sequence[FieldOrder],
    alerts: Sequence[AlertPlan],
    ranges: Mapping[str, Range],
    units: Mapping[str, str],
    choices: Sequence[Choice] = (),
) -> Iterator[str]:
    """Sentences on numbers that variables are compared with, or that are taken off them, far from all their
    values. ranges: of the first frame or of what can be, by name; units: by name; choices: of statistics."""
    met = {name: found for name, found in ranges.items() if name not in _FIXED}
    for number, choice in enumerate(choices):
        if choice.where is not None:
            key = f"statistic.{number}.where"
            yield from _never(key, choice.where, ranges, np.flatnonzero(choice.status).tolist())
            yield from _of(key, choice.where, met, units)
    for number, field in enumerate(fields):
        yield from _of(f"field.{number}.expression", field.expression, ranges, units)
    for number, alert in enumerate(alerts):
        reduced, of_reduced = {}, {}
        for reduction in alert.condition.reductions:
            key = f"alert.{number}.when"
            yield from _never(key, reduction.argument, ranges, range(len(STATUS_NAMES)))
            yield from _of(key, reduction.argument, met, units)
            names = reduction.argument.names
            if reduction.kind == "fraction":
                reduced[reduction.text] = (0.0, 1.0)
            elif reduction.kind == "count":
                reduced[reduction.text] = (0.0, ranges["particles"][1])
            elif reduction.argument.text in names and names[0] in ranges and reduction.kind != "sum":
                reduced[reduction.text], of_reduced[reduction.text] = (
                    ranges[names[0]],
                    units.get(names[0], ""),
                )
        yield from _of(f"alert.{number}.when", alert.condition.condition, reduced, of_reduced, strict=True)


def _of(
    key: str,
    expression: Expression,
    ranges: Mapping[str, Range],
    units: Mapping[str, str],
    *,
    strict: bool = False,
) -> Iterator[str]:
    """strict: bounds of a fraction or a count are that, and not what was met in one frame."""
    for name, number, compared in _with_numbers(expression):
        if (
            name.removeprefix("min(").removeprefix("max(").removeprefix("mean(").rstrip(")") == "age"
            and 0 < number < YOUNG
        ):
            yield f"warning: {key}: {name} is compared with {number:g} s: age is in seconds (a day has 86400)"
        if name not in ranges:
            continue
        low, high = ranges[name]
        bounded = strict and name.startswith(("fraction(", "count("))
        if bounded and compared and not low <= number <= high:
            share = ": 50 % is 0.5" if name.startswith("fraction(") else " (there are no more particles)"
            yield f"warning: {key}: {name} is never {number:g}: it lies from {low:g} to {high:g}{share}"
        elif not bounded and _far(low, high, number, compared):
            unit = f" {units[name]}" if units.get(name, "1") not in ("", "1") else ""
            slip = "; is it in another unit, or of the other sign?"
            if low < 100 and 200 < number < 350 and "temp" in name:
                slip = f"; {number:g} K are {number - 273.15:.4g} degC"
            lies = f"{name} lies from {low:.4g} to {high:.4g}{unit} (by the first frame)"
            yield f"warning: {key}: {lies}, far from {number:g}{slip}"


def _never(
    key: str, expression: Expression, ranges: Mapping[str, Range], statuses: Sequence[int]
) -> Iterator[str]:
    """Sentences on numbers that are compared with what has bounds, and lie beyond them. statuses: ascending, of
    those who count."""
    for name, number, compared in _with_numbers(expression):
        if not compared or name not in _FIXED:
            continue
        if name == "status":
            if number not in statuses and (number % 1 == 0 or not statuses[0] < number < statuses[-1]):
                there = ", ".join(f"{STATUS_NAMES[each]} ({each})" for each in statuses)
                yield f"warning: {key}: status is never {number:g}: those count that are {there}"
        elif name in ranges and not ranges[name][0] <= number <= ranges[name][1]:
            low, high = ranges[name]
            unit = " s" if name == "age" else ""
            yield f"warning: {key}: {name} is never {number:.9g}: it lies from {low:.9g} to {high:.9g}{unit}{_FIXED[name]}"


def _far(low: float, high: float, number: float, compared: bool) -> bool:
    most, least = max(abs(low), abs(high)), 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    if number == 0 or most == 0 or low <= number <= high:
        return False
    if abs(number) > FAR * most or abs(number) < least / NEAR:
        return True
    return (
        compared and abs(number) > SIGN * most and ((low >= 0 and number < 0) or (high <= 0 and number > 0))
    )


def _with_numbers(expression: Expression) -> Iterator[tuple[str, float, bool]]:
    """Variables that stand beside a number in a comparison (True) or a difference (False), with the
    number."""
    stack: list[str | float | None] = []
    for operation, operand in expression.code:
        if operation == "constant":
            stack.append(expression.constants[operand])
        elif operation == "variable":
            stack.append(expression.names[operand])
        elif operation in _OF_ONE:
            stack[-1] = -stack[-1] if operation == "negate" and isinstance(stack[-1], float) else None
        elif operation == "select":
            stack[-3:] = [None]
        else:
            first, second = stack[-2:]
            if operation in _COMPARED and isinstance(first, str) and isinstance(second, float):
                yield first, second, operation != "subtract"
            elif (
                operation in _COMPARED
                and isinstance(second, str)
                and isinstance(first, float)
                and operation != "subtract"
            ):
                yield second, first, True
            stays = [second] if operation in _COMPARED and operation != "subtract" and operand else []
            stack[-2:] = [None, *stays]


def values_of(fields: Sequence[FieldOrder], names: Iterable[str], raw: Fields) -> dict[str, np.ndarray]:
    """Variables of a frame by name, those of `names` and what the fields of the run file are made from, and
    these fields, where all they need is there; some of the values, where there are very many."""
    needed = {*names, *(sample.name for field in fields for sample in field.inputs)}
    largest = max((raw[name].size for name in needed & raw.keys()), default=0)
    values = {name: raw[name][..., :: 1 + largest // MOST_VALUES] for name in needed & raw.keys()}
    for field in fields:
        if all(sample.name in values for sample in field.inputs):
            values[field.name] = field.expression.evaluate(values, _shape(field, values))
    return values


def _shape(field: FieldOrder, values: Mapping[str, np.ndarray]) -> tuple[int, ...]:
    shapes = [values[sample.name].shape for sample in field.inputs]
    return np.broadcast_shapes(*shapes) if shapes else ()


def ranges_of(values: Mapping[str, np.ndarray]) -> dict[str, Range]:
    """The least and the greatest of each that has any value."""
    known = {name: found[np.isfinite(found)] for name, found in values.items()}
    return {name: (float(found.min()), float(found.max())) for name, found in known.items() if len(found)}
