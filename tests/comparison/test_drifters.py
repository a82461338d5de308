"""Files of drifters as they are found, put in order; and where starts lie along them."""

import numpy as np
import pytest

from fvdrift.comparison.drifters import Clock, count_said, drifters_of, starts_along
from fvdrift.errors import RunFileError
from fvdrift.release import read_fixes
from fvdrift.timeline import StepGrid
from fvdrift.tools.calendar import days_since_1970
from fvdrift.tools.duration import DAY, HOUR, MINUTE

START = days_since_1970(2020, 5, 1) * DAY
GRID = StepGrid(START, START + 2 * DAY, MINUTE)


def read(tmp_path, text, geographic=True):
    path = tmp_path / "buoys.csv"
    path.write_text(text)
    fixes = read_fixes(
        path, lambda x, y, kind: (x, y), GRID, geographic=geographic, first_record=START, calendar=True
    )
    return fixes, *drifters_of(fixes, path)


FORMS = {
    "erddap": "ID,time,latitude,longitude,sst\n,UTC,degrees_north,degrees_east,K\n"
    "7,2020-05-01T00:00:00Z,50.0,-4.0,280\n7,2020-05-01T01:00:00Z,50.1,-4.1,281\n",
    "plain": "drifter,datetime,lon,lat\n7,2020-05-01 00:00:00,-4,50\n7,2020-05-01 01:00,-4.1,50.1\n",
    "makers": "DeviceName;DeviceDateTime;Latitude;Longitude\n7;1588291200;50,0;-4,0\n7;1588294800;50,1;-4,1\n",
    "backwards": "buoy_id\ttimestamp\tlon\tlat\n7\t2020-05-01T03:00+02:00\t-4.1\t50.1\n7\t2020-05-01T02:00+02:00\t-4\t50\n",
    "doubled": "platform,date_time,lon,lat\n7,2020-05-01T00:00Z,-4,50\n7,2020-05-01T00:00Z,-4,50\n7,2020-05-01T00:00Z,-9,50\n"
    "7,2020-05-01T00:30Z,NaN,\n7,2020-05-01T01:00Z,-4.1,50.1\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_files_as_they_are_found(tmp_path, form):
    _, (drifter,), _ = read(tmp_path, FORMS[form])
    assert drifter.name == "7"
    assert drifter.times.tolist() == [START, START + HOUR]
    assert drifter.x.tolist() == [-4.0, -4.1]
    assert drifter.y.tolist() == [50.0, 50.1]


def test_what_is_left_out_is_told(tmp_path):
    fixes, _, notes = read(tmp_path, FORMS["doubled"])
    assert any(
        "1 of 5 rows have no position and are left out (the first in line 5)" in note for note in fixes.notes
    )
    assert any("1 rows are there twice" in note for note in notes)
    assert any("warning" in note and "(the first in line 4)" in note for note in notes)
    _, _, notes = read(tmp_path, FORMS["backwards"])
    assert any("put in order of time" in note for note in notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,lon,lat\n1,-4,50\n", "has no column time"),
        ("id,time,lon,lat\n1,2020-05-01T00:00Z,-4,50\n1,,-4,50\n", "line 3: column time: is empty"),
        ("id,time,lon,lat\n1,yesterday,-4,50\n", 'line 2: column time: "yesterday" is not a time'),
        ("id,time,lon,lat\n1,2020-05-01T00:00Z,-4,95\n", "line 2: columns lon,lat: "),
        ("id,time,lon,lat\n1,2020-05-01T00:00Z,4W,50\n", 'line 2: column lon: "4W" is not a number'),
        ("id,time,lon\n1,2020-05-01T00:00Z,4\n", "must have the columns lon,lat or x,y"),
        ("id,time,lon,lat\n", "has no rows"),
    ],
)  # fmt: skip
def test_bad_rows_are_named(tmp_path, text, said):
    with pytest.raises(RunFileError, match=r"buoys\.csv") as raised:
        read(tmp_path, text)
    assert said in str(raised.value)


