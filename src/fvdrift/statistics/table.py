"""Tables in plain text, for a person who looks at a terminal."""

from collections.abc import Iterator, Sequence
from math import isfinite

WIDEST = 24  # characters of a column; longer names are cut


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table: the first column to the left, the others to the right."""
    cut = [
        [text if len(text) <= WIDEST else text[: WIDEST - 1] + "…" for text in row] for row in (heads, *rows)
    ]
    widths = [max(map(len, column)) for column in zip(*cut, strict=True)]
    for row in cut:
        first, *others = row
        yield "  ".join(
            [first.ljust(widths[0]), *(text.rjust(w) for text, w in zip(others, widths[1:], strict=True))]
        ).rstrip()


def hours(seconds: float, *, at_least: bool = False, otherwise: str = "-") -> str:
    """Seconds as hours. at_least: they are a lower bound; otherwise: what is said where they are not
    known."""
    return f"{'>= ' if at_least else ''}{seconds / 3600:.4g}" if isfinite(seconds) else otherwise
