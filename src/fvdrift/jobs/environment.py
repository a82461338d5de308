"""The Python environment of a job as one archive, from which every node makes a copy on a disk of its own. A job
script calls it by its name: `python -m fvdrift.jobs.environment ARCHIVE [KERNELS]`.

In the archive lie `env`, the venv or conda environment that this Python runs in; `python`, what a venv takes from
elsewhere; and `kernels`. What of fvdrift is not in the environment, as after `pip install --editable`, is put there.
"""

import os
import stat
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from fvdrift.errors import RunFileError

_PACKAGES = ("fvdrift", "fvdrift_kernels")
_OF_THE_NODE = (Path("/"), Path("/usr"), Path("/usr/local"))  # not shared: these need no copy
_NOT_NEEDED = ("test", "idlelib", "tkinter", "ensurepip", "lib2to3")  # of the standard library


def refuse() -> None:
    """Raises RunFileError where this Python cannot be copied."""
    if _in_place(Path(sys.prefix)):
        raise RunFileError(
            f"--stage: fvdrift is installed in the Python of the system ({sys.prefix}), which cannot be copied: "
            "install it in a venv or a conda environment"
        )


def home_elsewhere() -> bool:
    """Whether the archive has a `python`: what the venv takes from elsewhere, where that is not on each node."""
    return sys.prefix != sys.base_prefix and not _in_place(Path(sys.base_prefix))


def pack(archive: Path, kernels: Path | None) -> bool:
    """Write the archive, unless there is one from after the last change; returns whether it did. kernels: the folder
    with those that are compiled.

    Several may do it at the same time: each writes a file of its own, which gets the name when it is whole.
    """
    with suppress(FileNotFoundError):
        if archive.stat().st_mtime > _last_change(kernels):
            return False
    with tempfile.NamedTemporaryFile(dir=archive.parent, prefix=f"{archive.name}.", delete=False) as made:
        try:
            with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as tar:
                for path, name in _members(kernels):
                    _add(tar, path, name)
            made.flush()
            os.replace(made.name, archive)
        except BaseException:
            os.unlink(made.name)
            raise
    return True


def _in_place(prefix: Path) -> bool:
    return prefix.resolve() in _OF_THE_NODE


def _members(kernels: Path | None) -> Iterator[tuple[Path, str]]:
    """What goes in, and as what."""
    prefix, site = Path(sys.prefix), Path(sysconfig.get_path("purelib"))
    yield prefix, "env"
    for package in _beside(prefix):
        yield package, f"env/{site.relative_to(prefix)}/{package.name}"
    if home_elsewhere():
        base = Path(sys.base_prefix)
        library = Path(sysconfig.get_path("stdlib"))
        yield library, f"python/{library.relative_to(base)}"
        yield from ((path, f"python/lib/{path.name}") for path in base.glob("lib/libpython*"))
        program = Path(os.path.realpath(sys.executable))
        yield program, f"python/bin/{program.name}"
    if kernels is not None and kernels.is_dir():
        yield kernels, f"kernels/{kernels.name}"


def _beside(prefix: Path) -> Iterator[Path]:
    """Packages of fvdrift that are not in the environment."""
    for name in _PACKAGES:
        folder = Path(str(sys.modules[name].__path__[0])) if name in sys.modules else _found(name)
        if not folder.is_relative_to(prefix):
            yield folder


def _found(name: str) -> Path:
    from importlib.util import find_spec

    spec = find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """With all below it."""
    elsewhere = {str(package.parent) for package in _beside(Path(sys.prefix))}

    def wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        there = path / Path(member.name).relative_to(name)
        if there.suffix == ".pth" and elsewhere & set(_lines(there)):
            return None  # it names the folders of packages that are in the archive
        if home_elsewhere() and member.name.startswith("python/"):
            parts = member.name.split("/")[3:]  # below lib/pythonX.Y
            if parts and (parts[0] in _NOT_NEEDED or (parts[0] == "site-packages" and not _sees_base())):
                return None
        elif member.issym() and home_elsewhere() and member.name.startswith("env/bin/python"):
            member.linkname = f"../../python/bin/{Path(os.path.realpath(sys.executable)).name}"
        member.mode |= stat.S_IWUSR
        return member

    tar.add(path, name, filter=wanted)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []


def _sees_base() -> bool:
    """Whether a venv has the packages of the Python that it was made from."""
    with suppress(OSError):
        text = (Path(sys.prefix) / "pyvenv.cfg").read_text(encoding="utf-8").lower()
        return "include-system-site-packages = true" in text
    return False


def _last_change(kernels: Path | None) -> float:
    """When something was last installed, changed in what is edited, or compiled; seconds."""
    prefix, site = Path(sys.prefix), Path(sysconfig.get_path("purelib"))
    looked_at: list[Iterable[Path]] = [
        (prefix / "pyvenv.cfg", site),
        site.iterdir(),
        prefix.glob("conda-meta/history"),
    ]
    looked_at += [package.rglob("*.py") for package in _beside(prefix)]
    if kernels is not None:
        looked_at.append(kernels.rglob("*"))
    times = []
    for paths in looked_at:
        for path in paths:
            with suppress(OSError):
                times.append(path.stat().st_mtime)
    return max(times)


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    archive, kernels = Path(arguments[0]), Path(arguments[1]) if arguments[1:] and arguments[1] else None
    try:
        archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if pack(archive, kernels):
            print(f"packed {sys.prefix}: {archive}, {archive.stat().st_size >> 20} MB", file=sys.stderr)
        return 0
    except OSError as error:
        print(f"fvdrift: error: {archive}: the environment cannot be packed: {error}", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
