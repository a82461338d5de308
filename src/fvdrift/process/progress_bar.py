"""How a run called from Python shows how far it has come: lines, a bar of tqdm, or a function. What is shown at the
command line is in `progress`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Literal

from fvdrift.errors import RunFileError, during

from .failure import THEIRS
from .progress import Moment, counts_in_words

ShowProgress = bool | Literal["lines", "tqdm"] | Callable[[Moment], None]
Tell = Callable[[Moment], None]
_BAR = "{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"


def in_notebook() -> bool:
    """Whether the cells of a notebook are run here: IPython that has a kernel, which no terminal has."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


@contextmanager
def telling(progress: ShowProgress) -> Iterator[Tell | None]:
    """What is called at each frame; None where lines or nothing are wanted. Raises RunFileError for what can be neither."""
    if callable(progress):

        def tell(moment: Moment) -> None:
            with during(THEIRS):
                progress(moment)

        yield tell
    elif (
        progress is False
        or progress == "lines"
        or (progress is True and not (in_notebook() and find_spec("tqdm")))
    ):
        yield None
    elif progress is not True and progress != "tqdm":
        raise RunFileError(f'progress: {progress!r} is none of True, False, "lines", "tqdm" and a function')
    elif not find_spec("tqdm"):
        raise RunFileError('progress: "tqdm" needs tqdm: pip install tqdm')
    else:
        bar = Bar()
        try:
            yield bar.show
        finally:
            bar.close()


class Bar:
    """A bar of tqdm that is drawn when the run first tells of itself: on rank 0 alone."""

    def __init__(self) -> None:
        self._bar: Any = None

    def show(self, moment: Moment) -> None:
        """Come to where the run is."""
        if self._bar is None:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=1.0, bar_format=_BAR)
        self._bar.n = min(moment.fraction, 1.0)
        words = counts_in_words(moment.counts, moment.on_dry)
        self._bar.set_postfix_str(", ".join([*_time(moment), *words]), refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _time(moment: Moment) -> list[str]:
    return [str(moment.time)[:16].replace("T", " ")] if moment.calendar else []
