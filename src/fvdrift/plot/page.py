"""The page of a picture, laid out in inches, so that no text ever lies on the data or on other text. Nothing
of the data."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from fvdrift.errors import RunFileError

WIDTH = 7.1  # inches: both columns of most journals
TALLEST = 6.6  # inches, of the plot itself
LEFT, RIGHT, BAR, ABOVE, AXIS, ROW = 0.66, 0.2, 0.85, 0.62, 0.5, 0.24
NARROWEST = 4.6
GAPS = (0.14, 0.32)  # inches between panels of maps, with the line above each
CAPTION = 0.16  # inches above the first row of panels
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


_GIVEN: ContextVar[Any] = ContextVar("axes that the person gave", default=None)


@contextmanager
def drawing_into(axes: Any) -> Iterator[None]:
    """Pages made within are drawn into axes of the person's own, with legend and bar at it; None: into new figures."""
    before = _GIVEN.set(axes)
    try:
        yield
    finally:
        _GIVEN.reset(before)


def plain(text: str) -> str:
    """Text as it is: matplotlib takes what stands between two $ for mathematics."""
    return text.replace("$", r"\$")


def inches(text: str) -> float:
    """Across, of a line at an axis."""
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), plain(text), size=7.5).get_extents().width) / 72 if text.strip() else 0.0


def above(axes: Any, inches: float) -> float:
    """A height above the frame of the plot, in parts of the plot."""
    of_plot: float = axes.get_position().height * axes.figure.get_figheight()
    return 1.0 + inches / of_plot


def _written_one_way(low: float, high: float) -> Callable[[float, int], str]:
    """Ticks of a scale by decades: as they are where all are short, else all by powers."""
    if low >= 1e-4 and high < 1e6:
        return lambda value, _: f"{value:g}"

    def by_power(value: float, _: int) -> str:
        factor, power = f"{value:.0e}".split("e")
        return rf"$10^{{{int(power)}}}$" if factor == "1" else rf"${factor}\times10^{{{int(power)}}}$"

    return by_power


