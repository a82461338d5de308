"""How much memory this machine has: the bound of what a file may make a run take."""

import os


def physical_memory() -> int:
    """Bytes of this machine, used or not."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
