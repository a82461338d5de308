"""How much each release time of a [[release]] stands for: by `mass` or `number` the same, by `rate` what flows until the
next. Not who carries it (`blocks`).
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools.duration import SECOND
from fvdrift.tools.quantity import MASS, MOST_NUMBER, parse_quantity

from .rate_table import read_rates
from .times import Calendar

if TYPE_CHECKING:
    from fvdrift.settings import Release

UNITS = {"mass": "kg", "number": "1"}  # what a run may have: each particle then carries a column of that name
LEAST = 1e-300  # of a particle: less has not all digits of a double


class Amounts(NamedTuple):
    """kind: of UNITS; by_time: float64 (time,), what starts at each release time; above 0."""

    kind: str
    by_time: np.ndarray


def amount_text(kind: str, amount: float) -> str:
    """As a sentence says it: "12 kg", "a number of 3e+06"."""
    return f"{amount:.6g} kg" if kind == "mass" else f"a number of {amount:.6g}"


def asked(
    release: "Release", calendar: Calendar, times: np.ndarray, resolve: Callable[[str], Path]
) -> Amounts | None:
    """What a block asks for at its release times (ascending in time of the grid), None where it asks for nothing.
    Release times that no amount is left for have 0. Raises RunFileError, which names the file, and ValueError."""
    for kind in UNITS:
        amount = getattr(release, kind)
        if amount is not None:
            return Amounts(kind, np.full(len(times), amount))
    if release.rate is None:
        return None
    real = np.sort(calendar.direction * times)
    last = calendar.grid.end if release.until is None else calendar.on_grid(release.until)
    if release.until is None and calendar.direction < 0:
        last = calendar.grid.start
    edges = np.append(real, max(calendar.direction * last, int(real[-1])))
    if edges[0] == edges[-1]:
        given = release.until is not None
        why = "start and until are the same" if given else "its only release time is where the run ends"
        raise ValueError(f"stands for no time: {why}")
    if isinstance(release.rate, str):
        path = resolve(release.rate)
        table = read_rates(path, calendar)
        try:
            amounts = Amounts(table.kind, table.between(edges, calendar))
        except ValueError as problem:
            raise RunFileError(f"{path}: {problem}") from None
    else:
        amounts = Amounts(release.rate.kind, release.rate.value * (np.diff(edges) / SECOND))
    if not amounts.by_time.any():
        raise ValueError("nothing starts: the rate is 0 from the first release time to the last")
    return amounts if calendar.direction > 0 else amounts._replace(by_time=amounts.by_time[::-1].copy())


def amount_from_text(text: str, kind: str) -> float:
    """An amount in a cell of a file: a number (of kg), or a mass with its unit; above 0. Raises ValueError."""
    try:
        amount = float(text) if "_" not in text else np.nan
    except ValueError:
        if kind != "mass":
            raise ValueError("is not a number") from None
        amount = parse_quantity(text, MASS)
    if not 0 < amount <= MOST_NUMBER:
        raise ValueError("is no amount: it must be above 0")
    return amount


def of_one_kind(kinds: Iterable[tuple[str, str | None]]) -> tuple[str | None, list[str]]:
    """The kind that all releases have, and what is wrong. kinds: place of each block, and its kind."""
    first: dict[str | None, str] = {}
    for place, kind in kinds:
        first.setdefault(kind, place)
    having = [kind for kind in first if kind is not None]
    if len(having) > 1:
        one, other = (f"{first[kind]} releases a {kind}" for kind in having)
        return None, [f"{other}, and {one}: all releases of a run have one of the two"]
    if having and None in first:
        without = (
            f"{first[None]}: has neither mass nor rate"
            if having == ["mass"]
            else f"{first[None]}: has no number"
        )
        return None, [
            f"{without}, and {first[having[0]]} releases a {having[0]}: all releases of a run do, or none"
        ]
    return (having[0] if having else None), []
