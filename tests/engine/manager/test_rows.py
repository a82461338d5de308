"""Rows of the tracks put together from the reports of workers."""

import numpy as np

from fvdrift.engine.manager.rows import Fates, counts
from fvdrift.engine.owners.rows import Rows
from fvdrift.process import counts_in_words
from fvdrift.tools.particle_arrays import STATUS_NAMES

TIMES = (0, 10_000_000, 20_000_000)
BORN = np.array([0, 0, 10_000_000, 0])


def part(ids: list[int], status: list[int], **more: list[float]) -> dict[str, np.ndarray]:
    places = {
        name: np.array(ids, float) + shift
        for name, shift in (("x", 0.1), ("y", 0.2), ("z", -0.3), ("sigma", -0.4))
    }
    extra = {name: np.array(values, np.float32) for name, values in more.items()}
    return {
        "id": np.array(ids),
        "status": np.array(status, np.int8),
        "dry": np.zeros(len(ids), np.int8),
        **places,
        **extra,
    }


def test_parts_fall_into_place_whoever_sends_them_first() -> None:
    both = [part([3, 0], [1, 1], temp=[8.0, 5.0]), part([1], [2], temp=[6.0])]
    for order in (both, both[::-1]):
        row = Rows(4, {"temp": "f4"}, lambda: BORN).complete(TIMES[0], order)
        np.testing.assert_array_equal(row["temp"], np.array([5, 6, np.nan, 8], np.float32))
        np.testing.assert_array_equal(row["x"], [0.1, 1.1, np.nan, 3.1])
        assert row["status"].tolist() == [1, 2, 0, 1]
        assert row["temp"].dtype == np.float32
        assert row["x"].dtype == np.float64


def test_who_is_reported_no_more_keeps_the_fate_and_has_no_place() -> None:
    rows = Rows(4, {}, lambda: BORN)
    first = rows.complete(TIMES[0], [part([0, 1, 3], [1, 5, 1])])
    second = rows.complete(TIMES[1], [part([0, 2], [1, 1]), part([3], [2])])
    assert first["status"].tolist() == [1, 5, 0, 1]
    assert second["status"].tolist() == [1, 5, 1, 2]
    np.testing.assert_array_equal(np.isnan(second["x"]), [False, True, False, False])
    assert rows.complete(TIMES[2], [])["status"].tolist() == [1, 5, 1, 2]
    assert first["status"].tolist() == [1, 5, 0, 1]  # a row handed over is not changed later


def test_age_counts_from_the_release_of_each() -> None:
    rows = Rows(4, {"age": "f4"}, lambda: BORN)
    rows.complete(TIMES[0], [])
    row = rows.complete(TIMES[2], [part([0, 2], [1, 1])])
    np.testing.assert_array_equal(row["age"], np.array([20, np.nan, 10, np.nan], np.float32))


def test_release_times_are_asked_for_only_where_age_is_wanted() -> None:
    def never() -> np.ndarray:
        raise AssertionError

    Rows(4, {"temp": "f4"}, never)


def test_counts_and_their_story() -> None:
    numbers = counts(np.array([1, 1, 0, 5, 2, 1], np.int8))
    assert list(numbers) == list(STATUS_NAMES)
    assert numbers["active"] == 3
    assert sum(numbers.values()) == 6
    assert ", ".join(counts_in_words(numbers)) == "1 not released, 3 active, 1 stranded, 1 exited"
    assert counts_in_words({}) == []
    assert counts_in_words({"active": 12_000}, 118) == ["12,000 active (118 on dry flats)"]


def test_fates_are_counted_without_rows() -> None:
    """Who is gone is recorded once, by one worker, and counts ever after."""
    fates = Fates(10)
    assert fates.add([np.array([0, 3, 1, 0, 0, 0, 0]), np.array([0, 2, 0, 0, 0, 1, 0])]) == {
        "not_released": 3, "active": 5, "stranded": 1, "deposited": 0, "settled": 0, "exited": 1, "dead": 0,
    }  # fmt: skip
    after = fates.add([np.array([0, 4, 0, 0, 1, 0, 2])])
    assert [after[name] for name in ("not_released", "active", "settled", "exited", "dead")] == [
        2,
        4,
        1,
        1,
        2,
    ]
    held = fates.with_held(np.array([0, 3, 1, 0, 0, 0, 0]))
    assert [held[name] for name in ("not_released", "active", "stranded", "exited")] == [2, 3, 1, 1]
    assert fates.add([])["exited"] == 1
