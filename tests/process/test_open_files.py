"""Files that many members keep open: the limit is raised as far as it may be, and what it does not allow is
refused at once."""

import resource

import pytest

from fvdrift.errors import OutputError
from fvdrift.process.open_files import allow_open_files


@pytest.fixture
def limits(monkeypatch):
    """The limits there are, which may be set and looked at."""
    now = {"soft": 256, "hard": 1000}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (now["soft"], now["hard"]))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: now.update(soft=pair[0], hard=pair[1]))
    return now


def test_few_members_need_nothing(limits):
    allow_open_files(30)
    assert limits == {"soft": 256, "hard": 1000}


def test_the_limit_is_raised_where_it_may_be(limits):
    allow_open_files(100)
    assert limits == {"soft": 500, "hard": 1000}
    limits["hard"] = resource.RLIM_INFINITY
    allow_open_files(900)
    assert limits["soft"] == 3700


def test_what_is_too_much_is_said(limits):
    with pytest.raises(OutputError, match=r"300 members .* 1300 files open, .* may have 1000 \(ulimit -Hn\)"):
        allow_open_files(300)
    assert limits["soft"] == 256
    limits["soft"] = limits["hard"] = 64
    with pytest.raises(OutputError, match=r"^the run keeps up to 104 files open, .* have the limit raised"):
        allow_open_files(1)
