"""What the manager tells all ranks about the tracks that they write together. Plain data: anything here can
travel.

All are told the same in the same order, and each answers all but a Deal, so that what goes wrong on one is
known on all before anything else is done. member: which of the runs that go on side by side it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from fvdrift.engine.checkpoint import Archives

from ..messages import Refusal


@dataclass(frozen=True)
class FindRows:
    """Find the rows there are, before anybody makes a file: one that another rank has just made would be taken for
    theirs. checkpoint: from which owners go on; None: from the beginning."""

    member: int
    checkpoint: Archives | None


@dataclass(frozen=True)
class OpenTracks:
    """Open the files, with the rows that were found."""

    member: int


@dataclass(frozen=True)
class Deal:
    """Give what was recorded in the last interval to its owners. rows: their numbers; times: microseconds;
    closing: whether it is the row of an end which is no output time."""

    member: int
    rows: tuple[int, ...]
    times: tuple[int, ...]
    closing: bool


@dataclass(frozen=True)
class SyncRows:
    """Make all rows that were dealt last on the disk. Owners keep what a checkpoint needs of them."""

    member: int


@dataclass(frozen=True)
class SettleParts:
    """A checkpoint counts on these rows."""

    member: int


@dataclass(frozen=True)
class PackRest:
    """Pack what is not packed, and put it into the files of tracks; answered by Packed. rows: how many there
    are."""

    member: int
    rows: int


@dataclass(frozen=True)
class FinishFiles:
    """Make the files of tracks whole, and look at them. attributes: more of them; run: the id of all files,
    "" where there is one."""

    member: int
    attributes: Mapping[str, str]
    run: str


@dataclass(frozen=True)
class CommitFiles:
    """Give the files of tracks their names: all are whole."""

    member: int


@dataclass(frozen=True)
class RemoveParts:
    """The tracks are whole: nobody needs what was written on the way to them. first: whether it is for the owner of
    the first stripe, or for the others. While its file is there the run is not finished, so who is killed before
    can go on."""

    member: int
    first: bool


OwnersOrder = (
    FindRows | OpenTracks | Deal | SyncRows | SettleParts | PackRest | FinishFiles | CommitFiles | RemoveParts
)


@dataclass
class Done:
    """What ranks answer. write_s: their seconds of writing so far."""

    trouble: Refusal | None = None
    write_s: float = 0.0

    def plus(self, later: Self) -> Self:
        """Of these ranks and of those that come after them: the first trouble."""
        return replace(self, trouble=self.trouble or later.trouble, write_s=self.write_s + later.write_s)


@dataclass
class Packed(Done):
    """interrupted: whether a signal came between; digests: of its files of tracks, by number."""

    interrupted: bool = False
    digests: dict[int, bytes] = field(default_factory=dict)

    def plus(self, later: Self) -> Self:
        """As Done.plus."""
        interrupted, digests = self.interrupted or later.interrupted, self.digests | later.digests
        return replace(super().plus(later), interrupted=interrupted, digests=digests)
