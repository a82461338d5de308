"""Curves of a statistic over time or age: flushing, polygons, crossings and whatever else has a time and a few names. Not
maps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fvdrift.tools.duration import SECOND

from ..page import Page
from ..palette import CATEGORIES, values_map
from ..timeaxis import days, time_axis
from .answer_file import Quantity, numbers
from .drawing import Drawing, Made
from .scale import Unit, labelled, number, short, unit_of
from .wording import AGE, LOOK, TIME, span_of

RATIO = 0.52
BESIDE = ("count",)  # what belongs to the other variables of a statistic
MOST = 20  # curves on one page
PAIR = (1, 2)
ELSEWHERE, GREY = "elsewhere", "#9a9a9a"
GAPS = (0.75, 0.3)


def colours_of(count: int) -> list[Any]:
    """Of so many curves or bars: told apart by everybody as long as there are eight."""
    if count < len(CATEGORIES):
        return list(CATEGORIES[:count])
    return [values_map()(part) for part in np.linspace(0, 1, count)]


def colours_for(names: Sequence[str]) -> list[Any]:
    """As `colours_of`; what is nowhere in particular is grey."""
    own = iter(colours_of(len(names)))
    return [GREY if name == ELSEWHERE else next(own) for name in names]


def series_page(drawing: Drawing, quantity: Quantity) -> Page:
    """One quantity against its time or age, a curve for each combination of its other dimensions."""
    drawing.refuse_nothing(quantity)
    names, values, along = _curves(drawing, quantity)
    unit = unit_of(quantity.units, _largest(quantity))
    page = Page(RATIO, bar=False, legend=_legend(names, np.isfinite(values).any(axis=0)))
    draw_curves(drawing, page.plot, quantity, unit)
    page.plot.set_ylabel(labelled(short(quantity.long_name), unit.name))
    drawing.title(
        page,
        short(quantity.long_name, 90),
        span_of(drawing.statistic, along) if along.endswith((TIME, LOOK)) else "",
    )
    return page


def draw_curves(
    drawing: Drawing, axes: Any, quantity: Quantity, unit: Unit, *, style: str = "-", band: bool = True
) -> None:
    """Curves of a quantity in the colours of what they are of, in an ensemble with the range of its members."""
    names, values, along = _curves(drawing, quantity)
    across = across_of(drawing, axes, along)
    low, high = (None, None) if quantity.low is None or quantity.high is None else (
        _flat(drawing, quantity, quantity.low), _flat(drawing, quantity, quantity.high)
    )  # fmt: skip
    marked = "o" if len(across) < 40 and style == "-" else None
    for number_of, (name, colour) in enumerate(zip(names, colours_for(names), strict=True)):
        axes.plot(
            across, values[:, number_of] * unit.factor, style, color=colour, lw=1.3, marker=marked, ms=2.2,
            gid=f"curve {quantity.key} {name}",
        )  # fmt: skip
        if band and low is not None and high is not None:
            axes.fill_between(
                across, low[:, number_of] * unit.factor, high[:, number_of] * unit.factor,
                color=colour, alpha=0.18, lw=0, gid=f"range {quantity.key} {name}",
            )  # fmt: skip
    dress(axes)
    if len(across) > 1:  # also where some have no value, so that panels side by side agree
        pad = 0.05 * float(np.ptp(across))
        axes.set_xlim(across.min() - pad, across.max() + pad)
    _plain_ticks(axes, _largest(quantity) * unit.factor)
    # counts and amounts begin at 0, temperatures and salinities don't
    counted = drawing.statistic.kind != "mean" or quantity.key in BESIDE
    if counted and not quantity.key.startswith("centre") and np.nanmin(quantity.values) >= 0:
        axes.set_ylim(0, max(axes.get_ylim()[1], 1.05 * _largest(quantity) * unit.factor) or 1.0)


def _plain_ticks(axes: Any, largest: float) -> None:
    """Numbers written out at the y axis: a common power of ten, or a number to add, would stand in the caption above it."""
    from matplotlib.ticker import FuncFormatter

    if 1e-3 <= largest < 1e6:
        axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    else:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: FuncFormatter.fix_minus(f"{value:g}")))


def across_of(drawing: Drawing, axes: Any, along: str) -> np.ndarray:
    """Where the values of a dimension lie on the x axis, which gets its name and ticks: those of a period or of a class
    of ages in its middle."""
    statistic = drawing.statistic
    bounds = statistic.bounds(along)
    half = 0.0 if bounds is None else 0.5 * np.diff(bounds, axis=1)[:, 0]  # s
    if along.endswith((TIME, LOOK)):
        times, calendar = statistic.times(along)
        time_axis(axes, calendar, day=False)
        return days(times + half * SECOND)
    stored = statistic.dataset.variables[along]
    values = numbers(stored)
    unit = unit_of(str(stored.attrs.get("units", "1")), float(values.max()) if len(values) else 0.0)
    words = str(stored.attrs.get("long_name", along))
    axes.set_xlabel(labelled(short(words.replace("lower edge of", "middle of")), unit.name))
    return np.asarray((values + half) * unit.factor)


def _curves(drawing: Drawing, quantity: Quantity) -> tuple[list[str], np.ndarray, str]:
    """Names, values (time, curve), and the dimension that they run along."""
    from .wording import words_of

    along = running(quantity) or quantity.dimensions[0]
    others = [name for name in quantity.dimensions if name != along]
    lengths = dict(zip(quantity.dimensions, quantity.values.shape, strict=True))
    names = [""]
    for name in others:
        words = words_of(drawing.statistic, name, range(lengths[name]))
        names = [f"{before}, {word}" if before else word for before in names for word in words]
    values = _flat(drawing, quantity, quantity.values)
    if len(names) > MOST:
        drawing.say(f"{drawing.statistic.name}: the first {MOST} of {len(names)} curves")
    return names[:MOST], values[:, :MOST], along


def _flat(drawing: Drawing, quantity: Quantity, values: np.ndarray) -> np.ndarray:
    along = running(quantity) or quantity.dimensions[0]
    moved = np.moveaxis(values, quantity.dimensions.index(along), 0)
    return moved.reshape(len(moved), -1)[:, :MOST]


def running(quantity: Quantity) -> str | None:
    """The dimension that a curve runs along: time, else time since the release, else age."""
    for ending in (TIME, LOOK, "_elapsed", AGE):
        for name in quantity.dimensions:
            if name.endswith(ending):
                return name
    return None


def _legend(names: Sequence[str], drawn: np.ndarray) -> list[Any]:
    """drawn: bool (name,), whether there is a curve."""
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=colour, lw=1.8, label=name)
        for name, colour, there in zip(names, colours_for(names), drawn, strict=True)
        if name and there
    ]


def bars_page(drawing: Drawing, quantity: Quantity, missing: Sequence[str] = ()) -> Page:
    """One number for each name. missing: what to say of each where there is none."""
    drawing.refuse_nothing(quantity)
    names = drawing.statistic.labels(quantity.dimensions[0]) or [
        str(n + 1) for n in range(len(quantity.values))
    ]
    unit = unit_of(quantity.units, _largest(quantity))
    page = Page(RATIO, bar=False, left=_beside(names))
    values = quantity.values * unit.factor
    texts = [number(value) or (missing[row] if missing else "") for row, value in enumerate(values)]
    draw_bars(page.plot, names, values, quantity.sd, unit.factor, texts)
    page.plot.set_xlabel(labelled(short(quantity.long_name), unit.name))
    drawing.title(page, short(quantity.long_name, 90))
    return page


def draw_bars(axes: Any, names: Sequence[str], values: np.ndarray, sd: np.ndarray | None = None, factor: float = 1.0,
              texts: Sequence[str] | None = None) -> None:  # fmt: skip
    """Lying, the first on top, each with its number."""
    from ..page import plain

    colours = colours_for(names)
    error = None if sd is None else np.nan_to_num(sd) * factor
    axes.barh(np.arange(len(names)), np.nan_to_num(values), color=colours, height=0.7, xerr=error,
              error_kw={"elinewidth": 0.8, "capsize": 2}, gid="bars")  # fmt: skip
    axes.set_yticks(np.arange(len(names)), [plain(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    top = float(np.nanmax(np.nan_to_num(values) + (0.0 if error is None else error))) or 1.0
    axes.set_xlim(0, 1.3 * top)
    for row, value in enumerate(values):
        text = number(value) if texts is None else texts[row]
        end = np.nan_to_num(value) + (0.0 if error is None else error[row])
        axes.text(end + 0.02 * top, row, plain(text), va="center", fontsize=7)
    dress(axes)
    axes.grid(False, axis="y")


def dress(axes: Any) -> None:
    """A white plot with pale lines behind."""
    axes.set_facecolor("white")
    axes.grid(True, color="#e4e4e4", lw=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _beside(names: Sequence[str]) -> float:
    from ..page import LEFT, LETTER

    return max(LEFT, 0.25 + LETTER * max((len(name) for name in names), default=0))


def _largest(quantity: Quantity) -> float:
    return float(np.nanmax(np.abs(quantity.values)))


def other_pages(drawing: Drawing) -> Made:
    """Of a kind without a picture of its own: curves of what has a time, bars of what has names."""
    wanted = drawing.request.color
    for key in drawing.statistic.keys:
        quantity = drawing.statistic.quantity(key).at_its_one_time()
        if (
            (key in BESIDE if wanted is None else key != wanted)
            or not np.isfinite(quantity.values).any()
            or not quantity.dimensions
        ):
            continue
        if running(quantity) is not None and len(quantity.dimensions) <= 3:
            yield key, series_page(drawing, quantity)
        elif len(quantity.dimensions) == 1:
            yield key, bars_page(drawing, quantity)
