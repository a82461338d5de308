"""Imports point one way, and heavy libraries are where docs/inside.md says. Nothing is imported: sources are
read."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "fvdrift"
KERNELS = ROOT / "kernels" / "fvdrift_kernels"
# what may be imported goes up this list: a room takes from those before it
FIRST = ("version", "errors")
ROOMS = (
    "tools", "tools.netcdf", "process", "expression", "settings", "forcing", "mesh", "timeline", "orders", "output", "release",
    "fields", "behaviour", "statistics", "preparation", "postprocess", "engine", "engine.checkpoint", "engine.owners",
    "engine.node_frames", "engine.worker", "engine.transport", "engine.manager", "simulation",
    "plot", "plot.answers", "comparison", "export", "jobs", "commands",
)  # fmt: skip
NO_ROOM = ("templates",)  # what `fvdrift new` copies: nobody imports it
LAST = ("accessor", "finished", "python_run", "against_drifters", "api", "cli", "__main__", "__init__")
BY_MODULE = ("tools", "tools.netcdf", "commands")  # each module is a tool, or a command: there is no door


def imported(path: Path) -> Iterator[str]:
    """Whole names of the modules that a file imports, also when a function is called."""
    tree = ast.parse(path.read_text())
    package = (
        ["fvdrift", *path.relative_to(SOURCES).parent.parts]
        if path.is_relative_to(SOURCES)
        else ["fvdrift_kernels"]
    )
    for node in _walk(tree):
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
        if any(name.split(".")[0] == library for name in imported(path))
    }


def _taken(path: Path) -> Iterator[tuple[str, str]]:
    """Doors that a file goes through, and what it takes there."""
    if path.is_relative_to(SOURCES):
        yield from ((module, name) for module, name, _ in imports_of(path))
    else:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                yield from ((node.module, alias.name) for alias in node.names)


def module_name(path: Path) -> str:
    """As it is imported."""
    parts = path.relative_to(SOURCES.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The room of a module of fvdrift, without `fvdrift.`; "" for those that lie in none."""
    parts = module.split(".")[1:]
    first_two = ".".join(parts[:2])
    return first_two if first_two in ROOMS else parts[0] if parts and parts[0] in ROOMS else ""


def imports_of(path: Path) -> Iterator[tuple[str, str, bool]]:
    """The modules of fvdrift that a file takes names from, at any time and for types too: (module or door, name, whether the
    import is relative)."""
    package = ["fvdrift", *path.relative_to(SOURCES).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (
                (alias.name, "", False) for alias in node.names if alias.name.split(".")[0] == "fvdrift"
            )
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module.split(".")[0] == "fvdrift":
                yield from ((module, alias.name, node.level > 0) for alias in node.names)


def files_in_rooms() -> Iterator[tuple[str, Path]]:
    """Every module with its room, doors aside; those that lie in no room have their own name."""
    for path in sorted(SOURCES.rglob("*.py")):
        name = module_name(path)
        if path.name != "__init__.py" or path.parent == SOURCES:
            yield room_of(name) or path.stem, path


def test_rooms_are_all_that_there_is():
    folders = {
        path.parent.relative_to(SOURCES).as_posix().replace("/", ".") for path in SOURCES.rglob("*.py")
    } - {".", *NO_ROOM}
    alone = {path.stem for path in SOURCES.glob("*.py")}
    assert {folder for folder in folders if room_of(f"fvdrift.{folder}") == ""} == set()
    assert alone == set(FIRST) | set(LAST)
    assert len(ROOMS) == len(set(ROOMS))


def test_imports_go_up_the_list_of_rooms_only():
    rank = {room: n for n, room in enumerate((*FIRST, *ROOMS, *LAST))}
    back = []
    for here, path in files_in_rooms():
        for module, name, _ in imports_of(path):
            there = room_of(f"{module}.{name}") or (f"{module}.{name}".split(".") + [""])[1]
            if module == "fvdrift" and name == "__version__":
                continue
            if rank[there] > rank[here]:
                back.append(f"{path.relative_to(SOURCES)} -> {module}.{name}")
    assert back == []


def test_no_module_imports_one_that_imports_it():
    """Within the rooms, also when a function is called; from room to room the order of the rooms says it."""
    modules = {module_name(path): path for path in SOURCES.rglob("*.py")}
    needs: dict[str, set[str]] = {}
    for module, path in modules.items():
        # a package is loaded before what is in it
        found = {
            ".".join(name.split(".")[:n]) for name in imported(path) for n in range(1, name.count(".") + 2)
        }
        needs[module] = {name for name in found & modules.keys() if not f"{module}.".startswith(f"{name}.")}
    tuple(TopologicalSorter(needs).static_order())  # raises CycleError


def test_the_door_is_the_only_way_into_a_room():
    around = []
    for here, path in files_in_rooms():
        for module, name, relative in imports_of(path):
            there = room_of(module)
            if not there or there in BY_MODULE:
                continue
            inside = there == here or here.startswith(f"{there}.")
            if module != f"fvdrift.{there}" and not inside:
                around.append(f"{path.relative_to(SOURCES)} -> {module}.{name}")
            elif inside and not relative:
                around.append(
                    f"{path.relative_to(SOURCES)}: {module}.{name} is in the same room: import it relatively"
                )
    assert around == []


def test_a_door_offers_what_is_there_and_nothing_that_nobody_takes():
    users = (path for folder in (SOURCES, ROOT / "tests", ROOT / "scripts") for path in folder.rglob("*.py"))
    taken = {door_and_name for path in users for door_and_name in _taken(path)}
    for room in set(ROOMS) - set(BY_MODULE):
        stub = SOURCES.joinpath(*room.split(".")) / "__init__.pyi"
        lines = ast.parse(stub.read_text()).body
        offered = [alias.name for node in lines for alias in node.names]
        assert len(offered) == len(set(offered))
        door = import_module(f"fvdrift.{room}")
        assert [name for name in offered if not hasattr(door, name)] == [], room
        # once a module is loaded, lazy-loader 0.4 gives that for a name like it
        assert [line.module for line in lines if line.module in {alias.name for alias in line.names}] == [], (
            room
        )
        assert [name for name in offered if (f"fvdrift.{room}", name) not in taken] == [], room


def test_no_name_that_is_a_modules_own_is_used_by_another():
    stolen = [
        f"{path.relative_to(SOURCES)} -> {module}.{name}"
        for _, path in files_in_rooms()
        for module, name, _ in imports_of(path)
        if name.startswith("_") and not name.startswith("__")
    ]
    assert stolen == []


def test_kernels_import_numpy_and_numba_only():
    names = {name.split(".")[0] for path in KERNELS.glob("*.py") for name in imported(path)}
    # numba is made of llvmlite
    assert names - sys.stdlib_module_names - {"fvdrift_kernels"} == {"numpy", "numba", "llvmlite"}


@pytest.mark.parametrize(
    ("library", "users"), [("matplotlib", "plot/"), ("mpi4py", ("engine/transport/", "process/launcher.py"))]
)
def test_heavy_libraries_are_used_in_one_place(library, users):
    found = users_of(library)
    assert found
    assert all(name.startswith(users) for name in found)
