"""The run files that come with fvdrift: each runs as it is, shows what its first lines promise, and on three
ranks too."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fvdrift.cli import main
from fvdrift.output.paths import statistics_path

from .workshop import MPIEXEC, ROOT, columns, digest, needs_mpiexec, record, solve, start

CONFIGS = sorted((ROOT / "configs").glob("*.toml"))
Of = Callable[[str], Path]


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Of:
    """By name of a run file: its tracks (where they would be, if it writes none), run in this process; of an
    ensemble those of a member."""
    folder, done = tmp_path_factory.mktemp("configs"), {}

    def of(name: str) -> Path:
        if name not in done:
            made = solve(ROOT / "configs" / f"{name}.toml", output=str(folder / f"{name}.nc"))
            done[name] = made.with_name("mixing.member-09.nc") if name == "mixing" else made
        return done[name]

    return of


@pytest.fixture(scope="module")
def on_three(tracks: Of, tmp_path_factory: pytest.TempPathFactory) -> Of:
    """The same, all run one after the other on three ranks."""
    if MPIEXEC is None:
        pytest.skip("no mpiexec")
    folder = tmp_path_factory.mktemp("three")
    for config in CONFIGS:
        tracks(config.stem)  # compiles what the ranks would wait for
    runs = [(str(config), f"output.file={folder / config.stem}.nc") for config in CONFIGS]
    ran = start(json.dumps(runs), ranks=3, program=[Path(__file__).with_name("run_several.py")], timeout=240)
    assert ran.returncode == 0, ran.stderr
    return lambda name: folder / f"{name}.nc"


def test_there_is_one_for_every_question() -> None:
    names = {config.stem for config in CONFIGS}
    assert names >= {
        "quickstart",
        "larvae",
        "plastic",
        "sediment",
        "backward",
        "happiest_particle",
        "own_larvae",
    }
    assert names >= {"connectivity", "mixing"}
    for config in CONFIGS:
        assert "ook at" in config.read_text().split("title =")[0] or config.stem == "quickstart", config.name


@needs_mpiexec
@pytest.mark.parametrize("name", [config.stem for config in CONFIGS])
def test_three_ranks_write_the_same_bytes(name: str, tracks: Of, on_three: Of) -> None:
    written = [path for path in (tracks(name), statistics_path(tracks(name))) if path.exists()]
    assert written
    for path in written:
        assert digest(on_three(name).with_name(path.name)) == digest(path)


def test_larvae_settle_in_the_habitats_when_they_are_grown(tracks: Of) -> None:
    fates, rows = record(tracks("larvae"))["final_counts"], columns(tracks("larvae"))
    assert fates["settled"] > 100
    assert fates["dead"] > 30
    settled = rows["status"] == 4
    last = settled & np.isfinite(rows["x"])
    assert (last.sum(axis=1) == settled.any(axis=1)).all()  # recorded once
    assert (rows["development"][last] >= 1).all()
    assert len(np.unique(rows["habitat"][last])) > 1
    assert (rows["habitat"][last] >= 0).all()
    assert (rows["habitat"][~settled & np.isfinite(rows["x"])] == -1).all()


def test_plastic_strands_more_on_the_lee_shore_and_gets_afloat_again(tracks: Of) -> None:
    rows = columns(tracks("plastic"))
    stranded = rows["status"] == 2
    assert stranded[:, -1].sum() > 50
    # what lies ashore lies still: what has moved by the next row was afloat, and mostly stranded again
    afloat_again = (stranded[:, :-1] & (np.diff(rows["x"], axis=1) != 0)).any(axis=1)
    assert afloat_again.sum() > 5
    assert np.nanmax(rows["settling_speed"]) <= -0.0005
    assert np.nanmin(rows["settling_speed"]) >= -0.005


def test_the_own_behaviour_keeps_its_numbers(tracks: Of) -> None:
    rows = columns(tracks("own_larvae"))
    energy = rows["energy"]
    assert (energy[:, 0] == 1).all()
    assert (np.diff(energy, axis=1)[np.isfinite(energy[:, 1:])] < 0).all()
    depth = np.nanmean(rows["sigma"], axis=0)
    assert depth[12] > depth[0] + 0.3  # six hours at the surface


def test_connectivity_is_what_the_tracks_would_have_given(
    tracks: Of, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Larvae of the docks come to the two places beside them; nothing is written but what was found."""
    made = tracks("connectivity")
    assert not made.exists()
    found = columns(statistics_path(made))
    assert found["larvae_connectivity"].shape == (3, 3)
    assert (found["larvae_particles"] == 1500).all()
    assert found["larvae_connectivity"][0, 1] > 0.3
    assert found["larvae_connectivity"][0, 2] > 0.1
    assert (found["flushing_e_folding_time"][:2] < 6 * 3600).all()
    kept = solve(
        ROOT / "configs" / "connectivity.toml", "output.tracks=true", output=str(tmp_path / "kept.nc")
    )
    assert main(["stats", str(kept), "-o", str(tmp_path / "from.nc")]) == 0
    assert digest(tmp_path / "from.nc") == digest(statistics_path(made))
    said = capsys.readouterr().out
    assert "from \\ to  west island  middle island  marina" in said


def test_nobody_is_lost_at_any_output(tracks: Of) -> None:
    for config in CONFIGS:
        total = sum(record(tracks(config.stem))["final_counts"].values())
        for counted in record(tracks(config.stem))["counts"]:
            assert counted["released"] + counted.get("not_released", 0) == total, config.stem
