"""Files that are made are plain and where their names say; else they are refused, and nothing that is there
changes."""

import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fvdrift.engine.checkpoint.archive import Archive, ArchiveWriter
from fvdrift.engine.checkpoint.folder import CheckpointFolder
from fvdrift.engine.invariants import InvariantError, write_down
from fvdrift.errors import OutputError
from fvdrift.output.folders import record_of
from fvdrift.output.paths import check_output
from fvdrift.output.run_record import RunRecord
from fvdrift.plot.picture_file import write_picture
from fvdrift.statistics.file import write_file
from fvdrift.statistics.variables import FileVariable
from fvdrift.tools.new_file import Folder, NewFile, open_plain, temporary_path


def linked(path: Path) -> None:
    path.symlink_to("precious")


def dangling(path: Path) -> None:
    path.symlink_to("nothing")


def listening(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


KINDS = [linked, dangling, os.mkfifo, listening, os.mkdir]


def record(path: Path) -> None:
    RunRecord(path, command=[], ranks=1, versions={}).write(0)


def statistics(path: Path) -> None:
    write_file(path, [FileVariable("a", (), np.array(1.0), {})], {})


def checkpoint(path: Path) -> None:
    with ArchiveWriter(path) as archive:
        archive.commit({})


def picture(path: Path) -> None:
    def write(temporary: Path) -> None:
        temporary.write_bytes(b"GIF8")

    write_picture(path, write)


WRITERS = [(record, "a.run.json"), (statistics, "a.stats.nc"), (checkpoint, "a.npz"), (picture, "a.gif")]


def state(folder: Path) -> dict[str, tuple[int, ...]]:
    found = {path.name: path.lstat() for path in folder.iterdir()}
    return {name: (stat.st_ino, stat.st_mode, stat.st_size, stat.st_mtime_ns) for name, stat in found.items()}


@pytest.mark.parametrize("put", KINDS)
@pytest.mark.parametrize(("write", "name"), WRITERS)
@pytest.mark.parametrize("temporary", [True, False])
def test_what_is_no_plain_file_is_refused(
    tmp_path: Path, write: Callable[[Path], None], name: str, put: Callable[[Path], None], temporary: bool
) -> None:
    (tmp_path / "precious").write_text("of someone else")
    path = tmp_path / name
    at = path if not temporary else path.with_name(".a.tmp.gif") if name == "a.gif" else temporary_path(path)
    put(at)
    before = state(tmp_path)
    with pytest.raises(OutputError, match=f"{at.name}: is a .*, where a plain file is to be"):
        write(path)
    assert state(tmp_path) == before


@pytest.mark.parametrize(("write", "name"), WRITERS)
def test_what_a_killed_run_left_is_removed_not_written_into(
    tmp_path: Path, write: Callable[[Path], None], name: str
) -> None:
    (tmp_path / "precious").write_text("of someone else")
    path = tmp_path / name
    os.link(tmp_path / "precious", path.with_name(".a.tmp.gif") if name == "a.gif" else temporary_path(path))
    write(path)
    assert (tmp_path / "precious").read_text() == "of someone else"
    assert sorted(state(tmp_path)) == sorted([name, "precious"])


@pytest.mark.parametrize("put", KINDS)
def test_checkpoints_and_records_are_never_waited_for(tmp_path: Path, put: Callable[[Path], None]) -> None:
    put(tmp_path / "a.checkpoint-0001.npz")
    put(tmp_path / "a.run.json")
    before = state(tmp_path)
    shelf = CheckpointFolder(tmp_path / "a.nc")
    for refused in (shelf.check, lambda: Archive(tmp_path / "a.checkpoint-0001.npz"), lambda: shelf.keep(0)):
        with pytest.raises(OutputError, match=r"a\.checkpoint-0001\.npz: is a "):
            refused()
    with pytest.raises(OutputError, match=r"is a "):
        open_plain(tmp_path / "a.run.json")
    assert record_of(tmp_path / "a.nc") == {}
    write_down(InvariantError("broken", {}), tmp_path / "a.run.json", {})  # says nothing, and does nothing
    assert state(tmp_path) == before


def test_a_breach_is_written_down(tmp_path: Path) -> None:
    write_down(InvariantError("broken", {}), tmp_path / "a.breach.json", {})
    assert "broken" in (tmp_path / "a.breach.json").read_text()
    assert len(state(tmp_path)) == 1


def test_a_file_that_is_gone_or_elsewhere_does_not_get_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for gone in (True, False):
        folder.mkdir()
        with NewFile(folder / "a") as file:
            file.write("text")
            file.temporary.unlink() if gone else folder.rename(tmp_path / "moved")
            folder.mkdir(exist_ok=True)
            with pytest.raises(OutputError, match=r"a\.tmp: was removed or replaced"):
                file.commit()
        assert not list(folder.iterdir())
        folder.rmdir()
    assert [path.name for path in (tmp_path / "moved").iterdir()] == ["a.tmp"]


def test_another_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    with NewFile(tmp_path / "a") as file:
        file.temporary.unlink()
        file.temporary.write_text("of another run")
        with pytest.raises(OutputError, match="was removed or replaced"):
            file.commit()
    assert temporary_path(tmp_path / "a").read_text() == "of another run"
    assert not (tmp_path / "a").exists()


def test_a_folder_may_be_reached_by_a_link_but_not_become_another(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    check_output(tmp_path / "link" / "a.nc", overwrite=False)
    folder = Folder(tmp_path / "link" / "a.nc")
    record(tmp_path / "link" / "a.run.json")
    folder.check()
    assert (tmp_path / "there" / "a.run.json").exists()
    (tmp_path / "there").rename(tmp_path / "moved")
    for _ in range(2):
        with pytest.raises(OutputError, match="link: was removed or replaced while the run went on"):
            folder.check()
        (tmp_path / "there").mkdir(exist_ok=True)
    folder.close()
    folder.close()


def test_a_checkpoint_keeps_no_file_open(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.npz") as archive:
        archive.add("one", np.arange(3))
        archive.commit({})
    before = len(os.listdir("/proc/self/fd"))
    found = Archive(tmp_path / "a.npz")
    assert found.read("one").tolist() == [0, 1, 2]
    assert len(os.listdir("/proc/self/fd")) == before
    assert zipfile.is_zipfile(tmp_path / "a.npz")
