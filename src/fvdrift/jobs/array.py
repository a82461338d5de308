"""Arrays of jobs: one run file, and a value for each task, such as a year. `{year}` stands for it in what `--set`
says. Schedulers are not known here."""

import argparse
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from fvdrift.errors import RunFileError, blamed

if TYPE_CHECKING:  # settings are heavy, and `--help` needs none
    from fvdrift.settings import RunFile

MOST = 1000  # tasks: SLURM takes 1001 unless told otherwise
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


class Array(NamedTuple):
    """What the tasks differ in: its name, and the value of each task."""

    name: str
    values: tuple[str, ...]

    @property
    def mark(self) -> str:
        """What stands for the value."""
        return f"{{{self.name}}}"


def array(text: str) -> Array:
    """Read `year=2015-2020` or `site=north,south`. Raises ArgumentTypeError."""
    name, equals, listed = text.partition("=")
    if not equals and text:
        raise argparse.ArgumentTypeError(f'{text!r} has no name: give it one, such as "year={text}"')
    values: list[str] = []
    for part in listed.split(",") if equals else ():
        both = _RANGE.fullmatch(part)
        if both is None:
            values.append(part)
            continue
        first, last = int(both[1]), int(both[2])
        if not first <= last < first + MOST:
            raise argparse.ArgumentTypeError(f"{part!r} must rise, over at most {MOST} numbers")
        values += [str(number).zfill(len(both[1])) for number in range(first, last + 1)]
    if equals and not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise argparse.ArgumentTypeError(
            f"the name {name!r} must begin with a to z, and hold only a to z, 0 to 9 and _"
        )
    if not 2 <= len(values) <= MOST:
        raise argparse.ArgumentTypeError(
            f'{text!r} names no 2 to {MOST} values: write one such as "year=2015-2020" or "site=north,south"'
        )
    for value in values:  # they become parts of names of files
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}", value) or values.count(value) > 1:
            raise argparse.ArgumentTypeError(
                f"{value!r} must be given once, and may only hold letters, digits and . _ -"
            )
    return Array(name, tuple(values))


def run_files_of(path: str, changes: Sequence[str], tasks: Array | None) -> tuple[list[str], list["RunFile"]]:
    """What `--set` gets, with the mark in it, and the run file of each task: one where there is no array. Tracks get
    the value in their name, if `output.file` does not have it.

    Raises RunFileError, which names the task.
    """
    from fvdrift.settings import load_run_file

    if tasks is None:
        return list(changes), [load_run_file(path, changes, with_files=True)]
    if not any(tasks.mark in change for change in changes):
        raise RunFileError(
            f"--array {tasks.name}=...: all tasks would do the same: say what changes, such as "
            f"--set 'forcing.files=[\"{tasks.mark}/*.nc\"]'"
        )
    changes = list(changes)
    files = [change for change in changes if change.partition("=")[0].strip() == "output.file"]
    if not files or tasks.mark not in files[-1]:
        tracks = _loaded(path, changes, tasks, tasks.values[0]).output.file.removesuffix(".nc")
        changes.append(f"output.file={json.dumps(f'{tracks}-{tasks.mark}.nc', ensure_ascii=False)}")
    return changes, [_loaded(path, changes, tasks, value) for value in tasks.values]


def _loaded(path: str, changes: Sequence[str], tasks: Array, value: str) -> "RunFile":
    from fvdrift.settings import load_run_file

    with blamed(f"{tasks.name}={value}"):
        return load_run_file(path, [change.replace(tasks.mark, value) for change in changes], with_files=True)
