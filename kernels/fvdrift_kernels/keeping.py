"""How compiled code is kept from one process to the next, and given to others that run beside this one. No
arithmetic."""

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
from numba.core.caching import UserProvidedCacheLocator
from numba.core.serialize import dumps

# of these the folder has the sources in its name, or a digest of them
_OURS = ("fvdrift_kernels.", "fvdrift_own_")
_LOCATORS = f"{__name__}.Folder,UserProvidedCacheLocator"
_folders: list[str] = []  # the last is where compiled code is kept; none: importing kernels writes nothing
_kept: list[tuple[Any, str]] = []


def keep_in(folder: str) -> None:
    """Let all entry points, those to come too, load and keep their compiled code in a folder.

    It must be the caller's alone, as Numba runs what it finds there; and another one for other sources of
    this package, as Numba keeps stale code when a function in another module changes.
    """
    _folders.append(folder)
    for dispatcher, apart in _kept:
        _enable(dispatcher, apart)


def kept(dispatcher: Any, apart: str = "") -> Any:
    """The same compiled function, which keeps its code, in the sub-folder `apart`, once there is a folder."""
    if not numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        _kept.append((dispatcher, apart))
        if _folders:
            _enable(dispatcher, apart)
    return dispatcher


def _enable(dispatcher: Any, apart: str) -> None:
    config: Any = numba.config
    usual = config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES
    # nowhere else: the other folders that Numba would take may be anybody's
    config.CACHE_LOCATOR_CLASSES = _LOCATORS
    config.CACHE_DIR = os.path.join(_folders[-1], apart)
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # it cannot be written any more: then nothing is kept
        return
    finally:
        config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES = usual
    cache = dispatcher._cache
    cache._cache_file = _Shared(cache._cache_file, f"{apart}/{cache._cache_file._index_name}")


class Folder(UserProvidedCacheLocator):
    """The folder itself, for what can be in it from one version of the sources alone: these need not be looked at,
    and may lie elsewhere than where they were compiled."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "Folder | None":
        if not py_func.__module__.startswith(_OURS):
            return None
        return cls(py_func, py_file)

    def get_cache_path(self) -> str:
        return self._folder

    def __init__(self, py_func: Any, py_file: str):
        super().__init__(py_func, py_file)
        self._folder: str = numba.config.CACHE_DIR  # type: ignore[attr-defined]

    def get_source_stamp(self) -> str:
        return ""


Compiled = dict[str, bytes]
# the last is written in: by file, what is for whom
_notes: list[dict[str, list[tuple[Any, Any]]]] = []
_given: Compiled = {}


def note() -> None:
    """Note from now on which compiled code this process uses, where it does not do so yet."""
    if not _notes:
        _notes.append({})


def noted() -> Compiled:
    """The compiled code that was used since `note`, for `take` in another process; it is noted no longer."""
    return {name: dumps(entries) for name, entries in _notes.pop().items()}


def take(compiled: Compiled) -> None:
    """Use what another process has used, and read no file for it."""
    _given.update(compiled)


class MissingError(Exception):
    """A kernel would have to be compiled; the words are the types that it is called with."""


_refused: list[str] = []


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Raise MissingError in place of compiling a kernel, by the beginning of its file's name."""
    _refused.append(f"/{name}")
    try:
        yield
    finally:
        _refused.pop()


class _Shared:
    """Compiled code of one function as Numba's cache asks for it: what was given, or what its file holds."""

    def __init__(self, file: Any, name: str):
        self._file, self._name = file, name
        self._entries: list[tuple[Any, Any]] = []

    def load(self, key: Any) -> Any:
        if self._name in _given:  # read now that all types that it names are there
            self._entries += pickle.loads(_given.pop(self._name))
        for number, (its_key, code) in enumerate(self._entries):
            if its_key == key:
                del self._entries[number]  # Numba asks once
                return code
        code = self._file.load(key)
        if code is None and any(name in self._name for name in _refused):
            raise MissingError(str(key[0]))
        return self._note(key, code)

    def save(self, key: Any, code: Any) -> None:
        os.makedirs(self._file._cache_path, exist_ok=True)
        self._file.save(key, self._note(key, code))

    def flush(self) -> None:
        self._file.flush()

    def _note(self, key: Any, code: Any) -> Any:
        if _notes and code is not None:
            _notes[-1].setdefault(self._name, []).append((key, code))
        return code
