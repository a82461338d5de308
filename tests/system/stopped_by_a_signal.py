"""Stands in for a run: its ranks wait for a signal, leave a checkpoint and end with 75; started again they
end with 0."""

import signal
import sys
import time
from pathlib import Path

from mpi4py import MPI

world, signals = MPI.COMM_WORLD, []
folder = Path(sys.argv[-1]).parent
signal.signal(signal.SIGUSR1, lambda number, frame: signals.append(number))
if (folder / "checkpoint").exists():
    print(f"rank {world.rank} of {world.size} goes on", flush=True)
    sys.exit(0)
world.Barrier()
(folder / f"waits.{world.rank}").touch()
until = time.monotonic() + 60
while not world.allreduce(len(signals)) and time.monotonic() < until:
    time.sleep(0.05)
print(f"rank {world.rank} of {world.size} got {len(signals)} signal(s)", flush=True)
if not signals:
    sys.exit(1)
if world.rank == 0:
    (folder / "checkpoint").touch()
world.Barrier()
MPI.Finalize()
sys.exit(75)
