"""How tests ask for a page and look into it. No case is described here (`conftest`)."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.commands.plot_request import add_plot_options, request_of
from fvdrift.plot.request import PlotRequest
from fvdrift.plot.subject import Subject, subject_of
from fvdrift.plot.track_file import TrackFile


def request(*options: object) -> PlotRequest:
    """As the command line gives it."""
    parser = argparse.ArgumentParser()
    add_plot_options(parser)
    return request_of(parser.parse_args([str(option) for option in options]))


class Asked:
    """A subject and all that was said about it; closes its files."""

    def __init__(self, tracks: Path, *options: object):
        self.said: list[str] = []
        self._stack = ExitStack()
        file = self._stack.enter_context(TrackFile(tracks))
        self.subject: Subject = subject_of(file, request(tracks, *options), self.said.append)

    def __enter__(self) -> "Asked":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def by_gid(axes: Any, start: str) -> dict[str, Any]:
    """What is drawn under a name that begins with `start`."""
    return {
        artist.get_gid(): artist for artist in axes.get_children() if str(artist.get_gid()).startswith(start)
    }


def texts(figure: Any) -> str:
    """All that the figure says outside its axes, and its legend."""
    legend = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join([text.get_text() for text in figure.texts] + legend)


def image(figure: Any, dpi: int = 60) -> np.ndarray:
    """The pixels, uint8 (height, width, 4)."""
    figure.set_dpi(dpi)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba()).copy()
