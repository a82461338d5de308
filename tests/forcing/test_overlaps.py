"""Records that have the time of others, nearly or exactly: which serves, and what is told or refused."""

import os
from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import Series, open_series
from fvdrift.forcing.rounded_times import evenly

from .odd_files import DAY, HOUR, NODES, START, OddFile, small_file, u_value

SECOND = 1_000_000


def hours(series: Series) -> list[float]:
    return ((series.times - START) / HOUR).tolist()


def warnings(series: Series) -> list[str]:
    return [note for note in series.notes if note.startswith("warning: ")]


def own_zero(hours: tuple[float, ...], **u: float) -> OddFile:
    """Without a date, as FVCOM's idealised runs; u: shift=... adds to u."""
    file = small_file(hours).drop("Times", "Itime", "Itime2")
    file.set("time", np.array(hours) / 24, units="days since 0.0", format="", time_zone="none")
    return file.set("u", file.values("u") + np.float32(u.get("shift", 0.0)))


# stamps that nearly meet


@pytest.mark.parametrize("late", [0.5, 0.003, -0.5, 20.0])
def test_ends_of_files_that_nearly_meet_are_one_record(tmp_path: Path, late: float) -> None:
    """The seams of monthly archives: half a second apart."""
    a = small_file((0, 1, 2)).write(tmp_path / "a.nc")
    b = small_file((2 + late / 3600, 3, 4)).write(tmp_path / "b.nc")
    with open_series([a, b]) as series:
        assert np.diff(series.times).min() > 0.99 * HOUR
        assert hours(series) == pytest.approx([0, 1, 2 + late / 3600, 3, 4])
        assert series.name_of(2) == "b.nc"
        assert warnings(series) == []
        assert any(
            note.startswith("1 of 6 records repeat the time of another to within") for note in series.notes
        )


def test_the_same_within_one_file(tmp_path: Path) -> None:
    with open_series([small_file((0, 1, 1 + 0.5 / 3600, 2, 3)).write(tmp_path / "a.nc")]) as series:
        assert hours(series) == pytest.approx([0, 1 + 0.5 / 3600, 2, 3])


def test_files_of_two_records_that_all_nearly_meet(tmp_path: Path) -> None:
    paths = [small_file((n + 0.5 / 3600 * (n > 0), n + 1)).write(tmp_path / f"{n}.nc") for n in range(4)]
    with open_series(paths) as series:
        assert np.allclose(np.diff(series.times), HOUR, rtol=1e-3)
        assert len(series.times) == 5


@pytest.mark.parametrize(
    "given",
    [
        (0, 0.1, 1, 2),  # uneven
        (0, 1, 1 + 1 / 3600, 1 + 2 / 3600, 2),  # a burst
        (0, 1, 1 + 40 / 3600, 2),  # more than a hundredth
        tuple(n / 3600 for n in range(5)),  # of seconds
    ],
)
def test_records_that_only_lie_close_are_records(tmp_path: Path, given: tuple[float, ...]) -> None:
    with open_series([small_file(given).write(tmp_path / "a.nc")]) as series:
        assert hours(series) == pytest.approx(list(given))


def test_ends_that_nearly_meet_and_disagree_are_told(tmp_path: Path) -> None:
    a = small_file((0, 1, 2)).write(tmp_path / "a.nc")
    later = small_file((2 + 0.5 / 3600, 3, 4))
    later.values("u")[0] += 0.01
    with open_series([a, later.write(tmp_path / "b.nc")]) as series:
        assert len(warnings(series)) == 1
        assert warnings(series)[0].startswith(
            "warning: a.nc and b.nc disagree at 2020-05-01T02:00:00.5Z (u is 0.2"
        )


# single precision


def five_minutes(count: int, begin: float = 0.0) -> OddFile:
    file = small_file(tuple(begin + n / 12 for n in range(count))).drop("Times", "Itime", "Itime2")
    assert len(set(file.values("time").tolist())) < count or count < 10  # some are the same number
    return file


