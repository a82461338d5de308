"""The options of `fvdrift plot`. Which of them go together is `plot.request`'s. Loads nothing heavy."""

import argparse

from fvdrift.plot import OPTIONS, SECTIONS, PlotRequest, plot_request


def add_plot_options(parser: argparse.ArgumentParser) -> None:
    """The options of `fvdrift plot`."""
    parser.add_argument(
        "file", metavar="TRACKS.nc|RUN.toml", help="tracks; or a run file: its mesh, subdomains and releases"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="file to write: PNG, PDF, SVG, GIF or MP4, by its name; default: beside what is drawn",
    )
    what = parser.add_argument_group("what is shown")
    what.add_argument(
        "--color",
        "--colour",
        "--variable",
        metavar="WHAT",
        dest="color",
        help="age (default), depth, release, status, or any variable of the tracks",
    )
    what.add_argument(
        "--at",
        "--time",
        metavar="TIME",
        dest="at",
        help='particles at one time: 2020-05-01T06:00Z, "6h" from the first record, start or end',
    )
    what.add_argument(
        "--density", action="store_true", help="how many particles are where; counts all of them"
    )
    what.add_argument("--cell", metavar="LENGTH", help='side of the cells of --density, such as "200m"')
    what.add_argument(
        "--section",
        nargs="?",
        const="time",
        choices=SECTIONS,
        help="depth against time, or against the distance gone (default: time)",
    )
    what.add_argument(
        "--along",
        nargs=4,
        type=float,
        metavar=("X0", "Y0", "X1", "Y1"),
        help="section along a line, with its bed and the particles near it",
    )
    what.add_argument(
        "--animate",
        action="store_true",
        help="animate all times; -o NAME.gif or .mp4 does it too",
    )
    what.add_argument("--fps", type=float, metavar="N", help="images per second of an animation (default 8)")
    what.add_argument(
        "--flow", action="store_true", help="arrows of the surface flow, with --at or --animate"
    )
    what.add_argument(
        "--release", action="append", default=[], metavar="NAME", help="draw this release only; repeatable"
    )
    what.add_argument("--sample", type=int, metavar="N", help="draw at most N particles, chosen at random")
    what.add_argument(
        "--extent",
        nargs=4,
        type=float,
        metavar=("X0", "Y0", "X1", "Y1"),
        help="two corners of the map, metres or degrees",
    )
    what.add_argument("--no-mesh", action="store_true", help="leave the mesh out")
    what.add_argument("--no-depth", action="store_true", help="leave the water depth out")
    what.add_argument("--title", metavar="TEXT", help="default: the title of the run")
    what.add_argument("--dpi", type=int, metavar="N", help="dots per inch (default 200; animations 110)")
    what.add_argument(
        "--forcing",
        nargs="+",
        default=[],
        metavar="FILE",
        help="FVCOM files for the map; default: where the run found them",
    )
    run = parser.add_argument_group("of a run file")
    run.add_argument(
        "--ranks", type=int, default=1, metavar="N", help="ranks to cut the mesh for (default 1)"
    )
    run.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a key; repeatable"
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")


def request_of(asked: argparse.Namespace) -> PlotRequest:
    """What the options that were given ask for. Raises RunFileError with all that is wrong."""
    return plot_request(asked.file, changes=asked.set, **{name: getattr(asked, name) for name in OPTIONS})
