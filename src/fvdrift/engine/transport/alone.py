"""In place of links where all stripes are owned by one process."""

from collections.abc import Sequence

from fvdrift.engine.owners import Dealer, Outgoing, Parcel


class _Nothing:
    """Nothing is on its way."""

    def wait(self) -> list[Parcel]:
        return []


class NoLinks:
    """There is nobody else."""

    def deal(self, outgoing: Outgoing, dealer: Dealer, rows: int) -> _Nothing:
        return _Nothing()

    def send_chunks(self, rank: int, chunks: Sequence[bytes] | None) -> None:
        raise AssertionError("there is no other rank")

    def take_chunks(self, rank: int) -> Sequence[memoryview] | None:
        raise AssertionError("there is no other rank")

    def sent(self) -> None:
        """Nothing was."""
