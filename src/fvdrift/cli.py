"""The command line, and the one place where errors become a message and an exit code. Does no work itself.

Loads heavy modules only when a command needs them: `--help` and a bad run file are quick, on one rank and on a
thousand.
"""

import argparse
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from fvdrift.commands.plot_request import add_plot_options
from fvdrift.errors import INTERRUPTED, FvdriftError, RunFileError
from fvdrift.jobs import add_options as add_job_options
from fvdrift.process import denied, end_all, launcher, listening, say, sentence, standard_streams, unexpected
from fvdrift.version import __version__

if TYPE_CHECKING:
    from fvdrift.settings import Override, RunFile


class _Parser(argparse.ArgumentParser):
    """argparse, but only the first of the launched copies speaks."""

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:  # type: ignore[override]
        if _is_first():
            super()._print_message(message, file)
            if file is not None:
                file.flush()  # a stream that fails can still be reported here

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"fvdrift: error: {message} ({self.prog} --help says more)\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command in `arguments` (default: those of this process) and return its exit code."""
    if arguments is None:
        standard_streams.prepare()
    try:
        asked = _parser().parse_args(arguments)
        asked.whole_process = arguments is None
        code: int = asked.command(asked)
        sys.stdout.flush()
        return code
    except FvdriftError as error:
        if _is_first():
            say(sentence(error))
        return error.exit_code
    except KeyboardInterrupt:
        if _is_first():
            say("fvdrift: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # `fvdrift schema | head`
        standard_streams.silence()
        return 1
    except Exception as error:
        here = launcher.seat()
        why = denied(error)
        say(f"fvdrift: error: {why}" if why else unexpected(error, None if here is None else here.rank))
        return 1


def _run(asked: argparse.Namespace) -> int:
    run_file = _run_file(asked)
    if asked.overwrite and asked.resume:
        raise RunFileError("--overwrite starts anew and --resume goes on: give one of them")
    with listening(asked.whole_process) as signals:
        with signals.held():  # who left here alone would be waited for by the others for ever
            communicator = launcher.connect()
        try:
            signals.check()
            from fvdrift.simulation import run

            return run(
                run_file,
                overwrite=asked.overwrite,
                resume=asked.resume,
                quiet=asked.quiet,
                communicator=communicator,
                signals=signals,
            )
        except launcher.AgreedError:
            raise
        except BaseException as error:
            if communicator is None:
                raise
            return end_all(communicator, error)


def _run_file(asked: argparse.Namespace) -> "RunFile":
    """The run to do, from a run file or from what an earlier run left."""
    from fvdrift.settings import load_run_file

    if (asked.run_file is None) == (asked.origin is None):
        raise RunFileError("give a run file, or --from TRACKS.nc to repeat a run, and not both")
    overrides: list[Override] = [*_overrides(asked)]
    if asked.output is not None:
        overrides.append(("output.file", str(Path(asked.output).absolute())))
    if asked.origin is None:
        return load_run_file(asked.run_file, overrides, with_files=True)
    from fvdrift.postprocess import repetition_of

    run_file, notes = repetition_of(asked.origin, overrides, trust_behaviour=asked.trust_behaviour)
    if _is_first() and not asked.quiet:
        for note in notes:
            say(note)
    return run_file


def _plan(asked: argparse.Namespace) -> int:
    from fvdrift.settings import load_run_file

    run_file = load_run_file(asked.run_file, _overrides(asked), with_files=True)
    if not _is_first():
        return 0
    from fvdrift.commands.plan import main as plan

    return plan(run_file, asked.ranks) or 0


def _jobscript(asked: argparse.Namespace) -> int:
    from fvdrift.settings import load_run_file

    run_file = load_run_file(asked.run_file, _overrides(asked), with_files=True)
    if not _is_first():
        return 0
    from fvdrift.commands.jobscript import main as jobscript

    return jobscript(run_file, asked)


def _info(asked: argparse.Namespace) -> int:
    if not _is_first():
        return 0
    from fvdrift.commands.info import main as info

    return info(asked.files, asked.json) or 0


def _plot(asked: argparse.Namespace) -> int:
    from fvdrift.commands.plot_request import request_of

    request = request_of(asked)
    run_file = None
    if request.of_run:
        from fvdrift.settings import load_run_file

        run_file = load_run_file(asked.file, asked.set)
    if not _is_first():
        return 0
    from fvdrift.commands.plot import main as plot

    return plot(request, run_file)


def _stats(asked: argparse.Namespace) -> int:
    if not _is_first():
        return 0
    from fvdrift.commands.stats import main as stats

    return stats(asked.tracks, asked.config, asked.output, asked.overwrite)


def _new(asked: argparse.Namespace) -> int:
    if not _is_first():
        return 0
    from fvdrift.commands.new import main as new

    return new(asked.template, asked.output)


def _schema(asked: argparse.Namespace) -> int:
    if not _is_first():
        return 0
    from fvdrift.commands.schema import main as schema

    return schema(asked.format)


def _warmup(asked: argparse.Namespace) -> int:
    from fvdrift.commands.warmup import main as warmup

    return warmup() or 0


def _overrides(asked: argparse.Namespace) -> list[str]:
    parts = getattr(asked, "parts", None)
    return asked.set if parts is None else [*asked.set, f"parallel.parts={parts}"]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="fvdrift", description="Particle tracking through the stored output of FVCOM.")
    parser.add_argument("--version", action="version", version=f"fvdrift {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="move particles as a run file says", description="Move particles.")
    _add_run_file(run, needed=False)
    run.add_argument(
        "--from",
        metavar="TRACKS.nc",
        dest="origin",
        help="repeat the run that made these tracks (or NAME.run.json), in place of RUN.toml; writes NAME-again.nc beside them",
    )
    run.add_argument(
        "--trust-behaviour",
        action="store_true",
        help="with --from: run the Python file that the tracks name as behaviour.custom",
    )
    run.add_argument("-o", "--output", metavar="FILE", help="write the tracks to FILE, not to output.file")
    run.add_argument("--overwrite", action="store_true", help="replace existing tracks")
    run.add_argument(
        "--resume",
        action="store_true",
        help="resume from the newest checkpoint; start from the beginning if there is none; do nothing if the run is finished",
    )
    run.add_argument(
        "--parts", type=_count, metavar="N", help="cut the mesh into N subdomains within one process"
    )
    run.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    run.set_defaults(command=_run)

    plan = commands.add_parser(
        "plan",
        help="check a run without moving a particle, and predict what it takes",
        description="Check a run, and predict its time and memory. Moves no particle.",
    )
    _add_run_file(plan)
    plan.add_argument(
        "--ranks", type=_count, default=1, metavar="N", help="ranks that the run will have (default 1)"
    )
    plan.set_defaults(command=_plan)

    jobscript = commands.add_parser(
        "jobscript",
        help="write a job script for a scheduler",
        description="Write a job script that asks for what the run needs.",
    )
    add_job_options(jobscript, _jobscript, _add_run_file, _count)

    info = commands.add_parser(
        "info",
        help="describe FVCOM output, and how it will be read",
        description="Describe FVCOM output, and how it will be read.",
    )
    info.add_argument("files", nargs="+", metavar="FILE", help="FVCOM output that forms one series")
    info.add_argument("--json", action="store_true", help="print it as JSON")
    info.set_defaults(command=_info)

    plot = commands.add_parser(
        "plot",
        help="draw tracks, or a run before it is made",
        description="Draw tracks, or a run before it is made.",
    )
    add_plot_options(plot)
    plot.set_defaults(command=_plot)

    stats = commands.add_parser(
        "stats",
        help="compute the [[statistic]]s of a run from its tracks",
        description="Compute the [[statistic]]s of a run file from tracks: the same numbers as during the run.",
    )
    stats.add_argument("tracks", metavar="TRACKS.nc", help="tracks that a run has written")
    stats.add_argument(
        "--config", metavar="RUN.toml", help="run file with the [[statistic]]s; default: that in the tracks"
    )
    stats.add_argument("-o", "--output", metavar="OUT.nc", help="default: TRACKS.stats.nc beside the tracks")
    stats.add_argument("--overwrite", action="store_true", help="replace existing statistics")
    stats.set_defaults(command=_stats)

    new = commands.add_parser(
        "new", help="write a run file to fill in", description="Write a commented run file to fill in."
    )
    new.add_argument("template", nargs="?", choices=("basic", "full"), default="basic", help="default: basic")
    new.add_argument(
        "-o", "--output", metavar="FILE", help="file to write (never replaced if it exists); default: print"
    )
    new.set_defaults(command=_new)

    warmup = commands.add_parser(
        "warmup",
        help="compile the kernels now, not in the first run",
        description="Compile the kernels of the usual runs now, so that no run waits for it.",
    )
    warmup.set_defaults(command=_warmup)

    schema = commands.add_parser(
        "schema",
        help="list all keys of a run file",
        description="List all keys of a run file, as JSON schema or as a page.",
    )
    schema.add_argument("--format", choices=("json", "markdown"), default="json", help="default: json")
    schema.set_defaults(command=_schema)
    return parser


def _add_run_file(parser: argparse.ArgumentParser, needed: bool = True) -> None:
    parser.add_argument("run_file", nargs=None if needed else "?", metavar="RUN.toml", help="the run file")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key, such as time.step=30s; repeatable",
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _is_first() -> bool:
    here = launcher.seat()
    return here is None or here.rank == 0


if __name__ == "__main__":
    sys.exit(main())
