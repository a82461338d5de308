"""What every picture of a statistic is made with, and what is said when there is nothing to draw."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fvdrift.errors import RunFileError

from ..map_base import Extent, extent_asked, extent_round
from ..page import Page
from ..request import PlotRequest
from ..water import Water
from .answer_file import Answers, Quantity, Statistic
from .conditions import conditions
from .ground import ground_of


class NothingToDraw(RunFileError):
    """All values of a statistic are missing."""


@dataclass(frozen=True)
class Drawing:
    """answers: the file; statistic: the one that is drawn; say: tells the person."""

    answers: Answers
    statistic: Statistic
    request: PlotRequest
    say: Callable[[str], None]

    @cached_property
    def water(self) -> Water | None:
        return ground_of(self.answers, self.request, self.say)

    @property
    def geographic(self) -> bool:
        return self.answers.geographic

    def extent(self, bounds: Extent) -> Extent:
        """What a map of what lies within some bounds shows."""
        if self.request.extent is None:
            return extent_round(bounds, self.water, self.geographic)
        whole = bounds if self.water is None else self.water.bounds()
        return extent_asked(self.request.extent, whole, self.geographic)

    def title(self, page: Page, *words: str, mean: bool = True, ranges: bool = False) -> None:
        """The title of the run, and below it the statistic and more about it. mean: whether of an ensemble the mean is
        shown; ranges: and the range of its members."""
        title = self.answers.title if self.request.title is None else self.request.title
        members = self.answers.members
        shown = "mean and range" if ranges else "mean"
        of = [f"{shown} of {members} members"] if members and mean else []
        said, name = ", ".join(filter(None, [*words, *of])), self.statistic.name
        said = said if said.lower().startswith(name.lower()) else f"{name}: {said}"
        page.title(title, "\n".join(filter(None, [said, conditions(self.answers, self.statistic)])))

    def refuse_nothing(self, *quantities: Quantity) -> None:
        """Raises NothingToDraw where no value is a number."""
        if not any(np.isfinite(each.values).any() for each in quantities):
            raise self.nothing("all its values are missing")

    def nothing(self, why: str) -> NothingToDraw:
        return NothingToDraw(
            f"{self.answers.path}: statistic {self.statistic.name} has nothing to draw: {why}"
        )


# a picture: what stands behind the statistic's name in the file's name, "" for its first, and the page
Made = Iterator[tuple[str, Page]]
