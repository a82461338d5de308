"""The options of `fvdrift plot`. Which of them go together is `plot.request`'s. Loads nothing heavy."""

import argparse

from fvdrift.plot import OPTIONS, SECTIONS, PlotRequest, plot_request
from fvdrift.tools.option import add, option

_FILES = (
    option(
        "file",
        metavar="TRACKS.nc|NAME.stats.nc|RUN.toml",
        help="tracks; statistics, or the summary of an ensemble; or a run file: its mesh, subdomains and releases",
    ),
    option(
        "-o",
        "--output",
        metavar="FILE",
        help="file to write: PNG, PDF, SVG, GIF, MP4, or HTML for a browser, by its name; "
        "default: beside what is drawn",
    ),
)
_SHOWN = (
    option(
        "--color",
        "--colour",
        "--variable",
        metavar="WHAT",
        dest="color",
        help="age (default), depth, release, status, or any variable of the tracks",
    ),
    option(
        "--at",
        "--time",
        metavar="TIME",
        dest="at",
        help='particles at one time: 2020-05-01T06:00Z, "6h" from the first record, start or end',
    ),
    option("--density", action="store_true", help="how many particles are where; counts all of them"),
    option("--cell", metavar="LENGTH", help='side of the cells of --density, such as "200m"'),
    option(
        "--section",
        nargs="?",
        const="time",
        choices=SECTIONS,
        help="depth against time, or against the distance gone (default: time)",
    ),
    option(
        "--along",
        nargs=4,
        type=float,
        metavar=("X0", "Y0", "X1", "Y1"),
        help="section along a line, with its bed and the particles near it",
    ),
    option(
        "--animate",
        action="store_true",
        help="animate all times; -o NAME.gif or .mp4 does it too",
    ),
    option("--fps", type=float, metavar="N", help="images per second of an animation (default 8)"),
    option("--flow", action="store_true", help="arrows of the surface flow, with --at or --animate"),
    option(
        "--release", action="append", default=[], metavar="NAME", help="draw this release only; repeatable"
    ),
    option(
        "--panels",
        type=int,
        metavar="N",
        help="maps at N times side by side; of statistics (default 6) and of tracks",
    ),
    option("--sample", type=int, metavar="N", help="draw at most N particles, chosen at random"),
    option(
        "--extent",
        nargs=4,
        type=float,
        metavar=("X0", "Y0", "X1", "Y1"),
        help="two corners of the map, metres or degrees",
    ),
    option("--no-mesh", action="store_true", help="leave the mesh out"),
    option("--no-depth", action="store_true", help="leave the water depth out"),
    option("--title", metavar="TEXT", help="default: the title of the run"),
    option("--dpi", type=int, metavar="N", help="dots per inch (default 200; animations 110)"),
    option(
        "--forcing",
        nargs="+",
        default=[],
        metavar="FILE",
        help="FVCOM files for the map; default: where the run found them",
    ),
)
_OF_STATISTICS = (
    option(
        "--statistic", metavar="NAME", help="draw this one only, not all in the file; see also --variable"
    ),
)
_OF_RUN_FILE = (
    option("--ranks", type=int, default=1, metavar="N", help="ranks to cut the mesh for (default 1)"),
    option("--set", action="append", default=[], metavar="KEY=VALUE", help="change a key; repeatable"),
)


def add_plot_options(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    add(parser, _FILES)
    add(parser.add_argument_group("what is shown"), _SHOWN)
    add(parser.add_argument_group("of statistics"), _OF_STATISTICS)
    add(parser.add_argument_group("of a run file"), _OF_RUN_FILE)
    add(parser, (option("--quiet", action="store_true", help="print errors only"),))


def request_of(asked: argparse.Namespace) -> PlotRequest:
    """What the options that were given ask for. Raises RunFileError with all that is wrong."""
    return plot_request(asked.file, changes=asked.set, **{name: getattr(asked, name) for name in OPTIONS})
