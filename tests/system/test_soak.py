"""The soak of `make soak`, for a while: random signals and kills of random ranks, and the same bytes in the
end."""

import json

import pytest

from .workshop import ESTUARY, ROOT, needs_mpiexec, start, write_run

EVERYWHERE = [420000.0, 5541900.0, 445300.0, 5552100.0]


def soak(folder, least: int, count: int) -> None:
    run_file = write_run(folder, {
        "forcing": {"files": [str(ESTUARY / "estA_000*.nc")]}, "boundary": {"open": str(ESTUARY / "estA_obc.dat")},
        "release": [{"count": count, "box": EVERYWHERE}], "time": {"step": "20s"}, "output": {"every": "20min"},
    })  # fmt: skip
    soak = ROOT / "scripts" / "soak.py"
    keys = ("--minutes", "0", "--interruptions", least, "--seed", "5", "--longest", "6")
    done = start(run_file, *keys, program=[soak], timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["interruptions"] >= least
    assert told["runs"] >= 1


@needs_mpiexec
@pytest.mark.validation
def test_twenty_random_interruptions(tmp_path) -> None:
    soak(tmp_path, 20, 20_000)
