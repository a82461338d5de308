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


def test_an_alert_is_told_once_while_it_stays_true_and_never_without_particles(warm: Tree, tmp_path: Path) -> None:
    warm["alert"] = [
        {"when": "count(age >= 0) == 200", "say": "all here"},
        {"when": "max(temp) < -100 or fraction(status == stranded) > 0.5", "say": "never"},
    ]
    warm["release"][0]["start"] = "90min"
    told = record(solve(write_run(tmp_path, warm)))["alerts"]
    assert [(alert["say"], alert["time"][11:16]) for alert in told] == [("all here", "14:00")]


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
def test_bad_fields_and_alerts_are_refused_by_place(warm: Tree, tmp_path: Path, block: Tree, sentence: str) -> None:
    warm["output"] = {"every": "1h"}
    done = start("run", str(write_run(tmp_path, {**{k: v for k, v in warm.items() if k != "field"}, **block})))
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
