"""The tests of tests/mpi on three real ranks."""

import re

from .workshop import ROOT, needs_mpiexec, start


@needs_mpiexec
def test_what_ranks_do_together_on_three_of_them() -> None:
    done = start(
        "--with-mpi",
        "-p",
        "no:cacheprovider",
        "tests/mpi",
        program=["-m", "pytest"],
        ranks=3,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    passed = re.findall(r"(\d+) passed", done.stdout)
    assert passed == ["20"] * 3, done.stdout
