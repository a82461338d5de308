"""What a run called from Python shows: a function is called, a notebook gets a bar, all else lines."""

import sys
import types

import pytest

from fvdrift.errors import RunFileError
from fvdrift.process import progress_bar
from fvdrift.process.progress import Moment
from fvdrift.process.progress_bar import in_notebook, telling

HALF = Moment(1_588_334_400_000_000, True, 0.5, {"active": 1200, "exited": 0}, 40, 30)


class FakeBar:
    made: list["FakeBar"] = []  # noqa: RUF012

    def __init__(self, **how):
        self.n, self.said, self.closed, self.how = 0.0, "", False, how
        FakeBar.made.append(self)

    def set_postfix_str(self, text, refresh):
        self.said = text

    def refresh(self):
        pass

    def close(self):
        self.closed = True


@pytest.fixture
def bars(monkeypatch):
    """The bars that are made: tqdm is there, but draws nothing."""
    FakeBar.made = []
    module = types.ModuleType("tqdm.auto")
    module.tqdm = FakeBar
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    monkeypatch.setattr(progress_bar, "find_spec", lambda name: name)
    return FakeBar.made


@pytest.fixture
def notebook(monkeypatch):
    module = types.ModuleType("IPython")
    module.get_ipython = lambda: types.SimpleNamespace(kernel=None)
    monkeypatch.setitem(sys.modules, "IPython", module)
    return module


def test_a_notebook_is_told_from_a_terminal(notebook, monkeypatch):
    assert in_notebook()
    notebook.get_ipython = types.SimpleNamespace
    assert not in_notebook(), "IPython in a terminal has no kernel"
    notebook.get_ipython = lambda: None
    assert not in_notebook()
    monkeypatch.delitem(sys.modules, "IPython")
    assert not in_notebook()


def test_a_notebook_gets_a_bar(bars, notebook):
    with telling(True) as tell:
        assert not bars
        tell(HALF)
        tell(HALF._replace(fraction=1.0))
    (bar,) = bars
    assert (bar.n, bar.how["total"], bar.closed) == (1.0, 1.0, True)
    assert bar.said == "2020-05-01 12:00, 1,200 active (30 on dry flats)"


def test_a_bar_may_be_asked_for_anywhere_and_is_closed_by_an_error(bars):
    def run() -> None:
        with telling("tqdm") as tell:
            tell(HALF)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert bars[0].closed


@pytest.mark.parametrize("progress", [True, False, "lines"])
def test_elsewhere_there_are_lines_or_nothing(bars, progress):
    with telling(progress) as tell:
        assert tell is None


def test_a_notebook_without_tqdm_has_lines_and_says_what_it_misses(notebook, monkeypatch):
    monkeypatch.setattr(progress_bar, "find_spec", lambda name: None)
    with telling(True) as tell:
        assert tell is None
    with pytest.raises(RunFileError, match="pip install tqdm"), telling("tqdm"):
        pass


def test_what_is_neither_is_refused():
    with pytest.raises(RunFileError, match="progress: 'bar' is none of True, False"), telling("bar"):
        pass
