"""What Python's arguments must be, told in a sentence where they are something else. Loads nothing heavy."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

from fvdrift.errors import RunFileError


class Kind(NamedTuple):
    """words: what an argument must be."""

    words: str
    fits: Callable[[Any], bool]


def _several(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, Collection) and not isinstance(value, str) and all(map(fits, value))
    )


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _path(value: Any) -> bool:
    return isinstance(value, str | os.PathLike)


def _text(value: Any) -> bool:
    return isinstance(value, str)


FLAG = Kind("True or False", lambda value: isinstance(value, bool))
WHOLE = Kind("a whole number", lambda value: isinstance(value, Integral) and not isinstance(value, bool))
NUMBER = Kind("a number", _number)
FOUR_NUMBERS = Kind("four numbers", lambda value: _several(_number)(value) and len(list(value)) == 4)
LIST = Kind("a list", lambda value: isinstance(value, Sequence) and not isinstance(value, str))
TEXT = Kind("text", _text)
PATH = Kind("the path of a file", _path)
NAMES = Kind("a name, or a list of names", lambda value: _text(value) or _several(_text)(value))
PATHS = Kind("the path of a file, or a list of them", lambda value: _path(value) or _several(_path)(value))


def misfits(kinds: Mapping[str, Kind], given: Mapping[str, Any]) -> list[str]:
    """Sentences on those of `given` that are not of their kind. None is an argument that is not given."""
    return [
        _must_be(kinds[name], name, value)
        for name, value in given.items()
        if name in kinds and value is not None and not kinds[name].fits(value)
    ]


def check(kind: Kind, **given: Any) -> None:
    """Raise RunFileError unless all are given and of one kind."""
    if wrong := [_must_be(kind, name, value) for name, value in given.items() if not kind.fits(value)]:
        raise RunFileError(wrong)


def _must_be(kind: Kind, name: str, value: Any) -> str:
    return f"{name}: must be {kind.words}, not {value!r}"
