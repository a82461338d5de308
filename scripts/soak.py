#!/usr/bin/env python3
"""Disturb a run at random, let it go on, and compare its tracks byte for byte with those of a run that was
left alone.

Each start is on another number of ranks and meets one disturbance at a random moment: a signal or kill -9 to
a rank, kill -9 to the launcher or its proxy, the unfinished tracks removed, the records cut or changed, a
second run of the same output. When the run is done it begins again, for as long as was asked. Ends with 1 at
the first difference, and keeps what there is then.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[1]
MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
STOPPED, REFUSED, NOT_WRITTEN = 75, 2, 4
RANKS = (0, 1, 2, 3, 4)  # 0: one process without mpiexec
EARLY_S = 5.0  # before all ranks listen, a signal ends them as the system has it
LIMIT_S = 120.0  # for a rank that is asked to stop: far more than it takes, far less than for ever
GONE_S = 30.0  # for ranks whose launcher has gone


def command(run_file: Path, output: Path, ranks: int, *more: str) -> list[str]:
    """A run with checkpoints at every frame."""
    launcher = [str(MPIEXEC), "-n", str(ranks)] if ranks else []
    keys = [f"output.file={output}", "checkpoint.every=1h", *more]
    sets = [word for key in keys for word in ("--set", key)]
    return [
        *launcher,
        sys.executable,
        "-P",
        "-m",
        "fvdrift",
        "run",
        str(run_file),
        "--quiet",
        "--resume",
        *sets,
    ]


class Start(NamedTuple):
    """One start of the run. again: the command that started it; chance: draws whom to disturb, and where."""

    process: subprocess.Popen
    output: Path
    again: list[str]
    chance: random.Random

    def copies(self) -> list[psutil.Process]:
        """The copies of fvdrift that it has started."""
        return [one for one in self.processes() if _is_copy(one)]

    def processes(self) -> list[psutil.Process]:
        """The process it is, and all below that."""
        try:
            whole = psutil.Process(self.process.pid)
            return [whole, *whole.children(recursive=True)]
        except psutil.Error:
            return []


def _is_copy(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return "fvdrift" in words and "mpiexec" not in words[0]


def _named(process: psutil.Process, name: str) -> bool:
    try:
        return name in process.name()
    except psutil.Error:
        return False


# each returns whether there was something to disturb


def to_a_rank(number: signal.Signals) -> Callable[[Start], bool]:
    """Send a signal to any one rank."""

    def send(start: Start) -> bool:
        copies = start.copies()
        try:
            if copies:
                start.chance.choice(copies).send_signal(number)
        except psutil.Error:
            return False
        return bool(copies)

    return send


def to_the_launcher(name: str) -> Callable[[Start], bool]:
    """Kill the launcher's process of this name; all ranks must go, and soon."""

    def kill(start: Start) -> bool:
        found, copies = [one for one in start.processes() if _named(one, name)], start.copies()
        if not found:
            return False
        found[0].kill()
        _, left = psutil.wait_procs(copies, GONE_S)
        if left:
            sys.exit(
                f"{len(left)} ranks are still there {GONE_S:.0f} s after {name} was killed: {[one.pid for one in left]}"
            )
        return True

    return kill


def without_temporary(start: Start) -> bool:
    """Remove what becomes the tracks."""
    try:
        start.output.with_name(start.output.name + ".tmp").unlink()
    except OSError:
        return False
    return True


def with_cut_records(start: Start) -> bool:
    """Cut the records anywhere."""
    try:
        path = start.output.with_name(start.output.name + ".part")
        os.truncate(path, start.chance.randrange(path.stat().st_size))
    except OSError:
        return False
    return True


def with_changed_records(start: Start) -> bool:
    """Change one byte of the records, anywhere."""
    try:
        with start.output.with_name(start.output.name + ".part").open("r+b") as file:
            place = start.chance.randrange(os.fstat(file.fileno()).st_size)
            file.seek(place)
            (byte,) = file.read(1)
            file.seek(place)
            file.write(bytes([byte ^ 1 << start.chance.randrange(8)]))
    except OSError:
        return False
    return True


def with_a_second(start: Start) -> bool:
    """Start the same again beside it: one of them is refused, unless the first has ended meanwhile."""
    if not start.copies():
        return False
    second = subprocess.run(start.again, capture_output=True, text=True, timeout=3 * LIMIT_S, check=False)
    ended = start.process.poll() is not None
    if second.returncode not in ({0, REFUSED} if ended else {REFUSED}):
        sys.exit(f"a second run of the same output ended with {second.returncode}:\n{second.stderr}")
    return True


