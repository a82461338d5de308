"""What particles carry from their release: mass and number, at once, in time, and row by row."""

import json
import math
from fractions import Fraction
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.release.check import Findings
from fvdrift.release.place import Outside

from .conftest import GRID, HOUR, START

POINT = {"point": [1.0, 1.0]}
RIVER = "time,rate (kg/h)\n2020-05-01T00:00Z,0\n2020-05-01T01:00Z,4\n2020-05-01T03:00Z,1\n"


def carried(plan):
    return plan.amounts_at(np.arange(plan.total))


def problem(planned, *blocks, **options) -> str:
    with pytest.raises(RunFileError) as caught:
        planned(*blocks, **options)
    return str(caught.value)


def test_particles_of_a_release_time_share_its_mass_evenly(planned) -> None:
    plan = planned({**POINT, "mass": "2 kg", "count": 8, "every": "1h"}, {**POINT, "mass": "5 g", "count": 2})
    assert plan.amount == "mass"
    assert carried(plan).tolist() == [0.25] * 32 + [0.0025] * 2
    assert plan.total_amount() == 8.005


def test_a_number_is_shared_too_and_most_runs_have_neither(planned) -> None:
    plan = planned({**POINT, "number": 1e6, "count": 3})
    assert plan.amount == "number"
    assert (carried(plan) == 1e6 / 3).all()
    assert planned(POINT).amount is None


@pytest.mark.parametrize("direction", [1, -1])
def test_each_release_time_stands_for_the_time_up_to_the_next(planned, direction) -> None:
    grid = GRID if direction > 0 else GRID._replace(start=-GRID.end, end=-GRID.start)
    block = {**POINT, "rate": "0.6 kg/h", "count": 2, "every": "1h", "until": "2020-05-01T02:30Z"}
    plan = planned(block, grid=grid, direction=direction)
    starts = direction * plan.born_of(np.arange(plan.total))
    by_time = {
        int(time - START) / HOUR: float(carried(plan)[starts == time].sum()) for time in np.unique(starts)
    }
    assert by_time == pytest.approx({0.0: 0.6, 1.0: 0.6, 2.0: 0.3}, rel=1e-15)
    assert plan.total_amount() == pytest.approx(0.6 * 2.5, rel=1e-15)


@pytest.mark.parametrize("minutes", [7, 45, 60, 90, 180])
def test_the_total_is_rate_times_duration_whatever_the_interval(planned, minutes) -> None:
    plan = planned({**POINT, "rate": "7e5 1/h", "count": 3, "every": f"{minutes} min"})
    assert plan.total_amount() == pytest.approx(21e5, rel=1e-14)
    assert plan.total == 3 * math.ceil(180 / minutes)  # nothing starts at the end, when no time is left
    assert (carried(plan) > 0).all()


def test_a_rate_by_time_is_linear_between_its_rows(planned, tmp_path: Path) -> None:
    """Trapezia by hand: 0 to 4 kg/h in the first hour, 4 to 1 in the two that follow."""
    (tmp_path / "river.csv").write_text(RIVER)
    plan = planned({**POINT, "rate": "river.csv", "count": 4, "every": "40min"})

    def flown(minutes: int) -> Fraction:
        hours = Fraction(minutes, 60)
        if hours <= 1:
            return 2 * hours**2
        return 2 + 4 * (hours - 1) - Fraction(3, 4) * (hours - 1) ** 2

    edges = [0, 40, 80, 120, 160, 180]
    parts = [float(flown(b) - flown(a)) for a, b in zip(edges, edges[1:], strict=False)]
    np.testing.assert_allclose(carried(plan).reshape(-1, 4).sum(axis=1), parts, rtol=1e-13)
    assert plan.total_amount() == pytest.approx(7.0, rel=1e-14)


