"""What owners need of those who connect them. Who does it is in `transport`."""

from collections.abc import Sequence
from typing import Protocol

from .dealing import Dealer, Outgoing, Parcel


class Pending(Protocol):
    """Parcels on their way."""

    def wait(self) -> list[Parcel]:
        """Those that have come from other ranks; what was given out has left then."""


class Links(Protocol):
    """Between the ranks."""

    def deal(self, outgoing: Outgoing, dealer: Dealer, rows: int) -> Pending:
        """Begin to hand out what lies in the parcels for others, of so many rows. All ranks call it together;
        wait for one before the next is begun."""

    def send_chunks(self, rank: int, chunks: Sequence[bytes] | None) -> None:
        """Begin to send packed chunks to another rank; None: there are none, as something went wrong."""

    def take_chunks(self, rank: int) -> Sequence[memoryview] | None:
        """The next that another rank has sent."""

    def sent(self) -> None:
        """Wait until all chunks have left."""
