"""Maps of a statistic: what is in each element or cell, in panels by time, age or layer. Not curves."""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..map_base import draw_water, frame, open_side_handle, ratio
from ..moments import PANELS, arranged, spread_rows
from ..page import BAR, GAPS, LEFT, RIGHT, TALLEST, WIDTH, Page, plain
from .answer_file import Quantity, numbers
from .cells import Cells, cells_of, leading
from .drawing import Drawing, Made, NothingToDraw
from .moment import times_shown
from .parts import THRESHOLD, parts_of
from .scale import AMOUNTS, labelled, number, scale, short, unit_of
from .wording import TIME, span_of, words_of

ROWS, COLUMNS = 5, 3  # of panels, where time stands against another dimension
# what the bar says in plain words, by kind and unit
PER_UNIT = {
    ("density", "km⁻²"): "particles per km²",
    ("exposure", "h"): "exposure (particle-hours)",
    ("exposure", "d"): "exposure (particle-days)",
}
BESIDE = (
    "count",
    "cell_area",
    "volume",
    "looks",
    "area",
    "wet_looks",
    "amount",
)  # what belongs to the other variables of a statistic


class _Panels(NamedTuple):
    """at: into the leading dimensions, one of each panel; captions: above and within; columns: 0 where panels may be
    arranged freely; more: what is the same in all."""

    at: list[tuple[int, ...]]
    captions: list[tuple[str, str]]
    columns: int
    more: str


def field_pages(drawing: Drawing) -> Made:
    """A page of every variable that lies on the map, and of its spread over the members of an ensemble; the variable asked
    for alone."""
    wanted, drawn = drawing.request.color, False
    nothing: list[NothingToDraw] = []
    for key in drawing.statistic.keys:
        quantity = drawing.statistic.quantity(key)
        cells = cells_of(drawing.answers, drawing.statistic, quantity)
        if cells is None or (key in BESIDE if wanted is None else key != wanted):
            continue
        for ending, part, words in parts_of(drawing.statistic, quantity, _beyond(quantity, cells)):
            try:
                yield key + ending, _page(drawing, part, cells, words)
            except NothingToDraw as error:  # of one, such as a time above a threshold that nothing passed
                nothing.append(error)
                continue
            drawn = True
            if part.sd is not None and np.nan_to_num(part.sd).any():
                yield f"{key}_sd{ending}", _page(drawing, part.of_spread(), cells, words)
    if nothing and not drawn:
        raise nothing[0]
    for empty in nothing:
        drawing.say(empty.problems[0].removeprefix(f"{drawing.answers.path}: "))


def _beyond(quantity: Quantity, cells: Cells) -> list[str]:
    """The dimensions that panels have no room for: all but time and one more, layers first. A threshold is a page."""
    dimensions = leading(quantity, cells)
    others = [
        name
        for name, length in zip(dimensions, quantity.values.shape, strict=False)
        if not name.endswith((TIME, THRESHOLD)) and length > 1
    ]
    down = next((name for name in others if name.endswith("_layer")), others[0] if others else None)
    return [name for name in dimensions if name.endswith(THRESHOLD) or (name in others and name != down)]


