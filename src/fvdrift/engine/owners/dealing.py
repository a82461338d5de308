"""Records on the way from who has recorded them to the owners of their stripes: columns of bytes, by rank. Not
how they travel (`transport`).

A parcel holds, for every row of an interval, the columns of all its records one behind the other, those of the
widest numbers first, so that all lie on whole multiples of their width; in each the stripes of the rank that it
goes to, in their order. How many records there are of each row and stripe travels before.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fvdrift.forcing import Fields
from fvdrift.output import Stripes

WORD = 8  # bytes: parcels are whole numbers of them, so that what is sent is counted in doubles, to 16 GiB
Kinds = dict[str, np.dtype]


class Parcel(NamedTuple):
    """Records for one rank, or from one. counts: int64 (row, stripe of the owner); data: uint8."""

    counts: np.ndarray
    data: np.ndarray


def record_kinds(variables: Mapping[str, str]) -> Kinds:
    """Types of the columns of a record in the order in which they travel. variables: those that are sampled, with
    their types; `age` follows from the id."""
    kinds: Kinds = {name: np.dtype(np.float64) for name in ("x", "y", "sigma", "z")}
    sampled = {name: np.dtype(kind) for name, kind in variables.items() if name != "age"}
    kinds |= dict(sorted(sampled.items(), key=lambda named: -named[1].itemsize))
    kinds |= {name: np.dtype(np.int8) for name in ("status", "dry")}
    return {"id": np.dtype(np.int64), **kinds}


class Outgoing(NamedTuple):
    """What one rank gives out. parcels: by owner, itself too; data: those for others, in the order of ranks."""

    parcels: dict[int, Parcel]
    data: np.ndarray


class Dealer:
    """Packs and opens parcels of one run on one rank."""

    def __init__(self, stripes: Stripes, owners: Sequence[int], kinds: Kinds, here: int):
        """owners: rank by stripe; here: this rank."""
        self._stripes, self._kinds, self._here = stripes, kinds, here
        self._size = sum(kind.itemsize for kind in kinds.values())
        self._order = np.argsort(np.asarray(owners), kind="stable")  # stripes as they lie in parcels
        self._slot = np.empty(len(owners), np.uint16 if len(owners) <= 1 << 16 else np.int64)
        self._slot[self._order] = np.arange(len(owners))
        ranks, first = np.unique(np.asarray(owners)[self._order], return_index=True)
        ends = [*first[1:], len(owners)]
        self.slots = {
            int(rank): slice(int(begin), int(end))
            for rank, begin, end in zip(ranks, first, ends, strict=True)
        }

    @property
    def mine(self) -> list[int]:
        """Stripes of this rank, in their order."""
        return [int(stripe) for stripe in self._order[self.slots.get(self._here, slice(0, 0))]]

    def bytes_of(self, counts: np.ndarray) -> int:
        """Of a parcel with so many records (row, stripe)."""
        return sum(self._padded(int(of_row)) for of_row in counts.sum(axis=1))

    def _padded(self, records: int) -> int:
        return -(-records * self._size // WORD) * WORD

    def pack(self, rows: Sequence[Sequence[Fields]]) -> Outgoing:
        """rows: of each row the records, in any order, in any number of parts."""
        whole = [_together(parts, self._kinds) for parts in rows]
        slots = [self._slot[self._stripes.of(fields["id"])] for fields in whole]
        orders = [np.argsort(of_row, kind="stable") for of_row in slots]
        counts = np.array([np.bincount(of_row, minlength=len(self._slot)) for of_row in slots], np.int64)
        counts = counts.reshape(len(rows), len(self._slot))
        starts = np.cumsum(counts, axis=1) - counts
        lengths = {rank: self.bytes_of(counts[:, own]) for rank, own in self.slots.items()}
        whole_data = np.empty(sum(lengths.values()) - lengths.get(self._here, 0), np.uint8)
        parcels, taken = {}, 0
        for rank, own in self.slots.items():
            if rank == self._here:
                data = np.empty(lengths[rank], np.uint8)
            else:
                data = whole_data[taken : taken + lengths[rank]]
                taken += lengths[rank]
            parcels[rank] = Parcel(counts[:, own], data)
            place = 0
            for row, fields in enumerate(whole):
                first, number = int(starts[row, own.start]), int(counts[row, own].sum())
                self._fill(data[place:], fields, orders[row][first : first + number])
                place += self._padded(number)
        return Outgoing(parcels, whole_data)

    def _fill(self, data: np.ndarray, fields: Fields, chosen: np.ndarray) -> None:
        place = 0
        for name, kind in self._kinds.items():
            end = place + len(chosen) * kind.itemsize
            # "clip": without it NumPy takes into a copy first; all numbers are in range
            np.take(fields[name], chosen, out=data[place:end].view(kind), mode="clip")
            place = end

    def open(self, parcels: Sequence[Parcel]) -> list[dict[int, list[Fields]]]:
        """By row, by stripe of this rank: the records in all parcels; `id` counts from the first of the
        stripe."""
        mine = self.mine
        rows: list[dict[int, list[Fields]]] = [
            {stripe: [] for stripe in mine} for _ in range(len(parcels[0].counts) if parcels else 0)
        ]
        for counts, data in parcels:
            place = 0
            for row, of_row in enumerate(counts):
                columns = self._columns(data[place:], int(of_row.sum()))
                place += self._padded(int(of_row.sum()))
                end = 0
                for stripe, number in zip(mine, map(int, of_row), strict=True):
                    begin, end = end, end + number
                    if number:
                        part = {name: values[begin:end] for name, values in columns.items()}
                        part["id"] = part["id"] - self._stripes.ids(stripe).start
                        rows[row][stripe].append(part)
        return rows

    def _columns(self, data: np.ndarray, records: int) -> Fields:
        columns: Fields = {}
        place = 0
        for name, kind in self._kinds.items():
            end = place + records * kind.itemsize
            columns[name] = data[place:end].view(kind)
            place = end
        return columns


def _together(parts: Sequence[Fields], kinds: Kinds) -> Fields:
    """Columns of all parts, one behind the other."""
    filled = [part for part in parts if len(part["id"])]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        return {name: np.empty(0, kind) for name, kind in kinds.items()}
    return {name: np.concatenate([part[name] for part in filled]) for name in kinds}
