"""The user's own behaviour, `behaviour.custom`: from a Python file to a function that the particle loop calls.

The function's parameters say by their names what it wants. The file is read once, by who prepares the run
(`read_own`, `check`); its text travels to the workers, and each makes the function from that (`build`). What
calls it is `fvdrift_kernels.own`. All that is wrong is a RunFileError that names the line in the user's file.
"""

import ast
import inspect
from collections.abc import Collection, Iterator, Mapping
from types import FunctionType
from typing import Any

from numba import types

from fvdrift.errors import RunFileError
from fvdrift.orders import OwnOrder, OwnSource, Sample
from fvdrift_kernels.jit import DEBUG
from fvdrift_kernels.own import QUANTITIES, Own, compiled, fits, returned_type, use

from .own_errors import FORMS, blamed_line, guess, sentence_of
from .own_reach import live_nodes
from .own_source import digest_of, run_own

# backward, a particle is not older after a step, and what it has gathered is not more
_BACKWARD = ("age", "state")


def check(
    source: OwnSource,
    state: Collection[str],
    variables: Mapping[str, Sample],
    sun_known: bool,
    *,
    backward: bool = False,
    level: bool = False,
) -> OwnOrder:
    """Run the file, see what its function asks for, and compile it by itself. Raises RunFileError with all
    that is wrong.

    state: columns that particles have; variables: those on nodes, by name; sun_known: whether its elevation
    is; backward: whether time runs so; level: whether particles keep their place in the column.
    """
    module, function, line = run_own(source)
    problems = list(_misfits(source, function, line, state, variables, sun_known)) or list(
        _misspelt(source, state)
    )
    parameters = tuple(inspect.signature(function, follow_wrapped=False).parameters)
    if backward and not problems:
        problems = list(_against_direction(source, parameters, line))
    if problems:
        raise RunFileError(problems)
    samples = tuple(variables[name] for name in parameters if name not in QUANTITIES)
    digest = digest_of(source, parameters, module)
    order = OwnOrder(source, parameters, samples, tuple(state), digest, backward, level)
    if not DEBUG:
        _try(order, compiled(module, source.function, order.digest), line)
    return order


def build(order: OwnOrder) -> type[Own]:
    """Make the function and register it with the kernels; returns the type of Own for which they call it.
    Raises RunFileError."""
    module, _, line = run_own(order.source)
    if digest_of(order.source, order.parameters, module) != order.digest:
        differ = "the numbers that the file works out when it is run differ from one process to another"
        raise RunFileError(order.source.problem(line, differ))
    return use(compiled(module, order.source.function, order.digest), order.parameters, order.digest)


def _misfits(
    source: OwnSource,
    function: FunctionType,
    line: int,
    state: Collection[str],
    variables: Mapping[str, Sample],
    sun_known: bool,
) -> Iterator[str]:
    """What the function asks for and cannot have."""
    if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
        yield source.problem(line, f"{source.function} must be a plain function, that returns")
    given = [
        node for node in ast.walk(ast.parse(source.text)) if isinstance(node, ast.arg) and node.lineno >= line
    ]
    for name, parameter in inspect.signature(function, follow_wrapped=False).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            what = f"takes {parameter}: its parameters must name what it asks for, one by one"
        elif parameter.default is not parameter.empty:
            what = f"gives {name} a default: take that away, what it asks for is always given"
        elif name == "state" and not state:
            what = "asks for state, but the run file has no [behaviour.state]"
        elif name == "sun" and not sun_known:
            what = "asks for sun, but the forcing has no longitude and latitude, or no calendar"
        elif name == "direction" and name in variables:
            what = "asks for direction, which is that of time and a variable too: give the variable a name as a [[field]]"
        elif name in QUANTITIES or name in variables:
            continue
        else:
            what = (
                f"asks for {name!r}, which is neither one of {', '.join(QUANTITIES)} nor a variable on nodes"
            )
            what += guess(name, [*QUANTITIES, *variables]) or f" ({', '.join(variables)})"
        at = min((node.lineno for node in given if node.arg == name), default=line)
        yield source.problem(at, f"{source.function} {what}")


def _against_direction(source: OwnSource, parameters: tuple[str, ...], line: int) -> Iterator[str]:
    """What the function asks for that means something else in a backward run, where it does not ask which way
    time runs."""
    asked = [name for name in _BACKWARD if name in parameters]
    if asked and "direction" not in parameters:
        what = f"asks for {' and '.join(asked)}, which has no meaning in a backward run"
        yield source.problem(
            line, f"{source.function} {what}; take it away, or ask for direction too (-1 there)"
        )


def _misspelt(source: OwnSource, state: Collection[str]) -> Iterator[str]:
    """Columns that functions with a parameter `state` use, and there are not."""
    live = live_nodes(ast.parse(source.text), source.function)
    functions = [node for node in live if isinstance(node, ast.FunctionDef)]
    takers = [
        function for function in functions if "state" in [argument.arg for argument in function.args.args]
    ]
    within = {id(node) for taker in takers for node in ast.walk(taker)}
    for node in live:
        if id(node) not in within or not isinstance(node, ast.Attribute):
            continue
        if getattr(node.value, "id", None) == "state" and node.attr not in state:
            yield source.problem(node.lineno, f"there is no state.{node.attr}{guess(node.attr, state)}")


def _try(order: OwnOrder, function: Any, line: int) -> None:
    """Compile the function by itself. Raises RunFileError."""
    try:
        kind = returned_type(function, order.parameters, order.state, order.digest)
    except Exception as error:
        at = blamed_line(order.source, error) or line
        raise RunFileError(order.source.problem(at, f"does not compile: {sentence_of(error)}")) from error
    if not fits(kind):
        said = {"none": "nothing", "OptionalType": "nothing on some paths"}.get(
            str(kind).split("(")[0], str(kind)
        )
        raise RunFileError(
            order.source.problem(line, f"{order.source.function} returns {said}: it must return {FORMS}")
        )
    parts = len(kind) if isinstance(kind, types.BaseTuple) else 1
    if order.level and parts == 1:
        what = "returns a motion up or down, which needs a 3-D run; return (east, north, 0.0), or set advection.dimension"
        raise RunFileError(order.source.problem(line, f"{order.source.function} {what}"))
    if order.backward and parts == 4 and "direction" not in order.parameters:
        what = "returns a status, which has no meaning in a backward run; return (east, north, up)"
        raise RunFileError(order.source.problem(line, f"{order.source.function} {what}"))
