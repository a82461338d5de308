"""Scripts for SLURM and PBS: the directives, and the lines that start the ranks under either family of
MPI."""

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from fvdrift.errors import RunFileError
from fvdrift.process import Family, mpiexec_of
from fvdrift.version import __version__

from .array import Array
from .resources import Resources
from .shell import fill, job_name, words, words_of_each
from .stage import staged

# compiled code that others can write would run as ours: the folder is that of `kernel_cache`; a copy has its
# name only when it is whole, as other jobs may read it
_PREPARE_NODE = """\
folder=$FVDRIFT_CACHE_DIR/fvdrift-$(id -u) there=$FVDRIFT_CACHE_DIR/fvdrift-$(id -u)/${warm##*/}
ours() { [[ -d $1 && ! -L $1 && -O $1 && -z $(find "$1" -maxdepth 0 -perm "$2") ]]; }
if ! { mkdir -p -m 700 -- "$folder" && ours "$folder" /077; }; then
    echo "$HOSTNAME: $folder is not ours alone: set FVDRIFT_CACHE_DIR to another folder" >&2
    exit 1
fi
if [[ -n $warm && ! -e $there ]] && ours "$warm" /022 && copy=$(mktemp -d "$folder/XXXXXX"); then
    cp -r -- "$warm/." "$copy" && mv -nT -- "$copy" "$there"
    rm -rf -- "$copy"
fi
exit 0"""
# the kernels are for all jobs of the node, so they are not in there; on further nodes it would not be there
_PRIVATE = """\
# What MPI leaves in the temporary folder when it is killed goes with the job.
private=$(mktemp -d) || exit 1
trap 'rm -rf -- "$private"%s' EXIT
export TMPDIR=$private"""
_MODULES = """\
# Each is looked at: many a `module` returns 0 for one that is not there. None of them is written for `set -u`.
set +u
for start in "$MODULESHOME/init/bash" /etc/profile.d/modules.sh /etc/profile.d/lmod.sh; do
    # shellcheck disable=SC1090 # the site's
    if ! command -v module >/dev/null && [[ -r $start ]]; then source "$start"; fi
done
loaded() { # by its name, by what came with it, or by another name
    [[ :$LOADEDMODULES: == *:"$1"[:/]* || :$LOADEDMODULES: != "$before" ]] ||
        { module is-loaded "$1" && ! module is-loaded "none/$1"; } 2>/dev/null
}
modules=(%s)
for module in "${modules[@]}"; do
    before=:$LOADEDMODULES:
    if ! command -v module >/dev/null; then
        echo "$HOSTNAME: there is no command \\`module\\` here, which is to load $module" >&2
        exit 1
    elif ! { module load "$module" && loaded "$module"; }; then
        echo "$HOSTNAME: the module $module cannot be loaded here; \\`module avail\\` lists what can" >&2
        exit 1
    fi
done
set -u"""
_LONGEST_NAME = 15  # more is refused by some PBS
# of scripts, whether a line says so or not: what changes them makes the rest of the script wrong
_ALWAYS = {
    "#SBATCH": ("array", "no-requeue", "mem-per-cpu", "mem-per-gpu"),
    "#PBS": ("-J", "-l ncpus", "-l nodes", "-l mem"),
}
_SHORT = {
    "N": "nodes", "n": "ntasks", "c": "cpus-per-task", "t": "time", "a": "array", "J": "job-name",
    "p": "partition", "A": "account", "q": "qos", "C": "constraint",
}  # fmt: skip
# Open MPI hands on to other nodes only what it is told to
_PASSED_ON = ("FVDRIFT_CACHE_DIR", "MPI4PY_LIBMPI", "PYTHONPATH")


