"""The options of `fvdrift jobscript`, one sub-command for each scheduler, and the texts they take. Nothing
heavy is loaded."""

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fvdrift.tools.duration import SECOND
from fvdrift.tools.option import Option, add, count, option
from fvdrift.tools.quantity import parse_duration

from .array import array

# 90:00 is hours to some and minutes to others: only after days are the seconds left out
_CLOCK = re.compile(r"(?:([0-9]{1,3})-)?([0-9]{1,4}):([0-9]{2})(?::([0-9]{2}))?")
_RUN, _SIZE, _SITE, _HOW = "the run", "what it asks for", "the site", "how it starts"
_AMOUNT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(M|G|T)(i?)B?", re.IGNORECASE)
_POWERS = {"M": 2, "G": 3, "T": 4}


def _word(text: str) -> str:
    """A name as schedulers take it: nothing that ends a line, a word or a directive, and no option."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._@:/+=,-]{0,250}", text):
        raise argparse.ArgumentTypeError(f"{text!r} may only hold letters, digits and . _ @ : / + = , -")
    return text


def _walltime(text: str) -> int:
    """Seconds."""
    match = _CLOCK.fullmatch(text)
    if match and match[1] is None and match[4] is None:
        raise argparse.ArgumentTypeError(f"{text!r} may be hours or minutes: write HH:MM:SS")
    if match:
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        total = ((24 * days + hours) * 60 + minutes) * 60 + seconds
    else:
        try:
            total = parse_duration(text) // SECOND
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{error}, or HH:MM:SS") from None
    if not 60 <= total <= 366 * 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not between a minute and a year")
    return total


def _memory(text: str) -> int:
    """Bytes; K, M and G are powers of 1024, as they are to the schedulers."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a size of memory: write one such as "4GB" or "800MB"'
        )
    found: int = round(float(match[1]) * 1024 ** _POWERS[match[2].upper()])
    if not 1 << 20 <= found <= 1 << 50:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1 MB and 1024 TB")
    return found


