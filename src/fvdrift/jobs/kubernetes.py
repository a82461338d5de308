"""An MPIJob of the MPI operator for Kubernetes. What is in the image is scripts/container's concern."""

import argparse
import glob
import os
from collections.abc import Sequence
from pathlib import Path

from fvdrift.errors import RunFileError
from fvdrift.process import Family
from fvdrift.settings import RunFile
from fvdrift.version import __version__

from .resources import Resources
from .shell import container_word, fill, job_name, scalar

_LONGEST_NAME = 40  # the operator adds to it, and a name of a host has 63 letters at most
_HOSTS = "/etc/mpi/hostfile"  # written by the operator
# not to be mounted over
_SYSTEM = (
    "/",
    "/bin",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
)


def mpijob(
    asked: argparse.Namespace, run: Sequence[str], needed: Resources, family: Family, run_file: RunFile
) -> str:
    """The text for kubectl. Raises RunFileError where the data have no common folder that can be mounted."""
    mount = mounted_folder(run_file, asked.data)
    if family == "mpich":
        launch = ["mpiexec", "-f", _HOSTS, "-n", str(needed.ranks)]
    else:
        launch = [
            "mpiexec",
            "--hostfile",
            _HOSTS,
            "-n",
            str(needed.ranks),
            "--bind-to",
            "none",
            "-x",
            "FVDRIFT_CACHE_DIR",
        ]
    command = [*launch, "python", "-P", "-m", "fvdrift", *run]
    return fill(
        "mpijob.yaml",
        {
            "version": __version__,
            "name": job_name(asked.stem.lower(), "[a-z0-9-]", _LONGEST_NAME),
            "namespace": f"  namespace: {scalar(asked.namespace)}" if asked.namespace else "",
            "queue": f"  labels: {{kueue.x-k8s.io/queue-name: {scalar(asked.queue)}}}" if asked.queue else "",
            "ranks_per_node": needed.ranks_per_node,
            "implementation": "MPICH" if family == "mpich" else "OpenMPI",
            "deadline": f"    activeDeadlineSeconds: {needed.walltime_s}" if asked.walltime else "",
            "grace": needed.lead_s,
            "image": scalar(asked.image),
            "mount": scalar(mount),
            "command": "\n".join(f"{' ' * 16}- {container_word(word)}" for word in command),
            "cache": container_word(os.path.join(mount, ".fvdrift-kernels")),
            "claim": scalar(asked.claim),
            "nodes": needed.nodes,
            "cores": needed.ranks_per_node * needed.threads,
            "memory": max(needed.first_mib, needed.other_mib if needed.nodes > 1 else 0),
        },
    )


def mounted_folder(run_file: RunFile, wanted: str | None) -> str:
    """The folder that the claim is mounted as: `wanted`, or the nearest that holds the run file, its forcing
    and its output."""
    used = [os.path.abspath(run_file.folder), os.path.abspath(run_file.resolve(run_file.output.file).parent)]
    used += [os.path.abspath(_unmoving(run_file.resolve(pattern))) for pattern in run_file.forcing.files]
    folder = os.path.commonpath(used) if wanted is None else os.path.abspath(wanted)
    if folder in _SYSTEM:
        where = f"{folder}, which cannot be mounted over" if wanted else "no folder of their own in common"
        raise RunFileError(
            f"{run_file.path}: run file, forcing and output have {where}: give the folder of the claim as --data"
        )
    outside = [place for place in used if os.path.commonpath([place, folder]) != folder]
    if outside:
        raise RunFileError(f"--data {folder}: {outside[0]} is outside, so the pods would not see it")
    return folder


def _unmoving(pattern: Path) -> Path:
    """The folder of a glob, before its first wildcard."""
    return next(folder for folder in pattern.parents if not glob.has_magic(str(folder)))
