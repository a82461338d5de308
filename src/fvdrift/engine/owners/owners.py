"""The owner that every rank is: does what the manager says about the tracks of all members. What there is to own
of one is `owned_tracks`."""

from collections.abc import Callable, Sequence

from fvdrift.engine.checkpoint import Keeper

from ..messages import DealtRows, Refusal
from ..report import Report
from .links import Links
from .orders import (
    CommitFiles,
    Deal,
    Done,
    FindRows,
    FinishFiles,
    OpenTracks,
    OwnersOrder,
    PackRest,
    RemoveParts,
    SettleParts,
    SyncRows,
)
from .owned_tracks import OwnedTracks
from .places import Seat, share_out


class Owners:
    """Of one rank."""

    def __init__(
        self,
        rows: Sequence[DealtRows | None],
        seats: Sequence[Seat],
        here: int,
        links: Links,
        asked: Callable[[], bool],
        *,
        dedicated: bool = False,
    ):
        """rows: by member; seats: of all ranks; here: this one; asked: whether a signal asks to stop;
        dedicated: whether rank 0 moves no particles."""
        places = share_out(
            [None if dealt is None else dealt.stripes for dealt in rows], seats, dedicated=dedicated
        )
        self._tracks = [
            None if dealt is None or of_member is None else OwnedTracks(dealt, of_member, here, links, asked)
            for dealt, of_member in zip(rows, places, strict=True)
        ]

    @property
    def trouble(self) -> Refusal | None:
        """The first there was with any."""
        found = (owned.trouble for owned in self._tracks if owned is not None)
        return next((trouble for trouble in found if trouble is not None), None)

    def keepers(self, members: int) -> list[list[Keeper]]:
        """By member, who has something for a checkpoint here."""
        tracks = self._tracks or [None] * members
        return [[] if owned is None else [owned] for owned in tracks]

    def deals(self, member: int) -> bool:
        """Whether the rows of this member are dealt to owners."""
        return bool(self._tracks) and self._tracks[member] is not None

    def record(self, member: int, report: Report) -> None:
        """Keep what workers of this rank have recorded, where it is to be dealt."""
        owned = self._tracks[member] if self._tracks else None
        if owned is not None:
            owned.record(report)

    def take_in(self) -> None:
        """Have all that was dealt written. All ranks come to it."""
        for owned in self._tracks:
            if owned is not None:
                owned.take_in()

    def do(self, order: OwnersOrder) -> Done:
        """What all ranks are told, once all that was dealt before is written."""
        self.take_in()
        owned = self._tracks[order.member]
        assert owned is not None
        done = _do(owned, order)
        done.trouble, done.write_s = owned.trouble, owned.write_s
        return done

    def close(self, member: int | None = None) -> None:
        """Let go of the files of a member as they are, or of all. Safe at any time."""
        for number, owned in enumerate(self._tracks):
            if owned is not None and member in (None, number):
                owned.close()


def _do(owned: OwnedTracks, order: OwnersOrder) -> Done:
    if isinstance(order, PackRest):
        return owned.pack_rest(order)
    if isinstance(order, Deal):
        owned.deal(order)
    elif isinstance(order, FindRows):
        owned.find_rows(order)
    elif isinstance(order, OpenTracks):
        owned.open()
    elif isinstance(order, SyncRows):
        owned.sync()
    elif isinstance(order, SettleParts):
        owned.settle()
    elif isinstance(order, FinishFiles):
        owned.finish(order)
    elif isinstance(order, CommitFiles):
        owned.commit()
    elif isinstance(order, RemoveParts):
        owned.remove_parts(order)
    return Done()
