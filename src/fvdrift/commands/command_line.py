"""The commands of fvdrift and their options. What they do is not known here."""

import argparse
from collections.abc import Callable, Mapping
from typing import NamedTuple

from fvdrift.jobs import add_options as add_job_options
from fvdrift.tools.option import Option, add, count, duration, option

from . import templates
from .plot_request import add_plot_options

Action = Callable[[argparse.Namespace], int]


class Command(NamedTuple):
    """about: in the list of commands; description: on its own page."""

    name: str
    about: str
    description: str | None
    options: tuple[Option, ...] = ()


def _output(metavar: str, about: str) -> Option:
    return option("-o", "--output", metavar=metavar, help=about)


def _overwrite(what: str) -> Option:
    return option("--overwrite", action="store_true", help=f"replace {what}")


def _quiet(kept: str) -> Option:
    return option("--quiet", action="store_true", help=f"print {kept} only")


_SET = option(
    "--set",
    action="append",
    default=[],
    metavar="KEY=VALUE",
    help="change a key, such as time.step=30s; repeatable",
)
RUN_FILE = (option("run_file", metavar="RUN.toml", help="the run file"), _SET)
COMMANDS = (
    Command(
        "run",
        "move particles as a run file says",
        "Move particles.",
        (
            option("run_file", nargs="?", metavar="RUN.toml", help="the run file"),
            _SET,
            option(
                "--from",
                metavar="TRACKS.nc",
                dest="origin",
                help="repeat the run that made these tracks (or NAME.run.json), in place of RUN.toml; "
                "writes NAME-again.nc beside them",
            ),
            option(
                "--trust-behaviour",
                action="store_true",
                help="with --from: run the Python file that the tracks name as behaviour.custom",
            ),
            _output("FILE", "write the tracks to FILE, not to output.file"),
            _overwrite("existing tracks"),
            option(
                "--resume",
                action="store_true",
                help="resume from the newest checkpoint; start from the beginning if there is none; "
                "do nothing if the run is finished",
            ),
            option(
                "--parts", type=count, metavar="N", help="cut the mesh into N subdomains within one process"
            ),
            _quiet("warnings and errors"),
        ),
    ),
    Command(
        "plan",
        "check a run without moving a particle, and predict what it takes",
        "Check a run, and predict its time and memory. Moves no particle.",
        (
            *RUN_FILE,
            option(
                "--ranks", type=count, default=1, metavar="N", help="ranks that the run will have (default 1)"
            ),
            option(
                "--ranks-per-node",
                type=count,
                metavar="N",
                help="ranks on a node; default: all, where this machine has a core for each, else at most 64",
            ),
        ),
    ),
    Command(
        "jobscript",
        "write a job script for a scheduler",
        "Write a job script that asks for what the run needs.",
    ),
    Command(
        "info",
        "describe FVCOM output, and how it will be read",
        "Describe FVCOM output, and how it will be read.",
        (
            option("files", nargs="+", metavar="FILE", help="FVCOM output that forms one series"),
            option("--json", action="store_true", help="print it as JSON"),
        ),
    ),
    Command("plot", "draw tracks, or a run before it is made", "Draw tracks, or a run before it is made."),
    Command(
        "export",
        "write tracks as a table, for maps, or for ParaView",
        "Write tracks as Parquet (DuckDB, pandas), GeoPackage or GeoJSON (QGIS), KML (Google Earth) or VTK (ParaView).",
        (
            option("tracks", metavar="TRACKS.nc", help="tracks that a run has written"),
            option(
                "--to",
                metavar="FORMAT",
                help="parquet, gpkg, geojson, kml or vtk; default: by the name of -o",
            ),
            _output("OUT", "file or folder to write; default: beside the tracks"),
            _overwrite("an existing export"),
            option(
                "--every",
                metavar="N|TIME",
                help='each N-th record only, or those so long apart, such as "6h"',
            ),
            option(
                "--release",
                action="append",
                default=[],
                metavar="NAME",
                help="particles of this release only; repeatable",
            ),
            option(
                "--status",
                action="append",
                default=[],
                metavar="NAME",
                help="particles that end so only, such as settled; repeatable",
            ),
            option(
                "--variables", nargs="*", metavar="NAME", help="of output.variables these only; default: all"
            ),
            option("--sample", type=int, metavar="N", help="at most N particles, chosen at random"),
            option(
                "--gone",
                action="store_true",
                help="parquet: also records of particles that have settled, exited or died, which have no position",
            ),
            _quiet("errors"),
        ),
    ),
    Command(
        "stats",
        "compute the [[statistic]]s of a run from its tracks",
        "Compute the [[statistic]]s of a run file from tracks: the same numbers as during the run.",
        (
            option("tracks", metavar="TRACKS.nc", help="tracks that a run has written"),
            option(
                "--config",
                metavar="RUN.toml",
                help="run file with the [[statistic]]s; default: that in the tracks",
            ),
            _output("OUT.nc", "default: TRACKS.stats.nc beside the tracks"),
            _overwrite("existing statistics"),
        ),
    ),
    Command(
        "compare",
        "hold a run against observed drifters",
        "Release particles along the tracks of drifters, and tell how far from them they go: separation with time, and the "
        "skill score of Liu & Weisberg (2011). Writes NAME.csv, NAME.nc and NAME.png.",
        (
            *RUN_FILE,
            option(
                "drifters",
                metavar="DRIFTERS.csv",
                help="observed positions: columns id, time, lon, lat (or x, y), depth",
            ),
            option(
                "--every",
                type=duration,
                default="6h",
                metavar="TIME",
                help="from start to start (default 6h)",
            ),
            option(
                "--for",
                type=duration,
                default="3d",
                metavar="TIME",
                dest="longest",
                help="of each comparison (default 3d)",
            ),
            option("--count", type=count, default=1, metavar="N", help="particles of each start (default 1)"),
            option(
                "--tolerance",
                type=float,
                default=1.0,
                metavar="N",
                help="n of the skill score (default 1): skill is 1 - s/n",
            ),
            option(
                "--gap",
                type=duration,
                default="6h",
                metavar="TIME",
                help="longest between two fixes that is interpolated (default 6h)",
            ),
            _output("NAME", "default: DRIFTERS-compared, beside the tracks that the run file names"),
            _overwrite("an earlier comparison"),
            _quiet("warnings, errors and the result"),
        ),
    ),
    Command(
        "new",
        "write a run file to fill in, or one of a field ready to use",
        "Write a commented run file: to fill in (basic, full), or ready to use, with the source of each number.",
        (
            option(
                "template",
                nargs="?",
                choices=("basic", "full", *templates.names()),
                default="basic",
                metavar="NAME",
                help=f"basic (default), full, {', '.join(templates.names())}",
            ),
            option("--list", action="store_true", help="say what each is for"),
            _output("FILE", "file to write (never replaced if it exists); default: print"),
        ),
    ),
    Command(
        "warmup",
        "compile what runs need now, not in the first of them",
        "Compile what runs need, so that none of them waits for it. Moves no particle.",
        (
            option(
                "run_files",
                nargs="*",
                metavar="RUN.toml",
                help="run files; default: those that come with fvdrift",
            ),
            _SET,
        ),
    ),
    Command(
        "example",
        "write the estuary that comes with fvdrift into a folder",
        "Write the bundled case, its run files and twelve hours of FVCOM output (8 MB), into a new folder.",
        (
            option("name", nargs="?", choices=("estuary",), default="estuary", help="default: estuary"),
            _output("FOLDER", "folder to make (never replaced if it exists); default: fvdrift-estuary"),
        ),
    ),
    Command(
        "schema",
        "list all keys of a run file",
        "List all keys of a run file, as JSON schema or as a page.",
        (option("--format", choices=("json", "markdown"), default="json", help="default: json"),),
    ),
)


def add_commands(parser: argparse.ArgumentParser, actions: Mapping[str, Action]) -> None:
    """Declare all commands. actions: what each does, by its name."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, about, description, options in COMMANDS:
        command = commands.add_parser(name, help=about, description=description)
        if name == "jobscript":
            add_job_options(command, actions[name], RUN_FILE)
            continue
        if name == "plot":
            add_plot_options(command)
        add(command, options)
        command.set_defaults(command=actions[name])
