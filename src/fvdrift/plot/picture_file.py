"""The file a picture goes to: its kind by its name, never over anything that is no picture, whole or not at
all."""

import os
from collections.abc import Callable
from pathlib import Path

from fvdrift.errors import OutputError, RunFileError
from fvdrift.tools.new_file import NewFile, check_plain

STILLS = (".png", ".pdf", ".svg")
FILMS = (".gif", ".mp4")
PAGE_BEGINNING = "<!doctype html>\n<!-- tracks of fvdrift -->\n"
_BEGINNINGS = (b"\x89PNG", b"%PDF", b"<?xml", b"<svg", b"GIF8", PAGE_BEGINNING.encode())


def check_picture(path: Path, film: bool | None) -> None:
    """Refuse early what would fail late. film: whether the picture moves, None: as the name says.

    Raises RunFileError for a name of no kind of picture, or one that something else has; OutputError for a
    folder that can't be written to.
    """
    kinds = {True: FILMS, False: STILLS, None: STILLS + FILMS}[film]
    if path.suffix.lower() not in kinds:
        if path.suffix.lower() not in STILLS + FILMS:
            kinds = STILLS + FILMS if film is False else kinds
        what = "an animation" if film else "a picture"
        page = "; a page for a browser in .html" if kinds == STILLS + FILMS else ""
        raise RunFileError(f"{path}: {what} ends in {', '.join(kinds[:-1])} or {kinds[-1]}{page}")
    check_place(path)


def check_place(path: Path) -> None:
    """Refuse a name that something else has, or a folder that can't be written to. Raises RunFileError,
    OutputError."""
    if path.is_dir() and not path.is_symlink():
        raise RunFileError(f"{path}: is a folder: name a file with -o")
    check_plain(path)
    if path.exists() and not _is_picture(path):
        raise RunFileError(f"{path}: exists and is no picture, so it is kept: choose another name with -o")
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"{folder}: there is no such folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written to: name another place with -o")


def write_picture(path: Path, write: Callable[[Path], None]) -> None:
    """`write` to a name beside `path`, which it takes when it is complete. Raises OutputError."""
    with NewFile(path, path.with_name(f".{path.stem}.tmp{path.suffix.lower()}")) as made:
        try:
            write(made.temporary)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None
        made.commit()


def _is_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(len(PAGE_BEGINNING))
    except OSError:
        return False
    return not start or start.startswith(_BEGINNINGS) or start[4:8] == b"ftyp"
