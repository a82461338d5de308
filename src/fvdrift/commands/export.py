"""`fvdrift export`: tracks in the forms that other programs read."""

import argparse
import sys
from pathlib import Path

from fvdrift.export import export_tracks, wanted
from fvdrift.plot import tracks_of


def main(asked: argparse.Namespace) -> int:
    """Write it; returns 0. Raises FvdriftError."""

    def say(sentence: str) -> None:
        if not asked.quiet:
            print(f"{Path(asked.tracks).name}: {sentence}", file=sys.stderr)

    chosen = wanted(
        every=asked.every,
        release=asked.release,
        status=asked.status,
        variables=asked.variables,
        sample=asked.sample,
        gone=asked.gone,
    )
    output = None if asked.output is None else Path(asked.output)
    with tracks_of(Path(asked.tracks)) as tracks:
        path, what = export_tracks(tracks, output, asked.to, chosen, overwrite=asked.overwrite, say=say)
    if not asked.quiet:
        print(f"{path} ({what})")
    return 0
