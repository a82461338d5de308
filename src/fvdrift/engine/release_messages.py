"""What the manager says where all workers place what starts, each its share. Plain data; which events those are
follows by a broadcast (`WhatStarts`)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fvdrift.forcing import Window
from fvdrift.release import Group


@dataclass(frozen=True)
class PlaceByAll:
    """Place your share of what starts first in a run, keep it for the ReleaseByAll to come, and say how many
    start in each element."""

    member: int


@dataclass(frozen=True)
class ReleaseByAll:
    """Place your share of what starts in the coming interval, where that is not done yet, and give it to its
    owners: theirs from then on. last: nothing starts later."""

    window: Window
    member: int
    last: bool


class WhatStarts:
    """Groups of events on their way: a bit an element."""

    def __init__(self, groups: Sequence[Group]):
        self._events = [group.events for group in groups]
        self._wet = [None if group.wet is None else np.packbits(group.wet) for group in groups]

    def groups(self, elements: int) -> list[Group]:
        """As they were. elements: of the mesh."""
        wet = [
            None if bits is None else np.unpackbits(bits, count=elements).astype(bool) for bits in self._wet
        ]
        return [Group(*group) for group in zip(self._events, wet, strict=True)]
