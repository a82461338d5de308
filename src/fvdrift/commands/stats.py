"""`fvdrift stats`: the [[statistic]]s of a run file, worked out from tracks. Moves no particle."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.output import DESCRIBING, check_output, folders_of_run, locked, open_tracks, statistics_path
from fvdrift.postprocess import statistics_of
from fvdrift.process import Compiling, kernel_cache
from fvdrift.settings import RunFile, read_toml, resolved_keys, run_file_from
from fvdrift.tools.netcdf.lock import LOCK


def main(tracks: str, config: str | None, output: str | None, overwrite: bool) -> int:
    """Write and print the statistics; returns 0. Raises FvdriftError."""
    kernel_cache.set_up()
    path = Path(tracks)
    target = statistics_path(path) if output is None else Path(output)
    check_output(target, overwrite, where="with -o")
    if not path.is_file():
        raise RunFileError(f"{path}: there is no such file")
    if target.exists() and target.samefile(path):
        raise RunFileError(f"{target}: holds the tracks, and is kept: choose another name with -o")
    with Compiling(quiet=False), locked([target]):
        check_output(target, overwrite, where="with -o")
        return _write(path, target, config)


def _write(path: Path, target: Path, config: str | None) -> int:
    with open_tracks(path) as file, LOCK:
        if "run_file" not in file.ncattrs():
            raise RunFileError(
                f"{path}: is no file of tracks: it doesn't say how it was made (attribute run_file)"
            )
        try:
            tree = dict(json.loads(file.run_file))
        except (ValueError, TypeError):
            raise RunFileError(
                f"{path}: doesn't say by what run file it was made (attribute run_file)"
            ) from None
        run_file = _run_file(path, tree, config)
        run_file.keep_forcing(target)
        ledger = statistics_of(path, file, run_file)
        # those that the run's own statistics have
        names = dict.fromkeys((*DESCRIBING, *run_file.output.attributes))
        attributes = {name: _plain(file.getncattr(name)) for name in names if name in file.ncattrs()}
    if config is not None:
        attributes["run_file"] = json.dumps(resolved_keys(run_file), ensure_ascii=False)
    findings = ledger.findings()
    findings.write(target, attributes)
    for line in findings.summary():
        print(line)
    print(f"Statistics: {target}")
    return 0


def _plain(value: Any) -> str | float:
    return float(value) if isinstance(value, np.floating | float) else str(value)


def _run_file(path: Path, tree: dict[str, Any], config: str | None) -> RunFile:
    """The run file that made the tracks, with the statistics (and the forcing, if it has one) of another."""
    folder = next(folders_of_run(path))
    tree["output"]["file"] = str(path.absolute())
    if config is None:
        if not tree.get("statistic"):
            raise RunFileError(
                f"{path}: the run that made it had no [[statistic]]: give --config with a run file that has some"
            )
        return run_file_from(tree, folder / path.name, source=path, resolved=True)
    given = read_toml(Path(config))
    tree["forcing"]["files"] = [str(folder / name) for name in tree["forcing"]["files"]]
    for release in tree["release"]:
        if "file" in release:
            release["file"] = str(folder / release["file"])
        if str(release.get("rate")).lower().endswith(".csv"):
            release["rate"] = str(folder / release["rate"])
    tree["statistic"] = given.get("statistic", [])
    tree["forcing"] |= {key: value for key, value in given.get("forcing", {}).items() if key == "files"}
    return run_file_from(tree, Path(config))
