"""The command line, and the one place where errors become a message and an exit code. Does no work itself.

Loads heavy modules only when a command needs them: `--help` and a bad run file are quick, on one rank and on a
thousand.
"""

import argparse
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, NoReturn

from fvdrift.commands.command_line import add_commands
from fvdrift.errors import INTERRUPTED, FvdriftError, RunFileError
from fvdrift.process import (
    code_of,
    denied,
    launcher,
    loading,
    say,
    sentence,
    standard_streams,
    unexpected,
)
from fvdrift.version import __version__

# it asks for a translation of each of its words, and four files are looked for each time: all here is English
argparse._ = str  # type: ignore[attr-defined]


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
        standard_streams.check()
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
        return code_of(error)


def _open(asked: argparse.Namespace, *what: str | None, doing: str = "reading") -> None:
    """Say at once that it has begun, before anything slow is loaded; on stderr, as other tools read stdout."""
    names = [name for name in what if name]
    if names and _is_first() and not getattr(asked, "quiet", False):
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        say(f"fvdrift {__version__}: {doing} {names[0]}{more}")


def _loading(asked: argparse.Namespace) -> AbstractContextManager[None]:
    return loading(quiet=getattr(asked, "quiet", False))


def _run(asked: argparse.Namespace) -> int:
    _open(asked, asked.run_file or asked.origin)
    from fvdrift.commands.run import main as run

    return run(asked)


def _compare(asked: argparse.Namespace) -> int:
    _open(asked, asked.run_file, asked.drifters)
    from fvdrift.commands.compare import main as compare

    return compare(asked)


def _plan(asked: argparse.Namespace) -> int:
    _open(asked, asked.run_file)
    from fvdrift.settings import load_run_file

    run_file = load_run_file(asked.run_file, asked.set, with_files=True)
    if not _is_first():
        return 0
    with _loading(asked):
        from fvdrift.commands.plan import main as plan

    return plan(run_file, asked.ranks, asked.ranks_per_node) or 0


def _jobscript(asked: argparse.Namespace) -> int:
    _open(asked, asked.run_file)
    from fvdrift.jobs import run_files_of

    asked.set, run_files = run_files_of(asked.run_file, asked.set, getattr(asked, "array", None))
    if not _is_first():
        return 0
    with _loading(asked):
        from fvdrift.commands.jobscript import main as jobscript

    return jobscript(run_files, asked)


def _info(asked: argparse.Namespace) -> int:
    _open(asked, *asked.files)
    if not _is_first():
        return 0
    with _loading(asked):
        from fvdrift.commands.info import main as info

    return info(asked.files, asked.json) or 0


def _plot(asked: argparse.Namespace) -> int:
    _open(asked, str(asked.file), doing="drawing")
    from fvdrift.commands.plot_request import request_of

    request = request_of(asked)
    run_file = None
    if request.of_run:
        from fvdrift.settings import load_run_file

        run_file = load_run_file(asked.file, asked.set)
    if not _is_first():
        return 0
    with _loading(asked):
        from fvdrift.commands.plot import main as plot

    return plot(request, run_file)


def _export(asked: argparse.Namespace) -> int:
    _open(asked, asked.tracks)
    if not _is_first():
        return 0
    from fvdrift.export import format_of

    format_of(None if asked.output is None else Path(asked.output), asked.to)
    if not Path(asked.tracks).exists():
        raise RunFileError(f"{asked.tracks}: there is no such file")
    with _loading(asked):
        from fvdrift.commands.export import main as export

    return export(asked)


def _stats(asked: argparse.Namespace) -> int:
    _open(asked, asked.tracks)
    if not _is_first():
        return 0
    with _loading(asked):
        from fvdrift.commands.stats import main as stats

    return stats(asked.tracks, asked.config, asked.output, asked.overwrite)


def _new(asked: argparse.Namespace) -> int:
    if not _is_first():
        return 0
    from fvdrift.commands.new import list_all
    from fvdrift.commands.new import main as new

    return list_all() if asked.list else new(asked.template, asked.output)


def _schema(asked: argparse.Namespace) -> int:
    if not _is_first():
        return 0
    from fvdrift.commands.schema import main as schema

    return schema(asked.format)


def _warmup(asked: argparse.Namespace) -> int:
    if not _is_first():
        return 0
    names = asked.run_files
    if not names:
        from fvdrift.commands.example import bundled

        names = sorted(map(str, bundled().glob("*.toml")))
    _open(asked, *names)
    from fvdrift.settings import load_run_file

    run_files = [load_run_file(name, asked.set, with_files=True) for name in names]
    with _loading(asked):
        from fvdrift.commands.warmup import main as warmup

    return warmup(run_files)


def _example(asked: argparse.Namespace) -> int:
    if not _is_first():
        return 0
    from fvdrift.commands.example import main as example

    return example(asked.name, asked.output)


_ACTIONS = {
    "run": _run,
    "plan": _plan,
    "jobscript": _jobscript,
    "info": _info,
    "plot": _plot,
    "export": _export,
    "stats": _stats,
    "compare": _compare,
    "new": _new,
    "schema": _schema,
    "example": _example,
    "warmup": _warmup,
}


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="fvdrift", description="Particle tracking through the stored output of FVCOM.")
    parser.add_argument("--version", action="version", version=f"fvdrift {__version__}")
    add_commands(parser, _ACTIONS)
    return parser


def _is_first() -> bool:
    here = launcher.seat()
    return here is None or here.rank == 0


if __name__ == "__main__":
    sys.exit(main())
