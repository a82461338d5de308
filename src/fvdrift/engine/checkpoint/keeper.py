"""What a rank has to keep beside particles: whoever has a state of its own there says it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np


class Keeper(Protocol):
    """Has a state on its rank, of one member. Rank 0 has keepers too, whether it moves particles or not."""

    def state(self) -> Mapping[str, np.ndarray]:
        """For a checkpoint: arrays by names that no other keeper of the member has, on any rank, such as
        status/STRIPE. They are found again by `Archives.array`, on any rank that sees the folder; `fit` must know
        the names. It is asked after all rows so far were handed on. Raises FvdriftError."""


def state_of(keepers: Iterable[Keeper]) -> dict[str, np.ndarray]:
    """All that they keep. Raises ValueError where two keep arrays of one name."""
    return joined(keeper.state() for keeper in keepers)


def joined(states: Iterable[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """All arrays of several. Raises ValueError for a name that two have."""
    found: dict[str, np.ndarray] = {}
    for state in states:
        for name, array in state.items():
            if name in found:
                raise ValueError(f"{name}: is kept twice")
            found[name] = array
    return found
