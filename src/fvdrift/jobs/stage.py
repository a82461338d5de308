"""The lines of a job script that bring the environment to a disk of each node (`--stage`), and when something else
is better. What is in the archive is `environment`'s concern."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from fvdrift.errors import RunFileError

from . import environment
from .resources import Resources
from .shell import words

MANY_NODES = 32  # each reads the whole archive
MANY_PROCESSES = 32  # of a node: all load the same, from the same disk
_THREADS = 4  # with 8 particles still move as fast only where there are many
# what lies there runs as ours: nobody else may have made the folder. It is there where two nodes share a disk
_UNPACK = """\
archive=$1 stage=$2 disk=${2%/*}
if [[ ! -O $archive ]]; then
    echo "$HOSTNAME: $archive is not to be seen here, or belongs to another user" >&2
    exit 1
fi
takes=$(($(stat -Lc %s -- "$archive") / 1024 * 6 / 5)) free=$(df -Pk -- "$disk" | awk "END { print \\$4 }")
if ((${free:-0} < takes)); then
    echo "$HOSTNAME: the environment takes $((takes / 1024)) MB, and $disk has $((${free:-0} / 1024)) MB:" \\
        "set TMPDIR to a larger disk of the nodes, or write the script without --stage" >&2
    exit 1
fi
unpack() {
    tar -xf "$archive" -C "$copy" || return 1
    settings=$copy/env/pyvenv.cfg
    if [[ -d $copy/python ]]; then
        { echo "home = $stage/python/bin" && grep -iv "^home" "$settings"; } >"$settings.new" || return 1
        mv -- "$settings.new" "$settings"
    fi
    mv -nT -- "$copy" "$stage" 2>/dev/null
    return 0
}
copy=$(mktemp -d -- "$stage.XXXXXX") && unpack
failed=$?
[[ -z $copy ]] || rm -rf -- "$copy"
if ((failed)) || [[ ! -d $stage || -L $stage || ! -O $stage || -n $(find "$stage" -maxdepth 0 -perm /077) ]]; then
    echo "$HOSTNAME: the environment cannot be unpacked to $stage, a folder of our own" >&2
    exit 1
fi"""


def staged(needed: Resources, kernels: Path | None, job: str, once_a_node: str) -> dict[str, str]:
    """The lines, what removes the copies again, and the Python in them. kernels: those that are compiled; job: the name
    of the job, for bash; once_a_node: starts a program on each node.

    Raises RunFileError where the environment cannot be copied, or there is no folder to pack it into.
    """
    environment.refuse()
    if kernels is None:
        raise RunFileError(
            "--stage: there is no folder to keep the archive in: give FVDRIFT_CACHE_DIR, one that all nodes see"
        )
    archive = kernels.parent / f"environment-{hashlib.sha256(sys.prefix.encode()).hexdigest()[:16]}.tar"
    start = f"{once_a_node} " if needed.nodes > 1 else ""
    remove = f'{start}rm -rf -- "$stage"'
    lines = [
        "# The environment goes to a disk of each node as one file: each rank would look for thousands of small ones.",
        *(f"# {sentence}" for sentence in advice(needed)),
        f"archive={words([str(archive)])}",
        f'{words([sys.executable])} -P -m fvdrift.jobs.environment "$archive" "$warm" || exit 1',
        f"stage=${{SLURM_TMPDIR:-${{TMPDIR:-/tmp}}}}/fvdrift-stage-$(id -u)-{job}",
        f"trap {words([remove])} EXIT",
        "# shellcheck disable=SC2016 # to be expanded on each node",
        f'{start}bash -c {words([_UNPACK])} unpack "$archive" "$stage" || exit 1',
        "[[ -z $warm ]] || warm=$stage/kernels/${warm##*/}",
        "",
    ]
    return {"stage": "\n".join(lines), "unstage": ' "$stage"', "python": '"$stage/env/bin/python"'}


def advice(needed: Resources) -> Iterator[str]:
    """Sentences on what is better than a copy for each node."""
    if needed.threads == 1 and needed.ranks_per_node >= MANY_PROCESSES:
        yield (
            f"{needed.ranks_per_node} processes start on each node: with parallel.threads = {_THREADS} "
            f"it would be {needed.ranks_per_node // _THREADS}."
        )
    if needed.nodes >= MANY_NODES:
        yield (
            f"All {needed.nodes} nodes read the whole archive: a container image is read only where it is used "
            "(docs/cluster.md)."
        )
