"""The user's own behaviour, `behaviour.custom`: from a Python file to a function that the particle loop
calls.

The function's parameters say by their names what it wants. The file is read once, by who prepares the run
(`read_own`, `check`); its text travels to the workers, and each makes the function from that (`build`). What
calls it is `fvdrift_kernels.own`. All that is wrong is a RunFileError that names the line in the user's file.
"""

import ast
import difflib
import hashlib
import inspect
import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType, NoneType
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core.compiler_lock import global_compiler_lock

import fvdrift_kernels
from fvdrift.errors import RunFileError
from fvdrift.orders import OwnOrder, OwnSource, Sample
from fvdrift_kernels.jit import DEBUG
from fvdrift_kernels.own import QUANTITIES, Own, adapter_text, compiled, fits, returned_type, use

from .own_reach import live_nodes

# what a file can import beside Python's own library: all that the function computes is then in its text, or
# in ours
_LIBRARIES = ("numpy", "numba", "fvdrift_kernels")
_RANDOM = ("random", "secrets", "numpy.random", "numpy.*")
_INSTEAD = (
    "its random numbers cannot be repeated on other workers; take `random` among the function's parameters, "
    "and uniform(random, 0) or normal(random, 0) from fvdrift_kernels.own"
)
_ELSEWHERE = "all that the function computes with must be in its file, in math, numpy or fvdrift_kernels"
# backward, a particle is not older after a step, and what it has gathered is not more
_BACKWARD = ("age", "state")
_FORMS = "up, (east, north, up), or (east, north, up, status), in the same form on all its paths"


def read_own(path: Path, function: str, run_file: str) -> OwnSource:
    """Read the file. Raises RunFileError where it is not Python, or has what no behaviour can have."""
    source = OwnSource(run_file, os.path.abspath(path), function, "")
    try:
        source = source._replace(text=path.read_bytes().decode("utf-8-sig"))
        compile(source.text, source.path, "exec", dont_inherit=True)
    except OSError as error:
        raise RunFileError(
            f"{run_file}: behaviour.custom: {path}: cannot be read: {error.strerror or error}"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RunFileError(source.problem(line, "is not UTF-8 text; save the file as UTF-8")) from None
    except SyntaxError as error:
        raise RunFileError(source.problem(error.lineno, f"is not Python: {error.msg}")) from None
    except (ValueError, RecursionError, MemoryError) as error:  # zero bytes, a thousand brackets
        raise RunFileError(source.problem(None, f"is not Python: {error}")) from None
    problems = [source.problem(line, what) for line, what in _imported(source)]
    if problems:
        raise RunFileError(problems)
    return source


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
    module, function, line = _run(source)
    problems = list(_misfits(source, function, line, state, variables, sun_known)) or list(
        _misspelt(source, state)
    )
    parameters = tuple(inspect.signature(function, follow_wrapped=False).parameters)
    if backward and not problems:
        problems = list(_against_direction(source, parameters, line))
    if problems:
        raise RunFileError(problems)
    samples = tuple(variables[name] for name in parameters if name not in QUANTITIES)
    digest = _digest(source, parameters, module)
    order = OwnOrder(source, parameters, samples, tuple(state), digest, backward, level)
    if not DEBUG:
        _try(order, compiled(module, source.function, order.digest), line)
    return order


def build(order: OwnOrder) -> type[Own]:
    """Make the function and register it with the kernels; returns the type of Own for which they call it.
    Raises RunFileError."""
    module, _, line = _run(order.source)
    if _digest(order.source, order.parameters, module) != order.digest:
        differ = "the numbers that the file works out when it is run differ from one process to another"
        raise RunFileError(order.source.problem(line, differ))
    kind: type[Own] = use(
        compiled(module, order.source.function, order.digest), order.parameters, order.digest
    )
    return kind


@contextmanager
def own_problems(order: OwnOrder) -> Iterator[None]:
    """A stretch in which the loop is compiled and runs: what a line of the user's file is to blame for
    becomes a RunFileError. With compiling off all is left to the debugger."""
    try:
        yield
    except Exception as error:
        line, what = _blamed_line(order.source, error), "does not compile"
        if line is None and not DEBUG:
            line, what = _raised_line(order.source, error), f"{type(error).__name__} while particles move"
        if line is None:
            raise
        raise RunFileError(order.source.problem(line, f"{what}: {_sentence(error)}")) from error


def unusable(order: OwnOrder, particle: int) -> RunFileError:
    """What to say where own_move gave UNUSABLE."""
    moved = ", an up that is not 0, which needs a 3-D run," if order.level else ","
    known = "ACTIVE, the only one of a backward run" if order.backward else "ACTIVE, DEAD or SETTLED"
    returned = f"a number that is not finite{moved} or a status that is not {known}"
    return RunFileError(
        order.source.problem(None, f"{order.source.function} returned {returned} (particle {particle})")
    )


# the file


def _imported(source: OwnSource) -> Iterator[tuple[int, str]]:
    """Imports and uses of modules that an own behaviour cannot have: (line, what is wrong)."""
    numpy = set()
    live = live_nodes(ast.parse(source.text), source.function)
    nodes: list[Any] = sorted(live, key=lambda node: not isinstance(node, ast.Import))
    for node in nodes:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            numpy |= {alias.asname or "numpy" for alias in node.names if alias.name.split(".")[0] == "numpy"}
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Assign) and getattr(node.value, "id", None) in numpy:
            numpy |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in numpy:
            names = ["numpy.random"] if node.attr == "random" else []
        for name in names:
            if any(f"{name}.".startswith(f"{random}.") for random in _RANDOM):
                yield node.lineno, f"{name} cannot be used: {_INSTEAD}"
            elif name.split(".")[0] not in (*_LIBRARIES, *sys.stdlib_module_names):
                yield node.lineno, f"{name} cannot be used: {_ELSEWHERE}"


