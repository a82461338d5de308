"""`fvdrift jobscript`: write a job script for a scheduler, with what `plan` says it needs. How each looks is
`fvdrift.jobs`' concern."""

import argparse
import os
import sys

from fvdrift.jobs import Resources, advice, mpijob, pbs_script, resources_of, slurm_script
from fvdrift.preparation import members_of, prepare_all, sizes
from fvdrift.process import Compiling, family, kernel_cache
from fvdrift.settings import RunFile
from fvdrift.tools.duration import wall_time
from fvdrift.tools.new_file import check_free, write_new

_SUBMIT = {"slurm": "sbatch", "pbs": "qsub", "kubernetes": "kubectl create -f"}


def main(run_file: RunFile, asked: argparse.Namespace) -> int:
    """Print the script that `asked` describes, or write it; say on stderr what it asks for. Returns 0.

    Raises FvdriftError for whatever would stop the run, and where the wishes don't fit each other.
    """
    if asked.output:
        check_free(asked.output)
    kernels = kernel_cache.set_up()
    with Compiling(quiet=False):
        prepared = prepare_all(members_of(run_file))
    needed = resources_of(
        sizes(prepared),
        run_file.parallel,
        ranks=asked.ranks,
        nodes=asked.nodes,
        ranks_per_node=asked.ranks_per_node,
        walltime_s=asked.walltime,
        memory_bytes=asked.memory,
        staged=asked.scheduler == "kubernetes" or getattr(asked, "stage", False),
    )
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
    return (
        f"{ranks}{threads} on {nodes}, {needed.first_mib / 1024:.1f} GB on the first{time} "
        f"(the run is predicted to take {wall_time(needed.predicted_s)}){submit}"
    )
