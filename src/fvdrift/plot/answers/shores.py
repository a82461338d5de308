"""Who came ashore where along the coast: sides of the mesh in the colour of their segment, and bars of those with names."""

from typing import Any

import numpy as np

from fvdrift.tools.duration import SECOND

from ..colouring import Colouring
from ..map_base import draw_water, frame, open_side_handle, ratio
from ..page import Page
from ..palette import cut_off
from ..subject import bounds_of
from ..track_file import minute
from .answer_file import Quantity, numbers
from .curves import bars_page, series_page
from .drawing import Drawing, Made
from .scale import DECADES, labelled, short, unit_of
from .wording import span_of

WIDTH = 1.2, 5.5  # points of a side that fewest, and that most came to
# what is drawn of each segment, in this order; of the first also bars, where segments have names
SHOWN = ("landings_per_km", "ashore_mass_per_km", "ashore_number_per_km", "youngest")
LABELS = {"youngest": "least age when ashore"}
SHORE = "#b5b0a4"  # of coast that nobody came to


def shore_pages(drawing: Drawing) -> Made:
    """A map of how much came by kilometre, and of how early; bars of segments with names; all that lies ashore by time."""
    statistic, wanted = drawing.statistic, drawing.request.color
    keys = [key for key in (SHOWN if wanted is None else (wanted,)) if key in statistic.keys]
    named = statistic.labels(f"{statistic.name}_segment") is not None
    for key in keys:
        quantity = _since_begin(drawing, _at_the_end(statistic.quantity(key)))
        if key == keys[0]:
            drawing.refuse_nothing(quantity)
            if not np.nan_to_num(quantity.values).any():
                raise drawing.nothing("nobody came ashore")
        if np.nan_to_num(quantity.values).any():
            yield key, _map(drawing, quantity)
        if named and key == keys[0]:
            yield f"{key}_bars", bars_page(drawing, quantity, _without(drawing, len(quantity.values)))
    if wanted is None and "ashore" in statistic.keys:
        yield "ashore", series_page(drawing, _together(statistic.quantity("ashore"), named))


def _at_the_end(quantity: Quantity) -> Quantity:
    """Of what is known at each look that of the last; of each release, all together."""
    if len(quantity.dimensions) == 1:
        return quantity
    if quantity.dimensions[0].endswith("_source"):
        words = f"{quantity.long_name.replace('of the release ', '')}, of all releases"
        return Quantity(
            quantity.key, quantity.dimensions[1:], quantity.values.sum(axis=0), words, quantity.units
        )
    words = f"{quantity.long_name}, at the last look"
    return Quantity(quantity.key, quantity.dimensions[1:], quantity.values[-1], words, quantity.units)


def _without(drawing: Drawing, segments: int) -> list[str]:
    """Of each segment why it has no value."""
    stored = drawing.statistic.variables.get("segment_length")
    lengths = np.ones(segments) if stored is None else numbers(stored)
    return ["no landings" if length > 0 else "no coast" for length in lengths]


def _since_begin(drawing: Drawing, quantity: Quantity) -> Quantity:
    """Of times of a calendar how long after the first look they are, which a bar of colours can show."""
    units = str(drawing.statistic.variables[quantity.key].attrs.get("units", ""))
    stored = drawing.statistic.variables[quantity.key]
    if stored.dtype.kind != "M" and " since " not in units:
        return quantity
    times, calendar = drawing.statistic.times(f"{drawing.statistic.name}_time")
    since = np.abs(quantity.values - times[0] / SECOND)
    words = f"{quantity.long_name.split(' at which')[0].replace('look', 'arrival')} after {minute(int(times[0]), calendar)}"
    return Quantity(quantity.key, quantity.dimensions, since, words, "s")


def _together(quantity: Quantity, named: bool) -> Quantity:
    """Segments without names are too many for curves: all in one."""
    if named:
        return quantity
    return Quantity(
        quantity.key, quantity.dimensions[:1], quantity.values.sum(axis=1), quantity.long_name, quantity.units
    )


def _map(drawing: Drawing, quantity: Quantity) -> Page:
    statistic, water = drawing.statistic, drawing.water
    x, y = (
        numbers(statistic.variables[f"side_{axis}"])
        for axis in (("lon", "lat") if drawing.geographic else ("x", "y"))
    )
    of = numbers(statistic.variables["side_segment"]).astype(int)
    amounts = quantity.units != "s"
    unit = unit_of(quantity.units, float(np.nanmax(quantity.values)))
    values = np.where(of >= 0, quantity.values[np.maximum(of, 0)], np.nan) * unit.factor
    values = np.where(values > 0, values, np.nan) if amounts else values
    there = np.isfinite(values)
    extent = drawing.extent(bounds_of(x[there], y[there]))
    colours = _colours(
        values[there],
        labelled(LABELS.get(quantity.key) or short(quantity.long_name), unit.name),
        amounts=amounts,
    )
    page = Page(
        ratio(extent, drawing.geographic),
        bar=True,
        legend=[_bare(quantity), *open_side_handle(water, extent)],
    )
    axes = page.plot
    frame(axes, extent, drawing.geographic)
    if water is not None:
        draw_water(axes, water, extent, depth=False, mesh=False)
    _sides(axes, np.stack([x, y], axis=-1), values, colours, amounts)
    page.colour_bar(colours)
    drawing.title(page, short(quantity.long_name, 90), span_of(statistic, f"{statistic.name}_time"))
    return page


def _sides(axes: Any, ends: np.ndarray, values: np.ndarray, colours: Colouring, amounts: bool) -> None:
    """Wider where there is more; the widest last."""
    from matplotlib.collections import LineCollection

    there = np.isfinite(values)
    axes.add_collection(
        LineCollection(list(ends[~there]), colors=SHORE, linewidths=1.0, zorder=2.5, gid="bare coast"),
        autolim=False,
    )
    order = np.flatnonzero(there)[np.argsort(values[there], kind="stable")]
    part = np.clip(np.asarray(colours.norm(values[order])), 0.0, 1.0) if amounts else np.full(len(order), 0.5)
    axes.add_collection(
        LineCollection(
            list(ends[order]), array=values[order], cmap=colours.cmap, norm=colours.norm, zorder=4, capstyle="round",
            linewidths=WIDTH[0] + (WIDTH[1] - WIDTH[0]) * part, gid="shore",
        ),
        autolim=False,
    )  # fmt: skip


def _colours(values: np.ndarray, label: str, *, amounts: bool) -> Colouring:
    from matplotlib.colors import LogNorm, Normalize

    low, high = float(values.min()), float(values.max())
    cmap = cut_off("inferno", 0.8, 0.1) if amounts else cut_off("viridis", 0.0, 0.93)
    if amounts and high > DECADES * low:
        return Colouring(cmap, LogNorm(low, high), label)
    return Colouring(cmap, Normalize(0.0, high or 1.0), label)


def _bare(quantity: Quantity) -> Any:
    """What lies ashore at one look may be afloat again where somebody landed."""
    from matplotlib.lines import Line2D

    return Line2D(
        [],
        [],
        color=SHORE,
        lw=1.6,
        label="nothing ashore" if quantity.key.startswith("ashore") else "no landings",
    )
