"""A rank's share of frames is read by a thread, and what goes wrong is told."""

import re
import threading

import numpy as np
import pytest

from fvdrift.engine.node_frames import FrameLayout, FramePlaces, FrameShare, Outcome, State
from fvdrift.errors import ForcingError
from fvdrift.forcing import ChangedError

LAYOUT = FrameLayout({"u": ("f4", (3, 5)), "zeta": ("f8", (7,)), "wet": ("i1", (5,))})


@pytest.fixture
def places():
    return FramePlaces(LAYOUT, np.zeros(3 * LAYOUT.nbytes, np.uint8))


@pytest.fixture
def share(places):
    made = FrameShare(places)
    yield made
    made.close()


def of_frame(number):
    """Fields that tell which frame they are of."""

    def read(name):
        kind, shape = LAYOUT.fields[name]
        return np.full(shape, number, kind)

    return read


def looks(patience):
    """Nobody asks to stop, but a test must not wait for ever."""
    left = iter(range(patience))

    def asked():
        assert next(left, None) is not None
        return False

    return asked


def test_the_fields_of_a_share_come_into_their_place(places, share) -> None:
    share.begin(4, 1, ["u", "wet"], of_frame(4))
    assert share.wait(4) == Outcome(State.READY)
    found = places.fields(1)
    np.testing.assert_array_equal(found["u"], np.full((3, 5), 4))
    np.testing.assert_array_equal(found["wet"], np.full(5, 4))
    assert not found["zeta"].any()  # another rank's
    assert not any(field.any() for field in places.fields(0).values())


def test_frames_ahead_are_read_in_the_order_of_their_beginning(places, share) -> None:
    read = []

    def noted(number):
        return lambda name: read.append((number, name)) or of_frame(number)(name)

    share.begin(4, 0, ["u", "zeta"], noted(4))
    share.begin(5, 1, [], noted(5))
    share.begin(6, 2, ["u"], noted(6))
    assert [share.wait(number) for number in (6, 5, 4)] == [Outcome(State.READY)] * 3
    assert read == [(4, "u"), (4, "zeta"), (6, "u")]
    assert [places.fields(place)["u"][0, 0] for place in range(3)] == [4, 0, 6]


@pytest.mark.parametrize(
    ("error", "state", "exit_code", "said"),
    [
        (ForcingError("a.nc: u: cannot be read"), State.FAILED, 3, "^a.nc: u: cannot be read$"),
        (ChangedError("a.nc: u: was removed"), State.CHANGED, 3, "^a.nc: u: was removed$"),
        (OSError(5, "Input/output error", "a.nc"), State.FAILED, 3, "^frame 4: u: .*Input/output error: 'a.nc'$"),
        (MemoryError(), State.FAILED, 1, "^frame 4: u: there is not enough memory"),
        (ZeroDivisionError(), State.FAILED, 1, "(?s)^frame 4: u: unexpected error.*ZeroDivision.*fault of fvdrift"),
        (SystemExit(5), State.FAILED, 1, "fault of fvdrift"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_the_outcome_of_its_frame_alone(share, error, state, exit_code, said) -> None:
    def read(name):
        raise error

    share.begin(4, 0, ["u"], read)
    share.begin(5, 1, ["u"], of_frame(5))
    outcome = share.wait(4)
    assert (outcome.state, outcome.refusal.exit_code) == (state, exit_code)
    assert re.search(said, outcome.refusal.error)
    assert share.wait(5) == Outcome(State.READY)


@pytest.mark.parametrize("wrong", [np.zeros((5, 3), "f4"), np.zeros((3, 5), "f8"), np.zeros((1, 5), "f4")])
def test_what_does_not_fit_its_place_is_not_put_there(places, share, wrong) -> None:
    share.begin(4, 0, ["u"], lambda name: wrong + 1)
    assert share.wait(4).state == State.FAILED
    assert not places.fields(0)["u"].any()


def test_who_is_asked_to_stop_waits_no_longer(share) -> None:
    may_go_on = threading.Event()
    share.begin(4, 0, ["u"], lambda name: may_go_on.wait() and of_frame(4)(name))
    assert share.wait(4, lambda: True) == Outcome(State.LEFT)
    may_go_on.set()
    for _ in range(2):  # another rank may have left
        assert share.wait(4, lambda: False) == Outcome(State.READY)


def test_what_was_not_read_may_be_begun_again_elsewhere(places, share) -> None:
    def removed(name):
        raise ChangedError("a.nc: u: was removed")

    share.begin(4, 0, ["u"], removed)
    assert share.wait(4).state == State.CHANGED
    share.begin(4, 1, ["u"], of_frame(4))
    assert share.wait(4) == Outcome(State.READY)
    share.begin(5, 0, ["u"], of_frame(5))
    assert [share.wait(number).state for number in (4, 5)] == [State.READY] * 2
    assert [places.fields(place)["u"][0, 0] for place in range(2)] == [5, 4]


def test_once_closed_it_begins_nothing(places) -> None:
    share, may_go_on = FrameShare(places), threading.Event()
    share.begin(4, 0, ["u", "wet"], lambda name: may_go_on.wait() and of_frame(4)(name))
    share.begin(5, 1, ["u"], of_frame(5))
    share.close()
    share.begin(6, 2, ["u"], of_frame(6))  # behind the end
    may_go_on.set()
    assert [share.wait(number, looks(50)).state for number in (4, 5, 6)] == [State.LEFT] * 3
    for thread in threading.enumerate():
        if thread.name == "fvdrift-share":
            thread.join(10)
            assert not thread.is_alive()
    assert not places.fields(0)["wet"].any()
    assert not places.fields(1)["u"].any()