def test_nothing_starts_while_a_rate_is_0(planned, tmp_path: Path) -> None:
    rows = ("2020-05-01T00:00Z,2", "2020-05-01T01:00Z,0", "2020-05-01T02:00Z,0", "2020-05-01T04:00Z,2")
    (tmp_path / "valve.csv").write_text("\n".join(["time;rate [1/s]", *rows]).replace(",", ";"))
    plan = planned({**POINT, "rate": "valve.csv", "every": "1h"})
    assert ((plan.born_of(np.arange(plan.total)) - START) / HOUR).tolist() == [0, 2]
    assert carried(plan).tolist() == [3600.0, 1800.0]
    assert "nothing starts at 1 of 4 release times" in plan.notes[0]  # at the last no time is left


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("time,rate\n0s,1\n", "must name the columns time and rate, with the unit"),
        ("time,rate (m3/s)\n0s,1\n", '"m3/s" is not a unit of a mass in time'),
        (RIVER.replace("03:00Z", "02:59Z"), "and not at 2020-05-01T03:00:00Z, where it is needed"),
        (RIVER.replace("00:00Z", "00:01Z"), "and not at 2020-05-01T00:00:00Z, where it is needed"),
        (RIVER.replace(",4", ",-4"), 'line 3: the rate "-4" is below 0'),
        (RIVER.replace(",4", ",nan"), "line 3: the rate is not a number"),
        (RIVER.replace(",4", ",4,5"), "line 3: has 3 cells where the header has 2 (with decimal commas"),
        (RIVER.replace("01:00Z", "00:00Z"), "line 3: its time 2020-05-01T00:00Z is not after"),
        ("time,rate (kg/h)\n2020-05-01T00:00Z,0\n", "fewer than two rows"),
        ("time,rate (kg/h)\n2020-05-01T00:00Z,0\n2020-05-02T00:00Z,0\n", "nothing starts: the rate is 0"),
        ("", "is empty"),
    ],
)
def test_a_table_that_cannot_be_is_refused(planned, tmp_path: Path, table, told) -> None:
    (tmp_path / "river.csv").write_text(table)
    said = problem(planned, {**POINT, "rate": "river.csv", "every": "1h"})
    assert told in said
    assert "release.0.rate" in said


