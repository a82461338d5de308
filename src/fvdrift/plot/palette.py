"""Colours and marks, all of them to be told apart by the colour-blind and in grey."""

from typing import Any, NamedTuple

# M. Okabe and K. Ito, "Color Universal Design", 2008: eight colours that everybody can tell apart
BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#000000"
CATEGORIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, YELLOW)

LAND = "#e9e5dc"
WATER = "#dfe9f0"
COAST = "#4a4a4a"
OPEN_SIDE = "#0072B2"
MESH = "#7f95a6"


class Mark(NamedTuple):
    """How a status looks: matplotlib's marker, fill, and how large beside a dot."""

    marker: str
    colour: str
    size: float = 1.0


MARKS = {
    "not_released": Mark(".", "#999999"),
    "active": Mark("o", BLUE),
    "stranded": Mark("^", VERMILION, 1.7),
    "deposited": Mark("v", ORANGE, 1.7),
    "settled": Mark("s", GREEN, 1.4),
    "exited": Mark("D", PURPLE, 1.2),
    "dead": Mark("X", BLACK, 1.7),
}


def mark_of(status: str) -> Mark:
    """The mark of a status; one for those that are not known here."""
    return MARKS.get(status, Mark("P", "#666666", 1.5))


def cut_off(name: str, low: float, high: float) -> Any:
    """The part of one of matplotlib's colour maps from `low` to `high`, of 0 to 1."""
    import matplotlib
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(
        f"{name}_part", matplotlib.colormaps[name](np.linspace(low, high, 256))
    )


def values_map() -> Any:
    """For quantities on top of the water: viridis without its end that is as bright as the water."""
    return cut_off("viridis", 0.0, 0.93)


def depth_map() -> Any:
    """For the depth of the water, pale enough for all that is drawn on it."""
    return cut_off("Blues", 0.05, 0.42)
