"""The end of a run whose tracks lie in several files: they belong together, NAME.nc comes over them, and those of
other runs go. Not what is in them."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from fvdrift.errors import OutputError
from fvdrift.tools.new_file import NewFile, remove, sync_folder

from .paths import check_split_folder, split_folder
from .split_files import split_names, split_paths, write_virtual_tracks
from .stripes import Stripes
from .tracks_request import TracksRequest

_OURS = re.compile(r"\d{4,}(-[0-9a-f]{8})?\.nc(\.tmp)?")


def run_id(request: TracksRequest, stripes: Stripes, digests: Sequence[bytes]) -> str:
    """What all files of one run, and of equal ones, have in common. digests: of all files, in order."""
    if len(digests) != stripes.files:
        raise ValueError(f"{len(digests)} digests of {stripes.files} files")
    told = json.dumps([dict(request.attributes), stripes.trajectories, stripes.width, stripes.per_file])
    digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16)
    for each in digests:
        digest.update(each)
    return digest.hexdigest()


def make_split_folder(path: Path) -> Path:
    """The folder NAME.split of `path`. Raises OutputError."""
    folder = split_folder(path)
    check_split_folder(path)
    try:
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from None
    return folder


def commit_tracks(
    request: TracksRequest, stripes: Stripes, rows: int, more: Mapping[str, str], run: str
) -> None:
    """All files have their names: give NAME.nc its own, which lies over them; then remove what files of other runs are in
    the folder NAME.split. more, run: as for `FileWriter.finish`; run "", of NAME.nc alone: nothing is left to do.

    Names of split files carry the run's id, which is of what is in them. So files of two runs lie side by side while
    NAME.nc is replaced, in one step, and at no kill it lies over files of two runs. Raises OutputError.
    """
    if run:
        _write_over(request, stripes, rows, more, run)
        remove_split_files(request.path, split_names(run, stripes.files))


def remove_split_files(path: Path, kept: Sequence[str] = ()) -> None:
    """Remove files that tracks were split into from the folder NAME.split, but those `kept`; and the folder, where
    nothing is left in it. Others' files stay. Raises OutputError."""
    folder = split_folder(path)
    if folder.is_symlink() or not folder.is_dir():
        return
    try:
        for each in sorted(folder.iterdir()):
            if _OURS.fullmatch(each.name) and each.name not in kept:
                remove(each)
        if not kept:
            with suppress(OSError):  # somebody else's file is in it
                folder.rmdir()
                sync_folder(folder.parent)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be cleared: {error.strerror or error}") from None


def _write_over(
    request: TracksRequest, stripes: Stripes, rows: int, more: Mapping[str, str], run: str
) -> None:
    path, layout = request.path, request.layout(range(stripes.trajectories))
    counts = [len(stripes.ids_in(file)) for file in range(stripes.files)]
    for each in split_paths(path, run, stripes.files):
        if not each.is_file():
            raise OutputError(f"{each}: was removed while the run came to its end")
    with NewFile(path) as made:
        try:
            write_virtual_tracks(
                made.through,
                path,
                run,
                counts,
                layout.file_dimensions(rows),
                layout.file_variables,
                {**layout.attributes, **more},
                layout.tables,
            )
        except (OSError, RuntimeError, AttributeError) as error:
            raise OutputError(f"{path}: cannot be written: {error}") from None
        made.commit()
