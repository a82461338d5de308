"""What manager and ranks say to each other where the ranks of each node read the frames. Plain data: anything
here can travel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fvdrift.forcing import FieldReader, LocatedFrame, SeenFiles
from fvdrift.preparation import Supply


@dataclass(frozen=True)
class ReadByNodes:
    """All ranks, for every node: make a segment that holds frames in so many places, if all see the `files`. What
    is read comes from `reader`, reduced by `supply`; layout: dtype and shape of each field of a frame."""

    reader: FieldReader
    supply: Supply
    layout: Mapping[str, tuple[Any, tuple[int, ...]]]
    files: SeenFiles
    places: int


@dataclass(frozen=True)
class ReadFrames:
    """A ReadByNodes follows."""


@dataclass(frozen=True)
class BeginFrame:
    """Begin to read your share of a frame into a place of the segment."""

    located: LocatedFrame
    place: int


@dataclass(frozen=True)
class TakePlaced:
    """Take in a frame (its number) that was begun, when all have read their shares; else say why not."""

    number: int
    frame: "PlacedFrame"


class PlacedFrame(NamedTuple):
    """A frame in the segment of each node. time: microseconds."""

    time: int
    place: int
