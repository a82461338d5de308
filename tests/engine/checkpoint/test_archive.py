"""A checkpoint file: what goes in comes out, whole or not at all, and nothing in it is believed that was not
written there."""

import io
import json
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fvdrift.engine.checkpoint.archive import FORMAT, Archive, ArchiveWriter, DamagedError, FormatError
from fvdrift.errors import OutputError
from fvdrift.tools.particle_arrays import PARTICLE
from fvdrift_kernels.state import with_columns

STATE = {"since": 3, "text": "Überfahrt", "of": [1, 2.5, None]}


def arrays() -> dict[str, np.ndarray]:
    particles = np.zeros(50, with_columns(PARTICLE, tuple(f"column_{i}" for i in range(300))))
    particles["id"] = np.arange(50)
    particles["state"]["column_7"] = np.linspace(-1, 1, 50)
    others = {
        "status": np.arange(7, dtype=np.int8),
        "nothing": np.empty((0, 3), np.uint32),
        "one": np.array(7),
    }
    return {"particles/0": particles, **others}


def write(path: Path) -> Path:
    with ArchiveWriter(path) as archive:
        for name, array in arrays().items():
            archive.add(name, array)
        archive.commit(STATE)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "one.npz")


def everything(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    archive = Archive(path)
    archive.check()
    return archive.state, {name: archive.read(name) for name in archive.names()}


def test_what_goes_in_comes_out(path: Path) -> None:
    state, found = everything(path)
    assert {name: state[name] for name in STATE} == STATE
    for name, array in arrays().items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found[name], array)
    assert [p.name for p in path.parent.iterdir()] == ["one.npz"]


def test_numpy_opens_it_too(path: Path) -> None:
    np.testing.assert_array_equal(np.load(path)["status"], np.arange(7))


def test_what_is_not_committed_is_not_there(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "one.npz") as archive:
        archive.add("status", np.zeros(3))
    assert not list(tmp_path.iterdir())


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_no_change_of_a_byte_gives_other_contents(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = write(folder / "whole.npz").read_bytes()
    changed = bytearray(whole)
    if data.draw(st.booleans()):
        del changed[data.draw(st.integers(0, len(whole) - 1)) :]
    else:
        changed[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / "changed.npz").write_bytes(changed)
    try:
        state, found = everything(folder / "changed.npz")
    except DamagedError:
        return
    true_state, truth = everything(folder / "whole.npz")
    assert state == true_state  # a byte that says nothing: a date, a flag of the system
    for name in found:
        np.testing.assert_array_equal(found[name], truth[name])


def member(shape: tuple[int, ...], kind: object, data: bytes = b"") -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array_header_2_0(out, {"shape": shape, "fortran_order": False, "descr": kind})
    return out.getvalue() + data


HOSTILE = {
    "more than the file holds": member((1 << 40,), "<f8"),
    "a negative length": member((-1,), "<f8"),
    "objects": member((1,), "|O", pickle.dumps(os.getcwd)),
    "no array": b"hello",
    "nothing": b"",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_an_array_that_cannot_be_is_refused(what: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "one.npz", "w") as file:
        file.writestr("state.json", json.dumps({"format": FORMAT}))
        file.writestr("status.npy", HOSTILE[what])
    with pytest.raises(DamagedError, match=r"one\.npz: is damaged"):
        Archive(tmp_path / "one.npz").read("status")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": true}', "[" * 100_000, '{"format": "1"}'])
def test_a_state_that_cannot_be_is_refused(text: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "one.npz", "w") as file:
        file.writestr("state.json", text)
    with pytest.raises(DamagedError, match=r"one\.npz: is"):
        Archive(tmp_path / "one.npz")


def test_another_format_is_said_to_be_another(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "one.npz", "w") as file:
        file.writestr("state.json", json.dumps({"format": FORMAT + 1}))
    with pytest.raises(
        FormatError, match=rf"is of format {FORMAT + 1}, and fvdrift .* reads formats 3 to {FORMAT}"
    ):
        Archive(tmp_path / "one.npz")


def test_what_inflates_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "one.npz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("state.json", json.dumps({"format": FORMAT}), zipfile.ZIP_STORED)
        file.writestr("status.npy", member((1 << 24,), "|i1", bytes(1 << 24)))
    with pytest.raises(DamagedError, match="is compressed"):
        Archive(tmp_path / "one.npz").read("status")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: No such file"):
        ArchiveWriter(tmp_path / "gone" / "one.npz")
