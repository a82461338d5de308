"""The page of a picture, laid out in inches, so that no text ever lies on the data or on other text. Nothing
of the data."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

WIDTH = 7.1  # inches: both columns of most journals
TALLEST = 6.6  # inches, of the plot itself
LEFT, RIGHT, BAR, ABOVE, AXIS, ROW = 0.66, 0.2, 0.85, 0.62, 0.5, 0.24
NARROWEST = 4.6
SMALL_BAR = 2.1  # inches, with its label
LETTER = 0.057  # inches, of a legend

STYLE: Any = {
    "font.size": 8.0,
    "axes.linewidth": 0.6,
    "axes.labelsize": 8.0,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 7.5,
    "pdf.fonttype": 42,  # text stays text: journals ask for it
    "svg.fonttype": "path",
    "path.simplify_threshold": 0.3,
}


@contextmanager
def style() -> Iterator[None]:
    """Sizes and fonts of a paper; no display is ever asked for."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        yield


def plain(text: str) -> str:
    """Text as it is: matplotlib takes what stands between two $ for mathematics."""
    return text.replace("$", r"\$")


def above(axes: Any, inches: float) -> float:
    """A height above the frame of the plot, in parts of the plot."""
    of_plot: float = axes.get_position().height * axes.figure.get_figheight()
    return 1.0 + inches / of_plot


class Page:
    """One plot with a title above it, a bar at its right and rows for a legend and a small bar below it.

    ratio: height of the plot over its width; bar: whether there is one; rows: of the legend.
    """

    def __init__(self, ratio: float, *, bar: bool, legend: Sequence[Any] = (), small_bar: bool = False):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        right = RIGHT + (BAR if bar else 0.0)
        wide = WIDTH - LEFT - right
        tall = wide * ratio
        if tall > TALLEST:
            tall, wide = TALLEST, TALLEST / ratio
        width = max(wide + LEFT + right, NARROWEST)
        side = 0.5 * (width - wide - LEFT - right)
        room = width - LEFT - RIGHT - side
        widths = [0.4 + LETTER * len(str(handle.get_label())) for handle in legend]
        beside = room - SMALL_BAR if small_bar else room
        # no room beside the small bar: the legend goes under it
        under = bool(legend) and beside < max(widths)
        room = room if under else beside
        columns = len(legend) if sum(widths) <= room else max(1, int(room / max(widths)))
        rows = -(-len(legend) // max(columns, 1))
        bar_row = 0.28 if small_bar else 0.0
        below = AXIS + (bar_row + ROW * rows if under else max(ROW * rows, bar_row)) + 0.06
        height = tall + ABOVE + below
        self.figure = Figure(figsize=(width, height))
        FigureCanvasAgg(self.figure)
        self.size = (width, height)
        left = LEFT + side
        self.plot = self.figure.add_axes(self._box(left, below, wide, tall))
        self.bar = self.figure.add_axes(self._box(left + wide + 0.12, below, 0.13, tall)) if bar else None
        self.small_bar = (
            self.figure.add_axes(self._box(width - RIGHT - side - 1.45, below - AXIS - 0.04, 1.4, 0.09))
            if small_bar
            else None
        )
        self._left, self._height, self._width = left, height, width
        if legend:
            for handle in legend:
                handle.set_label(plain(str(handle.get_label())))
            corner = (left - 0.05) / width, (below - AXIS + 0.06 - bar_row * under) / height
            self.figure.legend(
                handles=legend,
                loc="upper left",
                bbox_to_anchor=corner,
                ncols=columns,
                frameon=False,
                borderaxespad=0,
                borderpad=0,
                handletextpad=0.35,
                columnspacing=1.2,
                handlelength=1.2,
                labelspacing=0.45,
            )

    def _box(self, left: float, bottom: float, wide: float, tall: float) -> tuple[float, float, float, float]:
        width, height = self.size
        return left / width, bottom / height, wide / width, tall / height

    def title(self, title: str, below: str) -> Any:
        """A title and a line below it, which is returned: an animation changes it."""
        left = self._left if self._width > NARROWEST else 0.2
        room = self._width - left - 0.1
        title = " ".join(title.split())
        letters = int(room / 0.085)
        short = title if len(title) <= letters else title[: letters - 3].rstrip() + "..."
        size = min(8.0, 8.0 * room / (0.066 * max(len(below), 1)))
        place = left / self._width
        self.figure.text(
            place, 1 - 0.13 / self._height, plain(short), fontsize=10, fontweight="bold", va="top"
        )
        return self.figure.text(
            place, 1 - 0.36 / self._height, plain(below), fontsize=size, va="top", color="#404040"
        )

    def colour_bar(self, colouring: Any) -> None:
        """The bar of a Colouring that is no list of categories."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LogNorm
        from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, ScalarFormatter

        assert self.bar is not None
        drawn = ScalarMappable(colouring.norm, colouring.cmap)
        bar = self.figure.colorbar(drawn, cax=self.bar, extend=colouring.extend)
        bar.set_label(plain(colouring.label))
        if isinstance(bar.formatter, ScalarFormatter):
            bar.formatter.set_powerlimits((-2, 5))  # longer numbers would push the label off the page
            bar.formatter.set_useOffset(False)
            bar.formatter.set_useMathText(True)
            bar.update_ticks()
        if isinstance(colouring.norm, LogNorm):
            bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.outline.set_linewidth(0.5)
        bar.ax.yaxis.set_offset_position("left")
        bar.ax.yaxis.get_offset_text().set_fontsize(7)

    def depth_bar(self, drawn: Any) -> None:
        """The small bar, for the depth of the water."""
        assert self.small_bar is not None
        bar = self.figure.colorbar(drawn, cax=self.small_bar, orientation="horizontal")
        bar.outline.set_linewidth(0.4)
        bar.ax.tick_params(labelsize=6.5, length=2, pad=1.5)
        bar.ax.locator_params(nbins=4)
        bar.ax.text(-0.06, 0.5, "depth (m)", ha="right", va="center", transform=bar.ax.transAxes, fontsize=7)
