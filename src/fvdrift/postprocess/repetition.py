"""A run that was made, to be made again: its run file, from its tracks or its record. No particle is moved
here.

Tracks hold the run file as it was resolved; paths in it start where the run file was, which only
NAME.run.json knows. Where that folder has gone, tracks and forcing may have been moved together, or lie
beside each other.
"""

import glob
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.output import folders_of_run, record_of
from fvdrift.settings import Override, RunFile, as_written, run_file_from, run_file_with
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.version import __version__

RECORD, PART = ".run.json", ".part"
_NOT_OF_THE_RUN = ("parallel", "checkpoint")  # how it was done: no result depends on that


class Repetition(NamedTuple):
    """notes: what may make the tracks others than they were, sentences for the person."""

    run_file: RunFile
    notes: list[str]


class _Told(NamedTuple):
    """What a file says of the run it is of. files: names of its forcing, none where it doesn't say."""

    tree: dict[str, Any]
    files: list[str]
    version: str


def repetition_of(
    origin: Path | str,
    overrides: Sequence[Override] = (),
    *,
    trust_behaviour: bool = False,
    needs_forcing: bool = True,
) -> Repetition:
    """The run that made `origin` (NAME.nc, NAME.nc.part or NAME.run.json), with `overrides` laid over it; it
    writes NAME-again.nc beside it unless they give output.file.

    trust_behaviour: else an own behaviour that only `origin` names is refused, as it is code.
    needs_forcing: else it is no matter whether the forcing is there.

    Raises RunFileError for what no run has written, or where the original would be replaced; ForcingError
    where the forcing is not there any more.
    """
    path = Path(origin)
    told = _of_record(path) if path.name.endswith(RECORD) else _of_tracks(path)
    name = path.name.removesuffix(RECORD).removesuffix(PART).removesuffix(".nc")
    original = path.absolute().with_name(f"{name}.nc")
    for table in _NOT_OF_THE_RUN:
        told.tree.pop(table, None)
    folders = [folder for folder in dict.fromkeys(folders_of_run(original)) if folder.is_dir()]
    run_name = Path(record_of(original).get("run_file_path", path.name)).name
    made = run_file_from(told.tree, folders[0] / run_name, source=path, resolved=True)
    again = ("output.file", str(original.with_name(f"{name}-again.nc")))

    def placed(folder: Path) -> RunFile:
        return run_file_with(as_written(made), folder / run_name, [again, *overrides], source=path)

    runs = [placed(folder) for folder in folders]
    same_forcing = runs[0].forcing.files == made.forcing.files
    run_file = next((run for run in runs if _has_forcing(run, told.files if same_forcing else [])), None)
    if run_file is None and not needs_forcing:
        run_file = runs[0]
    if run_file is None:
        looked = ", ".join(str(folder) for folder in folders)
        raise ForcingError(
            f"{path}: its forcing ({' '.join(runs[0].forcing.files)}) is not in {looked}: "
            "say where it is by forcing.files, such as --set 'forcing.files=[\"/data/estuary_*.nc\"]'"
        )
    if os.path.realpath(run_file.resolve(run_file.output.file)) == os.path.realpath(original):
        raise RunFileError(f"{original}: is the run to be repeated, and is kept: give another output.file")
    if not trust_behaviour:
        refuse_behaviour(run_file, overrides, str(path), "--trust-behaviour")
    return Repetition(
        run_file, list(_notes(path, run_file, told if same_forcing else told._replace(files=[])))
    )


def refuse_behaviour(run_file: RunFile, overrides: Sequence[Override], source: str, cure: str) -> None:
    """Refuse a run with an own behaviour that `source` names, not the person (`overrides`). cure: how to say
    that it may be run.

    Raises RunFileError.
    """
    keys = [each.partition("=")[0] if isinstance(each, str) else each[0] for each in overrides]
    own = run_file.behaviour.custom
    if own is not None and not any(key.replace(" ", "") in ("behaviour", "behaviour.custom") for key in keys):
        file = os.path.abspath(run_file.resolve(own.file))
        what = f"{source}: behaviour.custom: would run {own.function} of {file}, which is code, not data"
        raise RunFileError(f"{what}: look into that file, and give {cure} if you trust it")


def _of_record(path: Path) -> _Told:
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise RunFileError(f"{path}: is not the record of a run")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return _Told(dict(told["run_file"]), [], str(told["versions"]["fvdrift"]))
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RunFileError(f"{path}: is not the record of a run") from None


def _of_tracks(path: Path) -> _Told:
    import netCDF4

    from fvdrift.output import refuse_part

    if not path.is_file():
        raise RunFileError(f"{path}: there is no such file")
    try:
        with (
            LOCK,
            netCDF4.Dataset(path) as file,
        ):  # attributes only: it is no matter whether the rows are there
            refuse_part(path, file)
            run_file, source = (str(getattr(file, name, "")) for name in ("run_file", "source"))
            names = str(getattr(file, "forcing_files", "")).split()
        return _Told(dict(json.loads(run_file)), names, source.removeprefix("fvdrift ").partition(",")[0])
    except (OSError, RuntimeError) as error:
        raise RunFileError(
            f"{path}: cannot be read as tracks: {getattr(error, 'strerror', None) or error}"
        ) from None
    except (ValueError, TypeError, RecursionError):
        raise RunFileError(f"{path}: doesn't say by what run file it was made") from None


def _matches(run_file: RunFile) -> list[Path]:
    """The forcing that is there now; a name without a match is not."""
    patterns = [str(run_file.resolve(name)) for name in run_file.forcing.files]
    found = [
        [pattern] if os.path.exists(pattern) else glob.glob(pattern, recursive=True) for pattern in patterns
    ]
    return [Path(match) for each in found for match in each] if all(found) else []


def _has_forcing(run_file: RunFile, names: list[str]) -> bool:
    found = {match.name for match in _matches(run_file)}
    return bool(found) and set(names) <= found


def _notes(path: Path, run_file: RunFile, told: _Told) -> Iterator[str]:
    if told.version != __version__:
        yield f"warning: {path} was written by fvdrift {told.version}, this is {__version__}: the tracks may differ"
    more = sorted({match.name for match in _matches(run_file)} - set(told.files)) if told.files else []
    if more:
        rest = f" and {len(more) - 1} more" if len(more) > 1 else ""
        yield f"warning: {more[0]}{rest} matches forcing.files, and was not read then: the tracks may differ"
