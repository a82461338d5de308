"""What all ranks do before there is a crew."""

import pytest

from fvdrift.engine import OneProcess
from fvdrift.errors import FvdriftError, OutputError


def test_an_errand_that_fails_is_answered_by_its_sentence():
    """Others wait for the answer too: an error that left the errand let them wait for ever."""

    def read(team):
        raise OutputError("tracks.nc.part: cannot be read")

    with pytest.raises(FvdriftError, match=r"tracks\.nc\.part: cannot be read") as raised:
        OneProcess().ask(read)
    assert type(raised.value) is FvdriftError  # as it comes from any rank
    assert raised.value.exit_code == OutputError.exit_code
