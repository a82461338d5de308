"""Memory that ranks share, where processes are killed, /dev/shm is small, or a machine is two nodes. The rest is
in tests/mpi."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .workshop import MPIEXEC, clean_environment, needs_mpiexec, start

BEGIN = """
import os, signal, tempfile
from mpi4py import MPI
from fvdrift.engine.transport.segment import node_segment
world = MPI.COMM_WORLD
node = world.Split_type(MPI.COMM_TYPE_SHARED)
"""
KILLED = """
segment = node_segment(node, 1 << 22, ["file"])
print(segment.where, len(os.listdir(tempfile.gettempdir())), sep=", ", flush=True)
world.Barrier()
os.kill(os.getpid(), signal.SIGKILL)
"""
TOLD = """
segment = node_segment(node, 1 << 26)
if node.rank == node.size - 1:
    segment.memory[:] = 10 + world.rank
node.Barrier()
said = world.gather((segment.where, set(segment.memory[::4096].tolist())))
if world.rank == 0:
    print(*said, sep="\\n")
"""
IN_PRIVATE = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
SMALL = [*IN_PRIVATE, "sh", "-c", 'mount -t tmpfs -o size=8m tmpfs /dev/shm && exec "$@"', "sh"]


def may_mount() -> bool:
    return (
        shutil.which("unshare") is not None and subprocess.run([*SMALL, "true"], check=False).returncode == 0
    )


@needs_mpiexec
def test_nothing_is_left_of_ranks_that_are_killed(tmp_path: Path) -> None:
    done = start(ranks=2, program=["-c", BEGIN + KILLED], TMPDIR=str(tmp_path))
    assert done.returncode != 0
    assert "a file in TMPDIR, 0" in done.stdout
    assert list(tmp_path.iterdir()) == []


@needs_mpiexec
def test_each_of_two_nodes_has_memory_of_its_own() -> None:
    """One machine that MPICH takes for two, by the numbers of ranks; and more ranks than there may be cores."""
    done = start(ranks=5, program=["-c", BEGIN + TOLD], MPIR_CVAR_ODD_EVEN_CLIQUES="1")
    assert done.returncode == 0, done.stderr
    lines = [f"('shared memory', {{{10 + last}}})" for last in (4, 3, 4, 3, 4)]
    if done.stdout.splitlines() == [lines[0]] * 5:
        pytest.skip("another MPI than MPICH")
    assert done.stdout.splitlines() == lines


@needs_mpiexec
@pytest.mark.skipif(not may_mount(), reason="nothing can be mounted here")
def test_a_small_dev_shm_does_not_matter() -> None:
    """An MPI window of 64 MB would be the end of MPICH, which dies of SIGBUS, or hang Open MPI."""
    program = [sys.executable, "-c", BEGIN + TOLD]
    done = subprocess.run(
        [*SMALL, str(MPIEXEC), "-n", "2", *program],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(),
        check=False,
    )
    assert done.stdout.splitlines() == ["('shared memory', {11})"] * 2, done.stderr
