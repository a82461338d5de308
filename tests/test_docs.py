"""All pages: links lead somewhere, and commands, options and keys that they name exist. Not what they say of
them."""

import re
import tomllib
from pathlib import Path

import pytest

from fvdrift.cli import main
from fvdrift.commands.schema import reference_page
from fvdrift.settings.load import tables

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NOT_KEYS = {"py", "nc", "md", "json", "toml", "csv", "txt"}  # `release.py` is a file

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def code(page: Path) -> list[str]:
    """Every line of code of a page, in blocks, indented, or within a sentence."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"^    (\S.*)$", prose(page), re.MULTILINE)
    return lines + re.findall(r"`([^`\n]+)`", prose(page))


def anchors(page: Path) -> set[str]:
    """What GitHub lets links point to in a page."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_index_leads_to_every_page():
    index = (ROOT / "docs/index.md").read_text()
    missing = [
        page.name
        for page in (ROOT / "docs").glob("*.md")
        if page.name != "index.md" and f"({page.name}" not in index
    ]
    assert not missing


@pytest.fixture
def options(capsys):
    """By command, and of jobscript by scheduler too: the options that --help names."""

    def of(*words: str) -> set[str]:
        with pytest.raises(SystemExit) as left:
            main([*words, "--help"])
        assert left.value.code == 0, f"fvdrift {' '.join(words)}"
        return set(re.findall(r"(?<![\w-])(--[a-z-]+|-[a-zA-Z])\b", capsys.readouterr().out))

    return of


@each_page
def test_commands_and_their_options_exist(page, options):
    for line in code(page):
        for call in re.findall(r"(?:^|\s)fvdrift((?: [^|;&#]+)+)", line):
            words = call.split()
            if not re.fullmatch("[a-z]+", words[0]):
                assert set(words) & {"--help", "--version", "COMMAND"} or not words[0].startswith("-"), line
                continue
            command = words[:2] if words[0] == "jobscript" and words[1:] and words[1].isalpha() else words[:1]
            given = {word.split("=")[0] for word in words[1:] if re.fullmatch(r"--?[a-z-]+(=.*)?", word)}
            assert given <= options(*command), line


@each_page
def test_keys_exist(page):
    names = "|".join(name for name in tables() if name)
    for line in code(page):
        for table, key in re.findall(rf"(?<![\w./-])({names})\.([a-z_]+)\b(?![(/])", line):
            assert key in tables()[table].model_fields or key in NOT_KEYS, line


@each_page
def test_run_files_in_pages_have_keys_that_exist(page):
    for block in re.findall(r"^```toml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        for name, content in tomllib.loads(block).items():
            for table in content if isinstance(content, list) else [content]:
                known = tables()[name].model_fields if isinstance(table, dict) else tables()[""].model_fields
                assert set(table if isinstance(table, dict) else [name]) <= set(known), f"{name} in {block}"


def test_the_reference_is_current():
    assert (ROOT / "docs/reference.md").read_text() == reference_page(), "make reference writes it anew"
