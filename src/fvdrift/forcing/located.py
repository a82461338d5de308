"""Where the numbers of a frame lie in their file: plain data by which any process that sees the file reads them,
without the library that found them. Not how they are found (`lookup`), nor read (`raw_files`)."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .stored import Meaning


class Piece(NamedTuple):
    """A chunk as it lies in the file. place: where its first value belongs in the record; offset, nbytes: of the
    file."""

    place: tuple[int, ...]
    offset: int
    nbytes: int


class LocatedRecord(NamedTuple):
    """A record of a variable, or all of one that has no time. kind, shape: of its values as they are stored;
    chunk: of those of one piece, which may reach beyond the edge of the record; shuffled, deflated: what pieces
    have gone through; pieces: none where the record was never written."""

    kind: np.dtype
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    shuffled: bool
    deflated: bool
    pieces: tuple[Piece, ...]
    meaning: Meaning


class LocatedFrame(NamedTuple):
    """frame: its number; path, size (bytes), mtime_ns: of the file, and the state in which it was looked at;
    when: its time, for messages; records: by stored name, all that reading the fields may look at; units: by
    variable, as the file has them."""

    frame: int
    path: Path
    size: int
    mtime_ns: int
    when: str
    records: Mapping[str, LocatedRecord]
    units: Mapping[str, str]


class NeverWrittenError(Exception):
    """A record that has its time, and no values: whoever writes the file has not come to them, or never did.
    The library would give fill, or whatever was in memory."""
