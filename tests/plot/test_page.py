"""No text of a page lies on the plot, on other text, or beyond the edge, whatever the shape of the map."""

from itertools import combinations

import pytest
from matplotlib.colors import LogNorm, Normalize
from matplotlib.lines import Line2D

from fvdrift.plot.colouring import Colouring
from fvdrift.plot.page import Page, style
from fvdrift.plot.palette import depth_map, values_map

FEW = ["start", "end: active", "end: exited", "open boundary"]
BELOW = "12 h from 2024-05-01 12:00 UTC, 2,000,000 particles, 285,000 elements, pieces of ranks 1 to 127 at the start"
MANY = [f"release number {number}" for number in range(1, 9)]


def boxes(page):
    """Where things are on the page, in pixels, by name."""
    renderer = page.figure.canvas.get_renderer()
    found = {"plot": page.plot.get_tightbbox(renderer)}
    if page.bar is not None:
        found["bar"] = page.bar.get_tightbbox(renderer)
    if page.small_bar is not None:
        found["small bar"] = page.small_bar.get_tightbbox(renderer)
    for number, text in enumerate(page.figure.texts):
        found[f"text {number}"] = text.get_window_extent(renderer)
    for legend in page.figure.legends:
        found["legend"] = legend.get_window_extent(renderer)
    return found


@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("names", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize(
    "bar", [None, Normalize(0, 1e-4), LogNorm(1e-3, 3e4)], ids=["no bar", "small", "log"]
)
def test_nothing_lies_on_anything_else(ratio, names, bar):
    with style():
        handles = [Line2D([], [], label=name) for name in names]
        page = Page(ratio, bar=bar is not None, legend=handles, small_bar=True)
        page.plot.set_xlabel("x (km)")
        page.plot.set_ylabel("y (km)")
        page.plot.set_ylim(5_541_000.5, 5_542_000.5)
        page.plot.ticklabel_format(useOffset=False, style="plain")
        if bar is not None:
            page.colour_bar(Colouring(values_map(), bar, "a quantity with a name (kg m-3 s-1)", (), "both"))
        page.depth_bar(page.plot.pcolormesh([[0.0, 1.0], [2.0, 3.0]], cmap=depth_map()))
        page.title(
            "A title that is a good deal longer than any page is wide, so that it must be cut off somewhere $a$",
            BELOW,
        )
        page.figure.canvas.draw()
        found = boxes(page)
    width, height = page.figure.canvas.get_width_height()
    for name, box in found.items():
        inside = box.x0 >= -2 and box.y0 >= -2 and box.x1 <= width + 2 and box.y1 <= height + 2
        assert inside or name == "plot", f"{name} goes beyond the edge: {box}"
    for (one, a), (other, b) in combinations(found.items(), 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        assert not overlap, f"{one} and {other} overlap"


def test_dollars_are_dollars():
    page = Page(0.5, bar=False, legend=[Line2D([], [], label="a $x$ b")])
    page.title("costs $5 or $6", "")
    page.figure.canvas.draw()
    assert page.figure.texts[0].get_text() == r"costs \$5 or \$6"
    assert page.figure.legends[0].get_texts()[0].get_text() == r"a \$x\$ b"
