"""What the project says of itself: its version in one place and the same everywhere, links that hold away from the
sources, types for whoever imports it, workflows that call what there is."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from fvdrift import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ADDRESS = "https://example.org/who/fvdrift"


@pytest.fixture(scope="module")
def hatch_build():
    """The build's own module, without hatchling, which a build brings."""
    source = (ROOT / "hatch_build.py").read_text().partition("class FvdriftMetadata")[0]
    code = source.replace("from hatchling.metadata.plugin.interface import MetadataHookInterface\n", "")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("hatch_build", None))
    exec(code, module.__dict__)
    return module


def test_the_version_is_the_same_everywhere():
    newest = re.search(r"^## (\S+?)(,|$)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    assert __version__ == newest == CITATION["version"] == "0.2.0"
    assert "version" in PROJECT["dynamic"]
    assert "version" not in PROJECT


def test_links_of_the_long_description_are_absolute_or_plain_words(hatch_build):
    readme = (ROOT / "README.md").read_text()
    for address in (ADDRESS, ""):
        text = hatch_build.long_description(readme, address)
        links = re.findall(r"\]\(([^)\s]+)\)", text)
        assert len(links) >= 2
        assert all(link.startswith("https://") for link in links)
        assert ("![Tracks" in text) == bool(address)
    assert f"({ADDRESS}/raw/HEAD/docs/images/tracks.png)" in hatch_build.long_description(readme, ADDRESS)
    assert "[its page](#here), a page: there" in hatch_build.long_description(
        "[its page](#here), [a page](docs/index.md): [there](x.md)", ""
    )


def test_the_repository_is_where_the_citation_says(hatch_build, monkeypatch):
    monkeypatch.delenv("FVDRIFT_REPOSITORY", raising=False)
    known = f"title: a\nrepository-code: '{ADDRESS}/'\nlicense: MIT\n"
    assert hatch_build.repository(known) == ADDRESS
    assert hatch_build.repository("title: a\n") == ""
    assert hatch_build.urls("") == {}
    for url in hatch_build.urls(ADDRESS).values():
        path = url.removeprefix(f"{ADDRESS}/blob/HEAD/")
        assert url in (ADDRESS, f"{ADDRESS}/issues") or (ROOT / path).is_file()
    monkeypatch.setenv("FVDRIFT_REPOSITORY", "https://elsewhere.org/x")
    assert hatch_build.repository(known) == "https://elsewhere.org/x"


def test_both_packages_say_that_they_are_typed():
    for package in ("src/fvdrift", "kernels/fvdrift_kernels"):
        assert (ROOT / package / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_what_pictures_need_is_what_the_sources_import():
    names = {Requirement(text).name for text in PROJECT["optional-dependencies"]["plot"]}
    assert names == {"imageio-ffmpeg", "matplotlib", "pillow"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_call_make_targets_on_the_pythons_that_are_promised(path):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    jobs = yaml.safe_load(path.read_text())["jobs"]
    called = [
        word
        for job in jobs.values()
        for step in job["steps"]
        for word in re.findall(r"^make (\S+)", step.get("run", ""), re.MULTILINE)
    ]
    assert len(called) == len(jobs)
    assert set(called) <= set(targets)
    promised = [
        one.rpartition(" ")[2] for one in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", one)
    ]
    assert jobs["test"]["strategy"]["matrix"]["python"] == promised
    assert jobs["test"]["strategy"]["matrix"]["mpi"] == ["mpich", "openmpi"]
