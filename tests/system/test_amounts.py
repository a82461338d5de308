"""Mass that particles carry, in whole runs: shared out, recorded, and decaying wherever they are."""

import json
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.settings.load import load_run_file
from fvdrift.tools.particle_arrays import STATUS_NAMES

from .cases import CASES
from .test_resume import STOPPED, finish, go_on
from .workshop import Tree, columns, digest, needs_mpiexec, record, solve, start, write_run

HALF_LIFE = 4000.0
STATUS = {name: number for number, name in enumerate(STATUS_NAMES)}


@pytest.fixture(scope="module")
def shore(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A run over a beach that falls dry, with a coast that holds what comes to it and an open end; 2 kg at the start, and
    0.6 kg/h."""
    folder = tmp_path_factory.mktemp("shore")
    tree: Tree = CASES["beach"](folder)
    tree["release"] = [
        {**tree["release"][0], "name": "spill", "mass": "2 kg"},
        {**tree["release"][0], "name": "outfall", "count": 3, "every": "30min", "rate": "0.6 kg/h"},
    ]
    tree["behaviour"] = {"decay": {"half_life": f"{HALF_LIFE}s"}}
    run_file = write_run(folder, tree)
    return lambda *overrides, output: solve(run_file, *overrides, output=output)


def test_a_steady_decay_is_that_of_the_age_wherever_a_particle_is(shore: Callable[..., Path]) -> None:
    tracks = shore(output="once.nc")
    found = columns(tracks)
    there = np.isfinite(found["x"])
    assert (np.isfinite(found["mass"]) == there).all()
    assert found["mass"].dtype == np.float64
    age = found["time"] - found["release_time"][:, np.newaxis]
    begun = np.where(found["release"] == 0, 2.0 / (found["release"] == 0).sum(), 0.3 / 3)
    seconds = (found["time"][0, -1] - found["release_time"]).min()
    assert seconds > 0  # by rate nothing starts at the end
    expected = begun[:, np.newaxis] * np.exp2(-age / HALF_LIFE)
    stays = there & (found["status"] < STATUS["settled"])
    np.testing.assert_allclose(found["mass"][stays], expected[stays], rtol=1e-12)
    assert {STATUS["active"], STATUS["stranded"]} <= set(found["status"][stays])
    assert (stays & (found["dry"] == 1)).any()
    left = there & (found["status"] == STATUS["exited"])
    assert left.any()
    every = found["time"][0, 1] - found["time"][0, 0]  # it left within the interval before
    assert (found["mass"][left] >= expected[left] * (1 - 1e-12)).all()
    assert (found["mass"][left] <= expected[left] * 2 ** (every / HALF_LIFE)).all()


def test_the_same_amounts_for_any_cadence_parts_ranks_and_restarts(shore: Callable[..., Path]) -> None:
    once = shore(output="once.nc")
    often, rarely = columns(shore("output.every=10min", output="often.nc")), columns(once)
    _, of_often, of_once = np.intersect1d(often["time"][0], rarely["time"][0], return_indices=True)
    both = np.isfinite(often["mass"][:, of_often]) & np.isfinite(rarely["mass"][:, of_once])
    both &= rarely["status"][:, of_once] < STATUS["exited"]
    assert both.sum() > 1000
    assert (often["mass"][:, of_often][both] == rarely["mass"][:, of_once][both]).all()
    assert digest(shore("parallel.parts=3", output="parts.nc")) == digest(once)
    run_file, stopped = once.with_name("run.toml"), once.with_name("stopped.nc")
    assert go_on(run_file, stopped.name, 20) == STOPPED
    assert finish(stopped) == 0
    assert digest(stopped) == digest(once)
    assert record(stopped)["amounts"] == record(once)["amounts"]


@needs_mpiexec
def test_the_same_bytes_on_three_ranks(shore: Callable[..., Path]) -> None:
    once = shore(output="once.nc")
    done = start("run", once.with_name("run.toml"), "--set", "output.file=ranks.nc", "--quiet", ranks=3)
    assert done.returncode == 0, done.stderr
    assert digest(once.with_name("ranks.nc")) == digest(once)
    assert record(once.with_name("ranks.nc"))["amounts"] == record(once)["amounts"]


def test_the_record_has_a_budget_that_closes(shore: Callable[..., Path]) -> None:
    tracks = shore(output="once.nc")
    found, budget = columns(tracks), record(tracks)["amounts"]
    first = np.where(np.isfinite(found["mass"]), np.arange(found["mass"].shape[1]), 10**6).min(axis=1)
    assert budget["what"] == "mass"
    per_particle = np.where(found["release"] == 0, 2.0 / (found["release"] == 0).sum(), 0.3 / 3)
    assert budget["released"] == pytest.approx(per_particle[first < 10**6].sum(), rel=1e-14)
    last, status = found["mass"][:, -1], found["status"][:, -1]
    for name in ("active", "stranded"):
        assert budget[name] == pytest.approx(last[status == STATUS[name]].sum(), rel=1e-14)
    gone = np.nansum(np.where(found["status"] == STATUS["exited"], found["mass"], np.nan))
    assert budget["exited"] == pytest.approx(gone, rel=1e-14)
    parts = sum(budget[name] for name in STATUS if name in budget)
    assert budget["released"] == pytest.approx(parts + budget["decayed"], rel=1e-14)
    assert any(note.startswith("mass: ") for note in record(tracks)["notes"])


def test_more_time_for_a_rate_is_refused_where_it_would_change_what_was(tmp_path: Path) -> None:
    tree = CASES["cloud"](tmp_path)
    tree["release"] = [{"point": [800.0, 1200.0], "every": "1h", "rate": "1 kg/h"}]
    run_file = write_run(tmp_path, tree)
    for end, said in (
        ("2h", "would start something at the end that the run had"),
        ("90min", "carry something else"),
    ):
        name = f"{end}.nc"
        assert go_on(run_file, name, 1 << 30, f"time.duration={end}", "checkpoint.at_end=true") == 0
        with pytest.raises(RunFileError, match=said):
            go_on(run_file, name, 1 << 30, "time.duration=4h")


def test_members_of_an_ensemble_vary_the_mass(tmp_path: Path) -> None:
    tree = CASES["cloud"](tmp_path)
    tree["release"][0] |= {"mass": "1 kg", "count": 4}
    tree["time"] |= {"duration": "10min"}
    tree["output"] = {"every": "10min"}
    run_file = write_run(tmp_path, tree)
    assert (
        columns(solve(run_file, "release.0.mass=8 kg", output="more.nc"))["mass"].ravel().tolist()
        == [2.0] * 8
    )
    resolved = json.loads(
        json.dumps(load_run_file(run_file, ["release.0.mass=8 kg"]).model_dump(mode="json"))
    )
    assert resolved["release"][0]["mass"] == "8 kg"


def test_tracks_go_on_with_what_is_left(shore: Callable[..., Path], tmp_path: Path) -> None:
    once = shore(output="once.nc")
    tree = json.loads(json.dumps(CASES["cloud"](tmp_path)))
    tree["forcing"] = {"files": [str(once.with_name("beach.nc"))]}
    tree["boundary"] = {}
    tree["release"] = [{"file": str(once), "allow_outside": True}]
    tree["time"] |= {"duration": "10min"}
    found, before = columns(solve(write_run(tmp_path, tree), output="later.nc")), columns(once)
    kept = ~np.isin(before["status"][:, -1], [STATUS["exited"], STATUS["dead"]]) & np.isfinite(
        before["x"]
    ).any(axis=1)
    last = np.array([row[np.isfinite(row)][-1] for row in before["mass"][kept]])
    starts = found["mass"][:, 0]
    assert np.isfinite(starts).any()
    assert (starts[np.isfinite(starts)] == last[np.isfinite(starts)]).all()


def test_statistics_find_what_particles_carry(tmp_path: Path) -> None:
    tree = CASES["beach"](tmp_path)
    tree["release"][0] |= {"mass": "2 kg"}
    tree["behaviour"] = {"decay": {"half_life": f"{HALF_LIFE}s"}}
    run_file = write_run(tmp_path, {**tree, "statistic": [{"kind": "shore"}]})
    found = columns(solve(run_file, output="shore.nc"))
    assert "mass_released" not in found
    with netCDF4.Dataset(tmp_path / "shore.stats.nc") as file:
        ashore = float(file["shore_beached_mass"][:].sum())
    lies = found["status"] == STATUS["stranded"]
    first = lies & (np.cumsum(lies, axis=1) == 1)
    assert ashore == pytest.approx(found["mass"][first].sum(), rel=1e-6)
