"""How much memory this machine has, how much of it is free, and how much this process has held."""

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_ROOT = Path("/")


class _Accounts(NamedTuple):
    """The files of a control group: limits, what is used, and in its `memory.stat` pages of files, which it gives
    back when it needs them."""

    limits: tuple[str, ...]
    used: str
    given_back: tuple[str, ...]


_FIRST = _Accounts(
    ("memory.limit_in_bytes",), "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")
)
_SECOND = _Accounts(("memory.max", "memory.high"), "memory.current", ("inactive_file", "active_file"))


def physical_memory() -> int:
    """Bytes of this machine, used or not: the bound of what a file may make a run take."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def free_memory(root: Path = _ROOT) -> int:
    """Bytes that this process can still get without swapping, or being killed for them: what the machine has free,
    or less where a control group of the process, or one above it, has a limit (batch systems, containers)."""
    free = _numbers(root / "proc/meminfo").get("MemAvailable:", physical_memory() >> 10) << 10
    return max(0, min([free, *_left_in_groups(root)]))


def peak_memory() -> int:
    """The most memory this process has held, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _left_in_groups(root: Path) -> Iterator[int]:
    """What each control group with a limit leaves."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        mounted = root / "sys/fs/cgroup"
        if "memory" in controllers.split(","):
            mounted, accounts = mounted / "memory", _FIRST
        elif number == "0":
            accounts = _SECOND
        else:
            continue
        names = [name for name in path.split("/") if name]
        # in a container the path may be that of the machine, where nothing lies here: its own is on top then
        for depth in range(len(names), -1, -1):
            yield from _left(mounted.joinpath(*names[:depth]), accounts)


def _left(group: Path, accounts: _Accounts) -> Iterator[int]:
    limits = [int(limit) for name in accounts.limits if (limit := _text(group / name).strip()).isdigit()]
    used = _text(group / accounts.used).strip()
    if limits and used.isdigit():
        stat = _numbers(group / "memory.stat")
        yield min(limits) - int(used) + sum(stat.get(name, 0) for name in accounts.given_back)


def _numbers(path: Path) -> dict[str, int]:
    """The first number of each line, by its first word."""
    words = (line.split() for line in _text(path).splitlines())
    return {found[0]: int(found[1]) for found in words if len(found) > 1 and found[1].isdigit()}


def _text(path: Path) -> str:
    """Of a file of the system, "" where it has none."""
    try:
        return path.read_text()
    except OSError:
        return ""
