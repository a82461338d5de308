"""The page of results: what the cases print, beside what was expected. How it is gathered is in
`conftest`."""

from collections.abc import Sequence
from typing import NamedTuple

HEAD = """# Validation

Cases whose truth does not come from fvdrift: closed forms, conserved quantities, and the particles that FVCOM moved itself. Each
row is what a case found, and in brackets what was expected or allowed; a case that is out of bounds fails. `make validate` runs
them all and writes this page; the quick ones run with `make test` too. Statistical cases have a control that must fail: the naive
random walk, say, must be found out. [All pages](index.md)
"""


class Case(NamedTuple):
    """A case that was run. source: file; about: what the file is about; name: of the case; printed: its
    lines."""

    source: str
    about: str
    name: str
    printed: str
    outcome: str


def page(cases: Sequence[Case], sources: Sequence[str], made_by: str) -> str:
    """The page in Markdown. sources: all files with cases, run or not."""
    lines = [HEAD, f"Made by {made_by}."]
    left_out = sorted(set(sources) - {case.source for case in cases})
    if left_out:
        lines += [
            "",
            f"**Not all was run for this page**: {', '.join(f'`{name}`' for name in left_out)} were left out.",
        ]
    for source in dict.fromkeys(case.source for case in cases):
        mine = [case for case in cases if case.source == source]
        title = source.removeprefix("test_").removesuffix(".py").replace("_", " ").capitalize()
        lines += ["", f"## {title}", "", mine[0].about, ""]
        told = [case for case in mine if case.printed.strip() or case.outcome != "passed"]
        if told:
            lines += ["| case | found (expected) | |", "|---|---|---|", *map(_row, told)]
        if len(told) < len(mine):
            lines += [
                "",
                f"{len(mine) - len(told)} {'more ' if told else ''}cases that print no numbers: passed.",
            ]
    return "\n".join(lines) + "\n"


def _row(case: Case) -> str:
    name = case.name.removeprefix("test_").replace("_", " ").replace("[", " [", 1)
    printed = "<br>".join(
        line.strip().replace("|", "\\|") for line in case.printed.splitlines() if line.strip()
    )
    return f"| {name} | {printed} | {case.outcome} |"
