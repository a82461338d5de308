"""Warnings about what a person wrote come once, whatever the number of ranks, and also from a quiet run."""

from .flows import channel, gyres
from .workshop import needs_mpiexec, start, write_run


@needs_mpiexec
def test_a_quiet_run_on_two_ranks_warns_once_and_plan_counts(tmp_path):
    forcing = channel(tmp_path / "flow.nc", gyres(0.3), elements=60, frames=3)
    tree = {
        "forcing": {"files": [forcing.name], "max_speed": 200}, "time": {"step": "10min"}, "boundary": {"open": "none"},
        "release": [{"count": 20, "box": [0.0, 0.0, 10_000.0, 2500.0]}], "output": {"every": "1h"},
    }  # fmt: skip
    path = write_run(tmp_path, tree)
    planned = start("plan", path, ranks=2)
    assert planned.returncode == 0
    assert planned.stdout.count("warning: forcing.max_speed: 200 is 200 m/s") == 1
    assert "1 warning(s) above" in planned.stdout
    ran = start("run", path, "--quiet", ranks=2)
    assert ran.returncode == 0
    assert ran.stdout == ""
    (line,) = ran.stderr.splitlines()
    assert line.startswith("warning: forcing.max_speed: ")
