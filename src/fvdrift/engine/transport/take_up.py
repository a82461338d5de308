"""How the particles of a checkpoint get from its files to their owners, by all workers together.

Each reads its share of what workers held when it was written, one after the other. In a turn it keeps what is
its own and sends the rest to its owners: first particles, then row by row what was recorded in an interval half
done. All know how many turns and rows there are. Where one cannot read, all hear of it in the sum that tells how
many batches come, and leave.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fvdrift.engine.checkpoint import Archives, share_of
from fvdrift.engine.worker import Worker
from fvdrift.errors import FvdriftError
from fvdrift.mesh import Cuts
from fvdrift.orders import WorkOrder
from fvdrift.tools.particle_arrays import together, where

from ..hand_off import Batches, Exchange, batches_by_owner
from ..messages import Kept, Refusal, Restore

Exchanges = Callable[[np.dtype], Exchange]  # for records of a kind


@dataclass(frozen=True)
class TakeUp:
    """Read your share of the particles in a checkpoint, and give each to its owner, with all other workers.
    archives: the share; turns, rows: how many workers' particles the longest share has, and how many rows were
    recorded of an interval half done; particle_type, record_type: as in the order of the member."""

    archives: Archives
    turns: int
    rows: int
    particle_type: np.dtype
    record_type: np.dtype
    member: int = 0


def shares(
    archives: Archives, readers: Sequence[int], ranks: range, order: WorkOrder, member: int
) -> list[TakeUp]:
    """What each of some ranks is told. readers: those that see the files; who does not has an empty share."""
    there = tuple(rank for rank in readers if rank in ranks)
    places = [share_of(len(archives), there, rank) for rank in ranks]
    turns = max(len(archives.workers(of_one)) for of_one in places)
    kinds = {"particle_type": order.particle_type, "record_type": order.record_type}
    return [TakeUp(archives.only(of_one), turns, archives.rows, **kinds, member=member) for of_one in places]


def the_first(refusal: Refusal, later: Refusal) -> Refusal:
    """Of those that ranks leave with."""
    return refusal


def take_up(
    message: TakeUp, workers: Mapping[int, Worker], cuts: Cuts, exchanges: Exchanges
) -> Refusal | None:
    """The part of one process. workers: those that live in it, by number."""
    exchange = [exchanges(message.particle_type), *[exchanges(message.record_type)] * message.rows]
    for held in _read(message):
        refusal = held if isinstance(held, Refusal) else None
        tables = _tables(message, None if isinstance(held, Refusal) else held)
        came = []
        for between, table in zip(exchange, tables, strict=True):
            owners = cuts.owner(table["element"], table["id"])
            swapped = between.swap(_leaving(table, owners, workers), refusal is not None)
            if swapped.cut_short:
                return refusal
            arrivals = swapped.arrivals or [table[:0] for _ in workers]
            own = [where(table, owners == number) for number in workers]
            came.append([together(pair) for pair in zip(own, arrivals, strict=True)])
        for worker, (particles, *records) in zip(workers.values(), zip(*came, strict=True), strict=True):
            worker.restore(Restore(particles, records, message.member))
    return None


def _read(message: TakeUp) -> Iterator[Kept | Refusal | None]:
    """What is read in each turn."""
    archives = message.archives
    mine = archives.workers(range(len(archives)))
    for turn in range(message.turns):
        try:
            yield archives.kept(mine[turn]) if turn < len(mine) else None
        except FvdriftError as error:
            yield Refusal(str(error), error.exit_code)


def _tables(message: TakeUp, kept: Kept | None) -> list[np.ndarray]:
    """Particles, and as many rows as there are: who recorded nothing has kept none."""
    none = np.empty(0, message.record_type)
    if kept is None:
        return [np.empty(0, message.particle_type), *[none] * message.rows]
    return [kept.particles, *kept.records, *[none] * (message.rows - len(kept.records))]


def _leaving(table: np.ndarray, owners: np.ndarray, here: Mapping[int, Worker]) -> list[Batches]:
    """By worker of this process: all that goes to other processes is sent by the first."""
    away = np.flatnonzero(~np.isin(owners, list(here)))
    return [batches_by_owner(table.take(away), owners[away]), *({} for _ in range(len(here) - 1))]
