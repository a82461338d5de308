"""Memory that real ranks of a node share: mpiexec -n 3 python -m pytest --with-mpi tests/mpi"""

import errno
import os
import resource
import tempfile

import numpy as np
import pytest

mpi4py = pytest.importorskip("mpi4py")
pytestmark = pytest.mark.mpi(min_size=2)
NBYTES = 3_000_001  # no whole number of pages


@pytest.fixture
def node():
    from mpi4py import MPI

    communicator = MPI.COMM_WORLD.Dup()
    yield communicator
    communicator.Free()


@pytest.fixture
def segment(node, tmp_path, monkeypatch):
    """Of all ranks. Each has a folder of its own for temporary files, as pytest gives it."""
    from fvdrift.engine.transport.segment import node_segment

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return lambda nbytes=NBYTES, **more: node_segment(node, nbytes, **more)


def fails(error: int):
    def fail(*_, **__):
        raise OSError(error, os.strerror(error))

    return fail


def meet(node) -> None:
    from fvdrift.process import Waiting

    Waiting().request(node.Ibarrier())


def check_shared(node, memory: np.ndarray) -> None:
    """What each rank writes at its own place all others read."""
    assert (memory.dtype, len(memory)) == (np.uint8, NBYTES)
    memory[node.rank :: node.size] = 10 + node.rank
    meet(node)
    np.testing.assert_array_equal(memory, 10 + np.arange(NBYTES) % node.size)
    meet(node)


def test_all_ranks_have_the_same_memory(node, segment, tmp_path) -> None:
    found = segment()
    check_shared(node, found.memory)
    assert found[1:] == ("shared memory", ())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_no_name_does_too(node, segment, tmp_path) -> None:
    found = segment(ways=["file"])
    check_shared(node, found.memory)
    assert found[1:] == ("a file in TMPDIR", ())
    assert list(tmp_path.iterdir()) == []


def test_where_the_first_rank_fails_all_go_the_next_way(node, segment, monkeypatch) -> None:
    if node.rank == 0:
        monkeypatch.setattr(os, "memfd_create", fails(errno.ENOSYS))
    found = segment()
    check_shared(node, found.memory)
    assert found.where == "a file in TMPDIR"
    assert found.troubles == (
        "frames do not lie in shared memory: cannot be made (Function not implemented)",
    )


def test_where_another_rank_fails_all_go_the_next_way(node, segment, monkeypatch) -> None:
    really = os.open

    def some(path, *more):
        return fails(errno.EACCES)() if str(path).startswith("/proc/") else really(path, *more)

    if node.rank == node.size - 1:
        monkeypatch.setattr(os, "open", some)
    found = segment()
    check_shared(node, found.memory)
    assert found.where == "a file in TMPDIR"
    assert found.troubles == (
        "frames do not lie in shared memory: a rank cannot open what the first of its node has made (Permission denied)",
    )


def test_where_a_rank_can_have_none_nobody_has(node, segment, tmp_path, monkeypatch) -> None:
    if node.rank == node.size - 1:
        monkeypatch.setattr("mmap.mmap", fails(errno.ENOMEM))
    assert segment() == (
        None,
        "",
        (
            "frames do not lie in shared memory: a rank cannot map it (Cannot allocate memory)",
            "frames do not lie in a file in TMPDIR: a rank cannot map it (Cannot allocate memory)",
        ),
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", ["memory", "file"])
def test_all_of_it_is_had_before_anybody_touches_it(node, segment, way) -> None:
    """Else a first touch may end a process by SIGBUS."""
    before = set(os.listdir("/proc/self/fd"))
    found = segment(ways=[way])
    (mapped,) = set(os.listdir("/proc/self/fd")) - before
    status = os.fstat(int(mapped))
    assert (status.st_size, status.st_nlink) == (NBYTES, 0)
    assert 512 * status.st_blocks >= NBYTES
    check_shared(node, found.memory)


def test_where_it_may_not_grow_so_far_nobody_has_it(node, segment, tmp_path) -> None:
    """The limit of a file's size stands for any bound that is met while it is allocated."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    meet(node)
    if node.rank == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        found = segment()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert found.memory is None
    assert [trouble.partition(": ")[2] for trouble in found.troubles] == [
        "3 MB of it cannot be had (File too large)"
    ] * 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", ["memory", "file"])
def test_memory_that_is_short_is_not_taken(node, segment, monkeypatch, way) -> None:
    """Neither as such, nor by a TMPDIR that lies in it."""
    monkeypatch.setattr("fvdrift.engine.transport.segment.free_memory", lambda: 5_000_000)
    monkeypatch.setattr(tempfile, "tempdir", "/dev/shm")
    found = segment(ways=[way])
    assert found.memory is None
    assert "they need 3 MB, more than 50% of the 5 MB that are free" in found.troubles[0]


def test_what_only_has_the_same_path_is_not_opened(node, segment, monkeypatch) -> None:
    """Numbers of processes are those of a container."""
    if node.rank == node.size - 1:
        really, another = os.stat, os.stat(__file__)
        monkeypatch.setattr(
            os, "stat", lambda path, **more: another if "/proc/" in str(path) else really(path, **more)
        )
    found = segment(ways=["memory"])
    assert found.memory is None
    assert found.troubles[0].endswith("a rank finds something else where the first of its node has made it")


def test_no_file_stays_open(node, segment) -> None:
    """But for the one that is mapped."""
    before = len(os.listdir("/proc/self/fd"))
    found = segment()
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    del found
    assert len(os.listdir("/proc/self/fd")) == before
