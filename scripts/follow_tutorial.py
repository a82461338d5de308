#!/usr/bin/env python3
"""Do what a page of docs/ says, word for word, and see that it happens.

The blocks marked sh and python are run one after the other in an empty folder that has the project in it as
`fvdrift`; a toml block is written to the file that its first line names. A block marked text is what the one
before prints, among other lines: its lines must come in this order, with the same words, and numbers within 2
%; `...` stands for anything.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.md"
IMAGES = ROOT / "docs" / "images"
# a number that stands alone: those within dates and names must be the same
NUMBER = r"(?<![^\s(])-?\d[\d,]*(?:\.\d+)?(?![^\s,.;)])"
TOLERANCE = 0.02  # another kind of CPU may round otherwise, and then some particles go another way


class Block(NamedTuple):
    """A block of code of a page: its mark, its text, and the line it begins in."""

    kind: str
    text: str
    line: int


class Broken(Exception):
    """Something is not as the page says."""


def blocks(page: Path) -> Iterator[Block]:
    """The marked blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(found[1], found[2], text[: found.start()].count("\n") + 2)


def follow(page: Path, folder: Path) -> Path:
    """Do what the page says in an empty folder; where it has led to. Raises Broken."""
    (folder / "fvdrift").symlink_to(ROOT)
    place, printed = folder, ""
    for block in blocks(page):
        if block.kind == "toml":
            (place / block.text.split("\n", 1)[0].strip("# ")).write_text(block.text, encoding="utf-8")
        elif block.kind == "sh":
            place, printed = _run(page, block, place, folder / "place")
        elif block.kind == "python":
            (folder / "block.py").write_text(block.text, encoding="utf-8")
            printed = _start(page, block, [sys.executable, str(folder / "block.py")], place)
        elif block.kind == "text":
            _compare(page, block, printed)
    return place


def _run(page: Path, block: Block, place: Path, note: Path) -> tuple[Path, str]:
    """Run commands in the folder `place`; the folder they end in, and what they print. note: a file to pass
    it by."""
    script = f'set -euo pipefail\n{block.text}\npwd > "{note}"\n'
    printed = _start(page, block, ["bash", "-c", script], place)
    return Path(note.read_text().strip()), printed


def _start(page: Path, block: Block, command: list[str], place: Path) -> str:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MPLBACKEND": "Agg",
    }
    ran = subprocess.run(
        command,
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise Broken(f"{page.name}: line {block.line}: ends with {ran.returncode}:\n{block.text}{ran.stdout}")
    return ran.stdout


def _compare(page: Path, block: Block, printed: str) -> None:
    lines = iter(printed.splitlines())
    for number, promised in enumerate(block.text.splitlines()):
        if promised.strip() and not any(alike(promised, line) for line in lines):
            raise Broken(
                f"{page.name}: line {block.line + number}: was not printed:\n{promised}\nbut:\n{printed}"
            )


def alike(promised: str, line: str) -> bool:
    """Whether a line has the words that were promised, and numbers near to them."""
    parts = re.split(f"({NUMBER})", promised.strip())
    words = [r"\.\.\.".join(re.escape(part) for part in words.split("...")) for words in parts[::2]]
    pattern = "([-\\d.,]*\\d)".join(
        re.sub(r"(\\ |\s)+", r"\\s+", word).replace(r"\.\.\.", ".*") for word in words
    )
    found = re.fullmatch(pattern, line.strip())
    return found is not None and all(_near(a, b) for a, b in zip(parts[1::2], found.groups(), strict=True))


def _near(promised: str, found: str) -> bool:
    a, b = (float(text.replace(",", "")) for text in (promised, found))
    return abs(a - b) <= TOLERANCE * abs(a) + (0.01 if "." in promised else 0.0)


def main() -> int:
    """Follow a page; with --pictures, renew those that it shows."""
    parser = argparse.ArgumentParser(
        description="Run the blocks of a page of docs/, and compare what they print."
    )
    parser.add_argument("page", nargs="?", type=Path, default=TUTORIAL, help="default: docs/tutorial.md")
    parser.add_argument(
        "--pictures", action="store_true", help="renew docs/images/PAGE_NAME.png from the NAME.png it makes"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            place = follow(asked.page, Path(folder))
        except Broken as broken:
            sys.exit(str(broken))
        shown = asked.page.read_text(encoding="utf-8")
        for picture in sorted(place.glob("*.png")) if asked.pictures else ():
            from make_pictures import slim  # needs fvdrift[plot]

            kept = IMAGES / f"{asked.page.stem}_{picture.name}"
            if f"images/{kept.name}" not in shown:
                continue
            shutil.copyfile(picture, kept)
            slim(kept)
    print(f"{asked.page.name}: all as it says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
