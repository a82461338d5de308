"""A rank's share of frames is read by a thread, and what goes wrong is told."""

import numpy as np
import pytest

from fvdrift.engine.node_frames import FrameLayout, FramePlaces, FrameShare, Outcome, State

LAYOUT = FrameLayout({"u": ("f4", (3, 5)), "zeta": ("f8", (7,)), "wet": ("i1", (5,))})


@pytest.fixture
def places():
    return FramePlaces(LAYOUT, np.zeros(2 * LAYOUT.nbytes, np.uint8))


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


def test_the_fields_of_a_share_come_into_their_place(places, share) -> None:
    share.begin(4, 1, ["u", "wet"], of_frame(4))
    assert share.wait(4) == Outcome(State.READY)
    found = places.fields(1)
    np.testing.assert_array_equal(found["u"], np.full((3, 5), 4))
    np.testing.assert_array_equal(found["wet"], np.full(5, 4))
    assert not found["zeta"].any()  # another rank's
    assert not any(field.any() for field in places.fields(0).values())
