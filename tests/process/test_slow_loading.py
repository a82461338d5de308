"""A line is said while libraries load slowly, and none otherwise."""

import threading

from fvdrift.process.slow_loading import loading


def test_slow_loading_is_told_while_it_goes_on():
    said, told = [], threading.Event()

    def tell(sentence):
        said.append(sentence)
        told.set()

    with loading(quiet=False, long_s=0.01, tell=tell):
        assert told.wait(30)
    assert said == ["loading libraries (numba, netCDF4 ...)"]


def test_what_is_soon_done_or_unwanted_is_not_told():
    said = []
    with loading(quiet=False, long_s=3600, tell=said.append):
        pass
    with loading(quiet=True, long_s=0, tell=said.append):
        assert not [thread for thread in threading.enumerate() if thread.name == "fvdrift-loading"]
    assert said == []