class Page:
    """One plot, or panels of one size in rows, with a title above, a bar at the right and rows for a legend and a small
    bar below.

    ratio: height of a panel over its width; bar: whether there is one; panels: rows and columns; gaps: inches
    between panels, across and up; left: inches for what stands beside the first; below: more inches under the last.
    """

    def __init__(
        self,
        ratio: float,
        *,
        bar: bool,
        legend: Sequence[Any] = (),
        small_bar: bool = False,
        panels: tuple[int, int] = (1, 1),
        gaps: tuple[float, float] = (0.12, 0.3),
        left: float = LEFT,
        below: float = 0.0,
    ):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        rows, columns = panels
        self._given = _GIVEN.get()
        if self._given is not None:
            self._into_given(rows * columns, bar, legend)
            return
        right = RIGHT + (BAR if bar else 0.0)
        wide = WIDTH - left - right - gaps[0] * (columns - 1)
        tall = wide / columns * ratio * rows
        most = TALLEST - gaps[1] * (rows - 1)
        if tall > most:
            tall, wide = most, most / rows / ratio * columns
        each_wide, each_tall = wide / columns, tall / rows
        wide, tall = wide + gaps[0] * (columns - 1), tall + gaps[1] * (rows - 1)
        width = max(wide + left + right, NARROWEST)
        side = 0.5 * (width - wide - left - right)
        room = width - LEFT - RIGHT - side
        widths = [0.4 + LETTER * len(str(handle.get_label())) for handle in legend]
        beside = room - SMALL_BAR if small_bar else room
        # no room beside the small bar: the legend goes under it
        under = bool(legend) and beside < max(widths)
        room = room if under else beside
        per_row = len(legend) if sum(widths) <= room else max(1, int(room / max(widths)))
        lines = -(-len(legend) // max(per_row, 1))
        bar_row = 0.28 if small_bar else 0.0
        extra = below
        below += AXIS + (bar_row + ROW * lines if under else max(ROW * lines, bar_row)) + 0.06
        captions = CAPTION if rows * columns > 1 else 0.0
        height = tall + ABOVE + captions + below
        self.figure = Figure(figsize=(width, height))
        FigureCanvasAgg(self.figure)
        self.size = (width, height)
        left += side
        self.panels = [
            self.figure.add_axes(
                self._box(
                    left + column * (each_wide + gaps[0]),
                    below + (rows - 1 - row) * (each_tall + gaps[1]),
                    each_wide,
                    each_tall,
                )
            )
            for row in range(rows)
            for column in range(columns)
        ]
        self.plot, self.columns = self.panels[0], columns
        self.bar = self.figure.add_axes(self._box(left + wide + 0.12, below, 0.13, tall)) if bar else None
        self.small_bar = (
            self.figure.add_axes(self._box(width - RIGHT - side - 1.45, below - AXIS - 0.04, 1.4, 0.09))
            if small_bar
            else None
        )
        self._left, self._height, self._width = side + min(left - side, LEFT), height, width
        if legend:
            for handle in legend:
                handle.set_label(plain(str(handle.get_label())))
            legend_top = below - extra - AXIS + 0.06 - bar_row * under
            corner = (self._left - 0.05) / width, legend_top / height
            self.figure.legend(
                handles=legend,
                loc="upper left",
                bbox_to_anchor=corner,
                ncols=per_row,
                frameon=False,
                borderaxespad=0,
                borderpad=0,
                handletextpad=0.35,
                columnspacing=1.2,
                handlelength=1.2,
                labelspacing=0.45,
            )

    def _into_given(self, panels: int, bar: bool, legend: Sequence[Any]) -> None:
        if panels > 1:
            raise RunFileError(
                "ax: this picture has several panels, each with axes of its own: leave ax out, or, if "
                "they are of several times, ask for one by at"
            )
        axes = self._given
        self.figure, self.panels, self.plot, self.columns = axes.figure, [axes], axes, 1
        self.size = tuple(self.figure.get_size_inches())
        self.bar = axes.inset_axes((1.02, 0.0, 0.03, 1.0)) if bar else None
        self.small_bar = None
        if legend:
            for handle in legend:
                handle.set_label(plain(str(handle.get_label())))
            axes.legend(handles=legend, loc="best", fontsize=7, framealpha=0.8)

    def caption(self, panel: Any, text: str) -> None:
        """A line above a panel; smaller where it would reach the next."""
        room = panel.get_position().width * panel.figure.get_figwidth()
        size = 7.5 if self.columns == 1 else min(7.5, 7.5 * room / (0.062 * max(1, len(text))))
        panel.text(
            0.0, above(panel, 0.05), plain(text), fontsize=size, va="bottom", transform=panel.transAxes
        )

    def share_axes(self, shown: int) -> None:
        """Numbers and names of axes stand at the left and lowest panels only; panels from `shown` on go."""
        for number, panel in enumerate(self.panels):
            if number >= shown:
                panel.remove()
                continue
            if number % self.columns:
                panel.set_ylabel("")
                panel.tick_params(labelleft=False)
            if number + self.columns < shown:
                panel.set_xlabel("")
                panel.tick_params(labelbottom=False)
        del self.panels[shown:]

    def _box(self, left: float, bottom: float, wide: float, tall: float) -> tuple[float, float, float, float]:
        width, height = self.size
        return left / width, bottom / height, wide / width, tall / height

    def title(self, title: str, below: str) -> Any:
        """A title and a line below it, or two, which are returned: an animation changes them."""
        if self._given is not None:
            return self.plot.set_title(plain(f"{title}\n{below}"), fontsize=8)
        left = self._left if self._width > NARROWEST else 0.2
        room = self._width - left - 0.1
        title = " ".join(title.split())
        letters = int(room / 0.085)
        short = title if len(title) <= letters else title[: letters - 3].rstrip() + "..."
        lines = below.split("\n")
        size = min(8.0 if len(lines) == 1 else 7.0, 8.0 * room / (0.066 * max(1, *map(len, lines))))
        place = left / self._width
        self.figure.text(
            place, 1 - 0.13 / self._height, plain(short), fontsize=10, fontweight="bold", va="top"
        )
        return self.figure.text(
            place,
            1 - (0.36 if len(lines) == 1 else 0.33) / self._height,
            plain(below),
            fontsize=size,
            va="top",
            color="#404040",
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
            bar.ax.yaxis.set_major_formatter(FuncFormatter(_written_one_way(*drawn.get_clim())))
            bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.outline.set_linewidth(0.5)
        bar.ax.yaxis.set_offset_position("left")
        bar.ax.yaxis.get_offset_text().set_fontsize(7)

    def depth_bar(self, drawn: Any) -> None:
        """The small bar, for the depth of the water; axes that were given have no place for it."""
        if self.small_bar is None:
            return
        bar = self.figure.colorbar(drawn, cax=self.small_bar, orientation="horizontal")
        bar.outline.set_linewidth(0.4)
        bar.ax.tick_params(labelsize=6.5, length=2, pad=1.5)
        bar.ax.locator_params(nbins=4)
        bar.ax.text(-0.06, 0.5, "depth (m)", ha="right", va="center", transform=bar.ax.transAxes, fontsize=7)
