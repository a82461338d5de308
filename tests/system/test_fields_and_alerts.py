"""Fields at nodes and alerts over all particles, on the bundled estuary, alone and on ranks."""

import json
import re
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from .cases import FORCING, OPEN
from .workshop import ROOT, Tree, columns, digest, needs_mpiexec, record, solve, start, write_run

BOX = [426000.0, 5544000.0, 436000.0, 5550000.0]


@pytest.fixture
def warm(tmp_path: Path) -> Tree:
    return {
        "forcing": FORCING, "boundary": OPEN, "time": {"duration": "3h"}, "release": [{"count": 200, "box": BOX}],
        "field": [
            {"name": "excess", "expression": "temp - 13"},
            {"name": "joy", "expression": "2 * excess + zeta if salinity > 0 else 0"},
        ],
        "output": {"every": "30min", "variables": ["temp", "zeta", "excess", "joy"]},
    }  # fmt: skip


def test_a_field_is_worked_out_at_nodes_and_sampled_along_tracks(warm: Tree, tmp_path: Path) -> None:
    tracks = columns(solve(write_run(tmp_path, warm)))
    np.testing.assert_allclose(tracks["excess"], tracks["temp"] - 13, atol=2e-6)
    np.testing.assert_allclose(tracks["joy"], 2 * tracks["excess"] + tracks["zeta"], atol=4e-6)


def test_units_of_fields_follow_and_h_is_a_variable(warm: Tree, tmp_path: Path) -> None:
    warm["field"] += [
        {"name": "energy", "expression": "zeta**2 / 2"},
        {"name": "given", "expression": "temp * salinity + zeta", "units": "kg m-3"},
        {"name": "shallow", "expression": "h < 10 and zeta > 0"},
        {"name": "steep", "expression": "h / (h + zeta)"},
    ]
    names = ["excess", "joy", "energy", "given", "shallow", "steep", "h", "bottom_depth"]
    warm["output"] = {"every": "1h", "variables": names}
    warm["alert"] = [{"when": "min(h) > -100", "say": "h"}]
    path = solve(write_run(tmp_path, warm))
    with netCDF4.Dataset(path) as data:
        units = {name: getattr(data[name], "units", None) for name in names}
        assert np.nanmax(np.abs(data["h"][:] - data["bottom_depth"][:])) < 1e-4
        assert np.nanmin(data["steep"][:]) > 0
    assert units == {
        "excess": "degC", "joy": None, "energy": "m2", "given": "kg m-3", "shallow": "1", "steep": "1", "h": "m",
        "bottom_depth": "m",
    }  # fmt: skip
    said = record(path)
    assert any("field.1 (joy): its unit does not follow" in note for note in said["notes"])
    assert not any("field.3" in note for note in said["notes"])
    assert [alert["say"] for alert in said["alerts"]] == ["h"]


def test_an_alert_stops_the_run_when_its_condition_comes_true(warm: Tree, tmp_path: Path) -> None:
    path = solve(write_run(tmp_path, warm))
    least = np.nanmin(columns(path)["excess"], axis=0)
    threshold = float(0.5 * (least[0] + least.max()))
    first = int(np.argmax(least > threshold))
    assert first > 0
    alert = {"when": f"min(excess) > {threshold!r}", "every": "30min", "say": "All warm!", "action": "stop"}
    stopped = solve(write_run(tmp_path, {**warm, "alert": [alert]}), output="stopped.nc")
    rows = columns(stopped)["excess"].shape[1]
    assert rows == first + 1
    (told,) = record(stopped)["alerts"]
    assert told["say"] == "All warm!"
    assert told["values"]["min(excess)"] == pytest.approx(least[first], abs=1e-6)
    with netCDF4.Dataset(stopped) as data:
        assert data.alert_1 == f"{told['time']}: All warm!"


def test_an_alert_is_told_once_while_it_stays_true_and_no_value_without_particles(
    warm: Tree, tmp_path: Path
) -> None:
    warm["alert"] = [
        {"when": "count(age >= 0) == 200", "say": "all here"},
        {"when": "max(temp) < -100 or fraction(age > 0) < -0.5 or not min(temp) > -100", "say": "never"},
    ]
    warm["release"][0]["start"] = "90min"
    told = record(solve(write_run(tmp_path, warm)))["alerts"]
    assert [(alert["say"], alert["time"][11:16]) for alert in told] == [("all here", "14:00")]


