"""The pictures of a statistic, by its kind, or where the kind has none of its own by what its variables lie along."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..page import Page
from ..request import PlotRequest
from .answer_file import Answers
from .cells import cells_of
from .clouds import cloud_pages
from .crossings import crossing_pages
from .curves import other_pages
from .drawing import Drawing, Made, NothingToDraw
from .fields import field_pages
from .layers import concentration_pages
from .matrix import matrix_pages
from .shores import shore_pages
from .wording import TIME
from .zones import flushing_pages, polygon_pages

KINDS: dict[str, Callable[[Drawing], Made]] = {
    "connectivity": matrix_pages,
    "flushing": flushing_pages,
    "polygons": polygon_pages,
    "cloud": cloud_pages,
    "section": crossing_pages,
    "shore": shore_pages,
    "concentration": concentration_pages,
}


class Picture(NamedTuple):
    """name: what it adds to the name of a file."""

    name: str
    page: Page


def pictures_of(answers: Answers, request: PlotRequest, say: Callable[[str], None]) -> Iterator[Picture]:
    """Those of the statistic that is asked for, or of all. A statistic without a value is told, and an error where it is the
    only one. Raises RunFileError."""
    chosen, empty = answers.chosen(request.statistic), []
    drawn, said = 0, set[str]()

    def say_once(sentence: str) -> None:
        if sentence not in said:
            said.add(sentence)
            say(sentence)

    for statistic in chosen:
        try:
            for picture in _of(Drawing(answers, statistic, request, say_once)):
                drawn += 1
                yield picture
        except NothingToDraw as error:
            empty.append(error)
            if len(chosen) > 1:
                say_once(error.problems[0].removeprefix(f"{answers.path}: "))
    if not drawn:
        raise empty[0]


def _of(drawing: Drawing) -> Iterator[Picture]:
    """The first is named for the statistic, the others also for what they show."""
    name, first = drawing.statistic.name, True
    made = KINDS.get(drawing.statistic.kind, _by_dimensions)
    if drawing.request.along is not None and made is not concentration_pages:
        raise drawing.nothing("--along is for what is known in layers")
    if drawing.request.along is None and drawing.request.color is not None and made is not shore_pages:
        made = _by_dimensions
    if drawing.request.at is not None and not _at_one_time(drawing, made):
        raise drawing.nothing("its pictures show all times: take --at away")
    for what, page in made(drawing):
        yield Picture(name if first else f"{name}_{what}", page)
        first = False
    if first:
        wanted = drawing.request.color
        if wanted is not None and wanted not in drawing.statistic.keys:
            there = ", ".join(drawing.statistic.keys)
            raise drawing.nothing(f"it has no variable {wanted}; it has {there}")
        raise drawing.nothing("none of its variables lies on a map, or along a time, an age or names")


def _at_one_time(drawing: Drawing, made: Callable[[Drawing], Made]) -> bool:
    """Whether a picture of it is of one time: a map of something that has times."""
    if made not in (_by_dimensions, concentration_pages):
        return False
    statistic = drawing.statistic
    quantities = [statistic.quantity(key) for key in statistic.keys if drawing.request.color in (None, key)]
    return any(
        any(name.endswith(TIME) for name in quantity.dimensions)
        and cells_of(drawing.answers, statistic, quantity) is not None
        for quantity in quantities
    )


def _by_dimensions(drawing: Drawing) -> Made:
    on_map = False
    for what, page in field_pages(drawing):
        on_map = True
        yield what, page
    if not on_map:
        yield from other_pages(drawing)
