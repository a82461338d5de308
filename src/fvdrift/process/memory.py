"""How much memory this machine has, and how much this process has held."""

import os
import resource
import sys


def physical_memory() -> int:
    """Bytes of this machine, used or not: the bound of what a file may make a run take."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def peak_memory() -> int:
    """The most memory this process has held, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
