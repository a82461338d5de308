"""Files that fvdrift makes: each is new, plain, and where its name says. Not what is in them.

A file is made with O_EXCL | O_NOFOLLOW: nothing that is there is written into, and no link leads elsewhere.
Of what was left behind only a plain file is removed; a link, pipe, socket or device is refused. Folders on
the way may be links: they are the user's own. When a file gets its name it is looked for by that name, so a
folder that was replaced meanwhile is found.
"""

import os
import stat
from pathlib import Path

from fvdrift.errors import OutputError, RunFileError

_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def temporary_path(path: Path) -> Path:
    """Where a file is written before it takes its name."""
    return path.with_name(path.name + ".tmp")


def check_plain(*paths: Path) -> None:
    """Raises OutputError for the first of them that is there and is no plain file."""
    for path in paths:
        try:
            mode = os.lstat(path).st_mode
        except OSError:  # nothing is there; what else may be wrong is found when the file is made
            continue
        if not stat.S_ISREG(mode):
            kind = next((name for is_one, name in _KINDS if is_one(mode)), "a device")
            said = f"is {kind}, where a plain file is to be: remove it, or write elsewhere"
            raise OutputError(f"{path}: {said}")


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems cannot; the data themselves are safe
    finally:
        os.close(descriptor)


def make(path: Path) -> int:
    """Make a new, empty file in place of a plain one; its descriptor. Raises OSError, OutputError."""
    remove(path)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)


def open_plain(path: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a plain file that is there; never waits for a pipe. Raises OSError, OutputError."""
    check_plain(path)
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OutputError(f"{path}: is no plain file")


def remove(path: Path) -> None:
    """Remove a plain file if it is there. Raises OSError, OutputError."""
    check_plain(path)
    path.unlink(missing_ok=True)


def lies_at(descriptor: int, path: Path) -> bool:
    """Whether an open file, or folder, is what `path` names now."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except OSError:
        return False


def check_free(path: str) -> None:
    """Raises RunFileError where anything has that name."""
    if os.path.lexists(path):
        raise RunFileError(f"{path}: exists already and is kept; choose another name")


def write_new(path: str, text: str) -> None:
    """Write `text` to a file that nothing is there in place of. Raises RunFileError, OutputError."""
    check_free(path)
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None


class NewFile:
    """What becomes `path` by `commit`, made as NAME.tmp beside it. In a `with`: what was not committed goes.

    descriptor: for reading and writing.
    through: a path that leads to this very file, for libraries that open files by name.
    Raises OutputError.
    """

    def __init__(self, path: Path, temporary: Path | None = None):
        """temporary: another name while it is written."""
        self.path, self.temporary = path, temporary_path(path) if temporary is None else temporary
        self.descriptor = -1
        check_plain(path)
        try:
            self.descriptor = make(self.temporary)
        except OSError as error:
            raise self._failed(error) from None
        self.through = Path(f"/proc/self/fd/{self.descriptor}")

    def write(self, text: str) -> None:
        """Text of any characters that names of files may have."""
        try:
            with open(self.descriptor, "wb", closefd=False) as file:
                file.write(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise self._failed(error) from None

    def commit(self) -> None:
        """Bring it to the disk, and give it its name in place of what has that.

        Raises OutputError too where it is gone from its folder, or the folder is another one.
        """
        try:
            os.fsync(self.descriptor)
            self._stand_by(self.temporary)
            check_plain(self.path)
            os.replace(self.temporary, self.path)
            sync_folder(self.path.parent)
            self._stand_by(self.path)
        except OSError as error:
            raise self._failed(error) from None
        self._let_go()

    def close(self) -> None:
        """Remove it unless it was committed. Safe to call twice."""
        if self.descriptor >= 0:
            if lies_at(self.descriptor, self.temporary):
                self.temporary.unlink(missing_ok=True)
            self._let_go()

    def __enter__(self) -> "NewFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stand_by(self, path: Path) -> None:
        if not lies_at(self.descriptor, path):
            raise OutputError(f"{path}: was removed or replaced, or its folder was, while it was written")

    def _let_go(self) -> None:
        os.close(self.descriptor)
        self.descriptor = -1

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"{self.path}: cannot be written: {error.strerror or error}")


class Folder:
    """The folder of `path`, open: `check` tells whether its name still leads to it. Raises OutputError."""

    def __init__(self, path: Path):
        self._path = path.parent
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be opened: {error.strerror or error}") from None

    def check(self) -> None:
        """Raises OutputError where another folder, or none, has its name now."""
        try:
            same = os.path.samestat(os.fstat(self._descriptor), os.stat(self._path))
        except OSError:
            same = False
        if not same:
            raise OutputError(f"{self._path}: was removed or replaced while the run went on")

    def close(self) -> None:
        """Let go of it. Safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
