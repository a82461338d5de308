"""`fvdrift compare`: its options become a wish, and rank 0 plans and finishes the comparison."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fvdrift.errors import RunFileError
from fvdrift.process import say

from .on_all_ranks import move

if TYPE_CHECKING:
    from fvdrift.comparison import Comparison
    from fvdrift.settings import RunFile


def main(asked: argparse.Namespace) -> int:
    """Move particles from the drifters' places, and write how far they went astray; the exit code."""
    planned: list[Comparison] = []

    def run_file(asked: argparse.Namespace) -> "RunFile":
        planned.append(_plan(asked))
        return planned[0].run_file

    def finish() -> None:
        from fvdrift.comparison import finish_comparison

        print("\n".join(finish_comparison(planned[0], say)))

    return move(asked, run_file, then=finish)


def _plan(asked: argparse.Namespace) -> "Comparison":
    from fvdrift.comparison import Wish, notes_of, plan_comparison
    from fvdrift.settings import load_run_file

    wish = Wish(
        Path(asked.drifters),
        asked.every,
        asked.longest,
        asked.gap,
        asked.count,
        asked.tolerance,
        asked.output,
        asked.overwrite,
    )
    try:
        loaded = load_run_file(asked.run_file, asked.set, with_files=True)
    except RunFileError as error:  # tell what else is wrong with it
        missing = [] if wish.drifters.exists() else [f"{wish.drifters}: cannot be read: no such file"]
        raise RunFileError([*error.problems, *missing]) from None
    planned = plan_comparison(loaded, wish)
    for note in notes_of(planned):
        if not asked.quiet or note.startswith("warning"):
            say(note)
    return planned