def test_single_precision_days_of_five_minutes_are_told_apart(tmp_path: Path) -> None:
    with open_series([five_minutes(289).write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(series.times, START + 5 * 60 * SECOND * np.arange(289))
        note = next(note for note in series.notes if "single precision" in note)
        assert note.endswith(
            "records are taken as 5 min apart from 2020-05-01T00:00:00Z on, which they match"
        )
        assert not any("repeat" in note for note in series.notes)


def test_two_files_of_them_meet(tmp_path: Path) -> None:
    files = [five_minutes(145, begin).write(tmp_path / f"{begin}.nc") for begin in (0, 12)]
    with open_series(files) as series:
        assert np.array_equal(series.times, START + 5 * 60 * SECOND * np.arange(289))


@pytest.mark.parametrize("minutes", [4, 5, 6, 8])
def test_they_are_where_no_two_are_the_same_number(tmp_path: Path, minutes: int) -> None:
    file = small_file(tuple(n * minutes / 60 for n in range(60))).drop("Times", "Itime", "Itime2")
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(series.times, START + minutes * 60 * SECOND * np.arange(60))


def test_single_precision_days_that_fit_no_step_or_several_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    uneven = np.sort(rng.uniform(0, 24, 200))
    file = small_file(tuple(uneven)).drop("Times", "Itime", "Itime2")
    with pytest.raises(
        ForcingError, match=r"a\.nc: time is stored in single precision, good to .* cannot be told apart"
    ):
        open_series([file.write(tmp_path / "a.nc")])
    few = small_file((0, 1 / 60, 2 / 60)).drop("Times", "Itime", "Itime2")
    with pytest.raises(
        ForcingError, match=r"b\.nc: .* records 1 and 2 cannot be told apart; give Times, or Itime"
    ):
        open_series([few.write(tmp_path / "b.nc")])


def test_steps_are_found_whatever_they_are() -> None:
    rng = np.random.default_rng(2)
    for step in (60, 120, 180, 300, 600):
        begin = int(rng.integers(40_000, 60_000)) * DAY + step * SECOND * int(rng.integers(100))
        true = begin + step * SECOND * np.arange(500)
        stored = (true / DAY).astype("f4")
        doubt = (np.spacing(stored).astype("f8") * DAY / 2).astype("i8")
        found = evenly((stored.astype("f8") * DAY).astype("i8"), doubt + 1000)
        assert found is None or np.array_equal(found[0], true)
        assert found is not None or step < 180


# files that overlap


@pytest.mark.parametrize("name", ["u", "zeta", "omega", "temp"])
def test_a_difference_in_any_variable_is_told_with_files_times_and_place(tmp_path: Path, name: str) -> None:
    a, b = (
        small_file(hours).set("temp", np.full((3, NODES), 10, "f4"), ("time", "node"))
        for hours in ((0, 1, 2), (1, 2, 3))
    )
    b.values(name)[1].reshape(-1)[7] += 0.5
    with open_series([a.write(tmp_path / "a.nc"), b.write(tmp_path / "b.nc")]) as series:
        told = [note for note in series.notes if "disagree" in note]
        assert len(told) == 1
        assert told[0].startswith(f"warning: a.nc and b.nc disagree at 2020-05-01T02:00:00Z ({name} is ")
        assert (
            f"at {'element' if name == 'u' else 'node'} 8; 1 of 2 repeated stamps); b.nc, which begins later, serves"
            in told[0]
        )


def test_rounding_is_no_difference(tmp_path: Path) -> None:
    a, b = small_file((0, 1, 2)), small_file((1, 2, 3))
    b.set("u", b.values("u") * np.float32(1 + 3e-7))
    b.set("zeta", np.round(b.values("zeta") / 0.001).astype("i2"), scale_factor=0.001)
    with open_series([a.write(tmp_path / "a.nc"), b.write(tmp_path / "b.nc")]) as series:
        assert warnings(series) == []


@pytest.mark.parametrize("names", [("a.nc", "b.nc"), ("b.nc", "a.nc")])
def test_files_that_begin_together_and_disagree_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    nowcast, forecast = small_file((6, 7, 8)), small_file((6, 7, 8, 9))
    forecast.set("u", forecast.values("u") + np.float32(0.01))
    paths = [file.write(tmp_path / name) for file, name in zip((nowcast, forecast), names, strict=True)]
    with pytest.raises(
        ForcingError,
        match=r"\.nc disagree at .*06:00:00Z \(u is .* begin together, so that only",
    ):
        open_series(sorted(paths))
    grown = small_file((6, 7, 8))  # from one state, and not alike later
    grown.values("u")[1:] += 0.01
    with pytest.raises(ForcingError, match=r"disagree at 2020-05-01T0[78]:00:00Z \(u is .* begin together"):
        open_series([small_file((6, 7, 8)).write(tmp_path / "d.nc"), grown.write(tmp_path / "e.nc")])
    same = small_file((6, 7, 8)).write(tmp_path / "c.nc")
    with open_series([paths[0], same]) as series:
        assert warnings(series) == []


def test_one_record_files_of_overlapping_cycles_are_refused(tmp_path: Path) -> None:
    """Nowcast and forecast of one hour, which begin together by their nature."""
    paths = []
    for number, name in enumerate(("n006.t06z", "f000.t06z", "n000.t12z")):
        file = small_file((6,)).set("temp", np.full((1, NODES), number, "f4"), ("time", "node"))
        paths.append(file.write(tmp_path / f"{name}.nc"))
    with pytest.raises(
        ForcingError,
        match=r"n006\.t06z\.nc and n000\.t12z\.nc disagree at 2020-05-01T06:00:00Z \(temp is 0 and 2",
    ):
        open_series([paths[0], paths[2]])
    with open_series([paths[0], small_file((7,)).write(tmp_path / "n001.nc")]) as series:
        assert len(series.times) == 2


def test_files_that_each_count_from_their_own_zero_are_refused(tmp_path: Path) -> None:
    a = own_zero((0, 1, 2)).write(tmp_path / "a.nc")
    words = "the files seem to start anew, each from its own zero; run them apart"
    for name, file in {
        "same.nc": own_zero((0, 1, 2), shift=0.1),
        "longer.nc": own_zero((0, 1, 2, 3, 4), shift=0.1),
        "shorter.nc": own_zero((0, 1), shift=0.1),
        "late.nc": own_zero((1, 2, 3), shift=0.1),
        "between.nc": own_zero((0.5, 1.5, 2.5), shift=0.1),
    }.items():
        with pytest.raises(ForcingError, match=words) as caught:
            open_series([a, file.write(tmp_path / name)])
        assert name in str(caught.value)
        assert "a.nc" in str(caught.value)
    for name, file in {
        "next.nc": own_zero((2, 3, 4)),
        "copy.nc": own_zero((0, 1, 2)),
        "seam.nc": own_zero((2, 3), shift=0.1),
    }.items():
        with open_series([a, file.write(tmp_path / name)]) as series:
            assert len(warnings(series)) == (name == "seam.nc")


def test_files_with_dates_that_take_turns_are_told(tmp_path: Path) -> None:
    a, b = small_file((0, 1, 2)).write(tmp_path / "a.nc"), small_file((0.5, 1.5)).write(tmp_path / "b.nc")
    with open_series([a, b]) as series:
        assert warnings(series) == [
            "warning: a.nc and b.nc take turns at 2020-05-01T00:30:00Z: are they of one run?"
        ]


def test_records_of_one_time_in_one_file_are_told_of_that_file(tmp_path: Path) -> None:
    file = small_file((0, 1, 1, 2))
    file.values("u")[2] += 0.5
    path = file.write(tmp_path / "dup.nc")
    os.link(path, tmp_path / "dup.2.nc")
    with open_series([path, tmp_path / "dup.2.nc"]) as series:
        assert [path.name for path in series.files] == ["dup.nc"]
        assert np.array_equal(series.read(1, ["u"])["u"], u_value(1) + np.float32(0.5))
        assert len(warnings(series)) == 1
        assert warnings(series)[0].startswith(
            "warning: dup.nc: holds 2020-05-01T01:00:00Z twice, and its records 2 and 3 disagree (u"
        )


def test_a_copy_of_a_file_with_a_time_twice_agrees_with_it(tmp_path: Path) -> None:
    file = small_file((0, 1, 1, 2))
    file.values("u")[2] += 0.5
    paths = [file.write(tmp_path / name) for name in ("dup.nc", "dup.2.nc")]
    with open_series(paths) as series:
        assert not any("dup.nc and dup.2.nc" in note for note in series.notes)
        assert sum("twice" in note for note in series.notes) == 2


def test_time_that_goes_back_is_told(tmp_path: Path) -> None:
    with open_series([small_file((0, 1, 2, 1.5, 3)).write(tmp_path / "a.nc")]) as series:
        assert hours(series) == [0, 1, 1.5, 2, 3]
        assert warnings(series) == [
            "warning: a.nc: time goes back at record 4; records are taken by their times"
        ]


def test_many_overlaps_are_all_looked_at(tmp_path: Path) -> None:
    paths = []
    for day in range(10):
        file = small_file(tuple(24 * day + hour for hour in range(0, 49, 6)))
        if day == 7:
            file.values("v")[2, 1, 3] += 0.2
        paths.append(file.write(tmp_path / f"{day}.nc"))
    with open_series(paths) as series:
        told = [note for note in series.notes if "disagree" in note]
        assert len(told) == 1
        assert told[0].startswith("warning: 6.nc and 7.nc disagree at 2020-05-08T12:00:00Z (v is ")
        assert f"at element 4; 1 of {9 * 5}" in told[0]
