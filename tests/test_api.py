"""fvdrift from Python, without moving particles: what is loaded, what a run may be given as, how errors come
out."""

import asyncio
import datetime
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fvdrift
from fvdrift import api, cli
from fvdrift.process import launcher
from fvdrift.process.progress import Moment, Progress
from fvdrift.settings import resolved_keys
from fvdrift.settings.from_python import run_file_of
from fvdrift.settings.load import load_run_file
from fvdrift.simulation import roles

HEAVY = ("numba", "mpi4py", "netCDF4", "xarray", "matplotlib")
TOML = """
seed = 3
[forcing]
files = "flow.nc"
[time]
start = 2020-05-01T06:00:00Z
duration = "90 min"
[[release]]
count = 20
polygon = [[0, 0], [1.5, 0], [1, 1]]
[output]
file = "out/tracks.nc"
every = "30 min"
"""


def config() -> dict:
    return {
        "seed": np.int32(3), "forcing": {"files": Path("flow.nc")},
        "time": {"start": np.datetime64("2020-05-01T06:00", "ns"), "duration": datetime.timedelta(minutes=90)},
        "release": ({"count": np.int64(20), "polygon": np.array([[0, 0], [1.5, 0], [1, 1]])},),
        "output": {"file": Path("out") / "tracks.nc", "every": np.timedelta64(30, "m")},
    }  # fmt: skip


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text(TOML)
    return tmp_path / "run.toml"


@pytest.fixture
def stand_in(monkeypatch):
    """In place of the simulation: does what the test says and remembers how it was called."""

    def put(does) -> list[dict]:
        calls: list[dict] = []

        def run(run_file, **how):
            calls.append({"run_file": run_file, **how})
            return does()

        monkeypatch.setattr(roles, "run", run)
        return calls

    return put


def fail(error: BaseException):
    raise error


@pytest.mark.parametrize(
    ("code", "banned"),
    [
        ("import fvdrift", (*HEAVY, "numpy", "pydantic")),
        ("import fvdrift\nfvdrift.run, fvdrift.FinishedRun, fvdrift.Interrupted", (*HEAVY, "numpy")),
        (
            "import fvdrift\ntry: fvdrift.run({'time': {'step': 'x'}})\nexcept fvdrift.RunFileError: pass\nelse: 1 / 0",
            HEAVY,
        ),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(code, banned):
    check = f"\nimport sys\nloaded = [name for name in {banned!r} if name in sys.modules]\nassert not loaded, loaded"
    done = subprocess.run(
        [sys.executable, "-c", code + check], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_module_offers_what_it_says():
    for name in fvdrift.__all__:
        assert name in dir(fvdrift)
        assert getattr(fvdrift, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'runn'"):
        _ = fvdrift.runn


def test_a_dict_is_the_run_file_with_its_paths_in_the_current_folder(path):
    given = run_file_of(config(), [], {})
    assert resolved_keys(given, whole=True) == resolved_keys(load_run_file(path), whole=True)
    assert given.folder == path.parent
    assert given.resolve(given.output.file) == path.parent / "out" / "tracks.nc"


def test_keys_are_laid_over_any_kind_of_config_the_later_over_the_earlier(path):
    first = load_run_file(path)
    for given in (config(), path, str(path), first):
        run_file = run_file_of(given, ["time.step=30s", "seed=4"], {"seed": 5, "advection.depth": "5m"})
        assert (run_file.time.step, run_file.seed, run_file.advection.depth) == (30_000_000, 5, 5.0)
        assert run_file.release == first.release
        assert run_file.folder == path.parent
    assert first.seed == 3
    assert run_file_of(first, [], {}) is first


def test_errors_are_raised_with_the_sentences_of_the_command_line(path, capsys):
    path.write_text(TOML + "everry = 3\n[diffusion]\nvertical = 'x'\n")
    assert cli.main(["run", "run.toml"]) == 2
    printed = [line.strip() for line in capsys.readouterr().err.splitlines()[2:]]
    with pytest.raises(fvdrift.RunFileError) as raised:
        fvdrift.run("run.toml")
    assert raised.value.problems == printed
    assert len(printed) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            lambda: run_file_of({**config(), "tme": {}}, [], {}),
            r"config: tme: unknown key \(did you mean time\?\)",
        ),
        (lambda: run_file_of("run.toml", ["seed=x"], {}), r"run\.toml: seed \(from --set\): "),
        (lambda: run_file_of("run.toml", [], {"seed": "x"}), r"run\.toml: seed \(given beside it\): "),
        (lambda: run_file_of("run.toml", [], {"seed.x": 1}), r"seed\.x: seed is 3, not a table"),
        (lambda: run_file_of("run.toml", "seed=3", {}), r"set: must be a list, such as \['seed=3'\]"),
        (lambda: run_file_of("run.toml", [3], {}), "set: 3 must be text, such as"),
        (lambda: run_file_of(3, [], {}), "not as int"),
        (
            lambda: fvdrift.run("run.toml", overwrite=True, resume=True),
            "overwrite starts anew and resume goes on",
        ),
        (lambda: fvdrift.run("nowhere.toml"), "there is no such file"),
    ],
)
def test_what_cannot_be_a_run_is_refused_in_a_sentence(path, given, words):
    with pytest.raises(fvdrift.RunFileError, match=words):
        given()


def test_info_is_a_dict_and_refuses_as_a_run_does(tmp_path):
    with pytest.raises(fvdrift.ForcingError, match="matches no file"):
        fvdrift.info(tmp_path / "flow_*.nc")
    with pytest.raises(
        fvdrift.ForcingError, match="matches no file"
    ):  # keys with their units, as in a run file
        fvdrift.info([tmp_path / "flow_*.nc"], max_gap="3h", min_depth="5 cm")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda: fvdrift.info(3), "^files: must be the path of a file, or a list of them, not 3$"),
        (lambda: fvdrift.info("a.nc", max_gap="long"), '^max_gap: "long" is not a duration'),
        (lambda: fvdrift.info("a.nc", colour=1), "^colour: unknown key"),
        (lambda: fvdrift.repeat(3), "^tracks: must be the path of a file, not 3$"),
        (lambda: fvdrift.repeat("a.nc", set=3), "^set: must be a list, not 3$"),
        (lambda: fvdrift.run("a.toml", set=3), "^set: must be a list, not 3$"),
    ],
)
def test_arguments_of_another_kind_are_refused_in_a_sentence(given, words):
    with pytest.raises(fvdrift.RunFileError, match=words):
        given()