def test_rows_of_a_file_say_what_they_release(planned, tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("x,y,count,mass (kg),time\n1,1,4,2,0s\n2,2,2,5 g,1h\n3,3,1,0.5,1h\n")
    plan = planned({"file": "sites.csv"}, calendar=False)
    assert carried(plan).tolist() == [0.5] * 4 + [0.0025] * 2 + [0.5]
    assert plan.total_amount() == 2.505


def test_a_column_number_is_what_rows_stand_for(planned, tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("x,y,number\n1,1,3e6\n2,2,5\n")
    plan = planned({"file": "sites.csv", "count": 2, "every": "3h"})
    assert carried(plan).tolist() == [1.5e6, 1.5e6, 2.5, 2.5] * 2
    assert "column number is what the particles of a row stand for" in plan.notes[0]


@pytest.mark.parametrize(
    ("header", "row", "told"),
    [
        ("x,y,mass,number", "1,1,1,1", "mass and number are both there"),
        ("x,y,mass", "1,1,", "line 2: column mass: is empty"),
        ("x,y,mass", "1,1,0", 'line 2: column mass: "0" is no amount: it must be above 0'),
        ("x,y,mass", "1,1,nan", "is no amount"),
        ("x,y,mass", "1,1,5 m", '"m" is not a unit of a mass'),
        ("x,y,mass (g)", "1,1,5", "mass is read in kg, not in"),
        ("x,y,mass,count", "1,1,5,0", "no particle carries it"),
    ],
)
def test_rows_without_a_sound_amount_are_refused(planned, tmp_path: Path, header, row, told) -> None:
    (tmp_path / "sites.csv").write_text(f"{header}\n{row}\n")
    assert told in problem(planned, {"file": "sites.csv"})


def test_features_share_by_their_particles(planned, tmp_path: Path) -> None:
    """By count, not by area: each particle carries the same."""

    def square(size: float, **properties):
        ring = [[0, 0], [size, 0], [size, size], [0, size], [0, 0]]
        return {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }

    features = [square(1.0), square(8.0, count=5)]
    (tmp_path / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    plan = planned({"file": "areas.geojson", "mass": "8 kg", "count": 3, "every": "3h"})
    assert carried(plan).tolist() == [1.0] * 16


def tracks(path: Path, unit: str = "kg", last: float = 0.75) -> None:
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("trajectory", 3)
        file.createDimension("obs", 2)
        values = {
            "x": [[1, 1.5], [2, 2], [np.nan, np.nan]],
            "mass": [[4, last], [2, np.nan], [np.nan, np.nan]],
        }
        values |= {"y": values["x"], "sigma": np.zeros((3, 2))}
        values["x"][1][1] = np.nan
        for name, value in values.items():
            file.createVariable(name, "f8", ("trajectory", "obs"))[:] = value
        file["mass"].units = unit
        file.createVariable("trajectory", "i8", ("trajectory",))[:] = [0, 1, 2]


def test_particles_of_tracks_go_on_with_what_they_carried_last(planned, tmp_path: Path) -> None:
    tracks(tmp_path / "old.nc")
    plan = planned({"file": "old.nc", "count": 3})
    assert plan.amount == "mass"
    assert carried(plan).tolist() == [0.25] * 3 + [2 / 3] * 3
    assert carried(planned({"file": "old.nc", "number": 4.0})).tolist() == [2.0, 2.0]
    tracks(tmp_path / "odd.nc", unit="g")
    assert 'mass is in "g", not in kg' in problem(planned, {"file": "odd.nc"})
    tracks(tmp_path / "gone.nc", last=0.0)
    assert "trajectory 0: its last mass is 0" in problem(planned, {"file": "gone.nc"})


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        (
            ({"mass": 1.0}, {"number": 1.0}),
            "release.1 releases a number, and  ... release.0 releases a mass",
        ),
        (
            ({"mass": 1.0}, {}),
            "release.1: has neither mass nor rate, and  ... release.0 releases a mass",
        ),
        (({}, {"rate": "1 1/s", "every": "1h"}), "release.0: has no number"),
        (({"mass": 1.0, "number": 1.0},), "mass and number are given: keep one of them"),
        (({"rate": "1 kg/s"},), "rate needs every"),
        (
            ({"rate": "1 kg/s", "every": "1h", "start": "2020-05-01T03:00Z"},),
            "release.0.rate: stands for no time: its only release time is where the run ends",
        ),
        (
            ({"rate": "1 kg/s", "every": "1h", "start": "2020-05-01T01:00Z", "until": "2020-05-01T01:00Z"},),
            "release.0.rate: stands for no time: start and until are the same",
        ),
        (({"mass": "0 kg"},), "must be above 0"),
        (({"mass": "-1 kg"},), "must be above 0"),
        (({"mass": float("nan")},), "is not a mass"),
        (({"number": float("nan")},), "is not a number"),
        (({"mass": "1 kg/h"},), "is not a unit of a mass"),
        (({"mass": "1 Mg"},), "could be tonnes or milligrams"),
        (({"rate": 5.0},), "neither a mass nor a number in time"),
        (({"number": 1e-300, "count": 10},), "is less than can be shared by 10 particles"),
    ],
)
def test_what_cannot_be_released_is_refused(planned, blocks, told) -> None:
    said = problem(planned, *({**POINT, **block} for block in blocks))
    assert all(part in said for part in told.split(" ... "))


def test_rows_with_times_and_a_mass_of_the_block_are_refused(planned, tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("x,y,time\n1,1,2020-05-01T00:00Z\n")
    said = problem(planned, {"file": "sites.csv", "mass": 1.0})
    assert "release.0.mass: the rows of sites.csv have times of their own: give them a column mass" in said
    (tmp_path / "both.csv").write_text("x,y,mass\n1,1,2\n")
    assert "both say what starts" in problem(planned, {"file": "both.csv", "mass": 1.0})


def test_what_stays_on_land_is_counted(planned, tmp_path: Path) -> None:
    """Two of the four particles of the second row, at each of two times."""
    (tmp_path / "sites.csv").write_text("x,y,count,mass\n1,1,2,6\n2,2,4,2\n")
    plan = planned({"file": "sites.csv", "allow_outside": True, "every": "3h"})
    found = Findings(plan, np.zeros(1, np.int64))
    assert found.alike_to(0).tolist() == [0, 1]
    assert found._amount(0, Outside(2, 2, np.array([1]), np.array([2]))) == 2.0
    whole = planned({**POINT, "mass": 6.0, "count": 3, "every": "3h", "allow_outside": True})
    assert (
        Findings(whole, np.zeros(1, np.int64))._amount(0, Outside(1, 0, np.array([0]), np.array([1]))) == 4.0
    )
