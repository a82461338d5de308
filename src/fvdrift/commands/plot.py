"""`fvdrift plot`: pictures of tracks, and of a run before it is made."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from fvdrift.errors import RunFileError
from fvdrift.plot import DPI, FILM_DPI, PlotRequest, check_matplotlib
from fvdrift.settings import RunFile

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def main(request: PlotRequest, run_file: RunFile | None) -> int:
    """Make the picture; returns 0. run_file: what is shown, if it is no file of tracks. Raises
    FvdriftError."""
    if request.browsed:
        return _page(request)
    check_matplotlib()
    from fvdrift.plot import check_film, check_picture, style
    from fvdrift.plot.answers import holds_answers
    from fvdrift.process import Compiling, kernel_cache

    kernel_cache.set_up()
    if request.file.suffix.lower() == ".nc" and holds_answers(request.file):
        return _of_statistics(request)
    check_picture(request.path, True if request.moves else False if request.output else None)
    check_film(request.path)

    say = _teller(request)
    with Compiling(quiet=request.quiet), style():
        if run_file is not None:
            from fvdrift.plot import run_preview

            _save(request, run_preview(run_file, request, say).figure)
        else:
            _of_tracks(request, say)
    if not request.quiet:
        print(request.path)
    return 0


def _teller(request: PlotRequest) -> Callable[[str], None]:
    def say(sentence: str) -> None:
        if not request.quiet:
            print(f"{request.file.name}: {sentence}", file=sys.stderr)

    return say


def _of_statistics(request: PlotRequest) -> int:
    from fvdrift.plot import style
    from fvdrift.plot.answers import answers_in, check_options, pictures_of, write_pictures

    check_options(request)
    answers = answers_in(request.file)
    with style():
        for path in write_pictures(answers, request, pictures_of(answers, request, _teller(request))):
            if not request.quiet:
                print(path)
    return 0


def _page(request: PlotRequest) -> int:
    """The page for a browser, which needs no matplotlib; says how large it is."""
    from fvdrift.plot import check_place, subject_of, tracks_of, write_page
    from fvdrift.plot.answers import holds_answers
    from fvdrift.process import kernel_cache

    kernel_cache.set_up()
    check_place(request.path)
    if request.file.suffix.lower() == ".nc" and holds_answers(request.file):
        raise RunFileError(f"{request.file}: holds statistics, and a page shows tracks: draw a picture")
    with tracks_of(request.file) as tracks:
        size = write_page(subject_of(tracks, request, _teller(request)), request.path)
    if not request.quiet:
        print(f"{request.path} ({size / 1e6:.1f} MB)")
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