def _run(source: OwnSource) -> tuple[ModuleType, FunctionType, int]:
    """The file as a module, its function in plain Python, and the line of that. Raises RunFileError."""
    # now, or the file would import them uncompiled
    for found in pkgutil.iter_modules(fvdrift_kernels.__path__):
        import_module(f"fvdrift_kernels.{found.name}")
    module = ModuleType("fvdrift_own")
    module.__file__ = source.path
    # With compiling off @njit leaves functions as they are; then we compile them all alike, whatever options
    # (fastmath, parallel, cache) the file gives.
    with global_compiler_lock:  # other threads may be compiling
        numba.config.DISABLE_JIT = 1  # type: ignore[attr-defined]
        try:
            exec(compile(source.text, source.path, "exec", dont_inherit=True), vars(module))
        except (Exception, SystemExit) as error:
            what = f"{type(error).__name__} when the file is run: {_sentence(error)}"
            raise RunFileError(source.problem(_raised_line(source, error), what)) from error
        finally:
            numba.config.DISABLE_JIT = int(DEBUG)  # type: ignore[attr-defined]
    name, here = source.function, vars(module)
    if isinstance(here.get(name), FunctionType):
        return module, here[name], _line_of(source)
    if name in here:
        raise RunFileError(source.problem(_line_of(source), f"{name} is not a function"))
    raise RunFileError(source.problem(None, f"has no function {name}{_guess(name, here)}"))


def _line_of(source: OwnSource) -> int:
    """Where the name of the function is given its meaning."""
    nodes: list[Any] = list(ast.walk(ast.parse(source.text)))  # from the outside in
    return next(
        (one.lineno for one in nodes if source.function in (getattr(one, "name", 0), getattr(one, "id", 0))),
        1,
    )


