"""Ensembles: every member has the bytes of a run of its own, on any number of workers, cut off or not;
forcing is read once."""

import json
import shutil
from collections import Counter
from pathlib import Path

import netCDF4
import numpy as np
import pytest

import fvdrift
from fvdrift.cli import main
from fvdrift.engine.invariants import InvariantError
from fvdrift.engine.worker.worker import Worker
from fvdrift.errors import RunFileError
from fvdrift.forcing.fvcom.series import Series
from fvdrift.output.paths import ensemble_path, statistics_path
from fvdrift.preparation.members import members_of
from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run

from .cases import EVERYWHERE, REEFS
from .corrupt import lose
from .test_resume import Countdown
from .workshop import ESTUARY, Tree, contents, digest, needs_mpiexec, record, solve, start, write_run

OUTPUT = "spread.nc"
BOX = [424000.0, 5544000.0, 440000.0, 5550000.0]


def different(folder: Path) -> Tree:
    """Members that need other fields of the forcing, are of other numbers, begin at other times, from wider
    places."""
    (folder / "zones.geojson").write_text(json.dumps(REEFS))
    return {
        "seed": 3, "forcing": {"files": [str(ESTUARY / "estA_000*.nc")], "projection": "EPSG:32630"},
        "time": {"duration": "3h"}, "boundary": {"open": str(ESTUARY / "estA_obc.dat")},
        "release": [{"count": 60, "box": EVERYWHERE}, {"count": 60, "point": [433000.0, 5547000.0], "radius": "50m"}],
        "diffusion": {"horizontal": "1 m2/s", "vertical": "kh"},
        "statistic": [
            {"kind": "density", "box": BOX, "cells": [6, 4]},
            {"kind": "connectivity", "polygons": "zones.geojson"},
            {"kind": "flushing", "polygons": "zones.geojson"},
        ],
        "output": {"file": OUTPUT, "every": "20min", "variables": ["temp"]},
        "ensemble": {"combine": "together", "vary": {
            "diffusion": {"horizontal": ["0.1 m2/s", "viscofh", "smagorinsky"]},
            "release": {
                "0": {"start": ["0h", "30min", "1h"], "count": [60, 90, 10]},
                "1": {"radius": {"normal": ["50 m", "10 m"]}},
            },
            "seed": [1, 2, 3],
        }},
    }  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """The run file, and by name of a file what it hashes to where each member is a run of its own."""
    folder = tmp_path_factory.mktemp("ensemble")
    path = write_run(folder, different(folder))
    found = {}
    for member in members_of(load_run_file(path)):
        tracks = folder / member.run_file.output.file
        assert run(member.run_file, overwrite=False, quiet=True, communicator=None) == 0
        for made in (tracks, statistics_path(tracks)):
            found[made.name] = digest(made)
        shutil.rmtree(folder / "gone", ignore_errors=True)
    return path, found


def made(folder: Path, names: dict[str, str]) -> dict[str, str]:
    return {name: digest(folder / name) for name in names}


def elsewhere(path: Path, folder: Path) -> Path:
    """The run file, to be run in another folder."""
    shutil.copy(path.with_name("zones.geojson"), folder)
    return Path(shutil.copy(path, folder))


@pytest.mark.parametrize("parts", [1, 4])
def test_members_have_the_bytes_of_runs_of_their_own(alone, tmp_path, parts):
    path, expected = alone
    solve(elsewhere(path, tmp_path), parts=parts)
    assert len(expected) == 6
    assert made(tmp_path, expected) == expected
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob("*.npz"))


@needs_mpiexec
def test_members_have_them_on_ranks(alone, tmp_path):
    path, expected = alone
    done = start("run", elsewhere(path, tmp_path), ranks=3)
    assert done.returncode == 0, done.stderr
    assert made(tmp_path, expected) == expected
    assert "member 03: " in done.stderr
    assert f"Ensemble: {tmp_path / 'spread.ensemble.nc'}" in done.stderr
    assert record(tmp_path / "spread.member-01.nc")["hand_offs"] > 0
    assert record(tmp_path / "spread.member-01.nc")["timings"]["transfer_s"] > 0


def test_forcing_is_read_once(alone, tmp_path, monkeypatch):
    read: Counter[tuple[int, str]] = Counter()
    before = Series.read

    def counted(self, frame, names):
        read.update((frame, name) for name in names)
        return before(self, frame, names)

    monkeypatch.setattr(Series, "read", counted)
    solve(elsewhere(alone[0], tmp_path))
    assert {frame for frame, _ in read} == set(range(5))
    assert set(read.values()) == {1, 2}
    # the first once more, for what is said at the start
    assert all(often == 1 for (frame, _), often in read.items() if frame)


def test_it_is_stopped_again_and_again_and_gone_on_with(alone, tmp_path):
    path, expected = alone
    run_file = elsewhere(path, tmp_path)
    stops = half_done = 0
    for looks in (4, 9, 15, 23, 31, 40, 1 << 30):
        parts = (1, 3, 2)[stops % 3]
        file = load_run_file(run_file, [f"parallel.parts={parts}"])
        code = run(
            file, overwrite=False, resume=True, quiet=True, communicator=None, signals=Countdown(looks)
        )
        if code == 0:
            break
        assert code == 75
        stops += 1
        half_done += (
            len({record(tmp_path / f"spread.member-{n:02d}.nc")["particle_steps"] for n in (1, 2, 3)}) > 1
        )
        assert not ensemble_path(tmp_path / OUTPUT).exists()
    assert code == 0
    assert stops >= 3
    assert half_done
    assert made(tmp_path, expected) == expected
    before = contents(tmp_path)
    assert run(load_run_file(run_file), overwrite=False, resume=True, quiet=True, communicator=None) == 0
    assert contents(tmp_path) == before


