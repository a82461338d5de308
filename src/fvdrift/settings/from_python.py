"""A run file from what Python gives: a path, a dict or a RunFile, and keys laid over it. TOML is read in
`load`."""

import datetime
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fvdrift.errors import RunFileError
from fvdrift.tools import arguments
from fvdrift.tools.duration import format_duration

from .load import Override, load_run_file, run_file_with
from .model import RunFile
from .resolved import as_written

NAMELESS = "config"  # what messages call a dict

Config = Mapping[str, Any] | str | os.PathLike[str] | RunFile


def run_file_of(config: Config, overrides: Sequence[str], keys: Mapping[str, Any]) -> RunFile:
    """The run file that `config` is, with `overrides` such as "time.step=30s", then `keys` by name, laid over
    it.

    Paths in a dict start in the current folder, those of a run file in its own. Raises RunFileError with all
    that is wrong.
    """
    if isinstance(overrides, str):
        raise RunFileError(f"set: must be a list, such as [{overrides!r}]")
    arguments.check(arguments.LIST, set=overrides)
    wrong = next((each for each in overrides if not isinstance(each, str)), None)
    if wrong is not None:
        raise RunFileError(f'set: {wrong!r} must be text, such as "time.step=30s"')
    given: list[Override] = [*overrides, *((name, plain(value)) for name, value in keys.items())]
    if isinstance(config, RunFile):
        return run_file_with(as_written(config), config.path, given) if given else config
    if isinstance(config, Mapping):
        tree = {str(name): plain(value) for name, value in config.items()}
        return run_file_with(tree, Path.cwd() / NAMELESS, given, source=Path(NAMELESS))
    if isinstance(config, str | os.PathLike):
        return load_run_file(os.fspath(config), given, with_files=True)
    raise RunFileError(
        f"a run is given as a dict, the path of a run file, or a RunFile, not as {type(config).__name__}"
    )


def plain(value: Any) -> Any:
    """As TOML would have it: paths as text, spans of time with their unit, NumPy's numbers and arrays as
    Python's."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, datetime.timedelta):
        return format_duration(value // datetime.timedelta(microseconds=1))
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind and kind in "mM" and not value.shape:
        return plain(value.astype(f"{kind}8[us]").item())
    if kind and kind in "mM":
        return [plain(each) for each in value]
    return value.tolist() if kind else value