def test_what_is_asked_for_reaches_the_simulation(path, stand_in):
    calls = stand_in(lambda: 0)
    told = []
    made = fvdrift.run(path, resume=True, progress=told.append)
    calls[0]["tell"](Moment(0, True, 0.0, {}, 0))
    assert told == [Moment(0, True, 0.0, {}, 0)]
    assert (made.path, made.rank) == (path.parent / "out" / "tracks.nc", 0)
    assert (calls[0]["resume"], calls[0]["overwrite"], calls[0]["quiet"]) == (True, False, True)
    fvdrift.run(path, progress=True)
    fvdrift.run(path, progress=False)
    assert [(call["quiet"], call["tell"]) for call in calls[1:]] == [(False, None), (True, None)]
    with pytest.raises(fvdrift.OutputError, match="is not beside it any more"):
        _ = made.record
    with pytest.raises(fvdrift.OutputError, match=r"tracks\.nc: is not there: it wrote no tracks"):
        _ = made.dataset
    with pytest.raises(
        fvdrift.OutputError, match=r"tracks\.stats\.nc: is not there: it has no \[\[statistic\]\]"
    ):
        _ = made.statistics


@pytest.mark.parametrize(
    ("code", "kind"),
    [(2, fvdrift.RunFileError), (3, fvdrift.ForcingError), (4, fvdrift.OutputError), (75, fvdrift.Interrupted),
     (1, fvdrift.FvdriftError)],
)  # fmt: skip
def test_what_the_ranks_agree_on_is_raised_as_what_it_was(path, stand_in, code, kind):
    stand_in(lambda: fail(launcher.AgreedError("flow.nc: truncated", code)))
    with pytest.raises(kind, match=r"flow\.nc: truncated") as raised:
        fvdrift.run(path)
    assert (type(raised.value), raised.value.exit_code) == (kind, code)


def test_a_run_that_was_stopped_says_by_what_and_how_to_go_on(path, stand_in):
    (path.parent / "out").mkdir()
    (path.parent / "out" / "tracks.run.json").write_text('{"stopped_by": "SIGINT on rank 2"}')
    stand_in(lambda: 75)
    with pytest.raises(
        fvdrift.Interrupted, match=r"tracks\.nc: stopped by SIGINT on rank 2: go on with resume=True"
    ):
        fvdrift.run(path)


class Ranks:
    """A communicator that only remembers."""

    rank, size, code = 1, 2, None

    def Abort(self, code):
        self.code = code


@pytest.mark.parametrize(
    ("error", "code"), [(ZeroDivisionError("oops"), 1), (fvdrift.OutputError("disk full"), 4)]
)
def test_a_rank_that_fails_alone_ends_the_others(path, stand_in, monkeypatch, capsys, error, code):
    ranks = Ranks()
    monkeypatch.setattr(launcher, "connect", lambda: ranks)
    stand_in(lambda: fail(error))
    with pytest.raises(type(error)):
        fvdrift.run(path)
    assert ranks.code == code
    assert f"on rank 1: {error}" in capsys.readouterr().err.replace("ZeroDivisionError: ", "")


def test_a_run_may_be_started_where_an_event_loop_goes_on_and_in_another_thread(path, stand_in):
    calls = stand_in(lambda: 0)

    async def notebook():
        fvdrift.run(path)
        await asyncio.to_thread(fvdrift.run, path)

    asyncio.run(notebook())
    assert len(calls) == 2


def test_progress_is_told_in_model_time_also_where_nothing_is_printed():
    told: list[Moment] = []
    progress = Progress(10_000_000, 0, False, quiet=True, tell=told.append)
    progress.update(7_500_000, {"active": 3, "exited": 1}, 40)
    assert told == [(7_500_000, False, 0.25, {"active": 3, "exited": 1}, 40, 0)]
    assert told[0].time == np.timedelta64(7_500, "ms")
    assert Moment(0, True, 0.0, {}, 0).time == np.datetime64("1970-01-01")


def test_the_signatures_agree():
    import inspect

    run, repeat = (inspect.signature(call).parameters for call in (api.run, api.repeat))
    assert {name: p.default for name, p in list(run.items())[1:]} == {
        name: p.default for name, p in list(repeat.items())[1:]
    }


@pytest.mark.parametrize(
    ("name", "meant"), [("overwrit", "overwrite"), ("resumed", "resume"), ("progres", "progress")]
)
def test_a_misspelt_argument_is_told_with_the_one_that_was_meant(name, meant):
    with pytest.raises(fvdrift.RunFileError, match=rf"{name}: there is no such .*\(did you mean {meant}\?\)"):
        fvdrift.run({}, **{name: True})
