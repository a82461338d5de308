"""What the manager says where all workers place what starts, each its share. Plain data."""

from collections.abc import Sequence
from dataclasses import dataclass

from fvdrift.forcing import Window
from fvdrift.release import Group


@dataclass(frozen=True)
class PlaceByAll:
    """Place your share of what starts first in a run, keep it for the ReleaseByAll to come, and say how many
    start in each element."""

    groups: Sequence[Group]
    member: int


@dataclass(frozen=True)
class ReleaseByAll:
    """Place your share of what starts in the coming interval, where that is not done yet, and give it to its
    owners: theirs from then on. last: nothing starts later."""

    groups: Sequence[Group]
    window: Window
    member: int
    last: bool
