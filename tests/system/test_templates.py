"""The run files of `fvdrift new` that are ready to use: each says what it is for, gives every number a source, and
runs beside the estuary, to the same bytes on three ranks."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fvdrift.cli import main
from fvdrift.commands import templates
from fvdrift.settings.load import load_run_file

from .workshop import ESTUARY, ROOT, digest, needs_mpiexec, start

NAMES = templates.names()
SHORT = ("time.duration=1h", "time.step=20min", "output.every=20min")

each_template = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them beside the estuary, as in the folder that `fvdrift example` makes."""
    configs = tmp_path_factory.mktemp("templates") / "configs"
    configs.mkdir()
    (configs / "estuary").symlink_to(ESTUARY)
    for name in NAMES:
        assert main(["new", name, "-o", str(configs / f"{name}.toml")]) == 0
    return configs


def shortened(folder: Path, name: str, output: Path) -> list[str]:
    """What `run_several` takes: the run file, and what makes it short."""
    given = [f"output.file={output / name}.nc", *SHORT]
    for n, release in enumerate(load_run_file(folder / f"{name}.toml").release):
        given.append(f"release.{n}.count={min(release.count, 50)}")
        if release.every is not None:
            given.append(f"release.{n}.every=20min")
    for n, statistic in enumerate(load_run_file(folder / f"{name}.toml").statistic):
        given.append(f"statistic.{n}.every=20min")
        if statistic.period is not None:
            given.append(f"statistic.{n}.period=1h")
    return [str(folder / f"{name}.toml"), *given]


def run_all(folder: Path, ranks: int) -> Path:
    output = folder.parent / f"on {ranks}"
    runs = [shortened(folder, name, output) for name in NAMES]
    program = [Path(__file__).with_name("run_several.py")]
    done = start(json.dumps(runs), ranks=ranks, program=program, timeout=1800)
    assert done.returncode == 0, done.stderr
    return output


@pytest.mark.validation  # each compiles a loop of its own
@needs_mpiexec
def test_three_ranks_write_the_same_bytes(folder: Path) -> None:
    alone, three = run_all(folder, 0), run_all(folder, 3)
    for name in NAMES:
        made = [path for path in sorted(alone.glob(f"{name}.*nc"))]
        assert made, name
        for path in made:
            assert digest(three / path.name) == digest(path), path.name


@each_template
def test_it_loads_with_all_that_it_names(folder: Path, name: str) -> None:
    run_file = load_run_file(folder / f"{name}.toml", with_files=True)
    assert run_file.title
    assert run_file.output.file == f"../results/{name}.nc"
    assert main(["plan", str(folder / f"{name}.toml")]) == 0


@each_template
def test_it_says_what_it_does_not_do_and_where_each_number_is_from(name: str) -> None:
    text = templates.text(name)
    assert templates.about(name).endswith(".")
    assert "What it does not do" in text
    assert "CHANGE" in text
    assert max(map(len, text.split("\n"))) <= 150
    lines = text.split("\n")
    for n, line in enumerate(lines):
        if re.match(r"\w[\w.]* = ", line) and re.search(r"\d", line.partition("#")[0]):
            assert "#" in line or lines[n - 1].startswith("#"), line


def test_the_list_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["basic", "full", *NAMES]
    assert all(len(line.split()) > 4 for line in lines)
    assert max(map(len, lines)) <= 150


def test_a_name_that_is_none_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["new", "sea_louse"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "sea_louse" in said
    assert all(name in said for name in NAMES)


def test_nothing_is_written_where_a_part_of_it_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A template with a behaviour of its own has two files."""
    with_behaviour = [name for name in NAMES if templates.beside(name)]
    for name in with_behaviour:
        (tmp_path / f"{name}.py").write_text("mine")
        assert main(["new", name, "-o", str(tmp_path / "run.toml")]) == 2
        assert not (tmp_path / "run.toml").exists()
        assert (tmp_path / f"{name}.py").read_text() == "mine"
        assert main(["new", name]) == 0
        printed = capsys.readouterr()
        assert printed.out == templates.text(name)
        assert f"{name}.py" in printed.err


def test_a_wheel_has_them() -> None:
    build: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    target = build["targets"]["wheel"]
    assert "exclude" not in target
    assert any(templates.FOLDER.is_relative_to(ROOT / package) for package in target["packages"])
