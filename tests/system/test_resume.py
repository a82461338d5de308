"""A run that is stopped and gone on with gives the bytes of one that never was, wherever it stops and on
whatever it goes on."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import netCDF4
import pytest

from fvdrift.engine.checkpoint.contents import Contents
from fvdrift.engine.checkpoint.folder import CheckpointFolder
from fvdrift.errors import ForcingError, OutputError, RunFileError
from fvdrift.forcing.frames import FrameReader
from fvdrift.output.paths import part_path, record_path, statistics_path
from fvdrift.output.tracks import TrackWriter
from fvdrift.process.signals import Signals
from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run

from .cases import CASES
from .conftest import Truth
from .flows import channel, gyres
from .test_statistics import with_statistics
from .workshop import digest, record, solve, write_run

START = 1714564800000000  # of the estuary: 2024-05-01 12:00

Of = Callable[[str], Truth]
STOPPED = 75


class Countdown(Signals):
    """A signal that comes after so many looks for it; they count once there are `kept` checkpoints of a
    run."""

    def __init__(self, looks: int, tracks: Path | None = None, kept: int = 0):
        self.left, self._tracks, self._kept = looks, tracks, kept
        super().__init__()

    @property
    def stop(self) -> str:  # type: ignore[override]
        if self._tracks is None or len(CheckpointFolder(self._tracks).newest_first()) >= self._kept:
            self.left -= 1
        return "SIGUSR1" if self.left < 0 else ""

    @stop.setter
    def stop(self, _: str) -> None:
        """There is none but that one."""


def go_on(run_file: Path, output: str, looks: int = 1 << 30, *overrides: str, kept: int = 0) -> int:
    """Start, or go on, up to the look at which a signal has come; looks count once so many checkpoints are
    kept."""
    file = load_run_file(run_file, [f"output.file={output}", *overrides])
    signals = Countdown(looks, run_file.with_name(output), kept)
    return run(file, overwrite=False, resume=True, quiet=True, communicator=None, signals=signals)


def newest(tracks: Path) -> Path:
    return CheckpointFolder(tracks).newest_first()[0]


@pytest.mark.parametrize("name", CASES)
def test_stopped_again_and_again(name: str, truth: Of) -> None:
    chance = random.Random(name)
    told = truth(name)
    tracks = told.tracks.with_name("stopped.nc")
    half_done, stops, looks = 0, 0, 3
    for _ in range(60):
        code = go_on(told.run_file, tracks.name, looks, f"parallel.parts={chance.choice((1, 2, 5))}")
        if code == 0:
            break
        stops += 1
        assert code == STOPPED
        assert record(tracks)["exit"] == STOPPED
        for path in CheckpointFolder(tracks).newest_first()[:1]:
            found = Contents(path)
            half_done += found.standing.unfinished is not None
        looks = chance.randrange(3, 6 + 4 * stops)
    assert code == 0
    assert stops >= 2
    assert digest(tracks) == told.digest
    assert not CheckpointFolder(tracks).newest_first()
    assert not part_path(tracks).exists()
    whole, again = record(told.tracks), record(tracks)
    assert again["counts"] == whole["counts"]
    assert again["final_counts"] == whole["final_counts"]
    assert again["particle_steps"] == whole["particle_steps"]
    assert half_done or name in SMALL


SMALL = ("two_elements", "released_over_time", "no_flow")  # so few particles that a turn is all of them


@pytest.fixture
def stopped(truth: Of, tmp_path: Path) -> Path:
    """Tracks of a run in which one checkpoint after the other was kept, stopped in the third hour."""
    told = truth("everywhere")
    shutil.copy(told.run_file, tmp_path / "run.toml")
    code = go_on(tmp_path / "run.toml", "tracks.nc", 3, "checkpoint.every=1h", "checkpoint.keep=3", kept=2)
    assert code == STOPPED
    assert len(CheckpointFolder(tmp_path / "tracks.nc").newest_first()) == 3
    return tmp_path / "tracks.nc"


def finish(tracks: Path, *overrides: str) -> int:
    return go_on(tracks.with_name("run.toml"), tracks.name, 1 << 30, *overrides)


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(
    stopped: Path, truth: Of, capfd: pytest.CaptureFixture
) -> None:
    data = bytearray(newest(stopped).read_bytes())
    data[len(data) // 2] ^= 1
    newest(stopped).write_bytes(data)
    before = CheckpointFolder(stopped).newest_first()[1]
    assert finish(stopped) == 0
    notes = record(stopped)["notes"]
    assert any("is damaged" in note and "skipped" in note for note in notes)
    assert any(before.name in note for note in notes)
    assert digest(stopped) == truth("everywhere").digest


@pytest.mark.parametrize("name", ["siglev", "h"])
def test_a_checkpoint_of_other_depths_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a large file, of which not every byte is looked at."""
    monkeypatch.setattr("fvdrift.forcing.fingerprint._WHOLE", 0)
    monkeypatch.setattr("fvdrift.forcing.fingerprint._BLOCKS", 2)
    forcing = channel(tmp_path / "flow.nc", gyres(0.3), elements=200)
    path = write_run(tmp_path, {
        "forcing": {"files": [forcing.name]}, "time": {"step": "10min"}, "release": [{"count": 100, "point": [5000.0, 1000.0]}],
        "output": {"file": "tracks.nc", "every": "1h"}, "checkpoint": {"every": "1h"},
    })  # fmt: skip
    assert go_on(path, "tracks.nc", 2, kept=1) == STOPPED
    with netCDF4.Dataset(forcing, "a") as data:
        data[name][..., 7] *= 0.99
        if name == "siglev":
            data[name][-1, 7] = -1.0
    with pytest.raises(
        RunFileError, match=rf"not belong to this run: {name} of the forcing flow\.nc is another than it was"
    ):
        go_on(path, "tracks.nc")


