"""Where compiled kernels are kept. What lies there is run as code, so nobody else may have written it.

The folder is BASE/fvdrift-UID: the caller's own, closed to all others, no link. It is looked at through the
folder that was opened, and reached through that for as long as the process lives: who can rename it or a
folder above it gains nothing.
"""

import atexit
import functools
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from numba.core.registry import cpu_target

import fvdrift_kernels
from fvdrift_kernels.jit import DEBUG
from fvdrift_kernels.keeping import keep_in

from . import launcher
from .failure import say

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

_believed: list[str] = []
_BASES = ("FVDRIFT_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME")


class _UnsafeError(Exception):
    """Somebody else could write in a folder."""


@functools.cache
def set_up() -> Path | None:
    """Let the kernels load and keep their compiled code in a folder, which is returned; None: it is not kept
    beyond the process. The first of the copies that were started says once why a folder is not taken, or that
    there is none."""
    if _off():
        return None
    folder, problems = None, []
    for base in _bases():
        try:
            folder = _in(base)
            break
        except _UnsafeError as error:
            problems.append(str(error))
        except (
            OSError,
            ValueError,
            RuntimeError,
        ):  # nothing can be written there, it is no path, there is no home
            continue
    if folder is None:
        passing()
        problems = problems or ["no folder can be written"]
    here = launcher.seat()
    if problems and (here is None or here.rank == 0):
        instead = (
            "are not kept: give FVDRIFT_CACHE_DIR, a folder of your own"
            if folder is None
            else f"go to {folder}"
        )
        say(f"fvdrift: warning: {'; '.join(problems)}: compiled kernels {instead}")
    return folder


def _bases() -> Iterator[Path]:
    given = [os.environ.get(name) for name in _BASES]
    yield from (Path(base) for base in (*given, "~/.cache") if base)
    with suppress(OSError):
        yield Path(tempfile.gettempdir())


def _in(base: Path) -> Path:
    """Keep kernels under `base`. Raises _UnsafeError, OSError."""
    base = Path(os.path.realpath(base.expanduser()))
    base.mkdir(parents=True, exist_ok=True)
    # they may be a project's: who owns one can move ours away, not write in it
    for folder in (base, *base.parents):
        mode = folder.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise _UnsafeError(f"{folder} can be written by everyone")
    folder, new = base / f"fvdrift-{os.geteuid()}", True
    try:
        folder.mkdir(0o700)
    except FileExistsError:
        new = False
    return _use(folder, new)


@functools.cache
def passing() -> Path | None:
    """Keep kernels in a fresh folder, which goes when the process ends, or nowhere."""
    with suppress(OSError, _UnsafeError):
        folder = Path(tempfile.mkdtemp(prefix="fvdrift-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _use(folder, new=True)
        return folder
    return None


def share(on_node: "Comm") -> None:
    """Let ranks of one machine that have no folder to stay take that of the first, so that kernels are
    compiled once."""
    alone = set_up() is None and not _off()
    first = on_node.bcast(passing() if alone and on_node.rank == 0 else None)
    if alone and first is not None and on_node.rank > 0:
        with suppress(OSError, _UnsafeError):
            _use(first, new=False)


def load_compiler() -> None:
    """Load what Numba loads when it first compiles, or takes up what was compiled before."""
    if not DEBUG:
        cpu_target.typing_context.refresh()
        cpu_target.target_context.refresh()


def _off() -> bool:
    return DEBUG or bool(os.environ.get("FVDRIFT_NO_CACHE"))


def _use(folder: Path, new: bool) -> Path:
    """Keep kernels in a folder; new: it is empty, and may have been made with other rights than were asked
    for. Raises _UnsafeError, OSError."""
    _refuse(folder, os.lstat(folder), new)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if new:
            if os.listdir(opened):  # another one was put in its place
                raise _UnsafeError(f"{folder} was replaced while it was made")
            with suppress(OSError):
                os.fchmod(opened, 0o700)
        _refuse(folder, os.fstat(opened), False)
        pinned = Path(f"/proc/self/fd/{opened}")
        kernels = (pinned if pinned.is_dir() else folder) / sources()
        kernels.mkdir(0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=kernels):
            keep_in(str(kernels))
    except BaseException:
        os.close(opened)
        raise
    return folder / kernels.name


def _refuse(folder: Path, found: os.stat_result, new: bool) -> None:
    """Raises _UnsafeError where others could have put something into a folder."""
    if stat.S_ISLNK(found.st_mode):
        raise _UnsafeError(f"{folder} is a link")
    if found.st_uid != os.geteuid():
        raise _UnsafeError(f"{folder} belongs to another user")
    if found.st_mode & 0o077 and not new:
        raise _UnsafeError(f"{folder} is open to others")


def believe(sources: str) -> None:
    """Take the hash of the kernels' sources from who has sent the kernels."""
    _believed.append(sources)


def sources() -> str:
    """A hash of the kernels' sources, to the last comment: no code that is compiled from others will do."""
    if _believed:
        return _believed[-1]
    digest = hashlib.sha256()
    for source in sorted(Path(fvdrift_kernels.__path__[0]).glob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]
