#!/usr/bin/env python3
"""Interrupt a run at random, by signals and by kill -9 of random ranks, let it go on, and compare its tracks byte for byte.

Each time on another number of ranks, until it is done; then again from its start, for as long as was asked. Ends with 1 at the
first difference, and keeps what there is then.
"""

import argparse
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
SIGNALS = (signal.SIGUSR1, signal.SIGTERM, signal.SIGUSR1, signal.SIGKILL, signal.SIGUSR2)
STOPPED = 75
RANKS = (0, 1, 2, 3, 4)  # 0: one process without mpiexec
EARLY_S = 5.0  # before all ranks listen, a signal ends them as the system has it
LIMIT_S = 120.0  # for a rank that is asked to stop: far more than it takes, far less than for ever


def command(run_file: Path, output: str, ranks: int, *more: str) -> list[str]:
    """A run with checkpoints at every frame."""
    launcher = [str(MPIEXEC), "-n", str(ranks)] if ranks else []
    keys = [f"output.file={output}", "checkpoint.every=1h", *more]
    sets = [word for key in keys for word in ("--set", key)]
    return [*launcher, sys.executable, "-m", "fvdrift", "run", str(run_file), "--quiet", "--resume", *sets]


def members(process: subprocess.Popen) -> list[psutil.Process]:
    """The copies of fvdrift that a command has started."""
    try:
        whole = psutil.Process(process.pid)
        every = [whole, *whole.children(recursive=True)]
        return [one for one in every if "fvdrift" in one.cmdline() and "mpiexec" not in one.cmdline()[0]]
    except psutil.Error:
        return []


def interrupt(process: subprocess.Popen, after: float, chance: random.Random) -> str:
    """Send one random signal to one random rank; which, or "" where the run was over before."""
    try:
        process.wait(after)
        return ""
    except subprocess.TimeoutExpired:
        pass
    copies = members(process)
    if not copies:
        return ""
    number = chance.choice(SIGNALS)
    try:
        chance.choice(copies).send_signal(number)
    except psutil.Error:
        return ""
    return signal.Signals(number).name


def digest(path: Path) -> str:
    """What equal files share."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def once(run_file: Path, folder: Path, truth: str, longest: float, least: int, chance: random.Random, more: list[str]) -> Counter:
    """One run from its start to its end through at least `least` interruptions; what was sent how often. Raises SystemExit."""
    sent: Counter = Counter()
    output = folder / "again.nc"
    while True:
        ranks = chance.choice(RANKS)
        with (folder / "log.txt").open("w+") as log:
            process = subprocess.Popen(command(run_file, str(output), ranks, *more), stdout=log, stderr=log)
            waited = chance.uniform(0.0, longest) if sum(sent.values()) < least else 3 * LIMIT_S
            name = interrupt(process, waited, chance)
            code = process.wait(3 * LIMIT_S if name == "SIGUSR2" else LIMIT_S)
            log.seek(0)
            said = log.read()
        sent[name] += bool(name)
        expected = {"": {0}, "SIGUSR2": {0}}.get(name, {0, STOPPED})
        if name != "SIGKILL" and not (name and waited < EARLY_S) and code not in expected:
            sys.exit(f"code {code} after {name or 'nothing'} to one of {ranks} ranks after {waited:.1f} s:\n{said}")
        if code == 0:
            break
    if digest(output) != truth:
        sys.exit(f"{output}: not the bytes of {output.with_name('truth.nc')}")
    left = sorted(path.name for path in folder.glob("again.*") if path.suffix in (".part", ".npz", ".tmp"))
    if left:
        sys.exit(f"left behind: {left}")
    output.unlink()
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_file", nargs="?", type=Path, default=ROOT / "configs" / "larvae.toml", help="default: larvae")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default 60)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="keys to change in the run file")
    parser.add_argument("--interruptions", type=int, default=10, help="of a run that lasts, and at least (default 10)")
    parser.add_argument("--longest", type=float, default=12.0, help="seconds from a start to an interruption (default 12)")
    parser.add_argument("--seed", type=int, default=None, help="of the interruptions")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.randrange(1 << 32)
    chance, sent, runs = random.Random(seed), Counter(), 0
    print(f"seed {seed}", flush=True)
    until = time.monotonic() + 60 * asked.minutes
    folder = Path(tempfile.mkdtemp(prefix="fvdrift-soak-"))
    truth = folder / "truth.nc"
    subprocess.run(command(asked.run_file, str(truth), 0, *asked.set), check=True)
    hashed = digest(truth)
    while time.monotonic() < until or sum(sent.values()) < asked.interruptions:
        found = once(asked.run_file, folder, hashed, asked.longest, asked.interruptions, chance, asked.set)
        sent.update(found)
        runs += 1
        print(f"run {runs}: {dict(found)}", flush=True)
    shutil.rmtree(folder)
    print(json.dumps({"seed": seed, "runs": runs, "interruptions": sum(sent.values()), "by": dict(sent)}))


if __name__ == "__main__":
    main()
