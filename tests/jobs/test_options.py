"""What the options of `fvdrift jobscript` take, and what they refuse with exit code 2 and one line."""

from pathlib import Path

import pytest

from fvdrift import cli

from .conftest import Jobscript


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "SCHEDULER"),
        (["slurm"], "RUN.toml"),
        (["kubernetes", "a.toml"], "--image"),
        (["slurm", "a.toml", "--walltime", "90"], "has no unit"),
        (["slurm", "a.toml", "--walltime", "30s"], "between a minute and a year"),
        (["slurm", "a.toml", "--walltime", "1:2:3:4"], "HH:MM:SS"),
        (["slurm", "a.toml", "--memory", "4"], "size of memory"),
        (["slurm", "a.toml", "--memory", "1000000TB"], "between 1 MB and 1024 TB"),
        (["slurm", "a.toml", "--ranks", "0"], "from 1 up"),
        (["slurm", "a.toml", "--partition", "a\n#SBATCH --uid=0"], "may only hold"),
        (["slurm", "a.toml", "--account", "a b"], "may only hold"),
        (["pbs", "a.toml", "--queue", "-l"], "expected one argument"),
        (["pbs", "a.toml", "--module", "mpi; rm"], "may only hold"),
        (["pbs", "a.toml", "--partition", "long"], "unrecognized arguments"),
        (["kubernetes", "a.toml", "--image", 'a"b'], "may only hold"),
        (["kubernetes", "a.toml", "--queue", "Team_A"], "is not a name of a queue"),
        (["slurm", "a.toml", "--walltime", "100:00"], "write HH:MM:SS"),
        (["slurm", "a.toml", "--constraint", "a b"], "is not a constraint"),
        (["slurm", "a.toml", "--directive", "--x\n#SBATCH --uid=0"], "is no line such as"),
        (["slurm", "a.toml", "--directive", "uid=0"], "is no line such as"),
        (["slurm", "a.toml", "--directive"], "expected one argument"),
        (["slurm", "a.toml", "--directive", "--"], "expected one argument"),
        (["slurm", "a.toml", "--array", "2015-2020"], "year=2015-2020"),
        (["slurm", "a.toml", "--array", "year=2015"], "names no 2 to 1000 values"),
        (["slurm", "a.toml", "--array", "Year=2015,2016"], "the name 'Year' must begin with a to z"),
        (["slurm", "a.toml", "--array", "year=2020-2015"], "must rise"),
        (["slurm", "a.toml", "--array", "year=1,2,1"], "must be given once"),
        (["slurm", "a.toml", "--array", "site=a,b;c"], "may only hold"),
        (["pbs", "a.toml", "--constraint", "rome"], "NAME=VALUE"),
        (["slurm", "a.toml", "--array", "2015-2016"], "has no name"),
        (["pbs", "a.toml", "--qos", "long"], "PBS has none"),
        (["kubernetes", "a.toml", "--image", "a", "--array", "year=1-2"], "SLURM and PBS have arrays"),
    ],
)
def test_bad_usage_is_told_in_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["jobscript", *options])
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert words in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("90min", "01:30:00"),
        ("2d", "48:00:00"),
        ("12:00:00", "12:00:00"),
        ("1-02:30:15", "26:30:15"),
        ("1-02:30", "26:30:00"),
        ("100:00:00", "100:00:00"),
    ],
)
def test_times_are_read_as_run_files_and_as_schedulers_write_them(
    given: str, written: str, jobscript: Jobscript
) -> None:
    assert f"#SBATCH --time={written}\n" in jobscript(
        "slurm", "--walltime", given, "--mpi", "mpich", "--ranks", 1
    )


def test_a_file_that_exists_is_kept(
    run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "job.sh"
    there.write_text("mine")
    assert cli.main(["jobscript", "slurm", str(run_file), "--mpi", "mpich", "-o", str(there)]) == 2
    assert "exists already and is kept" in capsys.readouterr().err
    assert there.read_text() == "mine"


def test_a_hyphen_prints_the_script_and_nothing_else(jobscript: Jobscript, run_file: Path) -> None:
    printed = jobscript("slurm", "--mpi", "mpich", "-o", "-")
    assert printed == jobscript("slurm", "--mpi", "mpich")
    assert printed.startswith("#!/bin/bash\n")
    assert printed.endswith('exit "$code"\n')
    assert not Path("-").exists()


@pytest.mark.parametrize(
    ("scheduler", "line"),
    [
        ("slurm", "--time=3:00"), ("slurm", "#SBATCH -N2"), ("slurm", "--array=1-3"), ("slurm", "--no-requeue"),
        ("slurm", "-p other"), ("pbs", "-l select=2:ncpus=4"), ("pbs", "-lwalltime=3"), ("pbs", "#PBS -J 1-3"),
        ("pbs", "-r n"), ("slurm", "--ntask=3"), ("slurm", "--arr=1-3"), ("slurm", "--gres=tmp:1G --time=3:00"),
        ("slurm", "--comment 'a -' -t3"), ("pbs", "-W umask=022 -l walltime=3"),
    ],
)  # fmt: skip
def test_a_line_that_would_change_what_the_script_says_is_refused(
    scheduler: str, line: str, run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--directive", line, *(["--partition", "long"] if scheduler == "slurm" else [])]
    assert cli.main(["jobscript", scheduler, str(run_file), "--mpi", "mpich", *given]) == 2
    assert "the script says that itself" in capsys.readouterr().err


def test_a_file_is_written_and_its_use_is_said(
    run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "job.sh"
    assert (
        cli.main(["jobscript", "slurm", str(run_file), "--mpi", "mpich", "--ranks", "3", "-o", str(there)])
        == 0
    )
    said = capsys.readouterr()
    assert said.out == ""
    assert "\n3 ranks on 1 node, " in said.err  # below the first line
    assert said.err.endswith(f"submit it with sbatch {there}\n")
    assert there.read_text().startswith("#!/bin/bash\n")


def test_what_would_stop_the_run_is_found_before_it_is_queued(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_file = tmp_path / "run.toml"
    run_file.write_text('[forcing]\nfiles = "nothing_*.nc"\n[[release]]\npoint = [1, 2]\n')
    assert cli.main(["jobscript", "slurm", str(run_file), "--mpi", "mpich"]) == 3
    assert "nothing_*.nc" in capsys.readouterr().err
