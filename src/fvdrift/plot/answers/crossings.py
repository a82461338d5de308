"""Who crosses a section, by direction, and what is left of that: a panel for each section."""

from typing import Any

import numpy as np

from ..moments import arranged
from ..page import Page
from ..palette import BLACK, BLUE, VERMILION
from ..timeaxis import days, time_axis
from .answer_file import Quantity
from .curves import dress
from .drawing import Drawing, Made
from .scale import labelled, short, unit_of
from .scale import number as number_of
from .wording import span_of

MOST = 8  # sections on a page
ROOM = (6.2, 5.6)  # inches
RATIO = 0.5
WAYS = (
    ("positive", BLUE, "to the right"),
    ("negative", VERMILION, "to the left"),
    ("net", BLACK, "net, to the right"),
)


def crossing_pages(drawing: Drawing) -> Made:
    """Particles, and what they carry where they carry something."""
    for key in ("", "_mass", "_number"):
        if f"net{key}" in drawing.statistic.keys:
            yield key.removeprefix("_"), _page(drawing, key)


def _page(drawing: Drawing, key: str) -> Page:
    """Bars above and below zero for each period, and the net on a line."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    statistic = drawing.statistic
    ways = {way: statistic.quantity(f"{way}{key}") for way, _, _ in WAYS}
    drawing.refuse_nothing(*ways.values())
    time, line = ways["net"].dimensions
    names = statistic.labels(line) or [""]
    if len(names) > MOST:
        drawing.say(f"{statistic.name}: the first {MOST} of {len(names)} sections")
        names = names[:MOST]
    legend: list[Any] = [
        Patch(color=colour, alpha=0.75, label=words)
        for way, colour, words in WAYS[:2]
        if np.nan_to_num(ways[way].values).any()  # else there is no bar
    ]
    legend.append(Line2D([], [], color=BLACK, lw=0, marker="o", ms=2.5, label=WAYS[2][2]))
    page = Page(
        RATIO, bar=False, legend=legend, panels=arranged(len(names), RATIO, ROOM), gaps=(0.62, 0.42)
    )  # fmt: skip
    times, calendar = statistic.times(time)
    begin, end = _periods(statistic.bounds(time), days(times))
    unit = unit_of(ways["net"].units, float(np.nanmax(np.abs(ways["positive"].values))))
    what = {"": "particles", "_mass": "mass", "_number": "number"}[key]
    for number, (panel, name) in enumerate(zip(page.panels, names, strict=False)):
        for way, colour, _ in WAYS[:2]:
            sign = -1.0 if way == "negative" else 1.0
            height = sign * ways[way].values[:, number] * unit.factor
            panel.bar(
                begin,
                height,
                end - begin,
                align="edge",
                color=colour,
                alpha=0.75,
                lw=0,
                gid=f"bars {way} {name}",
            )
        _net(panel, ways["net"], number, 0.5 * (begin + end), unit.factor, name)
        panel.axhline(0, color="#707070", lw=0.6)
        time_axis(panel, calendar, day=False)
        panel.set_ylabel(labelled(f"{what} per {_length(end - begin)}", unit.name))
        dress(panel)
        if len(names) > 1:
            page.caption(panel, name)
    for number, panel in enumerate(page.panels):
        if number >= len(names):
            panel.remove()
        elif number + page.columns < len(names):
            panel.set_xlabel("")  # it would touch the name of the section below
    one = names[0] if len(names) == 1 and names[0] != "section" else ""
    words = short(f"{what} that cross{'es' if key else ''} {one}".rstrip(), 60)
    drawing.title(page, words, "looking from its first corner", span_of(statistic, time), ranges=True)
    return page


def _length(days_each: np.ndarray) -> str:
    """Of most periods: the last may be shorter."""
    seconds = 86_400.0 * float(np.median(days_each))
    unit = unit_of("s", seconds)
    return f"{number_of(seconds * unit.factor)} {unit.name}"


def _net(axes: Any, net: Quantity, number: int, middle: np.ndarray, factor: float, name: str) -> None:
    axes.plot(
        middle, net.values[:, number] * factor, "o", color=BLACK, ms=2.5, clip_on=False, zorder=3, gid=f"net {name}"
    )  # fmt: skip
    if net.low is not None and net.high is not None:
        low, high = (each[:, number] * factor for each in (net.low, net.high))
        axes.fill_between(middle, low, high, color=BLACK, alpha=0.18, lw=0, gid=f"range {name}")


def _periods(bounds: np.ndarray | None, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each begins and ends on the axis of time, in days; one that has no length as long as the one before."""
    if bounds is None:
        length = np.full(len(at), np.diff(at).min() if len(at) > 1 else 1 / 24)
    else:
        length = np.diff(bounds, axis=1)[:, 0] / 86_400
        length = np.where(length == 0, length.max() or 1 / 24, length)
    return at, at + length