def slurm_script(
    asked: argparse.Namespace, run: Sequence[str], needed: Resources, family: Family, warm: Path | None
) -> str:
    """The text for sbatch."""
    site = [
        ("--partition", asked.partition),
        ("--account", asked.account),
        ("--qos", asked.qos),
        ("--constraint", asked.constraint),
        ("--reservation", asked.reservation),
        ("--mail-user", asked.email),
        ("--mail-type", asked.email and "END,FAIL,REQUEUE"),
    ]
    once_a_node = (
        'srun --mpi=none --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_JOB_NUM_NODES" --ntasks-per-node=1'
    )
    job = "$SLURM_JOB_ID.${SLURM_RESTART_COUNT:-0}"
    values = _common(asked, run, needed, warm, job=job, once_a_node=once_a_node) | {
        "once_a_node": once_a_node,
        "name": job_name(asked.stem, "[A-Za-z0-9._-]", 60),
        "nodes": needed.nodes,
        "ranks": needed.ranks,
        "ranks_per_node": needed.ranks_per_node,
        "threads": needed.threads,
        "memory": max(needed.first_mib, needed.other_mib if needed.nodes > 1 else 0),
        "array": f"#SBATCH --array=0-{len(asked.array.values) - 1}" if asked.array else "",
        "task": _task(asked.array, "${SLURM_ARRAY_TASK_ID:?not submitted as an array}"),
        "log": "%A_%a" if asked.array else "%j",
        "site": "\n".join(
            [f"#SBATCH {option}={value}" for option, value in site if value]
            + ["#SBATCH --exclusive"] * asked.exclusive
        ),
        "launch": _slurm_launcher(asked.launcher, needed, family),
    }
    # its proxies, which srun starts, must not be given a PMI by SLURM
    if asked.launcher == "mpiexec" and family == "mpich":
        values["setup"] = f"{values['setup']}\nexport SLURM_MPI_TYPE=none".lstrip("\n")
    return _with_directives("slurm.sh", values, "#SBATCH", asked.directive)


def pbs_script(
    asked: argparse.Namespace, run: Sequence[str], needed: Resources, family: Family, warm: Path | None
) -> str:
    """The text for qsub."""
    if asked.queue and asked.reservation:
        raise RunFileError("--reservation is a queue of PBS, and there is a --queue: give one of them")
    mpiexec = mpiexec_of(family)
    site = [
        ("-q", asked.queue or asked.reservation),
        ("-A", asked.account),
        ("-M", asked.email),
        ("-m", asked.email and "ae"),
    ]
    if needed.nodes > 1 or asked.exclusive:
        place = "scatter" if needed.nodes > 1 else "pack"
        site.insert(0, ("-l", f"place={place}{':exclhost' * asked.exclusive}"))
    hosts = '-f "$PBS_NODEFILE"' if family == "mpich" else '--hostfile "$PBS_NODEFILE"'
    once_a_node = f"{words([mpiexec])} {hosts} {_mpiexec_options(needed.nodes, 1, family)}"
    job = "${PBS_JOBID//[!A-Za-z0-9.]/-}.${FVDRIFT_RESTARTS:-0}"  # of a task: 12[3].server
    return _with_directives(
        "pbs.sh",
        _common(asked, run, needed, warm, job=job, once_a_node=once_a_node)
        | {
            "name": job_name(asked.stem, "[A-Za-z0-9._-]", _LONGEST_NAME),
            "select": _chunks(needed, asked.constraint),
            "array": f"#PBS -J 0-{len(asked.array.values) - 1}" if asked.array else "",
            "task": _task(asked.array, "${FVDRIFT_TASK:-${PBS_ARRAY_INDEX:?not submitted as an array}}"),
            # one task goes on by itself, and no array has only one
            "handed_on": ",FVDRIFT_TASK" if asked.array else "",
            "text": "$(sed '/^#PBS -J /d' <<<\"$text\")" if asked.array else "$text",
            "walltime_s": needed.walltime_s,
            "site": "\n".join(f"#PBS {option} {value}" for option, value in site if value),
            "script": words([os.path.abspath(asked.output) if asked.output else ""]),
            "launch": f"{words([mpiexec])} {hosts} {_mpiexec_options(needed.ranks, needed.ranks_per_node, family)}",
            "once_a_node": once_a_node,
        },
        "#PBS",
        asked.directive,
    )


def _task(tasks: Array | None, number: str) -> str:
    """The lines that say which task of an array this is. Schedulers number them from 0: some take no index as large as
    a year."""
    if tasks is None:
        return ""
    return (
        f"values=({words(tasks.values)})\nexport FVDRIFT_TASK={number}\neach=${{values[FVDRIFT_TASK]}}\n"
        f'echo "{tasks.name}=$each"'
    )


def _with_directives(
    template: str, values: dict[str, str | int], prefix: str, directives: Sequence[str]
) -> str:
    """The template filled, with lines of the user's own. Raises RunFileError where one says what the script says."""
    own: set[str] = set()
    for line in fill(template, values | {"directives": ""}).splitlines():
        if line.startswith(f"{prefix} "):
            own |= _names(prefix, line.removeprefix(f"{prefix} "))
    own = (own | {*_ALWAYS[prefix]}) - {
        "output"
    }  # where the log goes nobody else asks, and the last line counts
    for directive in directives:
        if any(_is_own(name, own) for name in _names(prefix, directive)):
            raise RunFileError(
                f"--directive {directive!r}: the script says that itself: give it by another option, or change its line"
            )
    return fill(template, values | {"directives": "\n".join(f"{prefix} {line}" for line in directives)})


