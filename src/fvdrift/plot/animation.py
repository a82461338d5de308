"""Particles through all times of the tracks, image by image. What is the same in all images is drawn once."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .colouring import colouring
from .dots import Dots
from .dots import legend_of as legend_of_dots
from .film import write_film
from .map_base import in_sight
from .maps import flow_of, map_page
from .page import Page
from .picture_file import write_picture
from .subject import Subject, bounds_of

DOTS = 20_000
MOST_IMAGES = 300
PER_SECOND = 8.0
BAR = 30  # letters of the progress bar


def animate(subject: Subject, path: Path, dpi: int) -> int:
    """Write the film; returns how many images it has. Raises OutputError."""
    tracks = subject.tracks
    every = -(-tracks.observations // MOST_IMAGES)
    rows = range(0, tracks.observations, every)
    if every > 1:
        subject.say(f"every {every}th of {tracks.observations:,} records: {len(rows)} images")
    taken = subject.sampled(DOTS, rows)
    lines, read = subject.lines(taken, rows, held=True)
    extent = subject.extent(bounds_of(lines.x, lines.y))
    there = in_sight(lines.x, lines.y, extent)
    colours = colouring(tracks, subject.color, lines.values[there])
    present = [int(number) for number in np.unique(read["status"][there])]
    shown = [int(number) for number in np.unique(lines.values[there])] if colours.categories else []
    legend = legend_of_dots(tracks.statuses, present, colours, shown)
    page = map_page(subject, extent, colours, legend)

    def caption(number: int) -> str:
        return f"{tracks.describe_time(int(tracks.times[rows[number]]))}, {subject.present(taken, int(there[:, number].sum()))}"

    flow = None
    if subject.request.flow:
        flow = flow_of(subject, page, extent, int(tracks.times[rows[0]]), int(tracks.times[rows[-1]]))
        flow.show(int(tracks.times[rows[0]]))
    dots = Dots(page.plot, tracks.statuses, colours, len(taken))
    text = page.title(subject.title, caption(len(rows) - 1))
    moving = [*(flow.artists if flow else []), *dots.artists, text]

    def draw(number: int) -> None:
        dots.show(lines.x[:, number], lines.y[:, number], read["status"][:, number], lines.values[:, number])
        if flow is not None:
            flow.show(int(tracks.times[rows[number]]))
        text.set_text(caption(number))

    stage = _Stage(page, dpi, moving)
    draw(len(rows) // 2)
    key = stage.image()

    def images() -> Iterator[np.ndarray]:
        for number in range(len(rows)):
            draw(number)
            yield stage.image()
            _tell(number + 1, len(rows), subject.request.quiet)

    per_second = subject.request.fps or PER_SECOND
    write_picture(path, lambda temporary: write_film(temporary, images(), stage.size, per_second, key))
    return len(rows)


class _Stage:
    """Draws what moves over an image of what does not."""

    def __init__(self, page: Page, dpi: int, moving: list[Any]):
        figure = page.figure
        width, height = (2 * round(inches * dpi / 2) for inches in page.size)  # films want even numbers
        figure.set_dpi(dpi)
        figure.set_size_inches(width / dpi, height / dpi)
        canvas: Any = figure.canvas
        self._figure, self._canvas, self._moving = figure, canvas, moving
        for artist in moving:
            artist.set_animated(True)
            artist.set_rasterized(False)
        self._canvas.draw()
        self._still = self._canvas.copy_from_bbox(figure.bbox)
        self.size = self._canvas.get_width_height()

    def image(self) -> np.ndarray:
        """What is there now: uint8 (height, width, 3)."""
        self._canvas.restore_region(self._still)
        for artist in self._moving:
            self._figure.draw_artist(artist)
        return np.ascontiguousarray(np.asarray(self._canvas.buffer_rgba())[..., :3])


def _tell(done: int, of: int, quiet: bool) -> None:
    """A bar that is redrawn on a terminal, a line at every quarter elsewhere."""
    if quiet:
        return
    if sys.stderr.isatty():
        full = BAR * done // of
        sys.stderr.write(
            f"\r[{'=' * full}{' ' * (BAR - full)}] image {done} of {of}" + ("\n" if done == of else "")
        )
    elif done == of or done * 4 // of > (done - 1) * 4 // of:
        sys.stderr.write(f"image {done} of {of}\n")
    sys.stderr.flush()
