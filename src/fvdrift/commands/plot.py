"""`fvdrift plot`: pictures of tracks, and of a run before it is made."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from fvdrift.plot import DPI, FILM_DPI, PlotRequest, check_matplotlib
from fvdrift.settings import RunFile

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def main(request: PlotRequest, run_file: RunFile | None) -> int:
    """Make the picture; returns 0. run_file: what is shown, if it is no file of tracks. Raises
    FvdriftError."""
    check_matplotlib()
    from fvdrift.plot import check_film, check_picture, style
    from fvdrift.process import kernel_cache

    kernel_cache.set_up()
    check_picture(request.path, True if request.moves else False if request.output else None)
    check_film(request.path)

    def say(sentence: str) -> None:
        if not request.quiet:
            print(f"{request.file.name}: {sentence}", file=sys.stderr)

    with style():
        if run_file is not None:
            from fvdrift.plot import run_preview

            _save(request, run_preview(run_file, request, say).figure)
        else:
            _of_tracks(request, say)
    if not request.quiet:
        print(request.path)
    return 0


def _of_tracks(request: PlotRequest, say: Callable[[str], None]) -> None:
    from fvdrift.plot import tracks_of

    with tracks_of(request.file) as tracks:
        from fvdrift.plot import subject_of

        subject = subject_of(tracks, request, say)
        if request.moves:
            from fvdrift.plot import animate

            animate(subject, request.path, request.dpi or FILM_DPI)
        else:
            from fvdrift.plot import still_picture

            _save(request, still_picture(subject).figure)


def _save(request: PlotRequest, figure: "Figure") -> None:
    from fvdrift.plot import write_picture

    write_picture(request.path, lambda path: figure.savefig(path, dpi=request.dpi or DPI))
