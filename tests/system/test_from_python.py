"""Real runs started from Python: the bytes of the command line, progress, signals, ranks, and what comes
back."""

import asyncio
import itertools
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

import fvdrift
from fvdrift.output.paths import part_path

from .workshop import ESTUARY, needs_mpiexec, record, solve, start, write_run

TREE = {
    "seed": 7, "forcing": {"files": [str(ESTUARY / "estA_000*.nc")]}, "time": {"duration": "3h"},
    "boundary": {"open": str(ESTUARY / "estA_obc.dat")}, "diffusion": {"horizontal": "1 m2/s"},
    "release": [{"count": 60, "box": [420000.0, 5541900.0, 445300.0, 5552100.0], "sigma": -0.3}],
    "output": {"file": "out/one.nc", "every": "20min", "variables": ["age"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracks by the command line."""
    return solve(write_run(tmp_path_factory.mktemp("python"), TREE))


def test_a_dict_gives_the_bytes_of_the_run_file(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[fvdrift.Moment] = []
    run = fvdrift.run(TREE, progress=seen.append, **{"parallel.parts": 2})
    assert run.path == tmp_path / "out" / "one.nc"
    assert run.path.read_bytes() == made.read_bytes()
    assert run.record["exit"] == 0
    fractions = [moment.fraction for moment in seen]
    assert len(fractions) > 1
    assert fractions[-1] == 1.0
    assert all(a < b for a, b in itertools.pairwise(fractions))
    assert all(sum(moment.counts.values()) == 60 for moment in seen)
    assert seen[-1].particle_steps == run.record["particle_steps"]
    with run.dataset as tracks:
        assert seen[-1].time == tracks.time.values[0, -1]
        assert tracks.sizes["trajectory"] == 60
        assert not tracks.age.variable._in_memory, "nothing is read before it is looked at"
        assert np.nanmax(tracks.age) == 3 * 3600
        assert run.dataset is tracks


def test_a_repetition_from_python_gives_them_too(made: Path, tmp_path: Path) -> None:
    again = fvdrift.repeat(made, progress=False, **{"output.file": tmp_path / "again.nc"})
    assert again.path.read_bytes() == made.read_bytes()


def test_silence_and_lines(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shorter = {"output.file": str(tmp_path / "a.nc"), "time.duration": "1h"}
    run_file = made.parents[1] / "run.toml"
    fvdrift.run(run_file, progress=False, **shorter)
    assert capsys.readouterr() == ("", "")
    fvdrift.run(run_file, overwrite=True, **shorter)
    said = capsys.readouterr().err
    assert "60 particles from 1 release(s)" in said
    assert "Done in" in said
    with pytest.raises(fvdrift.RunFileError, match=r"a\.nc: exists: give overwrite=True to replace"):
        fvdrift.run(run_file, **shorter)


def test_what_the_callback_raises_ends_the_run(made: Path, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        fvdrift.run(
            made.parents[1] / "run.toml", progress=lambda moment: 1 / 0, **{"output.file": tmp_path / "a.nc"}
        )
    assert record(tmp_path / "a.nc")["exit"] == 1
    assert not (tmp_path / "a.nc").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_is_gone_on_with_to_the_same_bytes(
    made: Path, tmp_path: Path, number: signal.Signals
) -> None:
    run_file, own = made.parents[1] / "run.toml", {"output.file": tmp_path / "a.nc"}
    before = signal.signal(number, signal.default_int_handler)

    def stop_half_way(moment: fvdrift.Moment) -> None:
        if 0.2 < moment.fraction < 0.9:
            os.kill(os.getpid(), number)

    try:
        with pytest.raises(
            fvdrift.Interrupted, match=rf"a\.nc: stopped by {number.name}: go on with resume=True"
        ) as stopped:
            fvdrift.run(run_file, progress=stop_half_way, **own)
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    assert stopped.value.exit_code == 75
    assert part_path(tmp_path / "a.nc").exists()
    run = fvdrift.run(run_file, resume=True, progress=False, **own)
    assert run.path.read_bytes() == made.read_bytes()


def test_a_notebook_may_start_it_in_a_thread_beside_its_event_loop(made: Path, tmp_path: Path) -> None:
    async def notebook() -> tuple[fvdrift.FinishedRun, int]:
        begun = asyncio.create_task(
            asyncio.to_thread(
                fvdrift.run,
                made.parents[1] / "run.toml",
                progress=False,
                **{"output.file": tmp_path / "a.nc"},  # type: ignore[arg-type]
            )
        )
        turns = 0
        while not begun.done():
            await asyncio.sleep(0.01)
            turns += 1
        return await begun, turns

    run, turns = asyncio.run(notebook())
    assert run.path.read_bytes() == made.read_bytes()
    assert turns > 1


SCRIPT = """
import sys
import fvdrift

first, target = sys.argv[1:]
told = []
run = fvdrift.run(first, progress=told.append, **{"output.file": target})
with run.dataset as tracks:
    size, ranks = tracks.sizes["trajectory"], run.record["ranks"]
sys.stdout.write(f"rank {run.rank}: {size} tracks, {ranks} ranks, told {len(told) > 0}\\n")
try:
    fvdrift.run(first, progress=False, **{"output.file": target, "forcing.files": "gone_*.nc"}, overwrite=True)
except fvdrift.ForcingError as error:
    sys.stdout.write(f"rank {run.rank}: {type(error).__name__} {str(error).partition(': ')[2]}\\n")
sys.stdout.flush()
"""


@needs_mpiexec
def test_a_script_on_two_ranks_runs_and_every_rank_has_the_run_or_the_error(
    made: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = start(made.parents[1] / "run.toml", tmp_path / "a.nc", program=[script], ranks=2)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a.nc").read_bytes() == made.read_bytes()
    gone = "ForcingError matches no file; look at forcing.files in the run file"
    assert sorted(done.stdout.splitlines()) == [
        "rank 0: 60 tracks, 2 ranks, told True", f"rank 0: {gone}", "rank 1: 60 tracks, 2 ranks, told False", f"rank 1: {gone}",
    ]  # fmt: skip


@needs_mpiexec
def test_what_a_callback_raises_ends_all_ranks(made: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, fvdrift\nfvdrift.run(sys.argv[1], progress=lambda moment: 1 / 0, **{'output.file': sys.argv[2]})\n"
    )
    done = start(made.parents[1] / "run.toml", tmp_path / "a.nc", program=[script], ranks=2, timeout=60)
    assert done.returncode != 0
    assert (
        "unexpected error on rank 0 while calling the function given as progress: ZeroDivisionError"
        in done.stderr
    )
    assert "fault of fvdrift" not in done.stderr


def test_what_the_record_holds_is_what_the_file_holds(made: Path) -> None:
    assert fvdrift.FinishedRun(made).record == json.loads(made.with_name("one.run.json").read_text())


ZONES = {"west": [-4.2, 49.9, -4.0, 50.2], "east": [-4.0, 49.9, -3.6, 50.2]}


def test_statistics_of_a_dataset_are_those_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fvdrift.statistics")
    monkeypatch.chdir(tmp_path)
    features = [
        {"type": "Feature", "properties": {"name": name},
         "geometry": {"type": "Polygon", "coordinates": [[[a, b], [c, b], [c, d], [a, d], [a, b]]]}}
        for name, (a, b, c, d) in ZONES.items()
    ]  # fmt: skip
    (tmp_path / "zones.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    grid = {"box": [420000.0, 5541900.0, 445300.0, 5552100.0], "cells": [8, 5]}
    asked = [
        {"kind": "density", **grid}, {"kind": "density", "name": "meshed"},
        {"kind": "connectivity", "polygons": "zones.geojson", "competency": ["1h", "2h"]},
    ]  # fmt: skip
    run = fvdrift.run(TREE, progress=False, statistic=asked, **{"forcing.projection": "EPSG:32630"})  # type: ignore[arg-type]
    with run.dataset as tracks, run.statistics as truth:
        found = [
            tracks.drift.density(**grid), tracks.drift.density(name="meshed"),
            tracks.drift.connectivity("zones.geojson", competency=["1h", "2h"]),
        ]  # fmt: skip
        for one in found:
            assert len(one.data_vars) > 1
            for name in one.variables:
                np.testing.assert_array_equal(one[name].values, truth[name].values, err_msg=str(name))
        assert found[0].density_count.sum() > 100
        with pytest.raises(
            fvdrift.RunFileError, match=r"statistic\.0\.cels \(given beside it\): unknown key"
        ):
            tracks.drift.density(cels=[1, 2])