def test_alerts_on_status_see_all_particles_from_the_start_on(warm: Tree, tmp_path: Path) -> None:
    """What is told, and when, against the statuses in the tracks of the same run."""
    west = [420000.0, 5541900.0, 425000.0, 5552100.0]
    warm |= {"seed": 7, "time": {"duration": "5h"}}
    warm["release"] = [{"count": 60, "box": west}, {"count": 7, "box": BOX, "start": "2h"}]
    warm["behaviour"], warm["output"] = {"lifespan": "4h"}, {"every": "1h"}
    conditions = {
        "count(status == exited) >= 5": lambda s: (s == 5).sum(0) >= 5,
        "fraction(status == dead) > 0.5": lambda s: (s == 6).mean(0) > 0.5,
        "fraction(status == not_released) > 0.1": lambda s: (s == 0).mean(0) > 0.1,
        "count(status == active) < 10": lambda s: (s == 1).sum(0) < 10,
        "count(age >= 0) > 60": lambda s: (s == 1).sum(0) > 60,
        "mean(status == active or status == exited) < 0.95": lambda s: np.isin(s, (1, 5)).mean(0) < 0.95,
    }
    warm["alert"] = [{"when": when, "say": when, "every": "1h"} for when in conditions]
    path = solve(write_run(tmp_path, warm))
    status = columns(path)["status"]
    expected = []
    for when, rule in conditions.items():
        true = rule(status)
        expected += [(when, int(row)) for row in np.flatnonzero(true & ~np.concatenate(([False], true[:-1])))]
    told = [(alert["say"], int(alert["time"][11:13]) - 12) for alert in record(path)["alerts"]]
    assert sorted(told) == sorted(expected)
    assert {when for when, _ in told} >= set(conditions) - {"count(age >= 0) > 60"}
    assert ("fraction(status == not_released) > 0.1", 0) in told
    plain = solve(
        write_run(tmp_path, {k: v for k, v in warm.items() if k != "alert"}, "plain.toml"), output="plain.nc"
    )
    for name, values in columns(plain).items():
        np.testing.assert_array_equal(values, columns(path)[name])


def test_an_alert_that_is_true_at_the_start_stops_the_run_there(warm: Tree, tmp_path: Path) -> None:
    warm["alert"] = [{"when": "max(age) < 1", "action": "stop"}]
    path = solve(write_run(tmp_path, warm))
    assert columns(path)["status"].shape == (200, 1)
    assert record(path)["particle_steps"] == 0


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ({"field": [{"name": "joy", "expression": "tempp + 1"}]}, r"field\.0.*tempp.*did you mean .?temp"),
        ({"field": [{"name": "joy", "expression": "u + 1"}]}, r"field\.0.*unknown name .?u"),
        ({"field": [{"name": "joy", "expression": "temp + kh"}]}, r"field\.0.*don't go together"),
        ({"field": [{"name": "temp", "expression": "1"}]}, r"field\.0.*already"),
        ({"field": [{"name": "joy", "expression": "__import__('os')"}]}, r"field\.0\.expression"),
        ({"alert": [{"when": "min(nothing) > 1"}]}, r"alert\.0.*nothing"),
        ({"alert": [{"when": "temp > 1"}]}, r"alert\.0"),
        ({"alert": [{"when": "min(temp) > 1", "every": "90s"}]}, r"alert\.0\.every"),
    ],
)
def test_bad_fields_and_alerts_are_refused_by_place(
    warm: Tree, tmp_path: Path, block: Tree, sentence: str
) -> None:
    warm["output"] = {"every": "1h"}
    done = start(
        "run", str(write_run(tmp_path, {**{k: v for k, v in warm.items() if k != "field"}, **block}))
    )
    assert done.returncode == 2
    assert re.search(sentence, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


@needs_mpiexec
def test_all_particles_are_ecstatic_on_one_and_on_three_ranks(tmp_path: Path) -> None:
    run_file = str(ROOT / "configs" / "happiest_particle.toml")
    digests, told = set(), []
    for ranks in (1, 3):
        tracks = tmp_path / f"happy{ranks}.nc"
        done = start("run", run_file, "--set", f"output.file={tracks}", ranks=ranks)
        assert done.returncode == 0, done.stderr
        assert "All particles are ecstatic!" in done.stderr
        digests.add(digest(tracks))
        told.append(json.dumps(record(tracks)["alerts"]))
    assert len(digests) == 1
    assert told[0] == told[1]