def _page(drawing: Drawing, quantity: Quantity, cells: Cells, at_what: str) -> Page:
    statistic, water = drawing.statistic, drawing.water
    drawing.refuse_nothing(quantity)
    amounts = statistic.kind in AMOUNTS and np.nanmin(quantity.values) >= 0
    values = np.where(quantity.values > 0, quantity.values, np.nan) if amounts else quantity.values
    there = np.isfinite(values)
    if not there.any():
        raise drawing.nothing(", ".join(filter(None, [f"{_words(quantity)} is 0 everywhere", at_what])))
    panels = _panels(drawing, quantity, leading(quantity, cells))
    unit = unit_of(quantity.units, float(np.nanmax(values)))
    plainly = PER_UNIT.get((statistic.kind, unit.name))
    label = plainly or labelled(short(_words(quantity)), unit.name)
    drawn = np.stack([values[at] for at in panels.at])
    colours = scale(drawn * unit.factor, label, amounts=amounts)
    anywhere = np.any(there, axis=tuple(range(there.ndim - cells.dimensions)))
    found = cells.bounds(np.asarray(anywhere))
    extent = drawing.extent(found)
    tall = ratio(extent, drawing.geographic)
    count = len(panels.at)
    rows, columns = (
        (-(-count // panels.columns), panels.columns)
        if panels.columns
        else arranged(count, tall, (WIDTH - LEFT - RIGHT - BAR, TALLEST))
    )
    legend = open_side_handle(water, extent)
    page = Page(tall, bar=True, legend=legend, panels=(rows, columns), gaps=GAPS)
    for panel, at, caption in zip(page.panels, panels.at, panels.captions, strict=False):
        frame(panel, extent, drawing.geographic, scale=panel is page.panels[min(columns, count) - 1])
        if water is not None:
            draw_water(panel, water, extent, depth=False, mesh=False)
        cells.draw(panel, values[at] * unit.factor, colours)
        if count > 1:
            _caption(page, panel, caption)
    page.share_axes(count)
    page.colour_bar(colours)
    of_spread = quantity.key.endswith("_sd")
    words = [f"standard deviation of {drawing.answers.members} members"] if of_spread else []
    if (
        "age" in statistic.variables and not statistic.variables["age"].dims
    ):  # of an exponent: over which time
        age = unit_of("s", seconds := float(numbers(statistic.variables["age"])))
        words.append(f"over {number(seconds * age.factor)} {age.name}")
    when = panels.more or (panels.captions[0][0] if count == 1 else "")
    drawing.title(page, plainly or short(_words(quantity), 60), *words, at_what, when, mean=not of_spread)
    return page


def _caption(page: Page, panel: Any, caption: tuple[str, str]) -> None:
    """The time above a panel; what stands against it, in a corner."""
    from matplotlib.patheffects import withStroke

    above, within = caption
    if above:
        page.caption(panel, above)
    if within:
        panel.text(
            0.02, 0.04, plain(within), fontsize=6.5, transform=panel.transAxes, zorder=8,
            path_effects=[withStroke(linewidth=1.8, foreground="white")],
        )  # fmt: skip


def _panels(drawing: Drawing, quantity: Quantity, dimensions: Sequence[str]) -> _Panels:
    """Along the one dimension that has several values, or time across and another down."""
    statistic, request = drawing.statistic, drawing.request
    lengths = dict(zip(dimensions, quantity.values.shape, strict=False))
    taken = {name: list(range(length)) for name, length in lengths.items()}
    time = next((name for name in dimensions if name.endswith(TIME)), None)
    down = next((name for name in dimensions if name != time and lengths[name] > 1), None)
    left_out = ""
    if time is not None:
        taken[time], left_out = times_shown(drawing, time, COLUMNS if down else PANELS)
    several = [name for name in dimensions if len(taken[name]) > 1]
    if down is not None:
        taken[down] = spread_rows(lengths[down], ROWS if time in several else request.panels or 2 * PANELS)
    more = []
    for name in dimensions:
        if len(taken[name]) == 1 and (lengths[name] > 1 or name == time):
            more += words_of(statistic, name, taken[name])
    order = sorted(dimensions, key=lambda name: name == time)  # time across
    words = {name: words_of(statistic, name, rows) for name, rows in taken.items()}
    index, captions = [], []
    for each in product(*(range(len(taken[name])) for name in order)):
        at = {name: taken[name][k] for name, k in zip(order, each, strict=True)}
        index.append(tuple(at[name] for name in dimensions))
        shown = [words[name][k] for name, k in zip(order, each, strict=True) if len(taken[name]) > 1]
        both = time in several and down is not None
        captions.append((shown[-1] if each[0] == 0 else "", shown[0]) if both else (", ".join(shown), ""))
    columns = len(taken[str(time)]) if time in several and down is not None else 0
    if len(index) == 1:
        return _Panels(index, [(", ".join(filter(None, [*more, left_out])), "")], 0, "")
    if time in several:
        more += [span_of(statistic, str(time)), left_out]
    return _Panels(index, captions, columns, ", ".join(filter(None, more)))


def _words(quantity: Quantity) -> str:
    """What it is, of `what it is: what that means`."""
    return quantity.long_name.split(": ", 1)[0]
