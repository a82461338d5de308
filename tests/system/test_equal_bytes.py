"""The same run on any ranks, parts, managers, cadence of output and meetings gives the same bytes."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.engine.manager import decomposition as pieces
from fvdrift.timeline import intervals as timetable

from .cases import CASES
from .conftest import Truth
from .workshop import ESTUARY, columns, digest, needs_mpiexec, record, solve, start

Of = Callable[[str], Truth]
QUICK = (7,)


def check(tracks: Path, truth: Truth) -> None:
    if digest(tracks) == truth.digest:
        return
    ours, theirs = columns(tracks), columns(truth.tracks)
    differ = {
        name: np.argwhere(
            ~((ours[name] == theirs[name]) | ((ours[name] != ours[name]) & (theirs[name] != theirs[name])))
        )[:3]
        for name in ours
        if ours[name].shape == theirs[name].shape
    }
    raise AssertionError(
        {name: places.tolist() for name, places in differ.items() if len(places)}
        or "other bytes, same values"
    )


@pytest.mark.parametrize("parts", QUICK)
@pytest.mark.parametrize("name", CASES)
def test_parts(name: str, parts: int, truth: Of) -> None:
    it = truth(name)
    check(solve(it.run_file, parts=parts, output=f"parts{parts}.nc"), it)


@pytest.mark.validation
@pytest.mark.parametrize("parts", [p for p in range(2, 10) if p not in QUICK])
@pytest.mark.parametrize("name", CASES)
def test_all_parts(name: str, parts: int, truth: Of) -> None:
    test_parts(name, parts, truth)


@pytest.mark.parametrize(("ranks", "manager"), [(2, "shared"), (4, "dedicated")])
@pytest.mark.parametrize("name", CASES)
def test_ranks(
    name: str, ranks: int, manager: str, truth: Of, on_ranks: Callable[[int, str], dict[str, Path]]
) -> None:
    check(on_ranks(ranks, manager)[name], truth(name))
    assert record(on_ranks(ranks, manager)[name])["parts"] == (ranks if manager == "shared" else ranks - 1)


@pytest.mark.validation
@pytest.mark.parametrize(
    ("ranks", "manager"), [(2, "dedicated"), (3, "shared"), (4, "shared"), (7, "shared"), (7, "dedicated")]
)
@pytest.mark.parametrize("name", CASES)
def test_all_ranks(
    name: str, ranks: int, manager: str, truth: Of, on_ranks: Callable[[int, str], dict[str, Path]]
) -> None:
    test_ranks(name, ranks, manager, truth, on_ranks)


@pytest.mark.parametrize(("name", "threads", "parts"), [
    ("everywhere", 2, 1), ("one_element", 5, 1), ("courant_20", 3, 3), ("stirred", 2, 1), ("larvae", 3, 2),
    ("own_behaviour", 4, 1),
])  # fmt: skip
def test_threads(name: str, threads: int, parts: int, truth: Of) -> None:
    it = truth(name)
    check(solve(it.run_file, f"parallel.threads={threads}", parts=parts, output=f"threads{threads}.nc"), it)


@pytest.mark.parametrize(("name", "readers"), [("everywhere", 2), ("backward", 3), ("depth_mean", 2)])
def test_readers(name: str, readers: int, truth: Of) -> None:
    it = truth(name)
    for count in (0, readers):
        tracks = solve(it.run_file, f"parallel.readers={count}", output=f"readers{count}.nc")
        check(tracks, it)
        assert record(tracks)["readers"] == max(count, 1)
        assert record(tracks)["timings"]["read_wait_s"] > 0


@pytest.mark.parametrize("name", ["everywhere", "larvae"])
def test_whatever_memory_held_before(name: str, truth: Of) -> None:
    """The C library fills all memory it gives out and takes back: what nobody has written must decide
    nothing."""
    told = truth(name)
    dirty = told.tracks.with_name("dirty.nc")
    keys = ("--set", f"output.file={dirty.name}", "--set", "parallel.parts=3")
    done = start("run", told.run_file, "--quiet", "--overwrite", *keys, MALLOC_PERTURB_="165")
    assert done.returncode == 0, done.stderr
    check(dirty, told)


@needs_mpiexec
def test_readers_beside_ranks(truth: Of) -> None:
    it = truth("everywhere")
    ran = start(
        "run", it.run_file, "--quiet", "--set", "parallel.readers=2", "--set", "output.file=ranks.nc", ranks=2
    )
    assert ran.returncode == 0, ran.stderr
    check(it.tracks.with_name("ranks.nc"), it)
    assert record(it.tracks.with_name("ranks.nc"))["readers"] == 2


@pytest.mark.validation
@needs_mpiexec
def test_many_ranks_on_few_cores(truth: Of) -> None:
    it = truth("everywhere")
    ran = start("run", it.run_file, "--quiet", "--set", "output.file=sixteen.nc", ranks=16)
    assert ran.returncode == 0, ran.stderr
    tracks = it.tracks.with_name("sixteen.nc")
    check(tracks, it)
    assert record(tracks)["parts"] == 15  # rank 0 only manages
    peaks = record(tracks)["peak_memory_bytes"]
    assert len(peaks) == 16
    assert peaks[0] > max(peaks[1:])


def test_the_cases_do_what_they_are_there_for(truth: Of) -> None:
    """Otherwise all the tests above could pass with nothing to hold."""

    def shared(name: str, parts: int = 7) -> dict:
        return record(solve(truth(name).run_file, parts=parts, output="again.nc"))

    fast = shared("courant_20", parts=3)
    assert any(
        float(note.split()[3]) > 20 for note in fast["notes"] if note.startswith("largest Courant number")
    )
    assert fast["hand_offs"] > 20
    assert shared("cloud")["repartitions"] > 0
    assert shared("one_element")["repartitions"] > 0
    assert shared("faster")["widened_pieces"] > 0
    assert shared("no_flow")["hand_offs"] == 0
    fates = record(truth("beach").tracks)["final_counts"]
    assert fates["exited"] > 20
    assert fates["stranded"] > 20
    assert (columns(truth("beach").tracks)["dry"] == 1).any()
    assert record(truth("mud").tracks)["final_counts"]["deposited"] > 50
    larvae = record(truth("larvae").tracks)["final_counts"]
    assert larvae["settled"] > 50
    assert larvae["dead"] > 50
    status = columns(truth("plastic").tracks)["status"]
    assert ((status[:, :-1] == 2) & (status[:, 1:] == 1)).any()  # afloat again
    status = columns(truth("stirred_up").tracks)["status"]
    assert ((status[:, :-1] == 3) & (status[:, 1:] == 1)).any()  # taken up again
    assert record(truth("own_behaviour").tracks)["final_counts"]["dead"] > 10
    for name in CASES:
        moved = record(truth(name).tracks)
        assert moved["particle_steps"] > 0, name
        if name not in ("no_flow", "two_elements"):
            assert shared(name, parts=3)["hand_offs"] > 0, name


def test_a_cloud_that_several_share_stays_shared_as_it_moves_on(truth: Of) -> None:
    """It is in one element at first, and then in one after the other: nobody may get it all within an
    interval."""
    it = record(solve(truth("one_element").run_file, parts=4, output="again.nc"))
    assert it["imbalance"] < 1.6  # 1.45; 1.9 where pieces reach no farther than a step
    assert it["hand_offs"] < 1000


HARD = (
    "everywhere", "released_over_time", "courant_20", "seven_minutes", "beach", "by_ww", "held", "larvae", "plastic",
    "stirred_up", "own_behaviour",
)  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_pieces_too_small_for_a_step(name: str, truth: Of, monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate of what a worker must see only saves work: with none at all steps are handed on, or pieces
    widened."""
    monkeypatch.setattr(pieces, "REACH", 1e-3)
    monkeypatch.setattr(pieces, "SLOWEST_REACH", 1e-3)
    it = truth(name)
    tracks = solve(it.run_file, parts=5, output="reach.nc")
    check(tracks, it)
    if name == "courant_20":
        assert record(tracks)["widened_pieces"] > 0


