"""Where the pictures of statistics go: a file each, or the pages of one PDF; and which options they take. Nothing is drawn
here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fvdrift.errors import RunFileError

from ..picture_file import check_picture, write_picture
from ..request import DPI, PlotRequest
from .answer_file import Answers
from .pictures import Picture

# options of other pictures, as they are written
OTHERS = {
    "release": "--release", "density": "--density", "cell": "--cell", "section": "--section",
    "fps": "--fps", "flow": "--flow", "sample": "--sample",
}  # fmt: skip


def check_options(request: PlotRequest) -> None:
    """Raises RunFileError for options of pictures of tracks."""
    given = [
        option
        for name, option in OTHERS.items()
        if getattr(request, name) and not (name == "section" and request.along)
    ]
    if request.moves:
        suffix = "" if request.output is None else f" {request.output}:"
        raise RunFileError(f"{request.file}:{suffix} statistics cannot be animated: take .png, .pdf or .svg")
    if request.ranks != 1:
        given.append("--ranks")
    if given:
        raise RunFileError(f"{request.file}: holds statistics, not tracks: take away {', '.join(given)}")
    if request.output is not None:
        check_picture(request.output, False)


def write_pictures(answers: Answers, request: PlotRequest, made: Iterator[Picture]) -> Iterator[Path]:
    """Write them one after the other; yields the files. Raises RunFileError, OutputError."""
    if request.output is not None and request.output.suffix.lower() == ".pdf":
        yield _pages(request.output, made, request.dpi or DPI)
        return
    chosen = answers.chosen(request.statistic)
    alone = request.output is not None and len(chosen) == 1
    for picture in made:
        path = _path(request, picture.name, alone, chosen[0].name)
        check_picture(path, False)
        write_picture(path, _saved(picture, request))
        yield path


def _path(request: PlotRequest, name: str, alone: bool, statistic: str) -> Path:
    """alone: pictures of one statistic, the first of which has the very name that was asked for."""
    if request.output is None:
        stem = request.file.name.removesuffix(".nc").removesuffix(".stats")
        return request.file.with_name(f"{stem.replace('.ensemble', '_ensemble')}_{name}.png")
    if alone:
        name = name.removeprefix(statistic).removeprefix("_")
    stem = request.output.stem + (f"_{name}" if name else "")
    return request.output.with_name(stem + request.output.suffix)


def _saved(picture: Picture, request: PlotRequest) -> Callable[[Path], Any]:
    return lambda path: picture.page.figure.savefig(path, dpi=request.dpi or DPI)


def _pages(path: Path, made: Iterator[Picture], dpi: int) -> Path:
    from matplotlib.backends.backend_pdf import PdfPages

    def write(through: Path) -> None:
        with PdfPages(through) as pages:
            for picture in made:
                pages.savefig(picture.page.figure, dpi=dpi)

    write_picture(path, write)
    return path
