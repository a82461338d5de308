"""The tests of tests/mpi on three real ranks."""

import re

from .workshop import ROOT, needs_mpiexec, start


@needs_mpiexec
def test_the_exchange_on_three_ranks() -> None:
    done = start(
        "--with-mpi",
        "-p",
        "no:cacheprovider",
        "tests/mpi",
        program=["-m", "pytest"],
        ranks=3,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    passed = re.findall(r"(\d+) passed", done.stdout)
    assert passed == ["7"] * 3, done.stdout