class Disturbance(NamedTuple):
    """do: the harm; codes: with which the run may end after it, None for any, as where the launcher is
    killed."""

    do: Callable[[Start], bool]
    codes: set[int] | None


DISTURBANCES = {
    "SIGUSR1": Disturbance(to_a_rank(signal.SIGUSR1), {0, STOPPED}),
    "SIGTERM": Disturbance(to_a_rank(signal.SIGTERM), {0, STOPPED}),
    "SIGHUP": Disturbance(to_a_rank(signal.SIGHUP), {0, STOPPED}),
    "SIGUSR2": Disturbance(to_a_rank(signal.SIGUSR2), {0}),
    "SIGKILL": Disturbance(to_a_rank(signal.SIGKILL), None),
    "launcher": Disturbance(to_the_launcher("mpiexec"), None),
    "proxy": Disturbance(to_the_launcher("hydra_pmi_proxy"), None),
    "temporary": Disturbance(without_temporary, {0, NOT_WRITTEN}),
    "cut records": Disturbance(with_cut_records, {0, NOT_WRITTEN}),
    "changed records": Disturbance(with_changed_records, {0, NOT_WRITTEN}),
    # of two that begin together either is the second
    "second start": Disturbance(with_a_second, {0, REFUSED}),
}


def digest(path: Path) -> str:
    """What equal files share."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def go_on(
    run_file: Path, output: Path, after: float, chance: random.Random, more: list[str]
) -> tuple[int, str]:
    """One start, disturbed after so many seconds; its exit code and by what, "" by nothing. Raises
    SystemExit."""
    ranks = chance.choice(RANKS)
    again = command(run_file, output, ranks, *more)
    name = chance.choice([*DISTURBANCES])
    with (output.parent / "log.txt").open("w+") as log:
        process = subprocess.Popen(again, stdout=log, stderr=log)
        try:
            process.wait(after)
            name = ""
        except subprocess.TimeoutExpired:
            name = name if DISTURBANCES[name].do(Start(process, output, again, chance)) else ""
        code = process.wait(3 * LIMIT_S if name in ("", "SIGUSR2", "second start") else LIMIT_S)
        log.seek(0)
        said = log.read()
    early = name.startswith("SIG") and after < EARLY_S
    allowed = DISTURBANCES[name].codes if name else {0}
    if allowed is not None and not early and code not in allowed:
        sys.exit(
            f"code {code} after {name or 'nothing'}, {after:.1f} s after a start on {ranks} ranks:\n{said}"
        )
    return code, name


def once(
    run_file: Path,
    folder: Path,
    truth: str,
    longest: float,
    least: int,
    chance: random.Random,
    more: list[str],
) -> Counter:
    """One run from its start to its end through at least `least` disturbances; what it met how often. Raises
    SystemExit."""
    met: Counter = Counter()
    output = folder / "again.nc"
    code = -1
    while code != 0:
        after = chance.uniform(0.0, longest) if met.total() < least else 3 * LIMIT_S
        code, name = go_on(run_file, output, after, chance, more)
        met[name] += bool(name)
    if digest(output) != truth:
        sys.exit(f"{output}: not the bytes of {output.with_name('truth.nc')}")
    left = sorted(
        path.name for path in folder.glob("again.*") if path.name not in ("again.nc", "again.run.json")
    )
    if left:
        sys.exit(f"left behind: {left}")
    output.unlink()
    return met


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "run_file", nargs="?", type=Path, default=ROOT / "configs" / "larvae.toml", help="default: larvae"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default 60)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="keys to change in the run file"
    )
    parser.add_argument(
        "--interruptions", type=int, default=10, help="of a run that lasts, and at least (default 10)"
    )
    parser.add_argument(
        "--longest", type=float, default=12.0, help="seconds from a start to a disturbance (default 12)"
    )
    parser.add_argument("--seed", type=int, default=None, help="of the disturbances")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.randrange(1 << 32)
    chance, met, runs = random.Random(seed), Counter(), 0
    print(f"seed {seed}", flush=True)
    until = time.monotonic() + 60 * asked.minutes
    folder = Path(tempfile.mkdtemp(prefix="fvdrift-soak-"))
    truth = folder / "truth.nc"
    subprocess.run(command(asked.run_file, truth, 0, *asked.set), check=True)
    hashed = digest(truth)
    while time.monotonic() < until or met.total() < asked.interruptions:
        found = once(asked.run_file, folder, hashed, asked.longest, asked.interruptions, chance, asked.set)
        met.update(found)
        runs += 1
        print(f"run {runs}: {dict(found)}", flush=True)
    shutil.rmtree(folder)
    print(json.dumps({"seed": seed, "runs": runs, "interruptions": met.total(), "by": dict(met)}))


if __name__ == "__main__":
    main()
