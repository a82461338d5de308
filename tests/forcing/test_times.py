"""Times of the records, from whatever variable tells them."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing import open_series
from fvdrift.forcing.times import format_duration, format_time, parse_date, parse_units, snap

from .odd_files import DAY, HOUR, MJD, START, OddFile, characters, small_file, stamp

EXPECTED = START + HOUR * np.arange(3)


def times_of(file: OddFile, folder: Path) -> np.ndarray:
    with open_series([file.write(folder / "a.nc")]) as series:
        return series.times


@pytest.mark.parametrize("separator", ["T", " ", "/", "_"])
@pytest.mark.parametrize("dash", ["-", "/"])
def test_times_text_takes_any_separator(tmp_path: Path, separator: str, dash: str) -> None:
    texts = [stamp(t).replace("-", dash).replace("T", separator) for t in EXPECTED]
    file = small_file().set("Times", characters(texts)).drop("time", "Itime", "Itime2")
    assert np.array_equal(times_of(file, tmp_path), EXPECTED)


def test_times_as_whole_strings_and_with_zone(tmp_path: Path) -> None:
    file = small_file().drop("time", "Itime", "Itime2", "Times")
    file.set("Times", np.array([stamp(t)[:19] + "Z" for t in EXPECTED], object), ("time",))
    with open_series([file.write(tmp_path / "a.nc", "NETCDF4")]) as series:
        assert np.array_equal(series.times, EXPECTED)


@pytest.mark.parametrize("empty", ["", "\0" * 26, "-" * 26, "*" * 26])
def test_empty_or_masked_entries_of_times_come_from_itime(tmp_path: Path, empty: str) -> None:
    file = small_file().set("Times", characters([stamp(EXPECTED[0]), empty, stamp(EXPECTED[2])]))
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(series.times, EXPECTED)
        assert any("Times is empty in 1 of 3" in note for note in series.notes)


def test_times_wholly_empty_falls_back_without_fuss(tmp_path: Path) -> None:
    assert np.array_equal(times_of(small_file().set("Times", characters([""] * 3)), tmp_path), EXPECTED)


def test_times_empty_and_nothing_else_is_refused_naming_the_record(tmp_path: Path) -> None:
    file = small_file().set("Times", characters([stamp(START), "", ""])).drop("time", "Itime", "Itime2")
    with pytest.raises(ForcingError, match=r"a\.nc: tells no time for record 2"):
        times_of(file, tmp_path)
    with pytest.raises(ForcingError, match="neither Times nor Itime and Itime2 nor time"):
        times_of(small_file().drop("time", "Itime", "Itime2", "Times"), tmp_path)


def test_itime_is_exact_where_time_is_single(tmp_path: Path) -> None:
    file = small_file((0, 1, 87_600.5)).drop("Times")  # ten years
    assert np.array_equal(times_of(file, tmp_path), START + np.array([0, HOUR, 87_600 * HOUR + HOUR // 2]))


def test_times_that_contradict_itime_are_told(tmp_path: Path) -> None:
    file = small_file()
    file.set("Itime2", file.values("Itime2") + 60_000)
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(series.times, EXPECTED)
        assert any("Times and Itime, Itime2 differ by up to 1 min" in note for note in series.notes)


def test_double_days_are_good_to_a_millisecond_after_ten_years(tmp_path: Path) -> None:
    file = small_file().drop("Times", "Itime", "Itime2")
    exact = START + np.array([0, HOUR // 3, 3652 * DAY + 1_234_567_000])
    times = times_of(file.set("time", (exact - MJD) / DAY), tmp_path)
    assert np.abs(times - exact).max() <= 1000


def test_single_precision_days_are_rounded_to_the_hours_they_meant_and_told(tmp_path: Path) -> None:
    file = small_file(tuple(range(6))).drop("Times", "Itime", "Itime2")
    raw = file.values("time").astype(float)
    assert np.abs(raw * DAY + MJD - (START + HOUR * np.arange(6))).max() > 60e6  # off by minutes as stored
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(series.times, START + HOUR * np.arange(6))
        assert any("single precision" in note and "multiples of 1 h" in note for note in series.notes)


def test_single_precision_days_of_no_pattern_stay_as_they_are(tmp_path: Path) -> None:
    file = small_file((0, 1.37, 2.61)).drop("Times", "Itime", "Itime2")
    stored = file.values("time").astype(float) * DAY + MJD
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.abs(series.times - stored).max() <= 1000
        assert any("used as they are" in note for note in series.notes)


def test_single_precision_widened_to_double_is_still_single(tmp_path: Path) -> None:
    file = small_file(tuple(range(6))).drop("Times", "Itime", "Itime2")
    file.set("time", file.values("time").astype("f8"))
    assert np.array_equal(times_of(file, tmp_path), START + HOUR * np.arange(6))


def test_snapping_needs_more_than_chance() -> None:
    doubt = np.full(1, 168_750_000)
    assert snap(np.array([START + HOUR + 100_000_000]), doubt)[1] is None


@pytest.mark.parametrize(
    ("units", "size", "zero"),
    [
        ("days since 2013-01-01", DAY, "2013-01-01T00:00:00"),
        ("seconds since 1970-01-01 00:00:00", 1_000_000, "1970-01-01T00:00:00"),
        ("hours since 2019-12-31T12:00:00Z", HOUR, "2019-12-31T12:00:00"),
        ("minutes since 2020-1-1 0:0:0 UTC", 60_000_000, "2020-01-01T00:00:00"),
        ("days since 2020-01-01 02:00:00 +02:00", DAY, "2020-01-01T00:00:00"),
    ],
)
def test_units_from_any_reference_date(tmp_path: Path, units: str, size: int, zero: str) -> None:
    file = small_file().drop("Times", "Itime", "Itime2")
    start = int(np.datetime64(zero, "us").astype(np.int64))
    file.set("time", (EXPECTED - start) / size, units=units)
    assert np.array_equal(times_of(file, tmp_path), EXPECTED)


def test_itime_counts_from_its_own_reference(tmp_path: Path) -> None:
    file = small_file().drop("Times", "time")
    since = EXPECTED - int(np.datetime64("2013-01-01", "us").astype(np.int64))
    file.set("Itime", (since // DAY).astype("i4"), units="days since 2013-01-01")
    assert np.array_equal(times_of(file.set("Itime2", (since % DAY // 1000).astype("i4")), tmp_path), EXPECTED)


def test_days_since_zero_have_no_calendar(tmp_path: Path) -> None:
    file = small_file().drop("Times").set("time", np.array([0, 0.5, 1], "f4"), units="days since 0.0", format="")
    file.set("Itime", np.array([0, 0, 1], "i4"), units="days since 0.0", format="")
    file.set("Itime2", np.array([0, 43_200_000, 0], "i4"))
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert not series.calendar
        assert series.times.tolist() == [0, DAY // 2, DAY]
        assert series.describe_time(DAY // 2) == "day 0 12:00:00"


def test_seconds_after_midnight_have_no_calendar(tmp_path: Path) -> None:
    file = small_file().drop("Times", "Itime", "Itime2")
    file.set("time", np.array([0, 1800, 3600.5], "f4"), units="seconds after 00:00:00", format="")
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert not series.calendar
        assert series.times.tolist() == [0, HOUR // 2, HOUR + 500_000]


def test_a_calendar_of_equal_years_is_refused(tmp_path: Path) -> None:
    file = small_file().drop("Times", "Itime", "Itime2").set("time", np.arange(3.0), calendar="noleap")
    with pytest.raises(ForcingError, match="calendar noleap"):
        times_of(file, tmp_path)


def test_dates_and_units_as_texts() -> None:
    assert parse_date("1970-01-01") == 0
    assert parse_date("1970/01/01 24:00:00") == DAY
    assert parse_date("1970-01-01T01:00:00+01:00") == 0
    assert parse_date("1970-13-01") is None
    assert parse_date("noise") is None
    assert parse_units("fortnights since 1970-01-01") is None
    assert format_time(START + 1, True) == "2020-05-01T00:00:00.000001Z"
    assert [format_duration(d) for d in (HOUR, 90_000_000, 2 * DAY, 5)] == ["1 h", "90 s", "2 d", "5 us"]