def test_the_summary_is_that_of_the_members(alone, tmp_path):
    solve(elsewhere(alone[0], tmp_path))
    tracks = [tmp_path / f"spread.member-{n:02d}.nc" for n in (1, 2, 3)]
    with netCDF4.Dataset(ensemble_path(tmp_path / OUTPUT)) as file:
        found = {name: variable[...] for name, variable in file.variables.items()}
        assert file["varied_diffusion_horizontal"][...].tolist() == ["0.1 m2/s", "viscofh", "smagorinsky"]
        assert file["member_file"][...].tolist() == [path.name for path in tracks]
        assert file["varied_release_1_radius"].units == "m"
        assert "member" in file["density_density_sd"].long_name
        # it is of one member what they say
        for name in ("flushing_mean_residence_time_mean", "flushing_e_folding_time"):
            assert "comment" not in file[name].ncattrs()
        assert json.loads(file.run_file)["ensemble"]["combine"] == "together"
    assert found["varied_seed"].tolist() == [1, 2, 3]
    assert found["final_count"].sum(axis=1).tolist() == [120, 150, 70]
    for name in ("density_density", "connectivity_connectivity"):
        by_member = []
        for path in tracks:
            with netCDF4.Dataset(statistics_path(path)) as file:
                by_member.append(np.ma.filled(file[name][...].astype(float), np.nan))
        stacked = np.array(by_member)
        assert np.nanmax(stacked) > 0
        for kind, of in {"mean": np.mean, "min": np.min, "max": np.max}.items():
            assert np.allclose(found[f"{name}_{kind}"], of(stacked, axis=0), rtol=1e-12, equal_nan=True)
        assert np.allclose(found[f"{name}_sd"], np.std(stacked, axis=0, ddof=1), rtol=1e-9, atol=1e-15)
        assert np.array_equal(found[name], stacked)
        assert np.ptp(stacked, axis=0).max() > 0


def test_a_member_repeats_alone(alone, tmp_path):
    solve(elsewhere(alone[0], tmp_path))
    tracks = tmp_path / "spread.member-02.nc"
    assert main(["run", "--from", str(tracks), "-o", str(tmp_path / "again.nc"), "--quiet"]) == 0
    assert digest(tmp_path / "again.nc") == digest(tracks)


def test_nothing_is_replaced_unasked(alone, tmp_path):
    path = elsewhere(alone[0], tmp_path)
    (tmp_path / "spread.member-02.nc").write_bytes(b"precious")
    before = contents(tmp_path)
    with pytest.raises(RunFileError, match=r"spread\.member-02\.nc: exists: give --overwrite"):
        run(load_run_file(path), overwrite=False, quiet=True, communicator=None)
    assert contents(tmp_path) == before


def test_what_only_a_member_asks_for_is_refused_in_its_name(alone, tmp_path, capfd):
    path = elsewhere(alone[0], tmp_path)
    path.write_text(path.read_text().replace('["0h", "30min", "1h"]', '["0h", "9h", "1h"]'))
    assert main(["plan", str(path)]) == 2
    said = capfd.readouterr().err
    assert "member 02" in said
    assert "release.0" in said


def test_the_plan_tells_the_members(alone, tmp_path, capsys):
    assert main(["plan", str(elsewhere(alone[0], tmp_path))]) == 0
    said = capsys.readouterr().out
    assert "3 members, in one pass over the forcing:" in said
    assert "member 02: diffusion.horizontal = viscofh, release.0.start = 30min" in said
    assert "member 03: walk across" not in said.partition("member 02: ")[0]


def test_from_python(alone, tmp_path):
    ensemble = fvdrift.run(elsewhere(alone[0], tmp_path), progress=False)
    assert [each.path.name for each in ensemble.members] == [f"spread.member-{n:02d}.nc" for n in (1, 2, 3)]
    with ensemble.summary as summary:
        assert summary["density_density_sd"].dims == summary["density_density_mean"].dims
        assert dict(summary.sizes)["member"] == 3
    with ensemble.members[1].dataset as tracks:
        assert tracks.sizes["trajectory"] == 150


@needs_mpiexec
def test_an_error_on_another_rank_names_its_member(alone, tmp_path):
    path = elsewhere(alone[0], tmp_path)
    program = [Path(__file__).with_name("broken.py")]
    done = start("fault", 1, "run", path, "--quiet", ranks=2, program=program, MEMBER="member 02")
    assert done.returncode == 1
    said = "unexpected error on rank 1 while moving particles of member 02: ValueError: lost the thread"
    assert said in done.stderr


def test_what_is_impossible_names_its_member(alone, tmp_path, monkeypatch):
    sound = Worker.report

    def report(worker, *given):
        if worker._order.name == "member 02":
            lose(worker)
        return sound(worker, *given)

    monkeypatch.setattr(Worker, "report", report)
    path = elsewhere(alone[0], tmp_path)
    with pytest.raises(InvariantError, match=r"^member 02: .*but workers hold"):
        solve(path)
    assert (tmp_path / "spread.member-02.breach.json").exists()
    assert not (tmp_path / "spread.member-01.breach.json").exists()
