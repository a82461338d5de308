"""Modules that rank 0 has loaded reach the others as one message, so that they read no files for them.

Looking for a module and reading it takes eight calls to the file system, and a worker has a thousand modules: with
many ranks on one shared file system these take minutes. Rank 0 notes the compiled code of what it loads, and sends it;
the others run it as if they had read it. What was written in C, and whatever was not sent, is found as ever.
"""

import marshal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import MAGIC_NUMBER, spec_from_file_location
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

from fvdrift.errors import FvdriftError

from .launcher import AgreedError
from .waiting import broadcast

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

_HEADER = 16  # bytes of a .pyc before its code: magic number, flags, time and size of the source


class _Module(NamedTuple):
    """As its importer would find it. origin: its source; folders: of a package, where its modules lie; code:
    marshalled."""

    origin: str
    folders: list[str] | None
    code: bytes


Modules = dict[str, _Module]


class _Sent(NamedTuple):
    """here: of the interpreter that they were loaded by, and the places where it looks for modules; kernels: the
    hash of their sources (`kernel_cache`)."""

    here: tuple[Any, ...]
    kernels: str
    modules: Modules


class _Refused(NamedTuple):
    sentence: str
    exit_code: int


@contextmanager
def noted() -> Iterator[Modules]:
    """The modules that are loaded within, for `send`."""
    modules: Modules = {}
    with _first(_Noting(modules)):
        yield modules


def send(communicator: "Comm", modules: Modules, kernels: str) -> None:
    """Rank 0 sends modules. kernels: the hash of the sources of kernels."""
    broadcast(communicator, _Sent(_here(), kernels, modules))


def refuse(communicator: "Comm", error: FvdriftError) -> AgreedError:
    """Rank 0 sends what all leave for in their place; returns what it leaves with itself."""
    broadcast(communicator, _Refused(str(error), error.exit_code))
    return AgreedError(str(error), error.exit_code)


@contextmanager
def received(communicator: "Comm") -> Iterator[str]:
    """The other ranks load modules of rank 0 within; where they would look for them elsewhere than it has, their
    own, and the hash is "". Raises AgreedError where rank 0 refuses."""
    sent: _Sent | _Refused = broadcast(communicator)
    if isinstance(sent, _Refused):
        raise AgreedError(sent.sentence, sent.exit_code)
    if sent.here != _here():
        yield ""
        return
    with _first(_Finder(sent.modules)):
        yield sent.kernels


def _here() -> tuple[Any, ...]:
    return sys.version, MAGIC_NUMBER, sys.flags.optimize, sys.prefix, tuple(sys.path)


@contextmanager
def _first(finder: Any) -> Iterator[None]:
    """Asked before modules are looked for in files, within."""
    sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Noting:
    """Among the finders of `sys.meta_path`, on rank 0."""

    def __init__(self, modules: Modules):
        self._modules = modules

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _NotingLoader(spec, spec.loader.path, self._modules)
        return spec


class _NotingLoader(SourceFileLoader):
    """Notes code as it was read, which takes less than to marshal it again; else as it was compiled."""

    def __init__(self, spec: ModuleSpec, path: str, modules: Modules):
        super().__init__(spec.name, path)
        self._kept_at, self._folders = spec.cached, spec.submodule_search_locations
        self._modules: Modules | None = modules
        self._read: list[tuple[str, bytes]] = []

    def get_data(self, path: str) -> bytes:
        data: bytes = super().get_data(path)
        if self._modules is not None:
            self._read.append((path, data))
        return data

    def get_code(self, fullname: str) -> CodeType | None:
        code = super().get_code(fullname)
        if self._modules is not None:
            # who has read the source as well did so because what was kept is not of it
            as_kept = len(self._read) == 1 and self._read[0][0] == self._kept_at
            marshalled = self._read[0][1][_HEADER:] if as_kept else marshal.dumps(code)
            folders = None if self._folders is None else list(self._folders)
            self._modules[fullname] = _Module(self.path, folders, marshalled)
            self._modules, self._read = None, []
        return code


class _Finder:
    """Among the finders of `sys.meta_path`, on the other ranks."""

    def __init__(self, modules: Modules):
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
