"""Times of the records, from whatever variable tells them."""

from pathlib import Path

import cftime
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import open_series
from fvdrift.forcing.rounded_times import snap
from fvdrift.forcing.time_units import parse_date
from fvdrift.settings.instants import format_instant, parse_instant
from fvdrift.tools.calendar import format_time
from fvdrift.tools.duration import short_duration

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
    assert np.array_equal(
        times_of(file.set("Itime2", (since % DAY // 1000).astype("i4")), tmp_path), EXPECTED
    )


def test_days_since_zero_have_no_calendar(tmp_path: Path) -> None:
    file = (
        small_file().drop("Times").set("time", np.array([0, 0.5, 1], "f4"), units="days since 0.0", format="")
    )
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
    for text in (
        "1970-13-01",
        "noise",
        "1970-01-01 25:00",
        "1970-01-01 10:00 EST",
        "1582-10-10",
        "0000-01-01",
        "01-02-1970",
    ):
        with pytest.raises(ValueError, match=r"date|time of day|zone|year 0"):
            parse_date(text)
    assert format_time(START + 1, True) == "2020-05-01T00:00:00.000001Z"
    assert [short_duration(d) for d in (HOUR, 90_000_000, 2 * DAY, 5)] == ["1 h", "90 s", "2 d", "5 us"]


SIZES = {
    "ns": 1e-9, "nanoseconds": 1e-9, "us": 1e-6, "microseconds": 1e-6, "\N{MICRO SIGN}s": 1e-6, "ms": 1e-3, "msec": 1e-3,
    "milliseconds": 1e-3, "s": 1, "Seconds": 1, "sec": 1, "ks": 1e3, "min": 60, "mins": 60, "minutes": 60, "h": 3600, "hr": 3600,
    "HOURS": 3600, "d": 86400, "Days": 86400, "week": 604_800, "weeks": 604_800, "fortnight": 1_209_600, "10 minutes": 600,
}  # fmt: skip


@pytest.mark.parametrize("unit", SIZES)
@pytest.mark.parametrize("kind", ["f8", "i8"])
def test_units_of_any_size(tmp_path: Path, unit: str, kind: str) -> None:
    file = small_file().drop("Times", "Itime", "Itime2")
    steps = max(1.0, 1e-3 / SIZES[unit])  # of at least a millisecond
    file.set(
        "time", (np.arange(3) * steps).astype(kind), units=f"{unit} since 2020-05-01 00:00:00", format=""
    )
    with open_series([file.write(tmp_path / "a.nc", "NETCDF4")]) as series:
        assert np.array_equal(series.times - START, np.round(np.arange(3) * steps * SIZES[unit] * 1e6))


@pytest.mark.parametrize(
    "zone", ["Z", "UTC", " GMT", "+02:00", " -0530", " +9", " UTC-03:00", "T12:30:00+01:00", " 18:00 -08:00"]
)
def test_zones_behind_the_reference(tmp_path: Path, zone: str) -> None:
    file = small_file().drop("Times", "Itime", "Itime2")
    file.set("time", np.arange(3.0), units=f"hours since 2020-05-01{zone}", format="")
    ahead = {
        "+02:00": 2,
        " -0530": -5.5,
        " +9": 9,
        " UTC-03:00": -3,
        "T12:30:00+01:00": -11.5,
        " 18:00 -08:00": -26,
    }.get(zone, 0)
    assert np.array_equal(times_of(file, tmp_path), EXPECTED - round(ahead * HOUR))


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ("days since 2020-05-01 00:00:00 EST", '"EST" behind it is no zone that is known'),
        ("days since 2020-05-01 00:00 Europe/Berlin", '"Europe/Berlin" behind it is no zone'),
        ("days since 2020-05-01 00:00:00 +25:00", "is no zone"),
        ("fortnight-ish since 2020-05-01", "cannot be read"),
        ("blinks since 2020-05-01", 'counts in "blinks", which is no unit of time that is known'),
        ("months since 2020-05-01", 'counts in "months", and not all of them are equally long'),
        ("Ms since 2020-05-01", 'counts in "Ms", which is no unit'),
        ("days since the beginning", 'counts since "the beginning", but that is no date'),
        ("days since 01-05-2020", "but that is no date"),
        ("days since 2020-02-30", "2020-02-30 is no date of the standard calendar"),
        ("days since 1582-10-10", "1582-10-10 is no date of the standard calendar"),
        ("days since 0000-01-01", "the standard calendar has no year 0"),
        ("", r"has no units, so it tells no time: say what it counts in"),
        ("4.7", r'counts in "4.7"'),
    ],
)
def test_units_that_are_not_known_are_refused_by_name(tmp_path: Path, units: str, words: str) -> None:
    file = small_file().drop("Itime", "Itime2", "Times").set("time", np.arange(3.0), units=units, format="")
    with pytest.raises(ForcingError, match=rf"^a\.nc: time: .*{words}"):
        times_of(file, tmp_path)
    days = small_file().drop("time", "Times").set("Itime", np.arange(3), units=units or "blinks", format="")
    with pytest.raises(ForcingError, match=r"^a\.nc: Itime: counts"):
        times_of(days, tmp_path)


def test_units_that_are_not_known_are_told_where_others_serve(tmp_path: Path) -> None:
    file = small_file().drop("Itime", "Itime2").set("time", np.arange(3.0), units="blinks", format="")
    file.values("Times")[1] = b" "
    with pytest.raises(ForcingError, match=r"a\.nc: time: counts in \"blinks\""):
        times_of(file, tmp_path)
    file = small_file().set("Itime", small_file().values("Itime"), units="blinks since 1858-11-17")
    with open_series([file.write(tmp_path / "b.nc")]) as series:
        assert np.array_equal(series.times, EXPECTED)
        assert any(note.startswith('warning: b.nc: Itime: counts in "blinks"') for note in series.notes)


REFERENCES = [
    "0001-01-01",
    "1-1-1",
    "1500-01-01",
    "1582-10-04",
    "1582-10-15",
    "1858-11-17",
    "1066-10-14 06:30:00",
]


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("calendar", ["standard", "gregorian", "", "proleptic_gregorian"])
def test_old_references_are_in_their_calendar(tmp_path: Path, reference: str, calendar: str) -> None:
    """By cftime, whose dates after 1582 are NumPy's."""
    units = f"hours since {reference}"
    hours = cftime.date2num(
        [cftime.datetime(2020, 5, 1, h, calendar=calendar or "standard") for h in range(3)], units
    )
    file = (
        small_file().drop("Times", "Itime", "Itime2").set("time", hours.astype("f8"), units=units, format="")
    )
    assert np.array_equal(
        times_of(file.set("time", hours.astype("f8"), calendar=calendar), tmp_path), EXPECTED
    )


def test_a_run_before_1582_has_the_dates_of_cftime(tmp_path: Path) -> None:
    units = "days since 1066-10-13 22:00:00"
    file = (
        small_file().drop("Times", "Itime", "Itime2").set("time", np.arange(3) / 12, units=units, format="")
    )
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        said = [series.describe_time(int(time)) for time in series.times]
        dates = cftime.num2date(np.arange(3) / 12, units, "standard")
        assert said == [date.isoformat() + "Z" for date in dates]
        again = cftime.num2date(
            series.times / 1e6, "seconds since 1970-01-01T00:00:00Z", "standard"
        )  # as tracks have it
        assert [date.isoformat() for date in again] == [date.isoformat() for date in dates]


@pytest.mark.parametrize(
    "date", ["1066-10-14T06:30:00", "0002-01-02T00:00:00", "1582-10-04T23:59:59.5", "1582-10-15T00:00:00"]
)
def test_dates_of_the_run_file_are_those_of_the_forcing(date: str) -> None:
    instant = parse_instant(f"{date}Z")
    assert instant.microseconds == parse_date(date)
    assert parse_instant(format_instant(instant)) == instant
    assert format_instant(instant) == f"{date}Z"


@pytest.mark.parametrize("name", ["time", "Itime", "Times"])
@pytest.mark.parametrize("calendar", ["noleap", "360_day", "julian", "all_leap", "utc", "lunar"])
def test_other_calendars_are_refused_wherever_they_stand(tmp_path: Path, name: str, calendar: str) -> None:
    file = small_file()
    with pytest.raises(ForcingError, match=rf"a\.nc: {name}: has calendar {calendar}"):
        times_of(file.set(name, file.values(name), calendar=calendar), tmp_path)


def test_time_is_unpacked_and_its_marks_are_no_time(tmp_path: Path) -> None:
    packed = small_file().drop("Times", "Itime", "Itime2")
    packed.set("time", np.array([-120, -119, -118], "i2"), scale_factor=0.5, add_offset=60.0, format="")
    packed.set("time", packed.values("time"), units="hours since 2020-05-01")
    with open_series([packed.write(tmp_path / "a.nc", "NETCDF4")]) as series:
        assert np.array_equal(series.times - START, HOUR // 2 * np.arange(3))
    unsigned = small_file().drop("Times", "Itime", "Itime2")
    unsigned.set(
        "time",
        np.array([200, 201, 202], "u1").view("i1"),
        units="hours since 2020-04-22 16:00",
        _Unsigned="true",
        format="",
    )
    with open_series([unsigned.write(tmp_path / "b.nc", "NETCDF4")]) as series:
        assert np.array_equal(series.times, EXPECTED)
    for number, marks in enumerate(
        ({"missing_value": 1.0}, {"_FillValue": 1.0}, {"valid_range": [-1.0, 0.5]}, {"valid_max": 0.5})
    ):
        marked = small_file().drop("Times", "Itime", "Itime2")
        marked.set("time", np.arange(3.0), units="hours since 2020-05-01", format="", **marks)
        with pytest.raises(ForcingError, match=r"tells no time for record 2"):
            open_series([marked.write(tmp_path / f"m{number}.nc", "NETCDF4")])
    days = small_file().drop("Times", "time")
    days.set("Itime", (days.values("Itime") - 50_000) // 2, scale_factor=2.0, add_offset=50_000.0)
    days.set("Itime2", days.values("Itime2") // 1000, scale_factor=1000.0)
    with open_series([days.write(tmp_path / "d.nc")]) as series:
        assert np.array_equal(series.times - EXPECTED, np.full(3, -DAY * (58_970 % 2)))


def test_texts_that_are_no_date_are_refused_with_their_words(tmp_path: Path) -> None:
    texts = [stamp(time) for time in EXPECTED]
    wrong = [texts[0], "2020-05-01T01:00:00 EST", texts[2]]
    with pytest.raises(
        ForcingError,
        match=r'a\.nc: Times: is "2020-05-01T01:00:00 EST" in record 2: "EST" behind it is no zone',
    ):
        times_of(small_file().drop("time", "Itime", "Itime2").set("Times", characters(wrong)), tmp_path)
    with open_series([small_file().set("Times", characters(wrong)).write(tmp_path / "b.nc")]) as series:
        assert np.array_equal(series.times, EXPECTED)
        assert any(
            note.startswith('warning: b.nc: Times: is "2020-05-01T01:00:00 EST" in record 2')
            for note in series.notes
        )


def test_times_in_a_zone_of_fvcom_give_way_to_its_numbers(tmp_path: Path) -> None:
    """FVCOM adds its time_zone to Times alone: its numbers are UTC (mod_time.F)."""
    local = characters([stamp(time - 5 * HOUR) for time in EXPECTED])
    file = small_file().set("Times", local, time_zone="EST")
    file.set("Itime", file.values("Itime"), time_zone="EST")
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(series.times, EXPECTED)
        assert (
            sum(note.startswith("warning: a.nc: ") and "time_zone is EST" in note for note in series.notes)
            == 2
        )
    with pytest.raises(ForcingError, match=r"b\.nc: Times: time_zone is EST, and only UTC can be read"):
        open_series([file.drop("time", "Itime", "Itime2").write(tmp_path / "b.nc")])


def test_days_without_a_date_are_told(tmp_path: Path) -> None:
    def told(name: str, values: np.ndarray, **attributes: str) -> tuple[bool, list[str]]:
        file = small_file().drop("Times", "Itime", "Itime2")
        with open_series(
            [file.set("time", values, **{"units": "", "format": "", **attributes}).write(tmp_path / name)]
        ) as series:
            return series.calendar, [note for note in series.notes if note.startswith("warning: ")]

    assert told("a.nc", np.arange(3.0), units="days since 0.0", time_zone="none") == (
        False,
        [],
    )  # FVCOM's idealised runs
    assert told("b.nc", (EXPECTED - MJD) / DAY, format="modified julian day (MJD)") == (True, [])
    own = "warning: c.nc: time: is in days since no date; taken as counted from the run's own zero"
    assert told("c.nc", np.arange(3.0), units="days") == (False, [own])
    modern = (
        "warning: d.nc: time: is in days since no date; taken as modified Julian days, from 1858-11-17 on"
    )
    assert told("d.nc", (EXPECTED - MJD) / DAY, units="days") == (True, [modern])
