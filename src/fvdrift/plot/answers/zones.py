"""Regions and polygons: how fast they empty, who is in them, and how long they stay."""

from typing import Any

import numpy as np

from ..page import LEFT, LETTER, Page
from .answer_file import Quantity, Statistic
from .curves import colours_of, draw_bars, draw_curves, dress
from .drawing import Drawing, Made
from .scale import number, unit_of
from .wording import span_of

CURVES = {"fraction_inside": "-", "fraction_kept": "--"}
# the times that follow from each: ending of the 1/e time, and the mean
TIMES = {"fraction_inside": ("", "mean_time_inside"), "fraction_kept": ("_kept", "mean_residence_time")}
NAMED = 3  # regions without particles that are named
TALL, SQUARE = 0.55, 0.9
MOST = 8  # regions whose times are told in the legend


def flushing_pages(drawing: Drawing) -> Made:
    """What is left of each region's particles by their age, with 1/e and the means."""
    from matplotlib.lines import Line2D

    statistic = drawing.statistic
    parts = {key: statistic.quantity(key) for key in CURVES}
    drawing.refuse_nothing(*parts.values())
    region = parts["fraction_inside"].dimensions[1]
    names = statistic.labels(region) or ["region"]
    there = [n for n in range(len(names)) if np.isfinite(parts["fraction_inside"].values[:, n]).any()]
    colours = colours_of(len(names))
    words = _words(statistic, parts["fraction_inside"].dimensions[0])
    legend = [
        Line2D(
            [], [], color=colours[n], lw=1.6, ls=style, label=_told(statistic, names[n], words[key], key, n)
        )
        for n in there[:MOST]
        for key, style in CURVES.items()
    ]
    if len(there) > MOST:
        legend += [
            Line2D([], [], color="#505050", lw=1.3, ls=style, label=words[key])
            for key, style in CURVES.items()
        ]
    page = Page(TALL, bar=False, legend=legend)
    axes = page.plot
    for key, style in CURVES.items():
        draw_curves(drawing, axes, parts[key], unit_of("1", 1.0), style=style, band=style == "-")
    axes.axhline(np.exp(-1), color="#707070", lw=0.8, ls=":", zorder=1, gid="1/e")
    axes.annotate(
        "1/e", (1, np.exp(-1)), xycoords=("axes fraction", "data"), xytext=(-2, 2), textcoords="offset points",
        ha="right", fontsize=7.5,
    )  # fmt: skip
    if not drawing.answers.members:  # the mean of members' times is not that of their mean curve
        _mark_folding(axes, statistic, colours, parts["fraction_inside"])
    axes.set_ylim(0, 1.03)
    axes.set_xlim(left=0)
    axes.set_ylabel("fraction of the particles of the region")
    drawing.title(
        page,
        "what is left in each region by age",
        _without([name for n, name in enumerate(names) if n not in there], len(names)),
        ranges=True,
    )
    yield "", page


def _words(statistic: Statistic, elapsed: str) -> dict[str, str]:
    """What each curve is, of a backward run as its time says."""
    said = str(statistic.dataset.variables[elapsed].attrs.get("long_name", ""))
    if "before" in said:
        return {
            "fraction_inside": "was inside, earlier visits counted",
            "fraction_kept": "has come in already",
        }
    return {"fraction_inside": "inside, returns counted", "fraction_kept": "has not left yet"}


def _without(names: list[str], of: int) -> str:
    if not names:
        return ""
    which = ", ".join(names) if len(names) <= NAMED else f"{len(names)} of {of} regions"
    return f"no particle was released in {which}"


def _told(statistic: Statistic, name: str, words: str, key: str, n: int) -> str:
    """A curve of a region with its times."""
    ending, mean_key = TIMES[key]
    told = [f"{name}, {words}"]
    if f"e_folding_time{ending}" in statistic.keys:
        folding = statistic.quantity(f"e_folding_time{ending}").values[n]
        told.append(f"1/e after {_hours(folding)}" if np.isfinite(folding) else "1/e not reached")
    if mean_key in statistic.keys:
        mean = statistic.quantity(mean_key).values[n]
        least = "≥ " if is_bound(statistic, mean_key, n) else ""
        told += [f"mean {least}{_hours(mean)}"] if np.isfinite(mean) else []
    return f"{told[0]}: {', '.join(told[1:])}" if told[1:] else told[0]


def is_bound(statistic: Statistic, key: str, n: int) -> bool:
    """Whether a value is a lower bound: of any member of an ensemble."""
    name = f"{key}_is_lower_bound"
    flags = statistic.variables.get(name, statistic.variables.get(f"{name}_max"))
    return flags is not None and bool(np.asarray(flags.values).reshape(-1)[n] > 0)


def _hours(seconds: float) -> str:
    unit = unit_of("s", seconds)
    return f"{number(seconds * unit.factor)} {unit.name}"


def _mark_folding(axes: Any, statistic: Statistic, colours: list[Any], inside: Quantity) -> None:
    elapsed = np.asarray(statistic.dataset.variables[inside.dimensions[0]].values, float)
    unit = unit_of("s", float(elapsed.max()) if len(elapsed) else 0.0)
    for n, seconds in enumerate(statistic.quantity("e_folding_time").values):
        if np.isfinite(seconds):
            axes.plot(
                seconds * unit.factor, np.exp(-1), "o", color=colours[n], mec="white", ms=5, zorder=5, gid="e-folding"
            )  # fmt: skip


def polygon_pages(drawing: Drawing) -> Made:
    """How many are in each polygon over time, and how long all of them stayed."""
    from matplotlib.lines import Line2D

    statistic = drawing.statistic
    inside, residence = statistic.quantity("inside"), statistic.quantity("residence")
    drawing.refuse_nothing(inside, residence)
    time, polygon = inside.dimensions
    names = statistic.labels(polygon) or []
    legend = [
        Line2D([], [], color=colour, lw=1.8, label=name)
        for name, colour in zip(names, colours_of(len(names)), strict=True)
    ]
    gap = max(0.75, 0.3 + LETTER * max(map(len, names)))
    page = Page(SQUARE, bar=False, legend=legend, panels=(1, 2), gaps=(gap, 0.3), left=LEFT)
    left, right = page.panels
    draw_curves(drawing, left, inside, unit_of("1", 1.0))
    left.set_ylabel("particles")
    stays = statistic.quantity("mean_stay").values
    texts = [_stay(statistic, n, stay) for n, stay in enumerate(stays)]
    unit = unit_of("s", 0.0)
    draw_bars(right, names, residence.values * unit.factor, residence.sd, unit.factor, texts)
    right.set_xlim(right=right.get_xlim()[1] * 1.25)
    right.set_xlabel("residence of all (particle-hours)")
    page.caption(left, "inside, by time")
    page.caption(
        right,
        "residence (± standard deviation)" if residence.sd is not None else "residence, and the mean visit",
    )
    drawing.title(page, "particles in polygons", span_of(statistic, time), ranges=True)
    dress(left)
    yield "", page


def _stay(statistic: Statistic, n: int, stay: float) -> str:
    if not np.isfinite(stay):
        return "no visit"
    return f"mean visit {'≥ ' if is_bound(statistic, 'mean_stay', n) else ''}{_hours(stay)}"
