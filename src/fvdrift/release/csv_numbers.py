"""Numbers in the cells of a file of points, with a decimal point or a comma. Not what they mean.

Where a comma is no separator, 3,5 is three and a half. 421,000 may be 421 or 421 000: a file in which no
number tells which of the two its commas are is refused, and so is one that has points in some numbers and
commas in others.
"""

import re

from fvdrift.tools.quantity import shown

from .sources import number_from_text

_COMMA = re.compile(r"([+-]?\d+),(\d+)((?:[eE][+-]?\d+)?)(\s*[^\d.,]*)")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?\s*[^\d.,]*")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
DEGREES = ("lon", "lat")  # there is no thousandth of them


class Numbers:
    """Of one file; `commas`: whether there can be decimal ones."""

    def __init__(self, commas: bool) -> None:
        self.commas = commas
        self._decimal = False  # some number tells that they are
        self._first: dict[str, str] = {}  # number with a comma, a point, in doubt: where the first is
        self._value: dict[str, str] = {}

    def plain(self, text: str, column: str, line: int) -> str:
        """A number, with its unit if it has one, with a decimal point; other text as it is. Raises
        ValueError."""
        if "point" not in self._first and _POINT.fullmatch(text):
            self._saw("point", column, line, text)
        match = _COMMA.fullmatch(text) if "," in text else None
        if match is None:
            return text
        whole, part, power, unit = match.groups()
        better = f"{whole}.{part}{power}{unit}"
        if not self.commas:
            raise ValueError(f"{shown(text)} is not a number: write {better}")
        if column in DEGREES or not _GROUPED.fullmatch(f"{whole},{part}") or power:
            self._decimal = True
        else:
            self._saw("doubt", column, line, text)
        self._saw("comma", column, line, text)
        return better

    def number(self, text: str, column: str, line: int) -> float:
        """A finite number. Raises ValueError."""
        return number_from_text(self.plain(text, column, line))

    def problems(self) -> list[str]:
        """What is in doubt, when all rows were read."""
        if {"comma", "point"} <= self._first.keys():
            one, other = self._value["comma"], self._value["point"]
            return [
                f"{self._first['comma']}: {shown(one)} has a comma where {shown(other)} ({self._first['point']}) has a point: "
                "write all numbers alike"
            ]
        if "doubt" in self._first and not self._decimal:
            text = self._value["doubt"]
            whole = text.replace(",", "")
            return [
                f"{self._first['doubt']}: {shown(text)} may be {text.replace(',', '.')} or {whole}: write one of the two"
            ]
        return []

    def _saw(self, what: str, column: str, line: int, text: str) -> None:
        if what not in self._first:
            self._first[what], self._value[what] = f"line {line}: column {column}", text
