"""The tests of tests/mpi on real ranks."""

import re

import pytest

from .workshop import ROOT, needs_mpiexec, start


@needs_mpiexec
@pytest.mark.parametrize(
    ("tests", "ranks", "number"), [("tests/mpi", 3, "24"), ("tests/mpi/test_talk.py", 7, "4")]
)
def test_what_ranks_do_together(tests: str, ranks: int, number: str) -> None:
    done = start(
        "--with-mpi",
        "-p",
        "no:cacheprovider",
        tests,
        program=["-m", "pytest"],
        ranks=ranks,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    passed = re.findall(r"(\d+) passed", done.stdout)
    assert passed == [number] * ranks, done.stdout
