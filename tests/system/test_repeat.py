"""A run made again from what it left behind: the same bytes, from where its paths start, and never over the
first."""

import json
import shutil
from pathlib import Path

import netCDF4
import pytest
import xarray

import fvdrift
import fvdrift.accessor
from fvdrift.cli import main
from fvdrift.errors import ForcingError, RunFileError
from fvdrift.output.paths import record_path
from fvdrift.postprocess.repetition import repetition_of
from fvdrift.settings import resolved_keys
from fvdrift.settings.load import load_run_file, run_file_from
from fvdrift.settings.resolved import as_written

from .workshop import ESTUARY, ROOT, needs_mpiexec, solve, start, write_run

TREE = {
    "seed": 7, "forcing": {"files": ["water/estA_000*.nc"]}, "time": {"duration": "1h"},
    "boundary": {"open": "water/estA_obc.dat"}, "checkpoint": {"keep": 3},
    "diffusion": {"vertical": "kh", "horizontal": "1 m2/s"},
    "release": [{"count": 60, "box": [420000.0, 5541900.0, 445300.0, 5552100.0], "sigma": -0.3}],
    "output": {"file": "out/one.nc", "every": "20min", "variables": ["age"]},
}  # fmt: skip


def beyond_first(said: str) -> str:
    """What a command says after what it reads."""
    first, rest = said.split("\n", 1)
    return rest if first.startswith("fvdrift ") and ": reading " in first else said


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracks of a run whose paths are relative, made in three parts."""
    folder = tmp_path_factory.mktemp("repeat")
    (folder / "water").symlink_to(ESTUARY)
    return solve(write_run(folder, TREE), parts=3)


@pytest.fixture
def elsewhere(made: Path, tmp_path: Path) -> Path:
    """The folder of the run as it was moved to another place, without what it was then."""
    shutil.copytree(made.parents[1], tmp_path / "moved", symlinks=True)
    record = record_path(tmp_path / "moved" / "out" / "one.nc")
    told = json.loads(record.read_text())
    told["run_file_path"] = str(tmp_path / "gone" / "run.toml")
    record.write_text(json.dumps(told))
    return tmp_path / "moved"


@pytest.mark.parametrize("left", ["one.nc", "one.run.json"])
def test_what_a_run_left_makes_it_again(made: Path, left: str, tmp_path: Path) -> None:
    again = tmp_path / "again.nc"
    assert main(["run", "--from", str(made.with_name(left)), "-o", str(again), "--quiet"]) == 0
    assert again.read_bytes() == made.read_bytes()


@needs_mpiexec
def test_two_ranks_make_it_again_from_another_folder(made: Path, tmp_path: Path) -> None:
    done = start("run", "--from", made, "-o", "two.nc", "--quiet", ranks=2, cwd=tmp_path)
    assert done.returncode == 0
    # a step of this run is long for bottlenecks of kh, and that is told by a quiet run too
    assert [line for line in done.stderr.splitlines() if "bottlenecks" not in line] == []
    assert (tmp_path / "two.nc").read_bytes() == made.read_bytes()


def test_a_repetition_can_be_repeated(made: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.nc"
    assert main(["run", "--from", str(made), "-o", str(again), "--quiet"]) == 0
    third = repetition_of(again).run_file
    assert third.path == repetition_of(made).run_file.path
    assert third.resolve(third.output.file) == tmp_path / "again-again.nc"


def test_it_goes_beside_the_first_and_never_over_it(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_file, notes = repetition_of(made)
    assert run_file.resolve(run_file.output.file) == made.with_name("one-again.nc")
    assert notes == []
    before = made.read_bytes()
    assert main(["run", "--from", str(made), "-o", str(made), "--overwrite"]) == 2
    assert beyond_first(capsys.readouterr().err) == (
        f"fvdrift: error: {made}: is the run to be repeated, and is kept: give another output.file\n"
    )
    assert made.read_bytes() == before


def test_how_the_work_was_shared_is_not_repeated_and_the_rest_is(made: Path) -> None:
    first, again = (
        load_run_file(made.parents[1] / "run.toml"),
        repetition_of(made.with_name("one.run.json")).run_file,
    )
    assert json.loads(record_path(made).read_text())["run_file"]["parallel"]["parts"] == 3
    assert (again.parallel.parts, again.checkpoint.keep) == (1, 2)
    assert resolved_keys(again) == resolved_keys(first)
    assert again.path == made.parents[1] / "run.toml"


def test_keys_can_be_changed_even_those_that_dont_go_with_a_default(made: Path) -> None:
    run_file, _ = repetition_of(made, ["advection.depth=5m", "seed=8"])
    assert (run_file.advection.depth, run_file.seed) == (5.0, 8)
    assert run_file.release == repetition_of(made).run_file.release
    with pytest.raises(
        RunFileError, match=r"one\.nc: time\.stepp \(from --set\): unknown key \(did you mean step\?\)"
    ):
        repetition_of(made, ["time.stepp=5s"])


def test_tracks_and_forcing_that_were_moved_together_are_found(elsewhere: Path) -> None:
    run_file, _ = repetition_of(elsewhere / "out" / "one.nc")
    assert run_file.folder == elsewhere


def test_forcing_that_is_gone_is_said_in_one_sentence(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "water").unlink()
    tracks = elsewhere / "out" / "one.nc"
    assert main(["run", "--from", str(tracks)]) == 3
    assert beyond_first(capsys.readouterr().err).splitlines() == [
        f"fvdrift: error: {tracks}: its forcing (water/estA_000*.nc) is not in {elsewhere}, {tracks.parent}: "
        "say where it is by forcing.files, such as --set 'forcing.files=[\"/data/estuary_*.nc\"]'"
    ]
    given, _ = repetition_of(tracks, [f'forcing.files=["{ESTUARY}/estA_000*.nc"]'])
    assert given.forcing.files == (f"{ESTUARY}/estA_000*.nc",)


def test_one_file_that_is_missing_of_many_is_missed(elsewhere: Path) -> None:
    (elsewhere / "water").unlink()
    (elsewhere / "water").mkdir()
    (elsewhere / "water" / "estA_0001.nc").symlink_to(ESTUARY / "estA_0001.nc")
    with netCDF4.Dataset(elsewhere / "out" / "one.nc", "a") as file:
        file.forcing_files = "estA_0001.nc estA_0002.nc"
    with pytest.raises(ForcingError, match="is not in"):
        repetition_of(elsewhere / "out" / "one.nc")


def test_what_may_make_it_another_run_is_said(elsewhere: Path) -> None:
    tracks = elsewhere / "out" / "one.nc"
    with netCDF4.Dataset(tracks, "a") as file:
        names = str(file.forcing_files).split()
        file.source, file.forcing_files = "fvdrift 0.0.1, from FVCOM output", names[0]
    said = repetition_of(tracks).notes
    assert "was written by fvdrift 0.0.1, this is" in said[0]
    assert len(names) == 1 or "matches forcing.files, and was not read then" in said[1]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.nc", "no netCDF", "cannot be read as tracks"), ("a.run.json", "{}", "is not the record of a run"),
        ("a.run.json", "[" * 100_000, "is not the record of a run"), ("b.nc", None, "there is no such file"),
        ("b.run.json", None, "cannot be read: No such file"),
        ("a.run.json", '{"run_file": {"output": 3, "forcing": 4}, "versions": {"fvdrift": "0"}}', "must be a table"),
    ],
)  # fmt: skip
def test_what_no_run_has_written_is_refused(tmp_path: Path, name: str, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(RunFileError, match=words):
        repetition_of(tmp_path / name)


def test_forcing_is_no_tracks() -> None:
    with pytest.raises(RunFileError, match="doesn't say by what run file it was made"):
        repetition_of(next(ESTUARY.glob("estA_000*.nc")))


@pytest.mark.parametrize("arguments", [["run"], ["run", "a.toml", "--from", "a.nc"]])
def test_either_a_run_file_or_a_run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert beyond_first(capsys.readouterr().err) == (
        "fvdrift: error: give a run file, or --from TRACKS.nc to repeat a run, and not both\n"
    )


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.stem)
def test_all_that_tracks_say_of_a_run_reads_back_as_that_run(path: Path) -> None:
    run_file = load_run_file(path)
    for tree in (resolved_keys(run_file), as_written(run_file)):
        assert resolved_keys(
            run_file_from(json.loads(json.dumps(tree)), path, resolved=True)
        ) == resolved_keys(run_file)
    assert run_file_from(as_written(run_file), path) == run_file


@pytest.fixture
def theirs(made: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Tracks from somebody else, and the marker that the own behaviour they name leaves where it is run."""
    shutil.copytree(made.parents[1], tmp_path / "theirs", symlinks=True)
    tracks, marker = tmp_path / "theirs" / "out" / "one.nc", tmp_path / "was run"
    (tmp_path / "theirs" / "swim.py").write_text(
        f"import pathlib\npathlib.Path({str(marker)!r}).touch()\nraise OSError('nothing to compile')\n"
    )
    record = record_path(tracks)
    told = json.loads(record.read_text())
    told["run_file_path"] = str(tmp_path / "theirs" / "run.toml")
    told["run_file"]["behaviour"]["custom"] = "swim.py:swim"
    record.write_text(json.dumps(told))
    with netCDF4.Dataset(tracks, "a") as file:
        tree = json.loads(file.run_file)
        tree["behaviour"]["custom"] = "swim.py:swim"
        tree["statistic"] = [{"kind": "density"}]
        file.run_file = json.dumps(tree)
    shutil.copy(tracks, tracks.with_name("unfinished.nc.part"))
    shutil.copy(record, tracks.with_name("unfinished.run.json"))
    return tracks, marker


