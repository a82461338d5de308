"""Concentrations: maps, how they change with depth, and what has become of all that was released."""

import numpy as np

from .. import palette
from ..page import Page
from ..timeaxis import days, time_axis
from .answer_file import Quantity
from .cells import cells_of
from .curves import GREY, colours_of, dress
from .drawing import Drawing, Made
from .fields import field_pages
from .moment import times_shown
from .scale import labelled, unit_of
from .under_line import along_pages, cut_ends, thickness, unit_said
from .wording import LAYER, TIME, span, words_of

MOST = 6  # times of a profile
RATIO = 0.55
SEEN = 2e-3  # of all that was released: what never comes to it would be thinner than a line
# what has become of what was released, in the order of the heap, each in its colour on all pictures: that of the status
BUDGET = {
    "inside": palette.BLUE,
    "outside": palette.SKY,
    "on_dry": palette.YELLOW,
    "on_shore": palette.MARKS["stranded"].colour,
    "on_bed": palette.MARKS["deposited"].colour,
    "settled": palette.MARKS["settled"].colour,
    "exited": palette.MARKS["exited"].colour,
    "dead": palette.MARKS["dead"].colour,
    "decayed": GREY,
}


def concentration_pages(drawing: Drawing) -> Made:
    """The maps first; a profile where there are layers; then the budget."""
    if drawing.request.along is not None:
        yield from along_pages(drawing)
        return
    yield from field_pages(drawing)
    statistic = drawing.statistic
    quantity = statistic.quantity("concentration")
    layer = next((name for name in quantity.dimensions if name.endswith(LAYER)), None)
    if layer is not None and quantity.values.shape[quantity.dimensions.index(layer)] > 1:
        yield "profile", _profile(drawing, quantity)
    if (
        drawing.request.at is None
        and "released" in statistic.keys
        and len(statistic.quantity("released").values) > 1
        and np.nan_to_num(statistic.quantity("released").values).any()
    ):
        yield "budget", _budget(drawing)


def _profile(drawing: Drawing, quantity: Quantity) -> Page:
    """Amount over water in each layer, of all cells together, at some times."""
    from matplotlib.lines import Line2D

    statistic, cells = drawing.statistic, cells_of(drawing.answers, drawing.statistic, quantity)
    assert cells is not None
    amount, volume = statistic.quantity("amount"), statistic.quantity("volume")
    over = tuple(range(amount.values.ndim - cells.dimensions, amount.values.ndim))
    with np.errstate(invalid="ignore"):
        mean = np.nansum(amount.values, axis=over) / np.nansum(volume.values, axis=over)  # (time, layer)
    time, layer = (next(d for d in amount.dimensions if d.endswith(ending)) for ending in (TIME, LAYER))
    edges = statistic.bounds(layer)
    assert edges is not None
    unit = unit_of(quantity.units, float(np.nanmax(mean)))
    rows, left_out = times_shown(drawing, time, MOST)
    words = words_of(statistic, time, rows)
    colours = colours_of(len(rows))
    legend = [Line2D([], [], color=c, lw=1.8, label=text) for c, text in zip(colours, words, strict=True)]
    page = Page(RATIO, bar=False, legend=legend)
    for row, colour, text in zip(rows, colours, words, strict=True):
        x, y = np.repeat(mean[row] * unit.factor, 2), edges.reshape(-1)
        page.plot.plot(x, y, color=colour, lw=1.4, gid=f"profile {text}")
    said = statistic.dataset.variables[layer].attrs
    dress(page.plot)
    page.plot.set_xlim(left=0)
    thick, water = thickness(drawing, volume.values, cells), drawing.water
    bed = None if thick is not None or water is None or not water.h.any() else water.h
    page.plot.set_ylim(cut_ends(edges, said, bed, thick))
    page.plot.set_xlabel(labelled("concentration, of all cells together", unit.name))
    page.plot.set_ylabel(labelled(str(said.get("long_name", "layer")), unit_said(said)))
    drawing.title(page, "profile over the layers, of all cells together", left_out)
    return page


def _budget(drawing: Drawing) -> Page:
    """What has become of all that was released, heaped up; the line above is what was released."""
    from matplotlib.patches import Patch

    statistic = drawing.statistic
    released = statistic.quantity("released")
    (look,) = released.dimensions
    times, calendar = statistic.times(look)
    parts = {key: np.nan_to_num(statistic.quantity(key).values) for key in BUDGET if key in statistic.keys}
    there = {
        key: values
        for key, values in parts.items()
        if np.abs(values).max() > SEEN * np.nanmax(released.values)
    }
    unit = unit_of(released.units, float(np.nanmax(released.values)))
    colours = [BUDGET[key] for key in there]
    what = released.long_name.removesuffix(" released until then")
    legend = [
        Patch(color=colour, alpha=0.8, label=_became(statistic.quantity(key).long_name, what))
        for key, colour in zip(there, colours, strict=True)
    ]  # fmt: skip
    page = Page(0.5, bar=False, legend=legend)
    axes = page.plot
    heaped = axes.stackplot(
        days(times), [values * unit.factor for values in there.values()], colors=colours, alpha=0.8, lw=0
    )
    for key, patch in zip(there, heaped, strict=True):
        patch.set_gid(f"budget {key}")
    axes.plot(days(times), released.values * unit.factor, color="black", lw=1.0, gid="released")
    time_axis(axes, calendar, day=False)
    dress(axes)
    axes.set_ylim(bottom=0)
    axes.set_xlim(days(times)[0], days(times)[-1])
    axes.set_ylabel(labelled(what, unit.name))
    drawing.title(
        page,
        f"what has become of the {what} released (black line)",
        span(int(times[0]), int(times[-1]), calendar),
    )
    return page


def _became(words: str, what: str) -> str:
    """Of `mass lost by decay until then: ...` what is between."""
    return words.split(":", maxsplit=1)[0].removeprefix(f"{what} ").removesuffix(" until then")
