"""Frames lie in their places, and no field over another."""

import numpy as np
import pytest

from fvdrift.engine.node_frames import FrameLayout, FramePlaces

LAYOUT = FrameLayout({"u": ("f4", (3, 5)), "zeta": ("f8", (7,)), "wet": ("i1", (5,)), "none": ("f4", (0, 4))})


def test_every_field_of_every_place_has_bytes_of_its_own() -> None:
    memory = np.zeros(3 * LAYOUT.nbytes + 5, np.uint8)
    places = FramePlaces(LAYOUT, memory)
    assert len(places) == 3
    for place in range(3):
        for number, (name, field) in enumerate(places.to_fill(place).items()):
            assert (field.dtype, field.shape) == LAYOUT.fields[name]
            field[...] = 10 * place + number + 1
    for place in range(3):
        for number, field in enumerate(places.fields(place).values()):
            assert (field == 10 * place + number + 1).all()
    assert np.count_nonzero(memory.reshape(-1)) <= memory.size - 5


def test_fields_begin_where_lines_of_the_cache_do() -> None:
    memory = np.zeros(2 * LAYOUT.nbytes, np.uint8)
    places = FramePlaces(LAYOUT, memory)
    fields = [field for place in range(2) for field in places.fields(place).values() if field.size]
    assert [field.ctypes.data - memory.ctypes.data for field in fields] == [0, 64, 128, 192, 256, 320]


def test_who_takes_of_a_frame_cannot_change_it() -> None:
    places = FramePlaces(LAYOUT, np.zeros(LAYOUT.nbytes, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        places.fields(0)["u"][0] = 1
    places.to_fill(0)["u"][0] = 1
    assert places.fields(0)["u"][0].all()
