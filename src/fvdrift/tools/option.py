"""Options of a command line written down as data, for argparse. Loads nothing heavy."""

import argparse
from collections.abc import Iterable
from typing import Any, NamedTuple


class Option(NamedTuple):
    """Names and all else that `add_argument` takes."""

    names: tuple[str, ...]
    how: dict[str, Any]


def option(*names: str, **how: Any) -> Option:
    return Option(names, how)


def add(parser: argparse._ActionsContainer, options: Iterable[Option]) -> None:
    """Declare options on a parser or a group of it, in this order."""
    for names, how in options:
        parser.add_argument(*names, **how)


def count(text: str) -> int:
    """A number from 1 up. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def duration(text: str) -> int:
    """Microseconds of "6h", more than none. Raises ArgumentTypeError."""
    from .quantity import parse_duration

    try:
        found = parse_duration(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    if found <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} must be longer than 0 s")
    return found
