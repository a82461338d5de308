"""One run per output: the second is refused while the first lives, and nothing that a dead one left is in the
way."""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fvdrift.errors import OutputError, RunFileError
from fvdrift.output import run_lock
from fvdrift.output.paths import ensemble_path, lock_path, statistics_path
from fvdrift.output.run_lock import locked

HOLDER = r"""
import os, sys, time
from pathlib import Path
from fvdrift.output.run_lock import locked
with locked([Path(sys.argv[1])]):
    if sys.argv[2:] == ["fork"] and os.fork() == 0:
        os.write(1, b"forked %d\n" % os.getpid())
        time.sleep(300)
    os.write(1, b"held\n")
    time.sleep(300)
"""


def holder(path: Path, *more: str) -> "subprocess.Popen[str]":
    """A process that holds it."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), *more], stdout=subprocess.PIPE, text=True
    )


def taken(path: Path) -> bool:
    try:
        with locked([path]):
            return True
    except RunFileError:
        return False


@pytest.fixture
def no_flock(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(run_lock, "BEAT_S", 0.05)


def test_the_second_is_told_who_has_it_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.nc"
    with locked([path]):
        before = lock_path(path).read_bytes()
        for same in (
            path,
            statistics_path(path),
            ensemble_path(path),
            tmp_path / "new" / ".." / "new" / "a.nc",
        ):
            with (
                pytest.raises(
                    RunFileError, match=rf"process {os.getpid()} on {socket.gethostname()}, since 20"
                ),
                locked([same]),
            ):
                pass
        assert lock_path(path).read_bytes() == before
        assert taken(tmp_path / "new" / "b.nc")
    assert not list(tmp_path.iterdir())


def test_a_folder_by_another_name_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    with locked([tmp_path / "there" / "a.nc"]):
        assert not taken(tmp_path / "link" / "a.nc")
    assert taken(tmp_path / "link" / "a.nc")


def test_all_or_none(tmp_path: Path) -> None:
    """An ensemble, and a run whose tracks are those of a member."""
    whole = [tmp_path / name for name in ("a.nc", "a.member-01.nc", "a.member-02.nc")]
    with locked([tmp_path / "a.member-02.nc"]):
        with pytest.raises(RunFileError, match=r"a\.member-02\.nc: another run"), locked(whole):
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["a.member-02.lock"]
    with locked(whole):
        assert not any(taken(path) for path in whole)
    assert not list(tmp_path.iterdir())


def test_threads_of_one_process_are_kept_apart(tmp_path: Path) -> None:
    found: list[bool] = []
    with locked([tmp_path / "a.nc"]):
        thread = threading.Thread(target=lambda: found.append(taken(tmp_path / "a.nc")))
        thread.start()
        thread.join()
    assert found == [False]


@pytest.mark.parametrize("more", [(), ("fork",)])
def test_a_killed_run_is_not_in_the_way(tmp_path: Path, more: tuple[str, ...]) -> None:
    """Nor is a process that it has forked off, and that lives on."""
    path = tmp_path / "a.nc"
    process = holder(path, *more)
    assert process.stdout is not None
    child = 0
    while (line := process.stdout.readline()) != "held\n":
        child = int(line.split()[1])
    if more and not child:
        child = int(process.stdout.readline().split()[1])
    assert not taken(path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    try:
        assert lock_path(path).exists()
        assert taken(path)
        assert not lock_path(path).exists()
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
        process.stdout.close()


def test_without_flock_a_sign_of_life_decides(tmp_path: Path, no_flock: None) -> None:
    path = tmp_path / "a.nc"
    with locked([path]):
        left = lock_path(path).read_bytes()
        assert not taken(path)
    assert not list(tmp_path.iterdir())
    lock_path(path).write_bytes(left)  # of a killed run
    assert taken(path)
    assert not list(tmp_path.iterdir())


def test_what_another_host_holds_is_seen_though_flock_ends_at_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_lock, "BEAT_S", 0.05)
    path = tmp_path / "a.nc"
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    with locked([path]), monkeypatch.context() as here:
        here.setattr(socket, "gethostname", lambda: "here")
        here.setattr(fcntl, "flock", lambda *_: None)
        with pytest.raises(RunFileError, match="on elsewhere"), locked([path]):
            pass
        left = lock_path(path).read_bytes()
    lock_path(path).write_bytes(left)
    monkeypatch.setattr(socket, "gethostname", lambda: "here")
    assert taken(path)


@pytest.mark.parametrize("content", [b"apt", b"[1, 2]", json.dumps({"pid": 1}).encode()])
def test_a_file_of_someone_else_is_left_alone(tmp_path: Path, content: bytes) -> None:
    lock_path(tmp_path / "a.nc").write_bytes(content)
    with pytest.raises(OutputError, match=r"a\.lock: is no lock of fvdrift"), locked([tmp_path / "a.nc"]):
        pass
    assert lock_path(tmp_path / "a.nc").read_bytes() == content


def test_one_that_was_removed_and_taken_by_another_is_left_to_that(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    with locked([path]):
        lock_path(path).unlink()
        with locked([path]):
            pass
        lock_path(path).write_text("{}")
    assert lock_path(path).read_text() == "{}"
