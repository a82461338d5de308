"""Arrays of jobs: what each task gets to run is what `plan` takes, with tracks of its own. SLURM itself runs one in
tests/system."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fvdrift import cli
from fvdrift.jobs.array import array

from .conftest import Jobscript, stub

INDEX = {"slurm": "SLURM_ARRAY_TASK_ID", "pbs": "PBS_ARRAY_INDEX"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("year=2015-2018", ["2015", "2016", "2017", "2018"]),
        ("month=09-11", ["09", "10", "11"]),
        ("year=1999,2003-2004", ["1999", "2003", "2004"]),
        ("site=north_1,south-b", ["north_1", "south-b"]),
    ],
)
def test_ranges_and_lists_are_read(text: str, values: list[str]) -> None:
    assert array(text) == (text.split("=", maxsplit=1)[0], tuple(values))


@pytest.mark.parametrize("scheduler", ["slurm", "pbs"])
def test_each_task_runs_what_plan_takes(
    scheduler: str, run_file: Path, jobscript: Jobscript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Files of two years in folders whose names need quotes."""
    monkeypatch.setattr("fvdrift.jobs.batch.mpiexec_of", lambda family: "mpiexec")
    for year in (2015, 2016):
        (tmp_path / f"it's {year}").mkdir()
        shutil.copy(run_file.parent.parent / "flow.nc", tmp_path / f"it's {year}" / "flow.nc")
    forcing = f'forcing.files=["{tmp_path}/it\'s {{year}}/*.nc"]'
    title = "title=year {year}: $(touch x) {other}"
    script = jobscript(
        scheduler,
        "--mpi",
        "mpich",
        "--ranks",
        1,
        "--array",
        "year=2015-2016",
        "--set",
        forcing,
        "--set",
        title,
    )
    assert "touch x" in script
    launcher = "srun" if scheduler == "slurm" else "mpiexec"
    (tmp_path / "bin").mkdir()
    stub(
        tmp_path / "bin", launcher,
        f'while [[ $# -gt 0 && $1 != {sys.executable} ]]; do shift; done\n(($#)) || exit 0\nprintf "%s\\0" "${{@:5}}" >words',
    )  # fmt: skip
    outputs = set()
    for number, year in enumerate((2015, 2016)):
        done = subprocess.run(
            ["bash"], input=script, capture_output=True, text=True, check=False, cwd=tmp_path,
            env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "FVDRIFT_CACHE_DIR": str(tmp_path), INDEX[scheduler]: str(number),
                 "SLURM_JOB_ID": "4", "PBS_O_WORKDIR": str(tmp_path), "PBS_NODEFILE": "nodes"},
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, f"year={year}\n"), done.stderr
        words = (tmp_path / "words").read_text().split("\0")[:-1]
        assert words[:2] == ["run", "--resume"]
        assert f"--set=title=year {year}: $(touch x) {{other}}" in words
        assert f'--set=forcing.files=["{tmp_path}/it\'s {year}/*.nc"]' in words
        assert not (tmp_path / "x").exists()
        outputs |= {word for word in words if word.startswith("--set=output.file=")}
        assert cli.main(["plan", *words[2:]]) == 0
        assert "All checks passed" in capsys.readouterr().out
    assert outputs == {f'--set=output.file="tracks-{year}.nc"' for year in (2015, 2016)}


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--set", "seed=4"], 2, "all tasks would do the same"),
        (["--set", "release.0.count={year}", "--set", "time.step={year} parsecs"], 2, "year=1: "),
        (["--set", 'forcing.files="{year}.nc"'], 3, "year=1: "),
        (["--set", "time.start=2020-05-01T0{year}:00"], 2, "year=9: "),
    ],
)
def test_what_is_wrong_names_the_task(
    more: list[str], code: int, words: str, run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        "jobscript",
        "slurm",
        str(run_file),
        "--mpi",
        "mpich",
        "--ranks",
        "1",
        "--array",
        "year=1,9",
        *more,
    ]
    assert cli.main(given) == code
    assert words in capsys.readouterr().err


def test_tracks_that_have_the_value_keep_their_name(jobscript: Jobscript) -> None:
    script = jobscript(
        "slurm", "--mpi", "mpich", "--ranks", 1, "--array", "seed=1-2", "--set", "seed={seed}",
        "--set", "output.file=out/{seed}/tracks.nc",
    )  # fmt: skip
    assert script.count("output.file=") == 1
    assert 'output.file=out/"${each}"/tracks.nc' in script


def test_all_tasks_get_what_the_largest_needs(jobscript: Jobscript) -> None:
    def memory(*more: object) -> str:
        script = jobscript("slurm", "--mpi", "mpich", "--ranks", 2, *more)
        return next(line for line in script.splitlines() if line.startswith("#SBATCH --mem="))

    large = memory("--set", "release.0.count=3000000")
    assert memory() != large
    for values in ("100,3000000", "3000000,100"):
        assert memory("--array", f"count={values}", "--set", "release.0.count={count}") == large
