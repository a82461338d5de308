"""`fvdrift jobscript`: write a job script for a scheduler, with what `plan` says it needs. How each looks is
`fvdrift.jobs`' concern."""

import argparse
import os
import sys
from collections.abc import Sequence

from fvdrift.errors import blamed
from fvdrift.jobs import Array, Resources, advice, largest, mpijob, pbs_script, resources_of, slurm_script
from fvdrift.preparation import members_of, prepare_all, sizes
from fvdrift.process import Compiling, family, kernel_cache
from fvdrift.settings import RunFile
from fvdrift.tools.duration import wall_time
from fvdrift.tools.new_file import check_free, write_new

_SUBMIT = {"slurm": "sbatch", "pbs": "qsub", "kubernetes": "kubectl create -f"}


def main(run_files: Sequence[RunFile], asked: argparse.Namespace) -> int:
    """Print the script that `asked` describes, or write it; say on stderr what it asks for. Returns 0.

    run_files: that of each task of an array, or one. Raises FvdriftError for whatever would stop a run, and where the
    wishes don't fit each other.
    """
    run_file = run_files[0]
    if asked.output == "-":
        asked.output = None
    if asked.output:
        check_free(asked.output)
    kernels = kernel_cache.set_up()
    needed = _needed(run_files, asked)
    asked.stem = run_file.path.stem
    run = ["run", "--resume", *(f"--set={change}" for change in asked.set), os.path.abspath(run_file.path)]
    if asked.scheduler == "kubernetes":
        text = mpijob(asked, run, needed, asked.mpi or "mpich", run_file)  # that of scripts/container
    else:
        script = slurm_script if asked.scheduler == "slurm" else pbs_script
        text = script(asked, run, needed, asked.mpi or family(), kernels)
    if asked.output is None:
        sys.stdout.write(text)
    else:
        write_new(asked.output, text)
    print(_summary(needed, asked), file=sys.stderr)
    if getattr(asked, "stage", False):
        for sentence in advice(needed):
            print(sentence, file=sys.stderr)
    return 0


def _needed(run_files: Sequence[RunFile], asked: argparse.Namespace) -> Resources:
    """What is enough for each of them, on as many ranks as pay off for the one that gains most."""
    tasks: Array | None = getattr(asked, "array", None)
    found = []
    for number, run_file in enumerate(run_files):
        with blamed(f"{tasks.name}={tasks.values[number]}" if tasks else ""), Compiling(quiet=False):
            found.append(sizes(prepare_all(members_of(run_file))))

    def on(ranks: int | None) -> list[Resources]:
        return [
            resources_of(
                one,
                run_file.parallel,
                ranks=ranks,
                nodes=asked.nodes,
                ranks_per_node=asked.ranks_per_node,
                walltime_s=asked.walltime,
                memory_bytes=asked.memory,
                staged=asked.scheduler == "kubernetes" or getattr(asked, "stage", False),
            )
            for one, run_file in zip(found, run_files, strict=True)
        ]

    needs = on(asked.ranks)
    ranks = max(need.ranks for need in needs)
    return largest(needs if all(need.ranks == ranks for need in needs) else on(ranks))


def _summary(needed: Resources, asked: argparse.Namespace) -> str:
    nodes = "1 node" if needed.nodes == 1 else f"{needed.nodes} nodes"
    ranks = "1 rank" if needed.ranks == 1 else f"{needed.ranks} ranks"
    threads = f" of {needed.threads} threads" if needed.threads > 1 else ""
    time = (
        ""
        if asked.scheduler == "kubernetes" and not asked.walltime
        else f" in jobs of {wall_time(needed.walltime_s)}"
    )
    submit = f"; submit it with {_SUBMIT[asked.scheduler]} {asked.output}" if asked.output else ""
    tasks: Array | None = getattr(asked, "array", None)
    each = f"{len(tasks.values)} tasks, each: " if tasks else ""
    return (
        f"{each}{ranks}{threads} on {nodes}, {needed.first_mib / 1024:.1f} GB on the first{time} "
        f"(the run is predicted to take {wall_time(needed.predicted_s)}){submit}"
    )
