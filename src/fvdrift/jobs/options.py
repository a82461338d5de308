"""The options of `fvdrift jobscript`, one sub-command for each scheduler, and the texts they take. Nothing
heavy is loaded."""

import argparse
import re
from collections.abc import Callable, Iterable

from fvdrift.tools.duration import SECOND
from fvdrift.tools.option import Option, add, count, option
from fvdrift.tools.quantity import parse_duration

_CLOCK = re.compile(r"(?:([0-9]{1,3})-)?([0-9]{1,4}):([0-9]{2})(?::([0-9]{2}))?")
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


_OF_ALL = (
    option("--ranks", type=count, metavar="N", help="default: as many as pay off on the nodes"),
    option("--nodes", type=count, metavar="N", help="default: 1, or what --ranks-per-node asks for"),
    option("--ranks-per-node", type=count, metavar="N", help="default: ranks / nodes"),
    option(
        "--walltime", type=_walltime, metavar="TIME", help='"90min", "12h" or HH:MM:SS; default: from plan'
    ),
    option("--memory", type=_memory, metavar="SIZE", help='of each rank, such as "4GB"; default: from plan'),
    option("--mpi", choices=("mpich", "openmpi"), help="default: what mpi4py finds here"),
    option(
        "-o", "--output", metavar="FILE", help="file to write (never replaced if it exists); default: print"
    ),
)
_OF_A_CLUSTER = (
    option("--account", type=_word, help="account to charge"),
    option("--email", type=_word, metavar="ADDRESS", help="whom to tell when it ends"),
    option(
        "--module",
        type=_word,
        action="append",
        default=[],
        help="environment module to load first; repeatable",
    ),
    option(
        "--stage",
        action="store_true",
        help="copy the Python environment to a disk of each node first, as one archive",
    ),
)
_SCHEDULERS: dict[str, tuple[str, tuple[Option, ...]]] = {
    "slurm": (
        "a script for sbatch",
        (
            *_OF_A_CLUSTER,
            option("--partition", type=_word, help="default: that of the cluster"),
            option("--launcher", choices=("srun", "mpiexec"), default="srun", help="default: srun"),
        ),
    ),
    "pbs": (
        "a script for qsub of OpenPBS and PBS Pro",
        (*_OF_A_CLUSTER, option("--queue", type=_word, help="default: that of the server")),
    ),
    "kubernetes": (
        "an MPIJob of the MPI operator (kubeflow.org/v2beta1)",
        (
            option(
                "--image",
                type=_word,
                required=True,
                help="name of the image of scripts/container/Containerfile, as you pushed it",
            ),
            option(
                "--claim", type=_word, default="fvdrift-data", help="volume claim with the data (%(default)s)"
            ),
            option(
                "--data",
                metavar="FOLDER",
                help="folder that the claim holds, and where pods mount it; default: what the files have in common",
            ),
            option("--namespace", type=_word, help="default: that of kubectl"),
        ),
    ),
}


def add_options(
    jobscript: argparse.ArgumentParser,
    command: Callable[[argparse.Namespace], int],
    run_file: Iterable[Option],
) -> None:
    """Declare them. run_file: what every command with a run file has."""
    schedulers = jobscript.add_subparsers(metavar="SCHEDULER", required=True, dest="scheduler")
    for name, (about, own) in _SCHEDULERS.items():
        one = schedulers.add_parser(
            name, help=about, description=f"Write {about} that stops in time and resumes the run."
        )
        add(one, (*run_file, *_OF_ALL, *own))
        one.set_defaults(command=command)
