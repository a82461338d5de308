"""The accounts of statistics in a checkpoint: those of the whole from rank 0, or shares that several ranks kept.
Each array has the name `statistics/SHARE/STATISTIC.COLUMN`, where SHARE is "2-3" for the last of three; the whole
has none.
"""

import re
from collections.abc import Mapping

import numpy as np

from fvdrift.statistics import Share

from .archives import Archives

OF_STATISTICS = "statistics/"  # what the names of their arrays begin with
_SHARE = re.compile(rf"{OF_STATISTICS}(\d+)-(\d+)/")


def named(share: Share, state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The state of a ledger of a share, by the names in a checkpoint."""
    return {f"{OF_STATISTICS}{share.holder}-{share.holders}/{name}": array for name, array in state.items()}


class CheckpointShares:
    """Of one checkpoint. Plain data: it may travel to ranks that see the folder. holders: how many shares there
    are, 1 for the whole.

    Raises ValueError where they are of different numbers; DamagedError as Archives does.
    """

    def __init__(self, archives: Archives):
        self._archives = archives
        self._names: dict[Share, list[str]] = {}
        for name in sorted(archives.names):
            if name.startswith(OF_STATISTICS):
                found = _SHARE.match(name)
                share = Share(0, 1) if found is None else Share(int(found[1]), int(found[2]))
                self._names.setdefault(share, []).append(name)
        numbers = {share.holders for share in self._names} or {1}
        self.holders = max(numbers)
        if len(numbers) > 1 or any(share.holder >= self.holders for share in self._names):
            raise ValueError(f"{OF_STATISTICS}: has shares of different numbers")

    def state(self, share: Share, name: str = "") -> dict[str, np.ndarray]:
        """Of the ledger of a share, or of the account of one statistic in it, by STATISTIC.COLUMN."""
        names = {_SHARE.sub(OF_STATISTICS, full): full for full in self._names.get(share, [])}
        its = f"{OF_STATISTICS}{name}." if name else OF_STATISTICS
        return {
            short.removeprefix(OF_STATISTICS): self._archives.array(full)
            for short, full in names.items()
            if short.startswith(its)
        }
