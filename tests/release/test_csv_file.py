"""Release points from CSV files, good and bad."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fvdrift.errors import RunFileError
from fvdrift.mesh.shapes import DEPTH_KINDS
from fvdrift.release.plan import ReleasePlan
from fvdrift.timeline.clock import StepGrid

from .conftest import HOUR, START


@pytest.fixture
def from_csv(planned, tmp_path):
    def read(text, block=(), **options):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "sites.csv").write_bytes(data)
        return planned({"file": "sites.csv", **dict(block)}, **options)

    return read


def refused(from_csv, text, block=(), **options):
    with pytest.raises(RunFileError) as caught:
        from_csv(text, block, **options)
    return caught.value.problems


def test_rows_give_count_particles_each_in_row_order(from_csv):
    plan = from_csv("x,y,count,name\n1,10,2,a\n3,30,,b\n2,20,3,a\n", {"count": 4})
    assert plan.total == 9
    assert [plan.names[i] for i in plan.release_of(np.arange(9))] == ["a"] * 2 + ["b"] * 4 + ["a"] * 3
    assert plan.shapes[0].x.tolist() == [1, 3, 2]
    assert plan.shapes[0].end.tolist() == [2, 6, 9]
    assert len(plan.events) == 1


def test_depth_and_sigma_cells_override_the_block(from_csv):
    plan = from_csv("x,y,depth\n1,1,5\n1,1,\n1,1,bottom\n1,1,2.5 m\n", {"depth": "surface"})
    depths = plan.depths_of(0)
    assert [DEPTH_KINDS[kind] for kind in depths.kind] == ["range", "surface", "bottom", "range"]
    assert depths.upper.tolist() == [5, 0, 0, 2.5]
    plan = from_csv("x,y,sigma\n1,1,-0.25\n")
    assert DEPTH_KINDS[plan.depths_of(0).kind[0]] == "sigma"
    assert plan.depths_of(0).upper[0] == -0.25


def test_row_times_are_rounded_to_the_steps_and_it_is_said(from_csv):
    text = "x,y,time\n1,1,2020-05-01T01:00:29Z\n2,2,2020-05-01 01:00:31\n3,3,\n4,4,90 min\n"
    plan = from_csv(text, {"start": "2h"})
    minutes = (plan.born_of(np.arange(4)) - START) // 60_000_000
    assert minutes.tolist() == [60, 61, 120, 90]
    (note,) = plan.notes
    assert "sites.csv: 2 of 4 release times were rounded to steps of 60 s, by at most 29 s" in note


def test_times_on_the_steps_are_not_talked_about(from_csv):
    assert from_csv("x,y,time\n1,1,1h\n").notes == []


def test_ids_stay_in_row_order_when_times_do_not(from_csv):
    plan = from_csv("x,y,count,time\n1,1,2,2h\n2,2,1,1h\n3,3,2,2h\n4,4,1,2h\n")
    assert ((plan.born_of(np.arange(6)) - START) // HOUR).tolist() == [2, 2, 1, 2, 2, 2]
    assert plan.events["first_id"].tolist() == [2, 0, 3]
    assert plan.events["offset"].tolist() == [2, 0, 3]
    assert plan.events["count"].tolist() == [1, 2, 3]


def test_lon_lat_files_are_geographic_whatever_the_run_is(from_csv):
    plan = from_csv(
        "lat,lon\n50,-5\n", to_run=lambda x, y, kind: (x * (100 if kind == "geographic" else 1), y)
    )
    assert (plan.shapes[0].x[0], plan.shapes[0].y[0]) == (-500, 50)


def test_spreadsheet_habits_are_taken(from_csv):
    plan = from_csv(b'\xef\xbb\xbfLon, Lat , "Name"\r\n\r\n-5 , 50,"Port, old"\r\n,,\r\n')
    assert plan.names == ["Port, old"]
    assert plan.total == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x,y\n1,2\n3,four\n", 'line 3: column y: "four" is not a number'),
        ("x,y\n1,nan\n", 'line 2: column y: "nan" is not a number'),
        ("x,y\n1,\n", "line 2: column y: is empty"),
        ("x,y\n1,2,3\n", "line 2: has 3 cells where the header has 2"),
        ("x,y,count\n1,2,1.5\n", 'line 2: column count: "1.5" is not a whole number'),
        ("x,y,count\n1,2,-1\n", "line 2: column count"),
        ("x,y,count\n1,2,1e30\n", "line 2: column count"),
        ("x,y,depth\n1,2,deep\n", "line 2: column depth"),
        ("x,y,depth\n1,2,-4\n", "line 2: column depth"),
        ("x,y,sigma\n1,2,0.5\n", "line 2: column sigma"),
        ("x,y,time\n1,2,noon\n", "line 2: column time"),
        (
            "x,y,time\n1,2,2021-01-01T00:00:00Z\n",
            "line 2: column time: 2021-01-01T00:00:00Z is outside the run",
        ),
        ("lon,lat\n5,50\n5,95\n", "line 3: columns lon,lat: (5, 95) is not a longitude and latitude"),
        ('x,y\n1,"2\n', "line 2"),
        (
            "a;b\n1;2\n",
            "header: must have the columns lon,lat or x,y, with commas, semicolons or tabs between",
        ),
        ("x,y,lon,lat\n1,2,3,4\n", "header: has lon,lat and x,y: say by coordinates"),
        ("lon,lat,longitude\n1,2,3\n", 'header: column "lon" is there twice'),
        ("x,y,depth (ft)\n1,2,3\n", 'header: column "depth (ft)": depth is read in m, not in "ft"'),
        (
            "Lon (\u00b0W),Lat\n4,50\n",
            'column "Lon (\u00b0W)": lon is read in degrees east, not in "\u00b0w"',
        ),
        ("lon,lat [degrees_south]\n4,50\n", "lat is read in degrees north"),
        ("x,y,time (local)\n1,2,6h\n", 'header: column "time (local)": times are UTC'),
        (
            "x;y\n1,5;2\n3.5;4\n",
            'line 2: column x: "1,5" has a comma where "3.5" (line 3: column x) has a point',
        ),
        ("x;y\n421,000;5\n", 'line 2: column x: "421,000" may be 421.000 or 421000'),
        ("x\ty\tcount\n4\t5\t1,000\n", 'line 2: column count: "1,000" may be'),
        ("x;y\n1.421,5;2\n", 'line 2: column x: "1.421,5" is not a number'),
        ('x,y\n"1,5",2\n', 'line 2: column x: "1,5" is not a number: write 1.5'),
        ("x,y\n1,5,2,5\n", "line 2: has 4 cells where the header has 2 (with decimal commas"),
        ("# a\n\nx,y\n# b\n1,2\n3,four\n", "line 6: column y"),
        ("name,x,y\na,1,2\n#b,1,2\n", 'line 3: "#b" may be a name, or begin a comment'),
        ("x,y,time\n1,2,6\n", 'line 2: column time: "6" may be seconds, hours or days'),
        (
            "x,y,time\n1,2,1588294800000\n",
            'line 2: column time: "1588294800000" may be milliseconds since 1970',
        ),
        (
            "x,y,time\n1,2,20200501\n",
            'line 2: column time: "20200501" may be a date, 2020-05-01T00:00:00Z: write it',
        ),
        (
            "x,y,time\n1,2,01/05/2020 01:00\n",
            'line 2: column time: "01/05/2020 01:00" may be day or month first',
        ),
        ("x,y,time\n1,2,1588000000\n", "line 2: column time: 2020-04-27T15:06:40Z is outside the run"),
        ("x,y,dept\n1,2,3\n", 'header: unknown column "dept"'),
        ("x,y,x\n1,2,3\n", 'header: column "x" is there twice'),
        ("x,y,depth,sigma\n1,2,3,0\n", "header: depth and sigma are both there"),
        ("x,y\n", "has no rows"),
        ("", "is empty"),
        ("x,y\n" + "1" * 20_000 + ",2\n", "line 2: has 10000 characters or more"),
        (b"x,y\n\xff\xfe,2\n", "is not UTF-8 text"),
        (b"\x00\x01\x02", "sites.csv"),
    ],
)
def test_every_error_names_file_line_and_column(from_csv, text, says):
    (problem,) = refused(from_csv, text)
    assert "sites.csv: " in problem
    assert says in problem


SITES = "-5.25,50.125,10,2020-05-01T01:00:00Z,3,a\n-4.5,50.5,2.5,2020-05-01T02:00:00Z,2,b\n"


@pytest.mark.parametrize(
    "text",
    [
        "lon,lat,depth,time,count,name\n" + SITES,
        "\ufeffLongitude,LATITUDE,Depth (m),Time (UTC),Count,Name\r\n" + SITES.replace("\n", "\r\n"),
        "Lon (\u00b0E),Lat [degrees_north],depth_m,time (UTC),count,name\n" + SITES,
        "# of the survey\n\n# lon,lat,depth,time,count,name\n" + SITES + "\n  # the end\n",
        "lon;lat;depth;time;count;name\n" + SITES.replace(",", ";"),
        "sep=;\nlon;lat;depth;time;count;name\n" + SITES.replace(",", ";").replace(".", ","),
        "lon\tlat\tdepth\ttime\tcount\tname\n" + SITES.replace(",", "\t"),
        "lon lat depth time count name\n" + SITES.replace(",", "  "),
        "lon,lat,depth,time,count,name\n"
        + SITES.replace("2020-05-01T01:00:00Z", "1588294800").replace("Z", "+00:00"),
        "lon,lat,depth,date,particles,site,remark\n"
        + SITES.replace("\n", ",of note\n").replace("T", " ").replace("Z", ""),
        '"lon","lat","depth","time","count","name"\n'
        + SITES.replace(",a", ',"a"').replace("-5.25", '"-5.25"'),
        ("lon,lat,depth,time,count,name,\n" + SITES.replace("\n", ",\n")).encode("utf-16"),
    ],
)
def test_one_table_written_in_many_ways_is_one_plan(from_csv, text):
    plan = from_csv(text)
    assert plan.shapes[0].x.tolist() == [-5.25, -4.5]
    assert plan.shapes[0].y.tolist() == [50.125, 50.5]
    assert plan.shapes[0].upper.tolist() == [10, 2.5]
    assert ((plan.born_of(np.arange(5)) - START) // HOUR).tolist() == [1, 1, 1, 2, 2]
    assert plan.names == ["a", "b"]
    assert len(plan.notes) == ("remark" in str(text))


def test_columns_in_any_order_and_others_beside_them(from_csv):
    plan = from_csv("country,Northing,note,Easting\nUK,2,x,1\n")
    assert (plan.shapes[0].x[0], plan.shapes[0].y[0]) == (1, 2)
    assert plan.notes[0].endswith('sites.csv: columns that are not used: "country", "note"')


def test_of_both_pairs_the_run_file_says_which_counts(from_csv):
    assert from_csv("x,y,lon,lat\n1,2,3,4\n", {"coordinates": "geographic"}).shapes[0].x[0] == 3


def test_decimal_commas_are_told_from_thousands_by_the_file(from_csv):
    plan = from_csv("x;y;count\n1,500;2;1\n3,25;4;2\n")
    assert plan.shapes[0].x.tolist() == [1.5, 3.25]
    assert from_csv("lon;lat\n3,512;50,123\n").shapes[0].y[0] == 50.123


def test_rows_outside_the_run_are_left_out_where_that_is_asked_for(from_csv):
    text = "x,y,time\n1,1,2020-04-30\n2,2,1h\n3,3,2020-05-02\n"
    (first, second) = refused(from_csv, text)
    assert "line 2: column time: 2020-04-30T00:00:00Z is outside the run" in first
    assert 'outside_time = "skip"' in first
    assert "line 4" in second
    plan = from_csv(text, {"outside_time": "skip"})
    assert (plan.total, plan.shapes[0].x.tolist()) == (1, [2])
    (note,) = plan.notes
    assert "2 of 3 rows are left out, as their times lie outside the run, 2020-05-01T00:00:00Z to" in note
    assert "(the first in line 2)" in note
    (none,) = refused(from_csv, "x,y,time\n1,1,2020-04-30\n", {"outside_time": "skip"})
    assert "has no rows below its header: all 1 have times outside the run" in none
    (bad,) = refused(from_csv, "x,y,time\na,1,2020-04-30\n2,2,1h\n", {"outside_time": "skip"})
    assert "line 2: column x" in bad


def test_a_time_of_digits_is_a_date_or_seconds_as_the_run_has_it(planned, tmp_path):
    """2020050100 s since 1970 is in 2034; 2020050101 may be an hour of this run too."""
    epoch = 2_020_050_100_000_000
    (tmp_path / "sites.csv").write_text("x,y,time\n1,1,2020050160\n")
    plan = planned({"file": "sites.csv"}, grid=StepGrid(epoch, epoch + HOUR, 60_000_000))
    assert plan.born_of(np.arange(1)).tolist() == [epoch + 60_000_000]
    (tmp_path / "sites.csv").write_text("x,y,time\n1,1,2020050101\n")
    with pytest.raises(RunFileError, match="may be a date, 2020-05-01T01:00:00Z, or seconds since 1970"):
        planned({"file": "sites.csv"})


def test_several_bad_rows_come_together_but_not_without_end(from_csv):
    assert len(refused(from_csv, "x,y\na,1\n1,b\n")) == 2
    assert len(refused(from_csv, "x,y\n" + "a,1\n" * 1000)) == 10


def test_columns_and_run_file_must_agree_on_coordinates(from_csv):
    (problem,) = refused(from_csv, "lon,lat\n5,50\n", {"coordinates": "projected"})
    assert "are geographic, but the run file says" in problem


def test_rows_with_times_exclude_every(from_csv):
    (problem,) = refused(from_csv, "x,y,time\n1,1,1h\n", {"every": "1h"})
    assert "release.0.every" in problem


def test_a_hundred_thousand_rows_stay_arrays(from_csv):
    plan = from_csv("x,y\n" + "".join(f"{i},{i % 7}\n" for i in range(100_000)), {"every": "1h"})
    assert plan.total == 400_000
    assert len(plan.shapes) == 1
    assert len(plan.events) == 4


cells = st.sampled_from(
    ["1", "-5.5", "x", "y", "lon", "lat", "time", "count", "6h", "nan", "1e400", '"', "\0", "", "\u00b2"]
)
almost_csv = st.lists(st.lists(cells | st.text(max_size=5), max_size=4).map(",".join), max_size=6).map(
    "\n".join
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")),
        almost_csv.map(lambda t: t.encode("utf-8", "replace")),
        almost_csv.map(lambda t: ("x,y,time,count\n" + t).encode("utf-8", "replace")),
    )
)
def test_any_file_gives_a_plan_or_a_sentence(from_csv, data):
    try:
        plan = from_csv(data)
    except RunFileError as error:
        problems = error.problems
    else:
        problems = []
        assert isinstance(plan, ReleasePlan)
        assert plan.total > 0
    assert all("sites.csv" in problem or "release" in problem for problem in problems)
