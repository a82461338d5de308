"""Which rank owns which stripe, and which writes which file. Pure: all ranks come to the same answer by
themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from fvdrift.output import Stripes

FEW = 4  # ranks: where there are fewer, rank 0 owns stripes too


@dataclass(frozen=True)
class Seat:
    """Where a rank is. node: its machine, by any name; sees: whether the folder of the output is there."""

    rank: int
    node: str
    sees: bool


@dataclass(frozen=True)
class Places:
    """Of the tracks of one run. owners: rank by stripe; writers: rank by file."""

    owners: tuple[int, ...]
    writers: tuple[int, ...]


def share_out(
    stripes: Sequence[Stripes | None], seats: Sequence[Seat], *, dedicated: bool
) -> list[Places | None]:
    """By member, None where its rows are not dealt. seats: of all ranks; dedicated: whether rank 0 moves no
    particles.

    Neighbours in the list are on different nodes, and members begin where those before end: owners from the
    front, writers from the back. Who owns all of a member writes its file too.
    """
    ranks = _in_turn([seat for seat in seats if seat.sees])
    if (dedicated or len(seats) >= FEW) and len(ranks) > 1:
        ranks = [rank for rank in ranks if rank != 0]
    found: list[Places | None] = []
    owned = written = 0
    for of_member in stripes:
        if of_member is None:
            found.append(None)
            continue
        owners = tuple(ranks[(owned + stripe) % len(ranks)] for stripe in range(len(of_member)))
        if len(of_member) == 1:
            writers = owners
        else:
            writers = tuple(ranks[-1 - (written + file) % len(ranks)] for file in range(of_member.files))
            written += len(writers)
        owned += len(owners)
        found.append(Places(owners, writers))
    return found


def _in_turn(seats: Sequence[Seat]) -> list[int]:
    """Ranks, one of each node, then the next of each."""
    on_node: dict[str, int] = {}
    turns = []
    for seat in sorted(seats, key=lambda seat: seat.rank):
        turns.append((on_node.get(seat.node, 0), seat.rank))
        on_node[seat.node] = on_node.get(seat.node, 0) + 1
    return [rank for _, rank in sorted(turns)]
