"""Whether this process may keep as many files open as a run needs. Opens none."""

import resource

from fvdrift.errors import OutputError

OF_MEMBER = 4  # its lock, its rows, and its tracks, which HDF5 opens once more
OF_PROCESS = 100  # libraries, forcing, pipes


def allow_open_files(members: int) -> None:
    """Ask for as many as so many members need; raises OutputError where the machine does not give them."""
    needed = OF_MEMBER * members + OF_PROCESS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        who, fewer = (
            ("the run keeps", "") if members == 1 else (f"{members} members keep", "make fewer members, ")
        )
        raise OutputError(
            f"{who} up to {needed} files open, and this process may have {hard} (ulimit -Hn): "
            f"{fewer}have the limit raised, or write no tracks (output.tracks = false)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
