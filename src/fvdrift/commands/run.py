"""`fvdrift run`: which run it is, from a run file or from what an earlier run left."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fvdrift.errors import RunFileError
from fvdrift.process import say

from .on_all_ranks import move

if TYPE_CHECKING:
    from fvdrift.settings import Override, RunFile


def main(asked: argparse.Namespace) -> int:
    """Move particles; the exit code."""
    return move(asked, _run_file, resume=asked.resume)


def _run_file(asked: argparse.Namespace) -> "RunFile":
    """The run to do, from a run file or from what an earlier run left."""
    from fvdrift.settings import load_run_file

    if asked.overwrite and asked.resume:
        raise RunFileError("--overwrite starts anew and --resume goes on: give one of them")
    if (asked.run_file is None) == (asked.origin is None):
        raise RunFileError("give a run file, or --from TRACKS.nc to repeat a run, and not both")
    overrides: list[Override] = [*asked.set]
    if asked.parts is not None:
        overrides.append(f"parallel.parts={asked.parts}")
    if asked.output is not None:
        overrides.append(("output.file", str(Path(asked.output).absolute())))
    if asked.origin is None:
        return load_run_file(asked.run_file, overrides, with_files=True)
    from fvdrift.postprocess import repetition_of

    run_file, notes = repetition_of(asked.origin, overrides, trust_behaviour=asked.trust_behaviour)
    if not asked.quiet:
        for note in notes:
            say(note)
    return run_file
