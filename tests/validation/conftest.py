"""`pytest tests/validation --page FILE` writes what the cases print to a page (`page`), and shows it as they
run."""

import datetime
import platform
from importlib.metadata import version
from pathlib import Path

import pytest

from .page import Case, page

HERE = Path(__file__).parent
CASES = pytest.StashKey[list[Case]]()


def pytest_addoption(parser):
    parser.addoption("--page", type=Path, help="write what the cases of tests/validation found to this file")


def pytest_configure(config):
    config.stash[CASES] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if item.path.parent == HERE and (report.when == "call" or report.outcome != "passed"):
        about = " ".join((item.module.__doc__ or "").strip().split("\n\n")[0].split())
        item.config.stash[CASES].append(
            Case(item.path.name, about, item.name, report.capstdout, report.outcome)
        )
        if item.config.getoption("page", None):
            item.config.get_terminal_writer().write(report.capstdout)
    return report


def pytest_sessionfinish(session):
    path, cases = session.config.getoption("page", None), session.config.stash.get(CASES, [])
    if path is None or not cases:
        return
    versions = ", ".join(f"{name} {version(name)}" for name in ("fvdrift", "numba", "numpy"))
    made_by = f"{versions}, Python {platform.python_version()} on {platform.machine()}, {datetime.date.today():%Y-%m-%d}"
    sources = [source.name for source in HERE.glob("test_*.py") if source.name != "test_page.py"]
    path.write_text(
        page([case for case in cases if case.source in sources], sources, made_by), encoding="utf-8"
    )
