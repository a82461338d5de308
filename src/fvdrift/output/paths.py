"""The names of the files a run writes, and whether it may write them. Nothing is written here."""

import errno
import os
import re
from pathlib import Path

from fvdrift.errors import OutputError, RunFileError
from fvdrift.tools.new_file import check_plain, temporary_path

SPLIT_FILE = re.compile(r"\d{4,}-[0-9a-f]{8}\.nc")  # in NAME.split: number, and what tells runs apart
LONGEST_NAME = 255  # bytes, on all file systems of Linux
LONGEST_ENDING = 40  # of what is made from the name of the tracks, such as .checkpoint-0007.npz.tmp


def part_path(path: Path, stripe: int = 0) -> Path:
    """NAME.nc.part: the records while the run goes on; NAME.nc.part-0001 ...: of the other stripes."""
    return path.with_name(f"{path.name}.part" + (f"-{stripe:04d}" if stripe else ""))


def new_part_path(path: Path) -> Path:
    """NAME.nc.part.new, NAME.nc.part-0001.new ...: dealt anew, until a checkpoint counts on them. path: of a part."""
    return path.with_name(path.name + ".new")


def part_paths(path: Path) -> list[Path]:
    """All parts that are there, of whatever cut, new ones too."""
    named = re.compile(re.escape(f"{path.name}.part") + r"(-\d{4,})?(\.new)?")
    try:
        return sorted(path.with_name(name) for name in os.listdir(path.parent) if named.fullmatch(name))
    except OSError:
        return []


def split_folder(path: Path) -> Path:
    """NAME.split beside NAME.nc: the files that large tracks are split into."""
    return path.with_name(path.name.removesuffix(".nc") + ".split")


def check_split_folder(path: Path) -> None:
    """Raises OutputError where NAME.split, which tracks in several files need, is no folder. Changes nothing."""
    folder = split_folder(path)
    if folder.is_symlink():
        raise OutputError(f"{folder}: is a symbolic link, where a folder is to be: remove it")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is no folder, and the tracks need one of that name: move it away")


def record_path(path: Path) -> Path:
    """NAME.run.json beside NAME.nc."""
    return path.with_name(path.name.removesuffix(".nc") + ".run.json")


def breach_path(path: Path) -> Path:
    """NAME.breach.json beside NAME.nc: of a run in which something impossible happened."""
    return path.with_name(path.name.removesuffix(".nc") + ".breach.json")


def statistics_path(path: Path) -> Path:
    """NAME.stats.nc beside NAME.nc."""
    return path.with_name(path.name.removesuffix(".nc") + ".stats.nc")


def ensemble_path(path: Path) -> Path:
    """NAME.ensemble.nc: of an ensemble whose run file names NAME.nc."""
    return path.with_name(path.name.removesuffix(".nc") + ".ensemble.nc")


def lock_path(path: Path) -> Path:
    """NAME.lock: of whoever writes NAME.nc, NAME.stats.nc or NAME.ensemble.nc."""
    name = path.name.removesuffix(".nc").removesuffix(".stats").removesuffix(".ensemble")
    return path.with_name(name + ".lock")


def check_outputs(path: Path, overwrite: bool, *, tracks: bool, statistics: bool) -> None:
    """`check_output` of all that a run writes whose tracks are, or would be, `path`."""
    for beside in (record_path(path), breach_path(path), lock_path(path)):
        check_plain(beside, temporary_path(beside))
    for made in ([path] if tracks else []) + ([statistics_path(path)] if statistics else []):
        check_output(made, overwrite)


def _too_long(path: Path, where: str) -> str:
    """What is wrong where the system takes no such name, or none as long as those of the files made beside
    it."""
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return f"{path.name[:20]}...: its name or path is longer than this system takes: give a shorter one {where}"
    most = LONGEST_NAME - LONGEST_ENDING
    if len(os.fsencode(path.name)) > most:
        return f"{path.name[:20]}...: its name is too long, as longer ones are made from it: at most {most} bytes {where}"
    return ""


def check_output(path: Path, overwrite: bool, where: str = "in output.file") -> None:
    """Refuse early what would fail late. where: the person names it.

    Raises RunFileError if the tracks, or records that an unfinished run left, are there and `overwrite` is
    not set; OutputError if what is there is no plain file, or the folder can be neither written to nor made.
    Changes nothing.
    """
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:  # known now, not after the run
        raise RunFileError(
            f"{str(path)!a}: is not UTF-8, and the NetCDF library writes to no such path: rename it"
        ) from None
    if problem := _too_long(path, where):
        raise RunFileError(problem)
    if path.is_dir() and not path.is_symlink():
        raise RunFileError(f"{path}: is a folder: name a file {where}")
    check_plain(*(made for named in (path, part_path(path)) for made in (named, temporary_path(named))))
    if not overwrite:
        if path.exists():
            raise RunFileError(f"{path}: exists: give --overwrite to replace it, or another name {where}")
        if left := part_paths(path):
            raise RunFileError(
                f"{left[0]}: holds the records of a run that is not finished: "
                "give --resume to go on with it, or --overwrite to replace it"
            )
        if left := _split_files(path):
            raise RunFileError(
                f"{left[0].parent}: holds files of tracks, though {path.name} is not there: give them back the {path.name} "
                f"that lay over them, or take another name {where}; --overwrite removes them"
            )
    folder = path.parent
    while not folder.exists():  # it will be made
        folder = folder.parent
    if not folder.is_dir():
        raise OutputError(f"{folder}: is no folder: change output.file")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written to: change its permissions, or output.file")


def _split_files(path: Path) -> list[Path]:
    """Split files that have their names."""
    folder = split_folder(path)
    try:
        return sorted(each for each in folder.iterdir() if SPLIT_FILE.fullmatch(each.name))
    except OSError:
        return []


def make_folder(path: Path) -> None:
    """The folder that `path` is written to. Raises OutputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path.parent}: cannot be made: {error.strerror or error}") from None