def _digest(source: OwnSource, parameters: tuple[str, ...], module: ModuleType) -> str:
    """A word for all that the compiled function depends on: the text, how it is called, numbers the text does
    not show."""

    def frozen(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.dtype.str, value.shape, value.tobytes()
        if isinstance(value, tuple):
            return tuple(map(frozen, value))
        if isinstance(value, FunctionType):  # what it closes over
            closed_over = inspect.getclosurevars(value).nonlocals.values()
            return tuple(frozen(inner) for inner in closed_over if not isinstance(inner, FunctionType))
        return repr(value) if isinstance(value, (int, float, complex, str, np.generic, NoneType)) else None

    numbers = sorted(
        (name, frozen(value)) for name, value in vars(module).items() if not name.startswith("__")
    )
    depends = source.text, source.function, adapter_text(parameters), numbers
    return hashlib.sha256(repr(depends).encode()).hexdigest()[:16]


# the function


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
            what += _guess(name, [*QUANTITIES, *variables]) or f" ({', '.join(variables)})"
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
            yield source.problem(node.lineno, f"there is no state.{node.attr}{_guess(node.attr, state)}")


def _try(order: OwnOrder, function: Any, line: int) -> None:
    """Compile the function by itself. Raises RunFileError."""
    try:
        kind = returned_type(function, order.parameters, order.state, order.digest)
    except Exception as error:
        at = _blamed_line(order.source, error) or line
        raise RunFileError(order.source.problem(at, f"does not compile: {_sentence(error)}")) from error
    if not fits(kind):
        said = {"none": "nothing", "OptionalType": "nothing on some paths"}.get(
            str(kind).split("(")[0], str(kind)
        )
        raise RunFileError(
            order.source.problem(line, f"{order.source.function} returns {said}: it must return {_FORMS}")
        )
    parts = len(kind) if isinstance(kind, types.BaseTuple) else 1
    if order.level and parts == 1:
        what = "returns a motion up or down, which needs a 3-D run; return (east, north, 0.0), or set advection.dimension"
        raise RunFileError(order.source.problem(line, f"{order.source.function} {what}"))
    if order.backward and parts == 4 and "direction" not in order.parameters:
        what = "returns a status, which has no meaning in a backward run; return (east, north, up)"
        raise RunFileError(order.source.problem(line, f"{order.source.function} {what}"))


# what went wrong


def _raised_line(source: OwnSource, error: BaseException) -> int | None:
    """The innermost line of the user's file that an exception came through."""
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == source.path
    ]
    return lines[-1] if lines else None


def _blamed_line(source: OwnSource, error: Exception) -> int | None:
    """The line of the user's file that an error of Numba blames: the innermost, which it names first."""
    for path, line, path_, line_ in re.findall(
        r'File "([^"\n]+)", line (\d+)| (?:at|from) (\S.*?) \((\d+)\)', str(error)
    ):
        if os.path.abspath(path or path_) == source.path:
            return int(line or line_)
    place = getattr(error, "loc", None)
    return place.line if place is not None and os.path.abspath(place.filename) == source.path else None


def _sentence(error: BaseException) -> str:
    """What an error says, in one sentence; those of Numba have many lines."""
    if isinstance(error, KeyError):  # Numba's way of saying it
        return f"there is no {error}"
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith("Failed in nopython mode")] or [
        type(error).__name__
    ]
    called = next((line.removeprefix(">>> ") for line in lines if line.startswith(">>> ")), None)
    if lines[0].startswith("No implementation of function") and called:
        return f"there is no {called}"
    first = re.sub(r"( Raised from .*|, defined at \S+ \(\d+\))$", "", lines[0]).rstrip(".")
    return first + (f": return {_FORMS}" if first.startswith("Can't unify return type") else "")


def _guess(word: str, words: Collection[str]) -> str:
    # tmep: temp, not time
    close = sorted(difflib.get_close_matches(word, words), key=lambda one: sorted(one) != sorted(word))
    return f" (did you mean {close[0]}?)" if close else ""
