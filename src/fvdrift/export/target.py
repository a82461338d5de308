"""The file or folder that an export goes to: whole or not at all, and never in place of what nobody meant."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fvdrift.errors import OutputError, RunFileError
from fvdrift.output import check_output, locked
from fvdrift.tools.new_file import sync_folder


def check_target(path: Path, overwrite: bool, parts: re.Pattern[str] | None) -> None:
    """Refuse early what would fail late. parts: names of what is in it, where it is a folder. Raises RunFileError,
    OutputError."""
    if parts is None or not os.path.lexists(path):
        check_output(path, overwrite, where="with -o")
        return
    if path.is_symlink() or not path.is_dir():
        raise RunFileError(f"{path}: is no folder, and a folder is to be written: name another with -o")
    if not overwrite:
        raise RunFileError(f"{path}: exists: give --overwrite to replace it, or another name with -o")
    others = sorted(name for name in os.listdir(path) if not parts.fullmatch(name))
    if others:
        raise RunFileError(
            f"{path}: holds {others[0]}, which no export wrote, so it is kept: name another with -o"
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError(f"{path.parent}: cannot be written to: name another place with -o")


@contextmanager
def appearing(path: Path, overwrite: bool, parts: re.Pattern[str] | None) -> Iterator[Path]:
    """A path to write to, which becomes `path` if all goes well; else nothing is left of it. Raises RunFileError,
    OutputError."""
    check_target(path, overwrite, parts)
    with locked([path]):
        try:
            beside = tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None
        made = Path(beside, path.name)
        try:
            yield made
            _sync(made)
            check_target(path, overwrite, parts)
            if parts is not None and path.exists():
                os.rename(path, Path(beside, "before"))
            os.replace(made, path)
            sync_folder(path.parent)
        except (OSError, RuntimeError, ValueError) as error:  # what GDAL and pyarrow raise, too
            if Path(beside, "before").exists():
                os.rename(Path(beside, "before"), path)
            raise OutputError(
                f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}"
            ) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all in a folder."""
    return sum(each.stat().st_size for each in (path.iterdir() if path.is_dir() else (path,)))


def _sync(made: Path) -> None:
    for each in made.iterdir() if made.is_dir() else (made,):
        with each.open("rb") as file:
            os.fsync(file.fileno())