def _is_own(name: str, own: set[str]) -> bool:
    """Whether the script sets that itself. sbatch takes `--tim` for `--time`; names of a letter are whole."""
    long = len(name) > 1 and name[0] != "-"
    return name in own or (long and any(each.startswith(name) for each in own))


def _names(prefix: str, directive: str) -> set[str]:
    """What a directive sets, which may have several options in its line: each by its long name, or `-l NAME` of PBS."""
    try:
        words = shlex.split(directive)
    except ValueError:  # a quotation mark that nothing closes
        words = directive.split()
    options = list[str]()
    for word in words:
        if word.startswith("-") or not options:
            options.append(word)
        else:
            options[-1] += f" {word}"
    return {name for option in options if len(option) > 1 for name in _set_by(prefix, option)}


def _set_by(prefix: str, option: str) -> set[str]:
    if prefix == "#PBS":
        parts = re.findall(r"(\w+)=", option[2:]) if option[1] == "l" else []
        return {f"-l {name}" for name in parts} or {option[:2]}
    if option.startswith("--"):
        return {re.split("[= ]", option[2:], maxsplit=1)[0]}
    return {_SHORT.get(option[1], option[1])}


def _common(
    asked: argparse.Namespace,
    run: Sequence[str],
    needed: Resources,
    warm: Path | None,
    *,
    job: str,
    once_a_node: str,
) -> dict[str, str | int]:
    """job: its name, for bash; once_a_node: starts a program on each node."""
    place = {"stage": "", "unstage": "", "python": words([sys.executable])}
    if asked.stage:
        place = staged(needed, warm, job, once_a_node)
    hours, rest = divmod(needed.walltime_s, 3600)
    command = words(["-P", "-m", "fvdrift", *run])
    if asked.array:
        command = words_of_each(["-P", "-m", "fvdrift", *run], asked.array.mark, "each")
    handed_on = {
        "MPI4PY_LIBMPI": os.environ.get("MPI4PY_LIBMPI"),
        "PYTHONPATH": _whole_folders(os.environ.get("PYTHONPATH", "")),
    }
    setup = [f"export {name}={words([value])}" for name, value in handed_on.items() if value]
    return {
        "version": __version__,
        "walltime": f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}",
        "lead": needed.lead_s,
        "modules": _MODULES % words(asked.module) if asked.module else "",
        "setup": "\n".join(setup),
        "warm": words([str(warm or "")]),
        "prepare_node": words([_PREPARE_NODE]),
        "stage": place["stage"],
        "private": _PRIVATE % place["unstage"] if needed.nodes == 1 else "",
        "run": f"{place['python']} {command}",
    }


def _whole_folders(path: str) -> str:
    """A search path without what hangs on the current folder, which in the job is another; an empty part
    means that folder."""
    return os.pathsep.join(os.path.abspath(folder) for folder in path.split(os.pathsep) if folder)


def _slurm_launcher(launcher: str, needed: Resources, family: Family) -> str:
    if launcher == "mpiexec":
        return (
            f"{words([mpiexec_of(family)])} {_mpiexec_options(needed.ranks, needed.ranks_per_node, family)}"
        )
    plugin = "pmi2" if family == "mpich" else "pmix"
    # --wait: a rank that crashed leaves the others waiting for it
    return f'srun --mpi="${{FVDRIFT_SRUN_MPI:-{plugin}}}" --cpus-per-task={needed.threads} --wait=300'


def _mpiexec_options(count: int, per_node: int, family: Family) -> str:
    if family == "mpich":
        return f"-n {count} -ppn {per_node}"
    handed_on = " ".join(
        f"-x {name}" for name in _PASSED_ON if name == "FVDRIFT_CACHE_DIR" or os.environ.get(name)
    )
    # unbound: on a node shared with other jobs Open MPI would bind them all to the same cores
    return f"-n {count} --map-by ppr:{per_node}:node --bind-to none {handed_on}"


def _chunks(needed: Resources, wanted: str | None) -> str:
    """The first has rank 0, which holds whole frames; the last may have fewer ranks."""
    full, last = needed.ranks_per_node, needed.ranks_on_last
    chunks = [(1, full, needed.first_mib)]
    if needed.nodes > 1:
        between = needed.nodes - 2 + (last == full)
        chunks += [(between, full, needed.other_mib)] if between else []
        chunks += [(1, last, needed.other_mib)] if last < full else []
    more = f":{wanted}" if wanted else ""
    return "+".join(
        f"{count}:ncpus={ranks * needed.threads}:mpiprocs={ranks}:mem={mib}mb{more}"
        for count, ranks, mib in chunks
    )
