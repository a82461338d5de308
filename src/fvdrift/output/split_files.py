"""Files of tracks that are cut into several: their names, what tells that they belong together, and NAME.nc over
them. Not their rows.

They lie in the folder NAME.split beside NAME.nc, which is a small file of virtual variables (`virtual`) for
other tools. Those get fill values where a file is missing; fvdrift reads the files themselves, and refuses a
set that is not whole.
"""

import zlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools.netcdf.classic_header import Attribute, Variable
from fvdrift.tools.netcdf.lock import LOCK

from .files_in_turn import FilesInTurn
from .part_file import ROW_SUMS
from .paths import part_path, part_paths, split_folder
from .split_tracks import SplitTracks

RUN, FILE, FILES = "split_run", "split_file", "split_files"
FIRST, FOLDER = "split_first_trajectory", "split_folder"


def split_names(run: str, files: int) -> list[str]:
    """Names of the files of a run, in their order. They tell runs apart, as readers would take files of another
    one that have the same names."""
    return [f"{number:04d}-{zlib.crc32(run.encode()):08x}.nc" for number in range(files)]


def split_paths(path: Path, run: str, files: int) -> list[Path]:
    """Where the files of a run are whose NAME.nc is `path`, in their order."""
    return [split_folder(path) / name for name in split_names(run, files)]


def split_attributes(run: str, number: int, files: int, first: int) -> dict[str, Attribute]:
    """Global attributes of one of the files, beside those of all tracks. run: the id of the run; first: the
    first trajectory in it."""
    return {RUN: run, FILE: np.int32(number), FILES: np.int32(files), FIRST: np.int64(first)}


def write_virtual_tracks(
    made: Path,
    path: Path,
    run: str,
    counts: Sequence[int],
    dimensions: Mapping[str, int],
    variables: Sequence[Variable],
    attributes: Mapping[str, Attribute],
    tables: Mapping[str, np.ndarray],
) -> None:
    """Write NAME.nc over files that need not be there yet.

    made: where it is written; path: its name; counts: trajectories of each file; dimensions, variables,
    attributes: of tracks in one file; tables: values of what is not of trajectories. Raises OSError, RuntimeError,
    AttributeError.
    """
    from fvdrift.tools.netcdf.virtual import Source, write_virtual

    folder, firsts = split_folder(path).name, np.cumsum([0, *counts]).tolist()
    sources = [
        Source(f"{folder}/{name}", first, count)
        for name, first, count in zip(split_names(run, len(counts)), firsts, counts, strict=False)
    ]
    told: dict[str, Attribute] = {RUN: run, FILES: np.int32(len(counts)), FOLDER: folder}
    write_virtual(made, sources, dimensions, variables, {**attributes, **told}, tables)


def open_file(path: Path) -> Any:
    """A file of tracks as netCDF4 opens it, or `SplitTracks` over all its files where it is cut into several; so
    are the part files of a run that is not finished.

    Raises OSError and RuntimeError where the library cannot open it, RunFileError where a file of several is
    missing, damaged or of another run.
    """
    from fvdrift.tools.netcdf.dataset import LockedDataset

    with LOCK, ExitStack() as opened:
        whole = opened.enter_context(LockedDataset(path))
        paths = _paths(path, whole) if is_virtual(whole) else _parts(path, whole)
        if len(paths) <= 1 and not is_virtual(whole):
            opened.pop_all()
            return whole
        files = FilesInTurn(path.name, paths)
        opened.callback(files.close)
        check = _check_split if is_virtual(whole) else _check_part
        lengths: list[int] = []
        for number in range(len(paths)):
            file = files.get(number)
            check(path, paths[number], whole, number, file, sum(lengths))
            lengths.append(file.dimensions["trajectory"].size)
        if is_virtual(whole) and sum(lengths) != whole.dimensions["trajectory"].size:
            raise RunFileError(
                f"{path}: its files hold {sum(lengths)} trajectories in all, and not as many as it has"
            )
        made = SplitTracks(path, whole, files, lengths)
        opened.pop_all()
        return made


