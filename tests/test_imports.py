"""Imports point one way, and heavy libraries are where docs/inside.md says. Nothing is imported: sources are
read."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "fvdrift"
KERNELS = ROOT / "kernels" / "fvdrift_kernels"


def imported(path: Path, *, at_start: bool) -> Iterator[str]:
    """Whole names of the modules that a file imports. at_start: without what it imports when a function is
    called."""
    tree = ast.parse(path.read_text())
    package = (
        ["fvdrift", *path.relative_to(SOURCES).parent.parts]
        if path.is_relative_to(SOURCES)
        else ["fvdrift_kernels"]
    )
    for node in tree.body if at_start else _walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{name.name}" for name in node.names)


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _walk(node)


def users_of(library: str) -> set[str]:
    """The modules of fvdrift that import a library, at any time."""
    return {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if any(name.split(".")[0] == library for name in imported(path, at_start=False))
    }


def module_name(path: Path) -> str:
    """As it is imported."""
    parts = path.relative_to(SOURCES.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_module_imports_one_that_imports_it():
    modules = {module_name(path): path for path in SOURCES.rglob("*.py")}
    needs: dict[str, set[str]] = {}
    for module, path in modules.items():
        # a package is loaded before what is in it
        found = {
            ".".join(name.split(".")[:n])
            for name in imported(path, at_start=True)
            for n in range(1, name.count(".") + 2)
        }
        needs[module] = {name for name in found & modules.keys() if not f"{module}.".startswith(f"{name}.")}
    order = list(TopologicalSorter(needs).static_order())  # raises CycleError
    layers = (
        "settings",
        "messages",
        "territory",
        "worker",
        "transport",
        "pieces",
        "manager",
        "session",
        "lockstep",
    )
    rows = [f"fvdrift.{name}" for name in (*layers, "simulation")]
    assert [module for module in order if module in rows] == rows


def test_kernels_import_numpy_and_numba_only():
    names = {name.split(".")[0] for path in KERNELS.glob("*.py") for name in imported(path, at_start=False)}
    # numba is made of llvmlite
    assert names - sys.stdlib_module_names - {"fvdrift_kernels"} == {"numpy", "numba", "llvmlite"}


@pytest.mark.parametrize(
    ("library", "users"), [("matplotlib", "plot/"), ("mpi4py", ("transport/", "launcher.py"))]
)
def test_heavy_libraries_are_used_in_one_place(library, users):
    found = users_of(library)
    assert found
    assert all(name.startswith(users) for name in found)