def _like(pattern: str, what: str) -> Callable[[str], str]:
    """A reader of texts that `pattern` matches as a whole."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return text

    return read


def _directive(prefix: str, example: str) -> Callable[[str], str]:
    """A reader of directives, with `prefix` or without, which are one line of the script."""

    def read(text: str) -> str:
        given = text.removeprefix(prefix).strip()
        if not (re.match(r"--?[A-Za-z]", given) and given.isprintable()):
            raise argparse.ArgumentTypeError(f'{text!r} is no line such as "{prefix} {example}"')
        return given

    return read


def _none(why: str) -> Callable[[str], str]:
    """A reader that refuses everything."""

    def read(text: str) -> str:
        raise argparse.ArgumentTypeError(why)

    return read


def _exclusive(what: str) -> Option:
    return option("--exclusive", action="store_true", help=f"share no node with other jobs ({what})")


def _directives(prefix: str, example: str) -> Option:
    return option(
        "--directive",
        type=_directive(prefix, example),
        action="append",
        default=[],
        metavar="LINE",
        help=f'a further line, such as "{prefix} {example}"; repeatable',
    )


_WANTED = (
    option("--ranks", type=count, metavar="N", help="default: as many as pay off on the nodes"),
    option("--nodes", type=count, metavar="N", help="default: 1, or what --ranks-per-node asks for"),
    option("--ranks-per-node", type=count, metavar="N", help="default: ranks / nodes"),
    option(
        "--walltime", type=_walltime, metavar="TIME", help='"90min", "12h" or HH:MM:SS; default: from plan'
    ),
    option("--memory", type=_memory, metavar="SIZE", help='of each rank, such as "4GB"; default: from plan'),
)
_MPI = option("--mpi", choices=("mpich", "openmpi"), help="default: what mpi4py finds here")
_OUTPUT = option(
    "-o",
    "--output",
    metavar="FILE",
    help="file to write (never replaced if it exists); default, and -: print",
)
_ARRAY = option(
    "--array",
    type=array,
    metavar="NAME=VALUES",
    help="a task for each value, such as year=2015-2020 or site=north,south: {year} in a --set stands for it",
)
_START = (
    option(
        "--module",
        type=_word,
        action="append",
        default=[],
        help="environment module to load first; repeatable. The job ends where it cannot be loaded",
    ),
    _MPI,
    option(
        "--stage",
        action="store_true",
        help="copy the Python environment to a disk of each node first, as one archive",
    ),
)
_ACCOUNT = (
    option("--account", type=_word, help="account to charge"),
    option("--email", type=_word, metavar="ADDRESS", help="whom to tell when it ends"),
)
# for each scheduler what it is about, and its options under the headings of --help
_SCHEDULERS: dict[str, tuple[str, dict[str, tuple[Option, ...]]]] = {
    "slurm": (
        "a script for sbatch",
        {
            _RUN: (_ARRAY, _OUTPUT),
            _SIZE: _WANTED,
            _SITE: (
                option("--partition", type=_word, help="default: that of the cluster"),
                *_ACCOUNT,
                option("--qos", type=_word, help="quality of service"),
                option(
                    "--constraint",
                    type=_like(r"[A-Za-z0-9_.,:=&|*()\[\]+-]{1,250}", "a constraint of sbatch"),
                    metavar="FEATURES",
                    help='what nodes must have, such as "rome&ib"',
                ),
                _exclusive("sbatch --exclusive"),
                option("--reservation", type=_word, help="reservation to run in"),
                _directives("#SBATCH", "--gres=tmp:100G"),
            ),
            _HOW: (
                *_START,
                option("--launcher", choices=("srun", "mpiexec"), default="srun", help="default: srun"),
            ),
        },
    ),
    "pbs": (
        "a script for qsub of OpenPBS and PBS Pro",
        {
            _RUN: (_ARRAY, _OUTPUT),
            _SIZE: _WANTED,
            _SITE: (
                option("--queue", type=_word, help="default: that of the server"),
                *_ACCOUNT,
                option(
                    "--qos",
                    type=_none(
                        "PBS has none: it is the --queue, or what your site calls it as a --directive"
                    ),
                    help=argparse.SUPPRESS,
                ),
                option(
                    "--constraint",
                    type=_like(
                        r"[A-Za-z]\w*=[\w.-]+(:[A-Za-z]\w*=[\w.-]+)*", "NAME=VALUE, several with : between"
                    ),
                    metavar="NAME=VALUE",
                    help="what each chunk must have, such as cpu_type=rome",
                ),
                _exclusive("place=exclhost"),
                option("--reservation", type=_word, help="reservation to run in: the queue of that name"),
                _directives("#PBS", "-W umask=022"),
            ),
            _HOW: _START,
        },
    ),
    "kubernetes": (
        "an MPIJob of the MPI operator (kubeflow.org/v2beta1)",
        {
            _RUN: (
                _OUTPUT,
                option(
                    "--array",
                    type=_none(
                        "SLURM and PBS have arrays of jobs: for Kubernetes write a script for each run"
                    ),
                    help=argparse.SUPPRESS,
                ),
            ),
            _SIZE: _WANTED,
            _SITE: (
                option("--namespace", type=_word, help="default: that of kubectl"),
                option(
                    "--queue",
                    type=_like(
                        "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "a name of a queue of Kueue (a-z, 0-9, -)"
                    ),
                    help="queue of Kueue that admits the job (LocalQueue); default: none",
                ),
                option(
                    "--claim",
                    type=_word,
                    default="fvdrift-data",
                    help="volume claim with the data (%(default)s)",
                ),
                option(
                    "--data",
                    metavar="FOLDER",
                    help="folder that the claim holds, and where pods mount it; default: what the files have in common",
                ),
            ),
            _HOW: (
                option(
                    "--image",
                    type=_word,
                    required=True,
                    help="name of the image of scripts/container/Containerfile, as you pushed it",
                ),
                option("--mpi", choices=("mpich", "openmpi"), help="default: mpich, which is in that image"),
            ),
        },
    ),
}


def add_options(
    jobscript: argparse.ArgumentParser,
    command: Callable[[argparse.Namespace], int],
    run_file: Iterable[Option],
) -> None:
    """Declare them. run_file: what every command with a run file has."""
    schedulers = jobscript.add_subparsers(
        metavar="SCHEDULER", required=True, dest="scheduler", parser_class=_with_directives(type(jobscript))
    )
    for name, (about, groups) in _SCHEDULERS.items():
        one = schedulers.add_parser(
            name, help=about, description=f"Write {about} that stops in time and resumes the run."
        )
        for title, options in groups.items():
            add(one.add_argument_group(title), (*run_file, *options) if title == _RUN else options)
        one.set_defaults(command=command)


def _with_directives(kind: Any) -> type[argparse.ArgumentParser]:
    """A parser of this kind that takes `--directive --x=y` as `--directive=--x=y`."""

    class Parser(kind):  # type: ignore[misc]
        def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:
            joined: list[str] = []
            for word in args or ():
                if (
                    joined and joined[-1] == "--directive" and word != "--"
                ):  # argparse would take -- out again
                    joined[-1] += f"={word}"
                else:
                    joined.append(word)
            return super().parse_known_args(joined, namespace)

    return Parser