@pytest.mark.parametrize(
    "fault", [OutputError("unwritten.nc.part: cannot be written"), MemoryError("no more")], ids=type
)
def test_no_checkpoint_counts_on_rows_that_could_not_be_written(
    fault: Exception, truth: Of, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails at the rows of an interval, and the forcing at the frame after it, before that is
    noticed."""
    told = truth("faster")
    tracks = told.tracks.with_name(f"{type(fault).__name__}.nc")
    write_row, read = TrackWriter.write_row, FrameReader._read

    def full(self: TrackWriter, row: int, columns: dict) -> None:
        if row >= 2:
            raise fault
        write_row(self, row, columns)

    def cut_off(self: FrameReader, frame: int) -> dict:
        if frame == 3:
            raise ForcingError("faster.nc: u: cannot be read")
        return read(self, frame)

    with monkeypatch.context() as broken:
        broken.setattr(TrackWriter, "write_row", full)
        broken.setattr(FrameReader, "_read", cut_off)
        with pytest.raises(ForcingError, match="cannot be read"):
            go_on(told.run_file, tracks.name)
    assert record(tracks)["exit"] == ForcingError.exit_code
    assert not CheckpointFolder(tracks).newest_first()
    assert go_on(told.run_file, tracks.name) == 0
    assert digest(tracks) == told.digest


@pytest.mark.parametrize("place", [100, 0.3, 0.6, 0.97])
def test_records_that_are_damaged_are_not_gone_on_with(place: float, stopped: Path, truth: Of) -> None:
    """Any row that a checkpoint counts on: the run then begins where they are whole, if need be at its
    start."""
    part = part_path(stopped)
    data = bytearray(part.read_bytes())
    counted = Contents(newest(stopped)).array("sums")
    assert len(counted) > 5
    at = place if place >= 1 else int(place * len(data))
    data[at] ^= 255
    part.write_bytes(data)
    assert finish(stopped) == 0
    assert digest(stopped) == truth("everywhere").digest


def test_records_that_are_gone_or_cut_short_let_the_run_begin_at_its_start(stopped: Path, truth: Of) -> None:
    part = part_path(stopped)
    data = part.read_bytes()
    part.write_bytes(data[: len(data) // 3])
    assert finish(stopped) == 0
    assert digest(stopped) == truth("everywhere").digest
    assert any("no checkpoint to resume from" in note for note in record(stopped)["notes"])


def test_without_any_checkpoint_it_starts_at_its_beginning(truth: Of, tmp_path: Path) -> None:
    shutil.copy(truth("everywhere").run_file, tmp_path / "run.toml")
    part_path(tmp_path / "tracks.nc").write_bytes(b"of a run that was killed before its first checkpoint")
    assert finish(tmp_path / "tracks.nc") == 0
    assert digest(tmp_path / "tracks.nc") == truth("everywhere").digest


def test_a_finished_run_ends_at_once(truth: Of, tmp_path: Path) -> None:
    tracks = tmp_path / "tracks.nc"
    shutil.copy(truth("everywhere").run_file, tmp_path / "run.toml")
    assert finish(tracks) == 0
    before = tracks.stat().st_mtime_ns, record_path(tracks).read_bytes()
    assert finish(tracks) == 0
    assert (tracks.stat().st_mtime_ns, record_path(tracks).read_bytes()) == before
    with pytest.raises(RunFileError, match=r"tracks\.nc: is of another run: seed was 42 there and is 43"):
        finish(tracks, "seed=43")
    with pytest.raises(RunFileError, match=r"no checkpoint was kept \(checkpoint\.at_end\)"):
        finish(tracks, "time.duration=4h")


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("time.step=30s", 'time.step was "60 s" and is "30 s"'),
        ("seed=7", "seed was 42 and is 7"),
        ("release.0.count=501", "release.0.count was 500 and is 501"),
        ('output.variables=["temp"]', "output.variables was"),
        ("time.start=1h", 'time.start was not given and is "1 h"'),
        ('boundary.coast="reflect"', 'boundary.coast was "slide" and is "reflect"'),
    ],
)
def test_a_checkpoint_of_another_run_file_is_refused(override: str, says: str, stopped: Path) -> None:
    with pytest.raises(RunFileError, match="does not belong to this run: ") as refused:
        finish(stopped, override)
    assert says in str(refused.value)


def test_what_may_differ(stopped: Path, truth: Of) -> None:
    assert (
        finish(stopped, "checkpoint.keep=1", "checkpoint.every=2h", "parallel.parts=4", "parallel.threads=2")
        == 0
    )
    assert digest(stopped) == truth("everywhere").digest


def test_a_checkpoint_of_other_forcing_or_arithmetic_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = CASES["courant_20"](tmp_path)
    write_run(tmp_path, tree)
    tracks = tmp_path / "tracks.nc"
    assert go_on(tmp_path / "run.toml", "tracks.nc", 9, "checkpoint.every=10min") == STOPPED
    with monkeypatch.context() as changed:
        changed.setattr("fvdrift.engine.checkpoint.identity.arithmetic", lambda: "f" * 16)
        with pytest.raises(
            RunFileError, match=r"was kept by the arithmetic of fvdrift .* than that of .*\(ffffffff\)"
        ):
            finish(tracks)
    forcing = Path(tree["forcing"]["files"][0])
    data = bytearray(forcing.read_bytes())
    data[-1000] ^= 1
    forcing.write_bytes(data)
    with pytest.raises(RunFileError, match=f"the forcing {forcing.name} has changed since"):
        finish(tracks)


HOURS = ("3h", "2h", "150min", "95min")


@pytest.mark.parametrize("first", HOURS[1:])
@pytest.mark.parametrize("name", ["everywhere", "stirred"])
def test_a_finished_run_can_be_prolonged(name: str, first: str, truth: Of, tmp_path: Path) -> None:
    """To the bytes of one that was as long from the start; and a second time, from half an hour before its
    end."""
    told = truth(name)
    shutil.copytree(told.run_file.parent, tmp_path, dirs_exist_ok=True)
    tracks = tmp_path / "tracks.nc"
    for stale in tmp_path.glob("*.nc.part"):
        stale.unlink()
    longest = solve(tmp_path / "run.toml", "time.duration=3h", output="long.nc")
    tracks.unlink(missing_ok=True)
    assert finish(tracks, f"time.duration={first}", "checkpoint.at_end=true") == 0
    assert len(CheckpointFolder(tracks).newest_first()) == 1
    assert finish(tracks, "time.duration=3h") == 0
    assert digest(tracks) == digest(longest)
    assert any("resumes from" in note for note in record(tracks)["notes"])
    assert not CheckpointFolder(tracks).newest_first()


def test_a_run_cannot_be_shortened_or_prolonged_where_its_steps_would_be_others(
    stopped: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunFileError, match=r"it is at .* behind the end of the run"):
        finish(stopped, "time.duration=40min")
    tracks = tmp_path / "odd.nc"
    assert (
        go_on(tmp_path / "run.toml", tracks.name, 1 << 30, 'time.duration="3630s"', "checkpoint.at_end=true")
        == 0
    )
    with pytest.raises(RunFileError, match="the run then ended within a step"):
        go_on(tmp_path / "run.toml", tracks.name, 1 << 30, "time.duration=2h")


def test_a_prolonged_run_with_more_particles(tmp_path: Path, truth: Of) -> None:
    """Releases that go on to the end of the run: more particles, numbered behind the others."""
    tree = CASES["everywhere"](tmp_path)
    tree["release"][0] |= {"count": 20, "every": "10min"}
    write_run(tmp_path, tree)
    longest = solve(tmp_path / "run.toml", output="long.nc")
    tracks = tmp_path / "tracks.nc"
    assert finish(tracks, "time.duration=2h", "checkpoint.at_end=true") == 0
    assert finish(tracks) == 0
    assert digest(tracks) == digest(longest)
    tree["release"].append({**tree["release"][0], "name": "second"})
    write_run(tmp_path, tree)
    assert go_on(tmp_path / "run.toml", "two.nc", 1 << 30, "time.duration=2h", "checkpoint.at_end=true") == 0
    with pytest.raises(
        RunFileError, match=r"particles would have other numbers, .*: give each \[\[release\]\] .* an until"
    ):
        go_on(tmp_path / "run.toml", "two.nc")


def test_an_input_file_that_changed_is_named(tmp_path: Path) -> None:
    tree = CASES["everywhere"](tmp_path)
    (tmp_path / "sites.csv").write_text("x,y,count\n433000,5547000,100\n")
    tree["release"] = [{"file": "sites.csv"}]
    write_run(tmp_path, tree)
    assert go_on(tmp_path / "run.toml", "tracks.nc", 5) == STOPPED
    (tmp_path / "sites.csv").write_text("x,y,count\n433000,5547001,100\n")
    with pytest.raises(RunFileError, match=r"release\.0\.file: sites\.csv has changed since"):
        finish(tmp_path / "tracks.nc")


def test_starting_anew_leaves_no_old_checkpoint_behind(stopped: Path, truth: Of) -> None:
    solve(stopped.with_name("run.toml"), output=stopped.name)
    assert not CheckpointFolder(stopped).newest_first()
    assert digest(stopped) == truth("everywhere").digest


def test_an_alert_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what is true at the start, and one that comes and goes oftener than it is told."""
    monkeypatch.setattr("fvdrift.simulation.alerts.MOST_TOLD", 3)
    tree = CASES["everywhere"](tmp_path)
    tree["alert"] = [
        {"when": "mean(age) > 4000", "every": "10min", "say": "They are old."},
        {"when": "count(status == exited) >= 0", "say": "Always."},
        {"when": "max(age) % 1200 < 600", "every": "10min", "say": "Now and then."},
    ]
    write_run(tmp_path, tree)
    whole = solve(tmp_path / "run.toml", output="whole.nc")
    looks, since = 2, []
    while (code := go_on(tmp_path / "run.toml", "tracks.nc", looks)) == STOPPED:
        looks = 11
        for path in CheckpointFolder(tmp_path / "tracks.nc").newest_first()[:1]:
            found = Contents(path)
            since.append(found.standing)
    assert code == 0
    assert since[0].unfinished is not None
    # the start was looked at, and the first step not taken by all
    assert since[0].unfinished[0] == since[0].since == START
    told = record(whole)["alerts"]
    assert [alert["say"] for alert in told].count("Now and then.") == 3
    assert {alert["say"] for alert in told} == {"They are old.", "Always.", "Now and then."}
    assert record(tmp_path / "tracks.nc")["alerts"] == told
    assert record(tmp_path / "tracks.nc")["counts"] == record(whole)["counts"]
    assert digest(tmp_path / "tracks.nc") == digest(whole)


@pytest.mark.parametrize("tracks", ["true", "false"])
@pytest.mark.parametrize("name", ["everywhere", "larvae"])
def test_statistics_are_gone_on_with(name: str, tracks: str, tmp_path: Path) -> None:
    """Those of a run that was stopped have the bytes of one that never was; without tracks too."""
    run_file = write_run(tmp_path, with_statistics(tmp_path, name))
    key = f"output.tracks={tracks}"
    whole = solve(run_file, key, output="whole.nc")
    again, stops, chance = whole.with_name("again.nc"), 0, random.Random(name)
    while (
        code := go_on(run_file, again.name, 3 + 5 * stops, key, f"parallel.parts={chance.choice((1, 2, 5))}")
    ) == STOPPED:
        stops += 1
    assert code == 0
    assert stops >= 2
    assert digest(statistics_path(again)) == digest(statistics_path(whole))
    assert record(again)["final_counts"] == record(whole)["final_counts"]
    assert not CheckpointFolder(again).newest_first()
    if tracks == "true":
        assert digest(again) == digest(whole)
    else:
        assert not again.exists()
    before = statistics_path(again).stat().st_mtime_ns
    assert go_on(run_file, again.name, 1 << 30, key) == 0  # it is finished
    assert statistics_path(again).stat().st_mtime_ns == before


def test_statistics_keep_the_end_they_were_laid_out_for(tmp_path: Path) -> None:
    run_file = write_run(tmp_path, with_statistics(tmp_path, "everywhere"))
    assert go_on(run_file, "tracks.nc", 14) == STOPPED
    with pytest.raises(RunFileError, match="its statistics are laid out for the end it had"):
        go_on(run_file, "tracks.nc", 1 << 30, "time.duration=2h")
    with pytest.raises(RunFileError, match=r"output\.tracks was true and is false"):
        go_on(run_file, "tracks.nc", 1 << 30, "output.tracks=false")


def test_the_record_tells_of_all_starts(stopped: Path) -> None:
    first = record(stopped)
    assert first["stopped_by"] == "SIGUSR1"
    assert first["starts"] == []
    finish(stopped)
    last = record(stopped)
    assert [start["started"] for start in last["starts"]] == [first["started"]]
    assert last["timings"]["total_wall_s"] > first["timings"]["total_wall_s"]
    assert json.loads(record_path(stopped).read_text())["exit"] == 0
