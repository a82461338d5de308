"""Modules that rank 0 has loaded reach the others as one message, so that they read no files for them.

Looking for a module and reading it takes eight calls to the file system, and a worker has a thousand modules: with
many ranks on one shared file system these take minutes. Rank 0 sends the compiled code of all that it has loaded
itself; the others run it as if they had read it. What was written in C, and whatever was not sent, is found as ever.
"""

import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import MAGIC_NUMBER, spec_from_file_location
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

from fvdrift.errors import FvdriftError

from .launcher import AgreedError

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

_HEADER = 16  # bytes of a .pyc before its code: magic number, flags, time and size of the source


class _Module(NamedTuple):
    """As its importer would find it. origin: its source; folders: of a package, where its modules lie; code:
    marshalled."""

    origin: str
    folders: list[str] | None
    code: bytes


class _Sent(NamedTuple):
    """here: of the interpreter that they were loaded by, and the places where it looks for modules; kernels: the
    hash of their sources (`kernel_cache`)."""

    here: tuple[Any, ...]
    kernels: str
    modules: dict[str, _Module]


class _Refused(NamedTuple):
    sentence: str
    exit_code: int


def send(communicator: "Comm", kernels: str) -> None:
    """Rank 0 sends all modules that it has loaded. kernels: the hash of their sources."""
    communicator.bcast(_Sent(_here(), kernels, dict(_loaded())))


def refuse(communicator: "Comm", error: FvdriftError) -> AgreedError:
    """Rank 0 sends what all leave for in their place; returns what it leaves with itself."""
    communicator.bcast(_Refused(str(error), error.exit_code))
    return AgreedError(str(error), error.exit_code)


@contextmanager
def received(communicator: "Comm") -> Iterator[str]:
    """The other ranks load modules of rank 0 within; where they would look for them elsewhere than it has, their
    own, and the hash is "". Raises AgreedError where rank 0 refuses."""
    sent: _Sent | _Refused = communicator.bcast(None)
    if isinstance(sent, _Refused):
        raise AgreedError(sent.sentence, sent.exit_code)
    if sent.here != _here():
        yield ""
        return
    finder: Any = _Finder(sent.modules)
    sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)
    try:
        yield sent.kernels
    finally:
        sys.meta_path.remove(finder)


def _here() -> tuple[Any, ...]:
    return sys.version, MAGIC_NUMBER, sys.flags.optimize, sys.prefix, tuple(sys.path)


def _loaded() -> Iterator[tuple[str, _Module]]:
    for name, module in list(sys.modules.items()):
        spec: ModuleSpec | None = getattr(module, "__spec__", None)
        if spec is None or spec.name != name or type(spec.loader) is not SourceFileLoader:
            continue
        try:
            code = _code(spec, spec.loader)
        except (OSError, ImportError):  # it is gone since: whoever needs it will say so
            continue
        folders = spec.submodule_search_locations
        yield name, _Module(spec.loader.path, None if folders is None else list(folders), code)


def _code(spec: ModuleSpec, loader: SourceFileLoader) -> bytes:
    """Marshalled. What Python has kept is taken as it is where it is of this source, and not unmarshalled."""
    if spec.cached is not None:
        source = os.stat(loader.path)
        stamp = b"".join(
            (number & 0xFFFFFFFF).to_bytes(4, "little")
            for number in (0, int(source.st_mtime), source.st_size)
        )
        try:
            with open(spec.cached, "rb") as file:
                kept = file.read()
        except OSError:
            kept = b""
        if kept[:_HEADER] == MAGIC_NUMBER + stamp:
            return kept[_HEADER:]
    return marshal.dumps(loader.get_code(spec.name))


class _Finder:
    """Among those of `sys.meta_path`."""

    def __init__(self, modules: dict[str, _Module]):
        self._modules = modules

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        found = self._modules.pop(name, None)
        if found is None:
            return None
        loader = _Loader(name, found.origin, found.code)
        return spec_from_file_location(
            name, found.origin, loader=loader, submodule_search_locations=found.folders
        )


class _Loader(SourceFileLoader):
    """What else is asked of a module, such as its source, is read where it lies."""

    def __init__(self, name: str, path: str, code: bytes):
        super().__init__(name, path)
        self._sent: bytes | None = code

    def get_code(self, fullname: str) -> CodeType | None:
        sent, self._sent = self._sent, None
        return super().get_code(fullname) if sent is None else marshal.loads(sent)
