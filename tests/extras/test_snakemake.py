"""The example for Snakemake, in the folder that `fvdrift example` writes: the plan of it, a small run, and one that
was stopped before."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fvdrift.cli import main

pytest.importorskip("snakemake")
pytestmark = pytest.mark.extras

FEW = "--set release.0.count=200 --set time.duration=3h"


def started(folder: Path, *command: object) -> subprocess.Popen[str]:
    """As a person would with this environment active."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.Popen(
        [*map(str, command)], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def snakemake(folder: Path, *options: str) -> str:
    """What it says."""
    words = (sys.executable, "-m", "snakemake", "--snakefile", "configs/Snakefile", "--cores", 2, *options)
    process = started(folder, *words)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    return said


@pytest.fixture
def estuary(tmp_path: Path) -> Path:
    assert main(["example", "-o", str(tmp_path / "estuary")]) == 0
    return tmp_path / "estuary"


def test_the_plan_has_each_hour_and_moves_nothing(estuary: Path) -> None:
    said = snakemake(estuary, "--dry-run", "--config", "hours=[12,13]")
    assert re.search(r"\ntotal +7\n", said), said
    assert not (estuary / "results").exists()


def test_runs_statistics_and_maps_are_made_once(estuary: Path) -> None:
    config = ("--config", "hours=[12]", f"more={FEW}")
    snakemake(estuary, *config)
    made = estuary / "results" / "hours"
    names = {f"12.{what}" for what in ("nc", "run.json", "stats.nc", "png")}
    assert {path.name for path in made.iterdir()} == names
    (made / "12.png").unlink()
    assert re.search(r"\ntotal +2\n", snakemake(estuary, "--dry-run", *config))
    (made / "12.png").touch()
    assert "Nothing to be done" in snakemake(estuary, "--dry-run", *config)


def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(estuary: Path) -> None:
    made, many = estuary / "results" / "hours", "--set release.0.count=30000 --set time.duration=3h"
    made.mkdir(parents=True)
    start = "--set time.start=2024-05-01T12:00 --set checkpoint.every=1h"
    run = f"-m fvdrift run configs/quickstart.toml {start} {many}".split()
    whole = started(estuary, sys.executable, *run, "-o", made / "whole.nc")
    said, _ = whole.communicate(timeout=600)
    assert whole.returncode == 0, said
    cut = started(estuary, sys.executable, *run, "-o", made / "12.nc")
    assert cut.stdout is not None
    for line in cut.stdout:
        if " active " in line:
            cut.send_signal(signal.SIGUSR1)
            break
    said, _ = cut.communicate(timeout=600)
    assert cut.returncode == 75, said
    assert list(made.glob("12.checkpoint-*"))
    # not quiet, to see where it begins
    file = estuary / "configs" / "Snakefile"
    file.write_text(file.read_text().replace(" --resume --quiet", " --resume"))
    assert "resumes from" in snakemake(estuary, "--config", "hours=[12]", f"more={many}")
    assert (made / "12.nc").read_bytes() == (made / "whole.nc").read_bytes()
