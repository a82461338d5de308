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
    """All that they keep."""
    return {name: array for keeper in keepers for name, array in keeper.state().items()}