def test_code_that_tracks_name_is_run_only_where_they_are_trusted(
    theirs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks, marker = theirs
    for origin in (tracks, record_path(tracks), tracks.with_name("unfinished.nc.part")):
        assert main(["run", "--from", str(origin), "--set", "time.duration=10min"]) == 2
        assert beyond_first(capsys.readouterr().err) == (
            f"fvdrift: error: {origin}: behaviour.custom: would run swim of {tracks.parents[1]}/swim.py, which is code, "
            "not data: look into that file, and give --trust-behaviour if you trust it\n"
        )
        with pytest.raises(RunFileError, match=r"would run swim of .*swim\.py"):
            fvdrift.repeat(origin)
    with netCDF4.Dataset(tracks) as file:
        tree = json.loads(file.run_file)
    tree["forcing"]["files"] = TREE["forcing"]["files"]
    with pytest.raises(
        RunFileError, match=r"config: behaviour.custom: would run swim .*give trust_behaviour=True"
    ):
        fvdrift.run(tree)
    assert not marker.exists()
    assert not list(tracks.parent.glob("*-again*"))
    assert main(["run", "--from", str(tracks), "--trust-behaviour"]) == 2
    assert "swim.py:3: OSError when the file is run: nothing to compile" in capsys.readouterr().err
    assert marker.exists()
    with pytest.raises(RunFileError, match="nothing to compile"):
        fvdrift.repeat(tracks, trust_behaviour=True)


def test_members_cannot_have_behaviours_that_were_not_looked_at(theirs: tuple[Path, Path]) -> None:
    for vary in ({"behaviour.custom": ["swim.py:swim"]}, {"behaviour": {"custom": ["swim.py:swim"]}}):
        with pytest.raises(RunFileError, match=r"is the same for all members"):
            repetition_of(theirs[0], [("ensemble.vary", vary)], trust_behaviour=True)


def test_what_the_person_names_needs_no_trust(theirs: tuple[Path, Path]) -> None:
    tracks, _ = theirs
    for given in (
        "behaviour.custom=mine.py:swim",
        ("behaviour.custom", "mine.py:swim"),
        'behaviour={custom="mine.py:swim"}',
    ):
        assert repetition_of(tracks, [given]).run_file.behaviour.custom == ("mine.py", "swim")
    with pytest.raises(RunFileError, match="would run swim"):
        repetition_of(tracks, ["behaviour.settling=1 mm/s"])


def test_pictures_and_statistics_run_nothing(theirs: tuple[Path, Path]) -> None:
    tracks, marker = theirs
    assert main(["stats", str(tracks)]) == 0
    assert main(["plot", str(tracks), "-o", str(tracks.with_name("picture.png"))]) == 0
    assert main(["info", str(tracks)]) == 3  # it is no forcing
    with xarray.open_dataset(tracks) as dataset:
        dataset.drift.density()
    assert not marker.exists()
