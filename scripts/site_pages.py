"""What the documentation site changes in the pages of docs/, which are written to be read as files: its menu is the
index, names of files become titles, and pages of the project and of the commands are added. `docs/conf.py`
connects this to Sphinx."""

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MADE = ROOT / "docs" / "made"  # of no interest to git
OF_PROJECT = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
COLUMNS = "88"  # of --help


def connect(app: Any) -> None:
    """Hook all of it into a Sphinx application."""
    make_pages_of_project()
    app.connect("source-read", lambda _, name, source: source.__setitem__(0, shown(name, source[0])))


def make_pages_of_project() -> None:
    """Write pages that lie outside docs/ into it, with their links as seen from there."""
    MADE.mkdir(exist_ok=True)
    for name in OF_PROJECT:
        text = from_made((ROOT / name).read_text(encoding="utf-8"))
        page = MADE / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def from_made(text: str) -> str:
    """A page of the top folder, with its links as seen from docs/made."""
    text = text.replace("](docs/", "](../")
    others = "|".join(re.escape(name) for name in OF_PROJECT)
    return re.sub(rf"\]\((?!\w+:|#|\.\./|{others})", "](../../", text)


def shown(name: str, text: str) -> str:
    """The source of a page as Sphinx gets it."""
    if name.startswith("notebooks/"):
        return text
    text = re.sub(rf"\]\(\.\./({'|'.join(OF_PROJECT)})", r"](made/\1", text)
    text = re.sub(
        r"\[[\w.]+\.(?:md|ipynb)\]\(([\w/]+\.(?:md|ipynb))\)", r"[](\1)", text
    )  # the title says more
    text = text.replace("\n[All pages](index.md)\n", "")  # the menu is beside it
    if name == "index":
        return text + "".join(toctrees(text))
    if name == "commands":
        return text + "".join(helps())
    return text


def toctrees(index: str) -> Iterator[str]:
    """The menu: each section of the index, with the pages that its table has in the first column."""
    for section in index.split("\n## ")[1:]:
        caption, _, body = section.partition("\n")
        cells = re.findall(r"^\| (.+?) \|", body, re.MULTILINE)
        links = [link for cell in cells for link in re.findall(r"\[(.*?)\]\(([\w/]+)\.\w+\)", cell)]
        entries = "\n".join(f"{text} <{page}>" if text else page for text, page in dict.fromkeys(links))
        yield f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"


def helps() -> Iterator[str]:
    """A section for each command, with what its --help prints."""
    from fvdrift.cli import _parser

    os.environ["COLUMNS"] = COLUMNS
    yield _help(2, _parser())
    for parser in _commands(_parser()):
        yield _help(2, parser)
        yield from (_help(3, one) for one in _commands(parser))


def _commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of what comes after the name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from dict.fromkeys(action.choices.values())


def _help(depth: int, parser: argparse.ArgumentParser) -> str:
    return f"\n{'#' * depth} {parser.prog}\n\n```text\n{parser.format_help()}```\n"
