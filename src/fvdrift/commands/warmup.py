"""`fvdrift warmup`: compile what runs need before they are made, so that no job waits for it."""

import time
from collections.abc import Sequence
from contextlib import closing

from fvdrift.engine.worker import LoopBeside, rehearse
from fvdrift.errors import OutputError
from fvdrift.preparation import members_of, prepare_all, start_summary
from fvdrift.process import Compiling, kernel_cache, say
from fvdrift.settings import RunFile
from fvdrift.statistics import rehearse_accounts


def main(run_files: Sequence[RunFile]) -> int:
    """Get each run ready, let it place its particles, and rehearse it; returns 0. Raises FvdriftError for whatever
    would stop a run."""
    folder = kernel_cache.set_up()
    if folder is None:
        raise OutputError("compiled kernels are not kept: give FVDRIFT_CACHE_DIR, a folder of your own")
    for run_file in run_files:
        began = time.perf_counter()
        with Compiling(quiet=False) as compiling:
            warm_up(run_file, compiling)
        print(
            f"{run_file.path.name}: {compiling.kernels} kernel(s) compiled, {time.perf_counter() - began:.0f} s",
            flush=True,
        )
    say(f"Compiled kernels are kept in {folder}")
    return 0


def warm_up(run_file: RunFile, compiling: Compiling) -> None:
    """Call all compiled code that a run calls."""
    prepared = prepare_all(members_of(run_file))
    series = prepared[0].series
    orders = [each.order for each in prepared]
    with closing(series), LoopBeside(compiling) as beside:
        beside.begin(orders, series.geographic)
        for each in prepared:
            for _ in start_summary(each, 1, 1, each.source.check()):
                pass  # it is said when the run is made
            if each.statistics is not None:
                rehearse_accounts(each.statistics)
        beside.finish()
        rehearse(orders, series.geographic)