def test_releases_still_call_an_id_unknown(tmp_path):
    """Names of drifters' files are theirs: a release with a column id has no other names than before."""
    from fvdrift.release.csv_header import NAMES, OBSERVED_NAMES

    assert "id" not in NAMES
    assert OBSERVED_NAMES["id"] == "name"
    assert "count" not in OBSERVED_NAMES


def test_starts_lie_on_comparison_times(tmp_path):
    rows = [f"a,2020-05-01T{h:02d}:10Z,{-4 + h / 10},50" for h in range(1, 6)]
    rows += [f"a,2020-05-01T{h:02d}:10Z,{-4 + h / 10},50" for h in range(12, 15)]
    _, drifters, _ = read(tmp_path, "\n".join(["id,time,lon,lat", *rows, "b,2020-05-01T01:00Z,-4,50", ""]))
    clock = Clock(START, START, START + 13 * HOUR, HOUR // 2, 2 * HOUR, 90 * MINUTE, 3 * HOUR)
    starts, count = starts_along(drifters, clock)
    # 01:30 on to 05:00 before the gap of seven hours, 12:30 on to 13:00, the end of the run
    assert [(start.time - START) / HOUR for start in starts] == [1.5, 3.5, 12.5]
    assert [start.leads for start in starts] == [3, 3, 1]
    # between fixes of 01:10 and 02:10 the position is linear
    assert starts[0].x == pytest.approx(-4 + np.array([1 + 1 / 3, 1 + 5 / 6, 2 + 1 / 3, 2 + 5 / 6]) / 10)
    assert (count.outside, count.gaps, count.silent) == (2, 1, ["b"])
    said = " ".join(count_said(count, clock, tmp_path))
    assert "2 fixes lie before" in said
    assert "1 gap(s) between fixes are longer than 3 h" in said
    assert "1 drifters have no start" in said


def test_a_drifter_whose_fixes_all_lie_across_gaps_is_told_as_such(tmp_path):
    rows = ["id,time,lon,lat", "a,2020-05-01T02:00Z,-4,50", "a,2020-05-01T09:00Z,-4,50", ""]
    _, drifters, _ = read(tmp_path, "\n".join(rows))
    clock = Clock(START, START, START + 13 * HOUR, HOUR // 2, 2 * HOUR, 90 * MINUTE, 3 * HOUR)
    starts, count = starts_along(drifters, clock)
    assert not starts
    *_, said = count_said(count, clock, tmp_path)
    assert said.endswith(
        "no unbroken piece of their fixes within the run reaches from one comparison time to the next (30 min): a"
    )


def test_a_gap_outside_the_run_is_none(tmp_path):
    rows = [f"a,2020-05-0{day}T{h:02d}:00Z,-4,50" for day in (1, 3, 5) for h in (6, 7)]
    _, drifters, _ = read(tmp_path, "\n".join(["id,time,lon,lat", *rows, ""]))

    def gaps(start, end):
        clock = Clock(START, START + start, START + end, HOUR, DAY, DAY, 3 * HOUR)
        return starts_along(drifters, clock)[1].gaps

    assert gaps(0, 7 * HOUR) == 0
    assert gaps(0, 8 * HOUR) == 1
    assert gaps(3 * DAY, 5 * DAY) == 1
    assert gaps(0, 5 * DAY) == 2


def test_a_long_gap_is_bridged_where_that_is_allowed(tmp_path):
    _, drifters, _ = read(tmp_path, "id,time,lon,lat\na,2020-05-01T00:00Z,-4,50\na,2020-05-01T06:00Z,-3,50\n")
    clock = Clock(START, START, START + DAY, HOUR, DAY, DAY, 6 * HOUR)
    (start,), count = starts_along(drifters, clock)
    assert start.leads == 6
    assert start.x == pytest.approx(np.linspace(-4, -3, 7))
    assert starts_along(drifters, clock._replace(gap=6 * HOUR - 1))[0] == []
    assert count.gaps == 0
