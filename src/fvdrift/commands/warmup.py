"""`fvdrift warmup`: compile the kernels of the usual runs now, so that no job waits for it."""

import time

from fvdrift.engine.worker import rehearse
from fvdrift.orders import Sample, WorkOrder
from fvdrift.process import kernel_cache

_SAMPLES = (Sample("temp", "node", "layer"), Sample("speed", "element", "layer"))


def main() -> int:
    """Rehearse what differs when it is compiled: vertical motion and coordinates, by the default scheme."""
    print(f"Compiled kernels go to {kernel_cache.set_up() or 'a folder that is not kept'}")
    for geographic in (False, True):
        for vertical in ("omega", "continuity", "ww", "none", "held"):
            started = time.perf_counter()
            rehearse([WorkOrder("rk4", vertical, 1.0, "slide", 0, _SAMPLES)], geographic)
            kind = "geographic" if geographic else "projected"
            print(f"{kind:10}  {vertical:10}  {time.perf_counter() - started:5.1f} s", flush=True)
    return 0