def is_virtual(file: Any) -> bool:
    """Whether an open file is one over several: by its attributes, and by where its variables lie, as attributes
    come along where somebody copies it, or a part of it."""
    from fvdrift.tools.netcdf.virtual import lies_elsewhere

    if not {RUN, FILES, FOLDER} <= set(file.ncattrs()) or file.disk_format != "HDF5":
        return False
    cut = [name for name, variable in file.variables.items() if "trajectory" in variable.dimensions]
    return bool(cut) and lies_elsewhere(Path(file.filepath()), cut[0])


def files_of(path: Path) -> list[Path]:
    """All that tracks are read from: the file itself, and those it is over. Raises RunFileError for a set that
    is not whole."""
    try:
        with LOCK, open_file(path) as file:
            parts = file.parts if isinstance(file, SplitTracks) else []
            return [path, *(each for each, _ in parts)]
    except (OSError, RuntimeError):  # no NetCDF file
        return [path]


def refuse_part(path: Path, file: Any) -> None:
    """Raise RunFileError for one file of several, whose particles are not all there are. What somebody wrote
    from it elsewhere is theirs."""
    folder = path.absolute().parent.name
    if FILE in file.ncattrs() and folder.endswith(".split"):
        name, number, files = folder.removesuffix(".split"), _number(file, FILE), _number(file, FILES)
        raise RunFileError(
            f"{path}: is only file {number} (from 0) of the {files} of {name}.nc: give that one"
        )


def _paths(path: Path, whole: Any) -> list[Path]:
    run, files, folder = str(whole.split_run), _number(whole, FILES), str(whole.split_folder)
    if not 1 <= files < 10_000 or Path(folder).name != folder or folder == "..":
        raise RunFileError(f"{path}: is damaged: {FILES} or {FOLDER} is not what a run writes")
    return [path.parent / folder / name for name in split_names(run, files)]


def _parts(path: Path, whole: Any) -> list[Path]:
    """The part files that belong to that of the first stripe, if `path` is one, in their order."""
    if ROW_SUMS not in whole.variables or path.suffix != ".part":
        return []
    tracks = path.with_suffix("")
    there = [each for each in part_paths(tracks) if each.suffix != ".new"]
    return [part_path(tracks, number) for number in range(len(there))]  # one that is missing is among them


def _check_split(path: Path, each: Path, whole: Any, number: int, file: Any, first: int) -> None:
    """Raise RunFileError where a file does not belong to NAME.nc, or not there. first: trajectories before it."""
    if str(getattr(file, RUN, "")) != str(whole.split_run):
        raise RunFileError(f"{each}: is of another run than {path}")
    place = tuple(_number(file, name) for name in (FILE, FILES, FIRST))
    if place != (number, _number(whole, FILES), first) or _form(file) != _form(whole):
        raise RunFileError(
            f"{each}: is not file {number} (from 0) of {path}: it has other trajectories, records or variables"
        )


def _check_part(path: Path, each: Path, whole: Any, number: int, file: Any, first: int) -> None:
    """As `_check_split`, of the records of a run that is not finished."""
    if _form(file) != _form(whole) or int(file["trajectory"][0]) != first:
        raise RunFileError(
            f"{each}: does not go on from the trajectories before it: is it of another run than {path}?"
        )


def _number(file: Any, name: str) -> int:
    """A global attribute, -1 where it is no whole number."""
    value = np.asarray(getattr(file, name, -1))
    return int(value) if value.ndim == 0 and value.dtype.kind in "iu" else -1


def _form(file: Any) -> tuple[int, list[tuple[str, str, tuple[str, ...]]]]:
    variables = [(name, variable.dtype.str, variable.dimensions) for name, variable in file.variables.items()]
    return file.dimensions["obs"].size, variables