@pytest.mark.parametrize("name", HARD)
def test_new_cuts_after_every_interval(name: str, truth: Of, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "OUT_OF_BALANCE", 0.0)
    monkeypatch.setattr(pieces, "WORTH_IT", 100.0)
    it = truth(name)
    tracks = solve(it.run_file, parts=5, output="cuts.nc")
    check(tracks, it)
    assert record(tracks)["repartitions"] > 1


@pytest.mark.parametrize("name", HARD)
def test_a_meeting_at_every_output(name: str, truth: Of, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where records would fill the memory, workers meet between frames too."""
    it = truth(name)
    rounds = record(it.tracks)["rounds"]
    monkeypatch.setattr(timetable, "RECORD_BYTES", 1)
    tracks = solve(it.run_file, parts=3, output="meetings.nc")
    check(tracks, it)
    if name != "courant_20":  # its outputs are at frames anyway
        assert record(tracks)["rounds"] > rounds


@pytest.mark.parametrize(
    ("name", "every", "ratio"),
    [("everywhere", "2min", 10), ("released_over_time", "4min", 5), ("seven_minutes", "7min", 3), ("beach", "5min", 6),
     ("held", "2min", 10)],
)  # fmt: skip
def test_rows_that_two_cadences_share(name: str, every: str, ratio: int, truth: Of) -> None:
    """Particles that left are recorded at the first output after it, so a row may have fewer of them: no
    other difference."""
    it = truth(name)
    few, many = (
        columns(it.tracks),
        columns(solve(it.run_file, f"output.every={every}", parts=2, output="many.nc")),
    )
    assert len(many["time"][0]) > (ratio - 1) * len(few["time"][0])
    at = np.flatnonzero(np.isin(many["time"][0], few["time"][0]))  # every `ratio`-th, and the end
    assert len(at) == len(few["time"][0])
    left = np.isin(few["status"], (5, 6))
    for variable, values in few.items():
        if values.ndim == 2 and variable != "release_name":
            shared = many[variable][:, at]
            if variable == "status":
                np.testing.assert_array_equal(values, shared)
            else:
                np.testing.assert_array_equal(values[~left], shared[~left], variable)


def test_forcing_split_over_other_files(truth: Of, tmp_path: Path) -> None:
    """The series is one however it is spread over files: three with a record each way over, deflated, and
    shuffled."""
    it = truth("everywhere")
    names = cut_in_files(
        [ESTUARY / "estA_0001.nc", ESTUARY / "estA_0002.nc"], tmp_path, [(5, 13), (0, 3), (2, 6)]
    )
    tracks = solve(it.run_file, f"forcing.files={json.dumps(names)}", output="split.nc")
    ours, theirs = columns(tracks), columns(it.tracks)
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name], name)


def cut_in_files(sources: list[Path], folder: Path, pieces: list[tuple[int, int]]) -> list[str]:
    """Files that hold records first to last - 1 of the sources put one behind the other."""
    names = []
    for number, (first, last) in enumerate(pieces):
        path = folder / f"piece{number}.nc"
        with contextlib.ExitStack() as stack:
            read = [stack.enter_context(netCDF4.Dataset(source)) for source in sources]
            out = stack.enter_context(netCDF4.Dataset(path, "w", format="NETCDF4"))
            out.setncatts({name: read[0].getncattr(name) for name in read[0].ncattrs()})
            for name, dimension in read[0].dimensions.items():
                out.createDimension(name, None if dimension.isunlimited() else len(dimension))
            for name, variable in read[0].variables.items():
                for file in (*read, out):
                    file.set_auto_maskandscale(False)
                made = out.createVariable(name, variable.dtype, variable.dimensions, zlib=variable.ndim > 1)
                made.set_auto_maskandscale(False)
                made.setncatts(
                    {key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"}
                )
                if "time" in variable.dimensions:
                    made[:] = np.concatenate([file[name][:] for file in read])[first:last]
                else:
                    made[...] = variable[...]
        names.append(str(path))
    return names


def test_a_control_that_must_differ(truth: Of) -> None:
    it = truth("everywhere")
    assert digest(solve(it.run_file, "seed=43", output="seed.nc")) != it.digest
    assert digest(solve(it.run_file, "time.step=30s", output="step.nc")) != it.digest
