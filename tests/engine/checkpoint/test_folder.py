"""Names of checkpoints beside tracks: in order, of this run only, and no more than are kept."""

from pathlib import Path

import pytest

from fvdrift.engine.checkpoint.folder import CheckpointFolder


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


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    assert not CheckpointFolder(tmp_path / "gone" / "run.nc").newest_first()
    assert CheckpointFolder(tmp_path / "gone" / "run.nc").next().name == "run.checkpoint-0001.npz"
