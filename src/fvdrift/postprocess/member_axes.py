"""Axes of the statistics of an ensemble's members, laid beside each other by what they are labelled with. No
mean is taken here.

Members may name sources in another order, or stop at other times: their n-th values are not of the same thing
then.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

Label = tuple[str | float, int]  # what it says, and how many before it say the same


class Axis(NamedTuple):
    """One dimension over all members. labels: of all of them, each once; places: by member, int (its own
    length,), where in those its own lie."""

    labels: list[Label]
    places: list[np.ndarray]


def axes_of(by_member: Sequence[Mapping[str, Sequence[str | float]]]) -> dict[str, Axis]:
    """The dimensions whose labels are not the same in all members. by_member: labels by dimension.

    Texts come in the order in which they are first met, numbers in that of their size, up or down as in the
    first member.
    """
    found = {}
    for name in by_member[0]:
        each = [_counted(labels[name]) for labels in by_member if name in labels]
        if len(each) < len(by_member) or all(labels == each[0] for labels in each):
            continue
        union = list(dict.fromkeys(label for labels in each for label in labels))
        if all(isinstance(label, float) for label, _ in union):
            longest = max(each, key=len)
            union.sort(reverse=len(longest) > 1 and longest[0] > longest[-1])
        at = {label: place for place, label in enumerate(union)}
        found[name] = Axis(union, [np.array([at[label] for label in labels], np.int64) for labels in each])
    return found


def laid_out(
    values: np.ndarray, dimensions: Sequence[str], member: int, axes: Mapping[str, Axis]
) -> np.ndarray:
    """Values of one member on the axes of all; float64, NaN where it has none. As they are where all axes are
    the same."""
    if not axes.keys() & set(dimensions):
        return values
    index = [
        axes[name].places[member] if name in axes else np.arange(length)
        for name, length in zip(dimensions, values.shape, strict=True)
    ]
    shape = [
        len(axes[name].labels) if name in axes else length
        for name, length in zip(dimensions, values.shape, strict=True)
    ]
    result = np.full(shape, np.nan)
    result[np.ix_(*index)] = values
    return result


def _counted(labels: Iterable[str | float]) -> list[Label]:
    before: dict[str | float, int] = {}
    counted = []
    for label in labels:
        counted.append((label, before.get(label, 0)))
        before[label] = counted[-1][1] + 1
    return counted
