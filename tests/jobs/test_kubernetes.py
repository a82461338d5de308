"""The MPIJob: pods by Kubernetes' own schema, the job around them by that of the MPI operator, and its shell
lines run."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from fvdrift.errors import RunFileError
from fvdrift.jobs.kubernetes import mounted_folder
from fvdrift.settings.load import run_file_from

from .conftest import Jobscript, checked_by_bash

yaml = pytest.importorskip("yaml")
kubernetes_validate = pytest.importorskip("kubernetes_validate")
jsonschema = pytest.importorskip("jsonschema")

IMAGE = ("--image", "registry.example.org:5000/ocean/fvdrift:0.1.0@sha256:12ab")
REPLICA = {
    "type": "object", "additionalProperties": False, "required": ["replicas", "restartPolicy", "template"],
    "properties": {
        "replicas": {"type": "integer", "minimum": 1}, "restartPolicy": {"enum": ["Never", "OnFailure"]},
        "template": {"type": "object", "required": ["spec"]},
    },
}  # fmt: skip
LABEL = {"type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$"}
MPIJOB = {  # kubeflow.org/v2beta1 as the operator checks it from version 0.5 on
    "type": "object", "additionalProperties": False, "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "kubeflow.org/v2beta1"}, "kind": {"const": "MPIJob"},
        "metadata": {
            "type": "object", "additionalProperties": False, "required": ["name"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]{0,45}[a-z0-9])?$"}, "namespace": {"type": "string"},
                "labels": {"type": "object", "additionalProperties": False, "properties": {"kueue.x-k8s.io/queue-name": LABEL}},
            },
        },
        "spec": {
            "type": "object", "additionalProperties": False, "required": ["mpiReplicaSpecs"],
            "properties": {
                "slotsPerWorker": {"type": "integer", "minimum": 1}, "sshAuthMountPath": {"type": "string"},
                "mpiImplementation": {"enum": ["OpenMPI", "Intel", "MPICH"]},
                "launcherCreationPolicy": {"enum": ["AtStartup", "WaitForWorkersReady"]},
                "runPolicy": {
                    "type": "object", "additionalProperties": False, "required": ["cleanPodPolicy"],
                    "properties": {
                        "cleanPodPolicy": {"enum": ["None", "Running", "All"]}, "backoffLimit": {"type": "integer", "minimum": 0},
                        "activeDeadlineSeconds": {"type": "integer", "minimum": 1},
                    },
                },
                "mpiReplicaSpecs": {
                    "type": "object", "additionalProperties": False, "required": ["Launcher", "Worker"],
                    "properties": {"Launcher": REPLICA, "Worker": REPLICA},
                },
            },
        },
    },
}  # fmt: skip


def job(text: str) -> dict[str, Any]:
    """The MPIJob in a script, after all checks."""
    found = yaml.safe_load(text)
    jsonschema.validate(found, MPIJOB)
    for name, replica in found["spec"]["mpiReplicaSpecs"].items():
        spec = {**replica["template"]["spec"], "restartPolicy": replica["restartPolicy"]}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**found["metadata"], "name": name.lower()},
            "spec": spec,
        }
        kubernetes_validate.validate(pod, "1.30", strict=True)
        mounted, volumes = spec["containers"][0]["volumeMounts"], spec["volumes"]
        assert {mount["name"] for mount in mounted} == {volume["name"] for volume in volumes}
    return found["spec"] | {"metadata": found["metadata"]}


def container(spec: dict[str, Any], name: str) -> dict[str, Any]:
    return spec["mpiReplicaSpecs"][name]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("mpi", ["mpich", "openmpi"])
@pytest.mark.parametrize(
    "more", [(), ("--walltime", "2h", "--namespace", "ocean", "--claim", "waves", "--queue", "team-a")]
)
def test_schemas_are_met(mpi: str, more: tuple[str, ...], jobscript: Jobscript) -> None:
    spec = job(jobscript("kubernetes", *IMAGE, "--ranks", 6, "--nodes", 3, "--mpi", mpi, *more))
    assert spec["metadata"]["name"] == "my-run-s"
    assert spec["mpiImplementation"] == {"mpich": "MPICH", "openmpi": "OpenMPI"}[mpi]
    assert (spec["slotsPerWorker"], spec["mpiReplicaSpecs"]["Worker"]["replicas"]) == (2, 3)
    assert container(spec, "Worker")["image"] == container(spec, "Launcher")["image"] == IMAGE[1]
    assert spec["metadata"].get("namespace") == ("ocean" if more else None)
    # the label by which Kueue knows whose queue admits a job
    assert spec["metadata"].get("labels") == ({"kueue.x-k8s.io/queue-name": "team-a"} if more else None)
    assert spec["runPolicy"].get("activeDeadlineSeconds") == (7200 if more else None)
    volume = spec["mpiReplicaSpecs"]["Worker"]["template"]["spec"]["volumes"][0]
    assert volume["persistentVolumeClaim"]["claimName"] == ("waves" if more else "fvdrift-data")


def test_a_schema_that_is_not_met_is_noticed(jobscript: Jobscript) -> None:
    text = jobscript("kubernetes", *IMAGE)
    for old, new in (("slotsPerWorker: 1", "slots: 1"), ("backoffLimit: 20", 'backoffLimit: "20"')):
        with pytest.raises(jsonschema.ValidationError):
            job(text.replace(old, new))
    with pytest.raises(kubernetes_validate.ValidationError):
        job(text.replace("mountPath:", "mountpath:"))


def test_pods_ask_for_cores_and_memory_of_their_ranks_and_have_no_rights(jobscript: Jobscript) -> None:
    spec = job(
        jobscript(
            "kubernetes", *IMAGE, "--ranks", 6, "--nodes", 2, "--memory", "1GB", "--set", "parallel.threads=2"
        )
    )
    asked = container(spec, "Worker")["resources"]
    assert (asked["requests"]["cpu"], asked["requests"]["memory"], asked["limits"]["memory"]) == (
        6,
        "3328Mi",
        "3328Mi",
    )
    for name in ("Launcher", "Worker"):
        pod = spec["mpiReplicaSpecs"][name]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["terminationGracePeriodSeconds"] >= 120
        assert container(spec, name)["securityContext"] == {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip


def test_every_word_reaches_the_run_as_it_is(jobscript: Jobscript, run_file: Path) -> None:
    title = 'title="it\'s $(HOME) $$(x)"'
    command = container(job(jobscript("kubernetes", *IMAGE, "--ranks", 4, "--set", title)), "Launcher")[
        "command"
    ]
    kubelet = re.compile(r"\$(\$|\(HOME\))")
    as_kubelet = [
        kubelet.sub(lambda found: "$" if found[1] == "$" else "/root", word) for word in command[4:]
    ]
    assert as_kubelet[:5] == ["mpiexec", "-f", "/etc/mpi/hostfile", "-n", "4"]
    assert as_kubelet[5:] == [
        "python",
        "-P",
        "-m",
        "fvdrift",
        "run",
        "--resume",
        f"--set={title}",
        str(run_file),
    ]


def test_the_launcher_hands_a_termination_on_as_usr1_and_ends_with_its_code(
    jobscript: Jobscript, tmp_path: Path
) -> None:
    command = container(job(jobscript("kubernetes", *IMAGE)), "Launcher")["command"]
    assert command[:2] == ["/bin/bash", "-c"]
    (tmp_path / "hosts").write_text(f"{socket.gethostname()}:2\nlocalhost slots=2\n")
    lines = command[2].replace("/etc/mpi/hostfile", str(tmp_path / "hosts"))
    checked_by_bash(lines)
    run = f"trap 'exit 75' USR1; touch {tmp_path}/waits; while sleep 0.05; do :; done"
    launcher = subprocess.Popen(["bash", "-c", lines, command[3], "bash", "-c", run], env=dict(os.environ))
    until = time.monotonic() + 20
    while not (tmp_path / "waits").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    launcher.terminate()
    assert launcher.wait(20) == 75


def tree(**tables: Any) -> dict[str, Any]:
    return {"forcing": {"files": "flow_*.nc"}, "release": [{"point": [1, 2]}], **tables}


@pytest.mark.parametrize(
    ("tables", "wanted", "folder"),
    [
        ({}, None, "/data/runs/may"),
        ({"output": {"file": "../out/tracks.nc"}}, None, "/data/runs"),
        ({"forcing": {"files": ["/data/flow/*/*.nc"]}}, None, "/data"),
        ({}, "/data", "/data"),
    ],
)
def test_the_claim_is_mounted_where_all_data_are(
    tables: dict[str, Any], wanted: str | None, folder: str
) -> None:
    assert mounted_folder(run_file_from(tree(**tables), Path("/data/runs/may/run.toml")), wanted) == folder


@pytest.mark.parametrize(
    ("tables", "wanted", "words"),
    [
        ({"forcing": {"files": "/archive/flow.nc"}}, None, "no folder of their own in common"),
        ({}, "/data/runs/june", "/data/runs/may is outside"),
        ({}, "/", "cannot be mounted over"),
        ({"forcing": {"files": "/archive/flow.nc"}}, "/data", "/archive is outside"),
    ],
)
def test_data_that_pods_would_not_see_are_told(
    tables: dict[str, Any], wanted: str | None, words: str
) -> None:
    with pytest.raises(RunFileError, match=words):
        mounted_folder(run_file_from(tree(**tables), Path("/data/runs/may/run.toml")), wanted)
