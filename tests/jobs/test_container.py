"""The container recipe: hadolint's rules, versions that are pinned and fit ours, files that are there, a user
who is not root."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from fvdrift import __version__

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "scripts" / "container"
HADOLINT = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """What the recipe does, line by line."""
    text = re.sub(r"^#.*\n", "", (FOLDER / "Containerfile").read_text(), flags=re.MULTILINE).replace(
        "\\\n", " "
    )
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


@pytest.mark.skipif(HADOLINT is None, reason="no hadolint")
def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [str(HADOLINT), FOLDER / "Containerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_all_that_is_installed_is_pinned(instructions: list[tuple[str, str]]) -> None:
    pinned = {}
    for line in (ROOT / "requirements-tested.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, version = line.split("==")
            pinned[re.sub(r"[-_.]+", "-", name).lower()] = version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for text in [*project["dependencies"], *project["optional-dependencies"]["mpi"]]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[wanted.name.lower()]), text
    assert all(re.search(r":[0-9.]+-", value) for name, value in instructions if name == "FROM")
    packages = [
        words
        for name, value in instructions
        if name == "RUN"
        for words in re.findall(r"recommends(.*?)&&", value)
    ]
    assert packages
    assert all("=" in package for package in " ".join(packages).split())


def test_it_copies_what_there_is_and_what_the_context_lets_through(
    instructions: list[tuple[str, str]],
) -> None:
    let_through = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    copied = [
        word
        for name, value in instructions
        if name == "COPY" and "--from" not in value
        for word in value.split()[:-1]
    ]
    assert len(copied) >= 6
    for path in copied:
        assert (ROOT / path).exists(), path
        assert any(path == allowed or path.startswith(f"{allowed}/") for allowed in let_through), path


def test_it_ends_as_an_ordinary_user_with_the_version_of_the_project(
    instructions: list[tuple[str, str]],
) -> None:
    assert [value for name, value in instructions if name == "USER"][-1] == "1000:1000"
    assert f"fvdrift:{__version__} " in (FOLDER / "Containerfile").read_text()
