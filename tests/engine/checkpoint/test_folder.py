"""Names of checkpoints beside tracks: in order, of this run only, and no more than are kept."""

from pathlib import Path

import pytest

from fvdrift.engine.checkpoint.folder import CheckpointFolder, archive_path
from fvdrift.errors import OutputError


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    return tmp_path / "run.a.nc"


def test_the_newest_come_first_whatever_their_length(tracks: Path) -> None:
    for number in (9999, 3, 10000, 12):
        tracks.with_name(f"run.a.checkpoint-{number:04d}.npz").touch()
    assert [path.name for path in CheckpointFolder(tracks).newest_first()] == [
        f"run.a.checkpoint-{number}.npz" for number in ("10000", "9999", "0012", "0003")
    ]
    assert CheckpointFolder(tracks).next().name == "run.a.checkpoint-10001.npz"


def test_others_are_left_alone(tracks: Path) -> None:
    others = [
        "run.checkpoint-0001.npz",
        "run.a.b.checkpoint-0001.npz",
        "run.a.checkpoint-1.npz",
        "run.a.checkpoint-0001.npz.txt",
    ]
    for name in others:
        tracks.with_name(name).touch()
    assert not CheckpointFolder(tracks).newest_first()
    CheckpointFolder(tracks).keep(0)
    assert sorted(path.name for path in tracks.parent.iterdir()) == sorted(others)


def test_only_the_newest_are_kept_and_nothing_half_written(tracks: Path) -> None:
    shelf = CheckpointFolder(tracks)
    for _ in range(5):
        shelf.next().touch()
    shelf.next().with_name(shelf.next().name + ".tmp").touch()
    shelf.keep(2)
    assert [path.name for path in shelf.newest_first()] == [
        "run.a.checkpoint-0005.npz",
        "run.a.checkpoint-0004.npz",
    ]
    assert len(list(tracks.parent.iterdir())) == 2
    shelf.keep(0)
    assert not list(tracks.parent.iterdir())


def test_archives_go_with_the_list_of_their_checkpoint(tracks: Path) -> None:
    shelf = CheckpointFolder(tracks)
    for number in (1, 2, 3):
        path = shelf.next()
        for rank in (1, 12) if number > 1 else ():
            archive_path(path, rank).touch()
        path.touch()
    left = archive_path(shelf.next(), 1)  # by a killed run
    left.touch()
    left.with_name(archive_path(shelf.next(), 2).name + ".tmp").touch()
    assert shelf.next().name == "run.a.checkpoint-0006.npz"
    assert [path.name[-8:-4] for path in shelf.newest_first()] == ["0003", "0002", "0001"]
    shelf.keep(1)
    assert sorted(path.name for path in tracks.parent.iterdir()) == [
        "run.a.checkpoint-0003.npz",
        "run.a.checkpoint-0003.rank-0001.npz",
        "run.a.checkpoint-0003.rank-0012.npz",
    ]
    shelf.newest_first()[0].unlink()
    shelf.keep(1)
    assert not list(tracks.parent.iterdir())


def test_an_archive_that_is_no_plain_file_is_refused(tracks: Path) -> None:
    shelf = CheckpointFolder(tracks)
    archive_path(shelf.next(), 1).symlink_to("elsewhere")
    with pytest.raises(OutputError, match=r"rank-0001\.npz: is a symbolic link"):
        shelf.check()


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    assert not CheckpointFolder(tmp_path / "gone" / "run.nc").newest_first()
    assert CheckpointFolder(tmp_path / "gone" / "run.nc").next().name == "run.checkpoint-0001.npz"
