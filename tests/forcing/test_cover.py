"""Whether a series can carry a run."""

from pathlib import Path

import pytest

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.forcing.cover import cover_check
from fvdrift.forcing.fvcom.series import Series, open_series

from .odd_files import HOUR, START, small_file

MINUTE = HOUR // 60


def series_of(folder: Path, *hours: float, **options: int) -> Series:
    return open_series([small_file(hours).write(folder / "estuary_0001.nc")], **options)  # type: ignore[arg-type]


def test_a_run_inside_the_cover_passes(tmp_path: Path) -> None:
    with series_of(tmp_path, 0, 1, 2, 3) as series:
        cover_check(series, START, START + 3 * HOUR, MINUTE)
        cover_check(series, START + MINUTE, START + 2 * MINUTE, MINUTE)
        cover_check(series, START, START + 3 * HOUR, HOUR)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (1, 3.01)])
def test_a_run_beyond_the_cover_is_refused(tmp_path: Path, start: float, end: float) -> None:
    words = "covers 2020-05-01T00:00:00Z to 2020-05-01T03:00:00Z, the run asks for"
    with series_of(tmp_path, 0, 1, 2, 3) as series, pytest.raises(ForcingError, match=words):
        cover_check(series, START + round(start * HOUR), START + round(end * HOUR), MINUTE)


def test_a_single_record_is_refused(tmp_path: Path) -> None:
    with (
        series_of(tmp_path, 0) as series,
        pytest.raises(ForcingError, match=r"estuary_0001\.nc: holds one record"),
    ):
        cover_check(series, START, START, MINUTE)


def test_a_gap_inside_the_run_is_refused_and_one_outside_is_not(tmp_path: Path) -> None:
    with series_of(tmp_path, 0, 1, 2, 5, 6, 7, 8) as series:
        assert series.max_gap == 3 * HOUR // 2
        with pytest.raises(
            ForcingError,
            match=r"no record for 3 h after 2020-05-01T02:00:00Z .*forcing\.max_gap \(now 90 min\)",
        ):
            cover_check(series, START, START + 8 * HOUR, MINUTE)
        cover_check(series, START, START + 2 * HOUR, MINUTE)
        cover_check(series, START + 5 * HOUR, START + 8 * HOUR, MINUTE)
        with pytest.raises(ForcingError, match="no record for 3 h"):
            cover_check(series, START + 3 * HOUR, START + 4 * HOUR, MINUTE)  # wholly inside the gap


def test_a_gap_may_be_allowed(tmp_path: Path) -> None:
    with series_of(tmp_path, 0, 1, 4, max_gap=3 * HOUR) as series:
        cover_check(series, START, START + 4 * HOUR, MINUTE)


def test_a_step_longer_than_the_frames_are_apart_is_refused(tmp_path: Path) -> None:
    with series_of(tmp_path, 0, 1, 2, 2.5, 3) as series:
        with pytest.raises(RunFileError) as caught:
            cover_check(series, START, START + 2 * HOUR, 2 * HOUR, run_file="some/where/quickstart.toml")
        assert str(caught.value) == (
            "quickstart.toml: time.step: 2 h is longer than the 1 h between frames of estuary_0001.nc; take 60s to 300s"
        )
        with pytest.raises(RunFileError, match="45 min is longer than the 30 min"):
            cover_check(series, START, START + 3 * HOUR, 45 * MINUTE)
        cover_check(series, START, START + 2 * HOUR, 45 * MINUTE)  # the short interval is not in this run
