"""The loop is compiled by a copy of the process, which is waited for, and ended with who began it."""

import os
import time

import numpy as np
import pytest

from fvdrift.engine.worker import LoopBeside, loop_beside
from fvdrift.process import Compiling, kernel_cache
from fvdrift_kernels import keeping
from fvdrift_kernels.hilbert import distances


@pytest.fixture
def compiling(tmp_path, monkeypatch):
    monkeypatch.setattr(loop_beside, "usable_cores", lambda: 2)
    with Compiling(quiet=True) as it:
        monkeypatch.setattr(it, "_pace", type("", (), {"now": lambda _: 1.0, "was": lambda *_: None})())
        yield it


def rehearsal(in_the_copy):
    """One that lacks the loop in this process, and does something in the copy."""

    def rehearse(orders, geographic, *, moving_only=False):
        if not moving_only:
            raise keeping.MissingError("(types)")
        in_the_copy()

    return rehearse


def test_a_copy_compiles_and_is_waited_for(compiling, tmp_path, monkeypatch):
    def slowly():
        time.sleep(0.2)
        (tmp_path / "compiled").write_text(str(os.getpid()))

    monkeypatch.setattr(loop_beside, "rehearse", rehearsal(slowly))
    with LoopBeside(compiling) as beside:
        beside.begin([], False)
        beside.finish()
        assert (tmp_path / "compiled").read_text() != str(os.getpid())
    assert compiling.kernels == 1


def test_a_copy_ends_with_who_began_it(compiling, monkeypatch):
    monkeypatch.setattr(loop_beside, "rehearse", rehearsal(lambda: time.sleep(600)))
    with LoopBeside(compiling) as beside:
        beside.begin([], False)
        copy = beside._copy
        assert os.waitpid(copy, os.WNOHANG) == (0, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(copy, 0)


def test_a_kernel_that_is_refused_is_not_compiled():
    kernel_cache.set_up()
    lacking = np.zeros(1, np.complex64)
    with keeping.refusing("hilbert.distances-"), pytest.raises(keeping.MissingError, match="complex64"):
        distances(
            *[lacking] * len(distances.py_func.__code__.co_varnames[: distances.py_func.__code__.co_argcount])
        )
