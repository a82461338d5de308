"""`fvdrift plot`: pictures of tracks, and of a run before it is made."""

import sys

from fvdrift.plot.request import DPI, FILM_DPI, PlotRequest, check_matplotlib
from fvdrift.settings.model import RunFile


def main(request: PlotRequest, run_file: RunFile | None) -> int:
    """Make the picture; returns 0. run_file: what is shown, if it is no file of tracks. Raises FvdriftError."""
    check_matplotlib()
    from fvdrift.plot.film import check_film
    from fvdrift.plot.page import style
    from fvdrift.plot.picture_file import check_picture
    from fvdrift.process import kernel_cache

    kernel_cache.set_up()
    check_picture(request.path, True if request.moves else False if request.output else None)
    check_film(request.path)

    def say(sentence: str) -> None:
        if not request.quiet:
            print(f"{request.file.name}: {sentence}", file=sys.stderr)

    with style():
        if run_file is not None:
            from fvdrift.plot.preview import run_preview

            _save(request, run_preview(run_file, request, say).figure)
        else:
            _of_tracks(request, say)
    if not request.quiet:
        print(request.path)
    return 0


def _of_tracks(request: PlotRequest, say) -> None:
    from fvdrift.plot.dataset_tracks import tracks_of

    with tracks_of(request.file) as tracks:
        from fvdrift.plot.subject import subject_of

        subject = subject_of(tracks, request, say)
        if request.moves:
            from fvdrift.plot.animation import animate

            animate(subject, request.path, request.dpi or FILM_DPI)
        else:
            from fvdrift.plot.still import still_picture

            _save(request, still_picture(subject).figure)


def _save(request: PlotRequest, figure) -> None:
    from fvdrift.plot.picture_file import write_picture

    write_picture(request.path, lambda path: figure.savefig(path, dpi=request.dpi or DPI))
