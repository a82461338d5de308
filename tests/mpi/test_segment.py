"""Memory that real ranks of a node share: mpiexec -n 3 python -m pytest --with-mpi tests/mpi"""

import errno
import os
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


def check_shared(node, memory: np.ndarray) -> None:
    """What each rank writes at its own place all others read."""
    assert (memory.dtype, len(memory)) == (np.uint8, NBYTES)
    memory[node.rank :: node.size] = 10 + node.rank
    node.Barrier()
    np.testing.assert_array_equal(memory, 10 + np.arange(NBYTES) % node.size)
    node.Barrier()


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
