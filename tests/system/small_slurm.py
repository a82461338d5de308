"""A SLURM of two nodes for the tests, both on this machine: its own daemons, ports and folder, beside
whatever else runs here.

Runs as the user who starts the tests, root or not. Nothing outside its folder is written.
"""

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_CONFIGURATION = """\
ClusterName=fvdrift
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,requeue_delay=1
MpiParams=ports={first}-{last}
ReturnToService=2
SlurmdParameters=config_overrides
MailProg=/bin/true
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
KillWait=5
NodeName=here1 NodeAddr=127.0.0.1 Port={here1} CPUs=4 RealMemory=4000 State=UNKNOWN
NodeName=here2 NodeAddr=127.0.0.1 Port={here2} CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=debug Nodes=here1,here2 Default=YES MaxTime=INFINITE State=UP
"""


def daemon(name: str) -> str | None:
    """Where the program is; daemons are often not on the path of a user."""
    return shutil.which(name, path=_PLACES)


class Slurm:
    """The commands of a running SLURM."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}

    def command(self, *words: object, **environment: str) -> str:
        """What a command such as squeue prints. Raises CalledProcessError where it fails."""
        done = subprocess.run(
            [*map(str, words)], capture_output=True, text=True, check=True, timeout=30, cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
        )  # fmt: skip
        return done.stdout.strip()

    def submit(self, script: Path, **environment: str) -> str:
        """The number of the job."""
        return self.command("sbatch", "--parsable", script, **environment)

    def facts(self, job: str) -> dict[str, str]:
        """What `scontrol show job` says."""
        said = self.command("scontrol", "--oneliner", "show", "job", job)
        return dict(word.split("=", 1) for word in said.split() if "=" in word)

    def wait(self, job: str, *states: str, seconds: float = 90.0) -> dict[str, str]:
        """The facts of the job once it is in one of `states`, else when it has ended. Raises TimeoutError."""
        until = time.monotonic() + seconds
        wanted = states or ENDED
        while time.monotonic() < until:
            facts = self.facts(job)
            if facts["JobState"] in wanted:
                return facts
            time.sleep(0.2)
        raise TimeoutError(f"{facts}\n{self.logs()}")

    def logs(self) -> str:
        """All that daemons and jobs said."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')}"
            for path in sorted(self.folder.glob("*.log"))
        )


@contextmanager
def small_slurm(folder: Path) -> Iterator[Slurm]:
    """Start it in `folder`, which must be empty; all is stopped at the end."""
    folder.chmod(0o700)
    for name in ("state", "spool.here1", "spool.here2"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    controller, here1, here2, first = _free_ports(4)
    (folder / "slurm.conf").write_text(
        _CONFIGURATION.format(
            folder=folder,
            host=socket.gethostname().split(".")[0],
            user=getpass.getuser(),
            controller=controller,
            here1=here1,
            here2=here2,
            first=first,
            last=first + 20,
        )
    )
    files = {name: folder / f"munge.{name}" for name in ("socket", "pid", "log", "seed")}
    munged = ["--foreground", "--force", "--num-threads=2", "--key-file", key, "--socket", files["socket"],
              "--pid-file", files["pid"], "--log-file", files["log"], "--seed-file", files["seed"]]  # fmt: skip
    slurm = Slurm(folder)
    with ExitStack() as stack:
        stack.enter_context(_running("munged", *munged, folder=folder))
        _until(files["socket"].exists, slurm, "munged")
        stack.enter_context(_running("slurmctld", "-D", folder=folder))
        for node in ("here1", "here2"):
            stack.enter_context(_running("slurmd", "-D", "-N", node, folder=folder))
        _until(lambda: _quietly(slurm, "sinfo", "-h", "-t", "idle", "-o", "%D") == "2", slurm, "the nodes")
        try:
            yield slurm
        finally:
            _quietly(slurm, "scancel", "--user", getpass.getuser())
            _until(lambda: not _quietly(slurm, "squeue", "-h"), slurm, "the end of all jobs")


def _quietly(slurm: Slurm, *words: str) -> str:
    try:
        return slurm.command(*words)
    except subprocess.CalledProcessError:
        return ""


@contextmanager
def _running(name: str, *options: object, folder: Path) -> Iterator[None]:
    with (folder / f"{name}.out.log").open("a") as log:
        process = subprocess.Popen(
            [str(daemon(name)), *map(str, options)], stdout=log, stderr=subprocess.STDOUT,
            env={**os.environ, "SLURM_CONF": str(folder / "slurm.conf")},
        )  # fmt: skip
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _until(true: object, slurm: Slurm, what: str, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        if time.monotonic() > until:
            raise TimeoutError(f"waited for {what}\n{slurm.logs()}")
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now; the last is the first of a stretch."""
    with ExitStack() as stack:
        listening = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in listening:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in listening]
