"""How long a classic NetCDF file must be, from its header. Nothing else is read here: data are the library's
business.

The classic formats (CDF-1, -2, -5) carry no end mark and the library gives zeros for bytes that are not
there, so a file cut short would be read as still water. Layout: "NetCDF Classic Format Specification",
Unidata.
"""

from pathlib import Path
from typing import BinaryIO

MOST_DIMENSIONS = 1024  # of a variable: what the library takes
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}  # bytes of each external type


def needed_bytes(path: Path) -> int | None:
    """Bytes the file at `path` must have at least; None where the header does not tell. Raises EOFError if it
    is cut itself.
    """
    with path.open("rb") as stream:
        header = _Header(stream)
        return header.end()


class _Header:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.rest = stream.seek(0, 2)
        stream.seek(0)
        version = self.bytes(4)[3]
        self.wide = 8 if version == 5 else 4  # of counts
        self.offset = 4 if version == 1 else 8  # of positions

    def end(self) -> int | None:
        records = self.number(self.wide)
        if records == 256**self.wide - 1:  # a stream: the count was never written
            return None
        lengths = [self.dimension() for _ in range(self.list())]
        self.attributes()
        end, record_ends, record_sizes = self.stream.tell(), [], []
        for _ in range(self.list()):
            self.name()
            rank = self.number(self.wide)
            if rank > MOST_DIMENSIONS:
                raise EOFError
            dims = [self.number(self.wide) for _ in range(rank)]
            self.attributes()
            size = _SIZES[self.number(4)]
            self.number(self.wide)  # vsize: wrong by design for large variables
            begin = self.number(self.offset)
            for dim in dims:
                size *= lengths[dim] or 1
            if dims and lengths[dims[0]] == 0:  # the unlimited one
                record_ends.append(begin + size)
                record_sizes.append(size)
            else:
                end = max(end, begin + size)
        if record_ends and records:
            one = (
                record_sizes[0] if len(record_sizes) == 1 else sum(size + -size % 4 for size in record_sizes)
            )
            end = max(end, max(record_ends) + (records - 1) * one)
        return max(end, self.stream.tell())

    def bytes(self, count: int) -> bytes:
        self.rest -= count
        if self.rest < 0:  # also where a damaged count asks for more than there is memory
            raise EOFError
        return self.stream.read(count)

    def number(self, count: int) -> int:
        return int.from_bytes(self.bytes(count), "big")

    def list(self) -> int:
        self.number(4)  # the tag; zero where the list is absent
        return self.number(self.wide)

    def name(self) -> None:
        count = self.number(self.wide)
        self.bytes(count + -count % 4)

    def dimension(self) -> int:
        self.name()
        return self.number(self.wide)

    def attributes(self) -> None:
        for _ in range(self.list()):
            self.name()
            size = _SIZES[self.number(4)] * self.number(self.wide)
            self.bytes(size + -size % 4)
