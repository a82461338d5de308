"""A checkpoint that an earlier version has kept is gone on with, and one in which a thing does not fit is
passed over.

Those in kept_by_ranks/, made by `make_kept.py` on three ranks, and in kept/, of format 3 and one process: of
larvae with statistics and an alert, stopped half way between two frames.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from fvdrift.cli import main
from fvdrift.engine.checkpoint import identity
from fvdrift.engine.checkpoint.archive import Archive, ArchiveWriter, FormatError
from fvdrift.engine.checkpoint.arithmetic import arithmetic
from fvdrift.engine.errands import OneProcess
from fvdrift.errors import RunFileError
from fvdrift.output.paths import part_path, record_path, statistics_path
from fvdrift.preparation.prepare import Preparation, prepare_run
from fvdrift.settings.load import load_run_file
from fvdrift.simulation import start
from fvdrift.simulation.start import Start

ROOT = Path(__file__).parents[3]
KEPT, BY_RANKS = Path(__file__).with_name("kept"), Path(__file__).with_name("kept_by_ranks")
NAME = "tracks.checkpoint-0001.npz"
NEW = "the format of checkpoints has changed: make a new one by python tests/engine/checkpoint/make_kept.py"
State, Arrays = dict[str, Any], dict[str, np.ndarray]


def contents(path: Path) -> tuple[State, Arrays]:
    archive = Archive(path)
    return archive.state, {name: archive.read(name) for name in archive.names()}


def write(path: Path, state: State, arrays: Arrays) -> None:
    with ArchiveWriter(path) as archive:
        for name, array in arrays.items():
            archive.add(name, array)
        archive.commit(state)


def kept_in(folder: Path, change: Callable[[State], object] = lambda state: None, kept: Path = KEPT) -> Path:
    """The run as it was left; its checkpoint is that of today's arithmetic, with a change."""
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    part_path(folder / "tracks.nc").write_bytes((folder / "records.bin").read_bytes())
    (folder / "estuary").symlink_to(ROOT / "configs" / "estuary")
    try:
        state, arrays = contents(folder / NAME)
    except FormatError as error:
        pytest.fail(f"{error}: {NEW}")
    state["identity"]["arithmetic"] = arithmetic()
    change(state)
    write(folder / NAME, state, arrays)
    return folder / "run.toml"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracks of the run that was never stopped."""
    run_file = kept_in(tmp_path_factory.mktemp("whole"))
    assert main(["run", "--quiet", str(run_file), "-o", str(run_file.with_name("whole.nc"))]) == 0
    return run_file.with_name("whole.nc")


@pytest.mark.parametrize("kept", [KEPT, BY_RANKS], ids=lambda kept: kept.name)
def test_what_an_earlier_version_has_kept_is_gone_on_with(kept: Path, whole: Path, tmp_path: Path) -> None:
    def of_earlier_days(state: State) -> None:
        """Another version, in which there was no windage."""
        state["identity"]["version"] = "0.0.1"
        del state["identity"]["run_file"]["behaviour"]["windage"]

    run_file, tracks = kept_in(tmp_path / "kept", of_earlier_days, kept), tmp_path / "kept" / "tracks.nc"
    assert main(["run", "--resume", "--quiet", str(run_file)]) == 0
    notes = json.loads(record_path(tracks).read_text())["notes"]
    assert any(f"resumes from {NAME}" in note for note in notes), f"{notes}: {NEW}"
    assert not any("skipped" in note for note in notes)
    if contents(kept / NAME)[0]["identity"]["arithmetic"] != arithmetic():
        return  # then its second half is another run's
    for of in (lambda path: path, statistics_path):
        with netCDF4.Dataset(of(tracks)) as again, netCDF4.Dataset(of(whole)) as undisturbed:
            for name, variable in undisturbed.variables.items():
                np.testing.assert_array_equal(again[name][...], variable[...], err_msg=name)


def test_it_is_refused_where_arithmetic_or_format_is_another_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (change, words) in enumerate((
        (lambda state: state["identity"].update(arithmetic="0123456789abcdef"), "was kept by the arithmetic of fvdrift"),
        (lambda state: state.update(format=1), "is of format 1, and fvdrift"),
    )):  # fmt: skip
        run_file = kept_in(tmp_path / str(number), change)
        before = {path: path.read_bytes() for path in run_file.parent.glob("tracks*")}
        assert main(["run", "--resume", str(run_file)]) == 2
        said = capsys.readouterr().err
        assert words in said
        assert "to run anew, give --overwrite in place of --resume" in said
        assert {path: path.read_bytes() for path in run_file.parent.glob("tracks*")} == before


@pytest.fixture
def looked_at(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[State, Arrays], Start]]:
    """Finds where the kept run begins from other contents of its checkpoint. Its parameter: which was kept."""
    run_file = load_run_file(kept_in(tmp_path / "kept", kept=getattr(request, "param", KEPT)))
    prints: dict[Path, str] = {}
    fresh = identity.fingerprint_of
    monkeypatch.setattr(
        identity, "fingerprint_of", lambda path: prints.setdefault(path, prints.get(path) or fresh(path))
    )
    prepared: Preparation = prepare_run(run_file)

    def look(state: State, arrays: Arrays) -> Start:
        write(tmp_path / "kept" / NAME, state, arrays)
        found = Start(prepared, tmp_path / "kept" / "tracks.nc")
        start._find(found, OneProcess())
        return found

    yield look
    prepared.series.close()


# what a person is told, and no result depends on; what is compared with the run is refused where it is
# another
TOLD = (
    "identity.run_file.",  # there was no such key then: it had its default
    "identity.forcing.0",  # the series has grown
    "identity.version", "identity.compiler", "record.timings", "record.counts.0", "record.starts", "record.this", "watch.told",
)  # fmt: skip
NOT_OF_THIS_RUN = ("identity", "frames")


def places(tree: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key, and the first of every list."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree[:1]) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*place, key)
        if place != ("identity", "run_file"):
            yield from places(value, (*place, key))


REMOVED = object()


Look = Callable[[State, Arrays], Start]
# each look writes a checkpoint: a third of them is quick
THIRDS = pytest.mark.parametrize(
    "third", [0, *(pytest.param(n, marks=pytest.mark.validation) for n in (1, 2))]
)


@THIRDS
def test_a_state_in_which_a_thing_does_not_fit_is_passed_over(
    third: int, looked_at: Look, tmp_path: Path
) -> None:
    state, arrays = contents(tmp_path / "kept" / NAME)
    assert looked_at(state, arrays).checkpoint is not None
    wrong = []
    for place in list(places(state))[third::3]:
        inner = state
        for key in place:
            inner = inner[key]
        others: tuple[Any, ...] = (-1, 1 << 70) if isinstance(inner, int | float) else (None,)
        if place[-1] in ("workers", "since", "start", "end", "trajectories", "released"):
            others = (*others, 1 << 60)
        for value in (REMOVED, "x", *others):
            changed = deepcopy(state)
            inner = changed
            for key in place[:-1]:
                inner = inner[key]
            name = ".".join(map(str, place))
            if value is REMOVED:
                del inner[place[-1]]
            elif inner[place[-1]] == value:
                continue
            else:
                inner[place[-1]] = value
            if name == "format" and value is REMOVED:
                continue  # it would be written again
            refused = False
            try:
                found = looked_at(changed, arrays)
            except RunFileError:
                refused = True
            if refused:
                right = name.startswith(("format", *NOT_OF_THIS_RUN))
            elif found.checkpoint is None:
                right = f"{NAME}: is damaged" in found.notes[0] and found.notes[0].endswith(": skipped")
            else:
                # a part of the mesh that a checkpoint does not name is not compared
                right = name.startswith(TOLD) or (value is REMOVED and name.startswith("identity.mesh"))
            if not right:
                wrong.append((name, value))
    assert not wrong


@THIRDS
def test_arrays_that_do_not_fit_are_passed_over(third: int, looked_at: Look, tmp_path: Path) -> None:
    state, arrays = contents(tmp_path / "kept" / NAME)
    assert {name.partition("/")[0] for name in arrays} == {
        "particles",
        "records",
        "status",
        "sums",
        "statistics",
    }
    wrong = []
    for number, (name, array) in list(enumerate(arrays.items()))[third::3]:
        others: dict[str, np.ndarray | None] = {"of another shape": array[np.newaxis]}
        if array.size or not name.startswith("records"):
            others["removed"] = None
        fields = array.dtype.names
        if fields is None:
            others["of another type"] = array.astype(np.float32) if number % 2 else np.array(["x"])
            whole = name.partition(".")[2] in (
                "source",
                "arrived",
                "code",
                "region",
                "end_row",
                "looks_taken",
            )
            if (whole or name in ("status", "sums")) and array.size:
                others["of other numbers"] = np.full_like(array, 77)
        else:
            others["without a field"] = np.zeros(
                array.shape, [(each, array.dtype[each]) for each in fields[1:]]
            )
            for field in ("id", "element", "status", "x", "sigma") if len(array) else ():
                others[f"with another {field}"] = array.copy()
                others[f"with another {field}"][field][0] = -5 if field != "x" else np.nan
        if array.ndim and len(array) and not name.startswith("records"):
            others["longer or shorter"] = np.concatenate([array, array[:1]]) if number % 2 else array[1:]
        for what, other in others.items():
            rest = {each: values for each, values in arrays.items() if each != name}
            found = looked_at(state, rest if other is None else {**rest, name: other})
            if found.checkpoint is not None or "skipped" not in found.notes[0]:
                wrong.append((name, what))
    assert not wrong
    for name in ("statistics/unknown.counts", "particles/77", "anything"):
        found = looked_at(state, {**arrays, name: np.zeros(3)})
        assert found.checkpoint is None, name
        assert "skipped" in found.notes[0]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def of_another_checkpoint(path: Path) -> None:
    """All that is in it is sound, and as long."""
    state, arrays = contents(path)
    arrays["particles/1"]["x"][0] += 1.0
    write(path, state, arrays)


DAMAGES = {
    "is missing": Path.unlink,
    "is damaged": cut,
    "is damaged (statistics/": changed,
    "is damaged: it is another than this one counts on": of_another_checkpoint,
}


@pytest.mark.parametrize("looked_at", [BY_RANKS], indirect=True)
def test_an_archive_that_is_not_the_one_of_the_list_is_passed_over(looked_at: Look, tmp_path: Path) -> None:
    state, arrays = contents(tmp_path / "kept" / NAME)
    name = "tracks.checkpoint-0001.rank-0001.npz"
    beside = tmp_path / "kept" / name
    whole = beside.read_bytes()
    assert looked_at(state, arrays).checkpoint is not None
    for said, damage in DAMAGES.items():
        damage(beside)
        note = looked_at(state, arrays).notes[0]
        assert f"{NAME}: {name} {said}" in note
        assert note.endswith(": skipped")
        beside.write_bytes(whole)
    shutil.copy(beside.with_name("tracks.checkpoint-0001.rank-0002.npz"), beside)  # swapped
    assert "it is another than this one counts on: skipped" in looked_at(state, arrays).notes[0]
    beside.write_bytes(whole)
    others: dict[str, Any] = {
        "rank": 7,
        "size": len(whole) + 1,
        "checksum": "0" * 32,
        "arrays": ["particles/1"],
    }
    others |= {"particles there twice": state["archives"][1]["arrays"]}
    for key, other in others.items():
        listed = deepcopy(state)
        listed["archives"][0][key if key in listed["archives"][0] else "arrays"] = other
        found = looked_at(listed, arrays)
        assert found.checkpoint is None, key
        assert "skipped" in found.notes[0]
    for own in (0, -1, "../rank"):  # no other file than one beside it
        listed = deepcopy(state)
        listed["archives"][0]["rank"] = own
        assert f"{NAME}: is damaged: archives.0.rank" in looked_at(listed, arrays).notes[0]
