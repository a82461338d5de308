"""The Python file of an own behaviour: read once by who prepares the run, run by every worker. What its function
may ask for is `own_check`'s."""

import ast
import hashlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType, NoneType
from typing import Any

import numba
import numpy as np
from numba.core.compiler_lock import global_compiler_lock

import fvdrift_kernels
from fvdrift.errors import RunFileError
from fvdrift.orders import OwnSource
from fvdrift_kernels.jit import DEBUG
from fvdrift_kernels.own import adapter_text

from .own_errors import guess, raised_line, sentence_of
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


def _imported(source: OwnSource) -> Iterator[tuple[int, str]]:
    """Imports and uses of modules that an own behaviour cannot have: (line, what is wrong)."""
    numpy: set[str] = set()
    live = live_nodes(ast.parse(source.text), source.function)
    nodes: list[Any] = sorted(live, key=lambda node: not isinstance(node, ast.Import))
    for node in nodes:
        numpy |= _names_for_numpy(node, numpy)
        for name in _modules_of(node, numpy):
            if any(f"{name}.".startswith(f"{random}.") for random in _RANDOM):
                yield node.lineno, f"{name} cannot be used: {_INSTEAD}"
            elif name.split(".")[0] not in (*_LIBRARIES, *sys.stdlib_module_names):
                yield node.lineno, f"{name} cannot be used: {_ELSEWHERE}"


def _names_for_numpy(node: Any, numpy: set[str]) -> set[str]:
    """Those that it goes by from this node on. numpy: those it goes by already."""
    if isinstance(node, ast.Import):
        return {alias.asname or "numpy" for alias in node.names if alias.name.split(".")[0] == "numpy"}
    if isinstance(node, ast.Assign) and getattr(node.value, "id", None) in numpy:
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def _modules_of(node: Any, numpy: set[str]) -> list[str]:
    """What a node imports or takes out of numpy, by full names. numpy: the names it goes by."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in numpy:
        return ["numpy.random"] if node.attr == "random" else []
    return []


def run_own(source: OwnSource) -> tuple[ModuleType, FunctionType, int]:
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
            what = f"{type(error).__name__} when the file is run: {sentence_of(error)}"
            raise RunFileError(source.problem(raised_line(source, error), what)) from error
        finally:
            numba.config.DISABLE_JIT = int(DEBUG)  # type: ignore[attr-defined]
    name, here = source.function, vars(module)
    if isinstance(here.get(name), FunctionType):
        return module, here[name], line_of(source)
    if name in here:
        raise RunFileError(source.problem(line_of(source), f"{name} is not a function"))
    raise RunFileError(source.problem(None, f"has no function {name}{guess(name, here)}"))


def line_of(source: OwnSource) -> int:
    """Where the name of the function is given its meaning."""
    nodes: list[Any] = list(ast.walk(ast.parse(source.text)))  # from the outside in
    return next(
        (one.lineno for one in nodes if source.function in (getattr(one, "name", 0), getattr(one, "id", 0))),
        1,
    )


def digest_of(source: OwnSource, parameters: tuple[str, ...], module: ModuleType) -> str:
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
