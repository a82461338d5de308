"""How compiled code is kept from one process to the next. No arithmetic."""

import os
from typing import Any

import numba

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
    config.CACHE_LOCATOR_CLASSES = "UserProvidedCacheLocator"
    config.CACHE_DIR = os.path.join(_folders[-1], apart)
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # it cannot be written any more: then nothing is kept
        pass
    finally:
        config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES = usual
