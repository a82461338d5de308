"""What `fvdrift plot` can be asked for: its options, declared once, and which don't go together. Loads nothing heavy."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fvdrift.errors import RunFileError
from fvdrift.plot.request import PlotRequest
from fvdrift.tools.quantity import LENGTH, parse_quantity

if TYPE_CHECKING:
    pass

SECTIONS = ("time", "distance")


def add_plot_options(parser: argparse.ArgumentParser) -> None:
    """The options of `fvdrift plot`."""
    parser.add_argument("file", metavar="TRACKS.nc|RUN.toml", help="tracks; or a run file: its mesh, pieces and releases")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="PNG, PDF, SVG, GIF or MP4, by its name; default: beside what is shown"
    )
    what = parser.add_argument_group("what is shown")
    what.add_argument(
        "--color", "--colour", "--variable", metavar="WHAT", dest="color",
        help="age (default), depth, release, status, or any variable of the tracks",
    )  # fmt: skip
    what.add_argument(
        "--at", "--time", metavar="TIME", dest="at",
        help='particles at one time: 2020-05-01T06:00Z, "6h" from the first record, start or end',
    )  # fmt: skip
    what.add_argument("--density", action="store_true", help="how many particles are where, all of them counted")
    what.add_argument("--cell", metavar="LENGTH", help='side of the cells of --density, such as "200m"')
    what.add_argument(
        "--section", nargs="?", const="time", choices=SECTIONS, help="depth against time, or distance gone (default: time)"
    )
    what.add_argument(
        "--along", nargs=4, type=float, metavar=("X0", "Y0", "X1", "Y1"),
        help="section along a line, with the bed and the particles near it",
    )  # fmt: skip
    what.add_argument("--animate", action="store_true", help="all times one after the other; -o NAME.gif or .mp4 does it too")
    what.add_argument("--fps", type=float, metavar="N", help="images per second of an animation (default 8)")
    what.add_argument("--flow", action="store_true", help="arrows of the surface flow, with --at or --animate")
    what.add_argument("--release", action="append", default=[], metavar="NAME", help="of this release only; repeatable")
    what.add_argument("--sample", type=int, metavar="N", help="draw at most N particles, taken by lot")
    what.add_argument(
        "--extent", nargs=4, type=float, metavar=("X0", "Y0", "X1", "Y1"), help="two corners of the map, metres or degrees"
    )
    what.add_argument("--no-mesh", action="store_true", help="leave the mesh out")
    what.add_argument("--no-depth", action="store_true", help="leave the depth of the water out")
    what.add_argument("--title", metavar="TEXT", help="default: the title of the run")
    what.add_argument("--dpi", type=int, metavar="N", help="dots per inch (default 200; animations 110)")
    what.add_argument(
        "--forcing", nargs="+", default=[], metavar="FILE", help="FVCOM files for the map; default: where the run found them"
    )
    run = parser.add_argument_group("of a run file")
    run.add_argument("--ranks", type=int, default=1, metavar="N", help="ranks to cut the mesh for (default 1)")
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a key; repeatable")
    parser.add_argument("--quiet", action="store_true", help="print errors only")


def request_of(asked: argparse.Namespace) -> PlotRequest:
    """The options as they were given. Raises RunFileError with all that is wrong."""
    problems: list[str] = []
    for name, least in (("sample", 1), ("dpi", 20), ("fps", 0.1), ("ranks", 1)):
        given = getattr(asked, name)
        if given is not None and not given >= least:
            problems.append(f"--{name}: {given:g} is too small: take {least:g} or more")
    for name, most in (("dpi", 2400), ("fps", 100), ("ranks", 100_000)):
        given = getattr(asked, name)
        if given is not None and given > most:
            problems.append(f"--{name}: {given:g} is too large: take {most:g} or less")
    at, cell, extent = None, None, None
    from fvdrift.settings.readers import parse_instant

    try:
        at = asked.at if asked.at in (None, "start", "end") else parse_instant(asked.at)
    except ValueError:
        problems.append(f'--at: "{asked.at}" is no time: write 2020-05-01T06:00:00Z, "6h" from the first record, start or end')
    try:
        cell = None if asked.cell is None else parse_quantity(asked.cell, LENGTH)
        if cell is not None and not cell > 0:
            problems.append("--cell: must be above 0")
    except ValueError as error:
        problems.append(f"--cell: {error}")
    if asked.extent is not None:
        (x0, x1), (y0, y1) = sorted(asked.extent[0::2]), sorted(asked.extent[1::2])
        extent = (x0, x1, y0, y1)
        if not (x0 < x1 and y0 < y1):
            problems.append("--extent: its two corners must differ in both coordinates")
    if asked.along is not None and asked.along[:2] == asked.along[2:]:
        problems.append("--along: its two ends must differ")
    request = PlotRequest(
        Path(asked.file), None if asked.output is None else Path(asked.output), asked.color, at, tuple(asked.release),
        asked.density, cell, "along" if asked.along else asked.section, tuple(asked.along) if asked.along else None,
        asked.animate, asked.fps, asked.flow, asked.sample, extent, tuple(Path(name) for name in asked.forcing),
        asked.no_mesh, asked.no_depth, asked.title, asked.dpi, asked.quiet, asked.ranks,
    )  # fmt: skip
    problems += _together(request, asked)
    if problems:
        raise RunFileError(problems)
    return request


def _together(request: PlotRequest, asked: argparse.Namespace) -> list[str]:
    """Sentences on options that don't go together."""
    said = []
    kinds = [
        name
        for name, there in (
            ("--density", request.density), ("--section", asked.section), ("--along", request.along),
            ("--animate", request.moves),
        )
        if there
    ]  # fmt: skip
    if len(kinds) > 1:
        said.append(f"{' and '.join(kinds)} are different pictures: ask for one")
    if request.at is not None and request.moves:
        said.append("--at is one time and an animation shows all: take one away")
    if request.at is not None and asked.section:
        said.append("--at: a section by time or distance shows all times: take it away")
    if request.flow and not request.moves and (request.at is None or request.density):
        said.append("--flow is the flow at one time: give --at, or --animate")
    if request.cell is not None and not request.density:
        said.append("--cell is for --density")
    if request.color is not None and request.density:
        said.append("--color: a density has its own colours: take it away")
    if request.fps is not None and not request.moves:
        said.append("--fps is for animations")
    if request.of_run and (kinds or request.at is not None or request.color or request.release or request.forcing):
        said.append(f"{request.file}: is a run file, which has no tracks yet: give the tracks, or leave these options out")
    if not request.of_run and (asked.ranks != 1 or asked.set):
        said.append("--ranks and --set are for a run file")
    return said
