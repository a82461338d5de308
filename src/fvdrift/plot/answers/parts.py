"""Quantities of more dimensions than a picture has, cut into those that fit one: a threshold each, an age each."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from .answer_file import Quantity, Statistic, numbers
from .scale import number, unit_of
from .wording import words_of

THRESHOLD = "_threshold"
_WORDS = "the threshold"  # in the name of what is above one


class Part(NamedTuple):
    """ending: of the name of its picture, "" where it is the only one; words: what it is at."""

    ending: str
    quantity: Quantity
    words: str


def parts_of(statistic: Statistic, quantity: Quantity, over: Sequence[str]) -> Iterator[Part]:
    """One for each combination of the values of the dimensions `over`, of which it has lost them."""
    lengths = [quantity.values.shape[quantity.dimensions.index(name)] for name in over]
    for at in product(*map(range, lengths)):
        part, words = quantity, []
        for name, row in zip(over, at, strict=True):
            part = part.at(name, row)
            said = _threshold(statistic, name, row) if name.endswith(THRESHOLD) else ""
            if said and _WORDS in part.long_name:
                part = part.called(part.long_name.replace(_WORDS, said))
            else:
                words += words_of(statistic, name, [row])
        ending = "".join(f"_{row + 1}" for row, length in zip(at, lengths, strict=True) if length > 1)
        yield Part(ending, part, ", ".join(words))


def _threshold(statistic: Statistic, dimension: str, row: int) -> str:
    stored = statistic.dataset.variables[dimension]
    value = float(numbers(stored)[row])
    unit = unit_of(str(stored.attrs.get("units", "1")), value)
    return f"{number(value * unit.factor)} {unit.name}".rstrip()
