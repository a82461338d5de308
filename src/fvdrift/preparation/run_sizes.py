"""What the cost of a run follows from: its sizes, and how it is shared out. Plain numbers; the model is
`run_time`."""

from typing import NamedTuple

from .costs import PLAIN_STEP_NS

DEDICATED_FROM = 16  # ranks from which rank 0 has enough to do with feeding the others
FEW = 4  # ranks: where there are fewer, rank 0 owns stripes too


class Sizes(NamedTuple):
    """frame_bytes: of all variables read, as float32; window: frames in use at once; packed: whether files are
    deflated; steps: in an interval; row_bytes: of a particle in a row of the tracks; step_ns: of the options, as
    STEP_NS; files: of tracks, all that rows go into; stripes: that rows are dealt to, 0 where rank 0 writes them
    all; looks: records that statistics look at, of all; checkpoints: that are written."""

    elements: int
    frames: int
    frame_bytes: float
    window: int
    packed: bool
    particles: int
    particle_steps: int
    intervals: int
    steps: float
    rows: int
    row_bytes: int
    step_ns: float = PLAIN_STEP_NS
    files: int = 1
    stripes: int = 0
    looks: int = 0
    checkpoints: int = 0


class Ranks(NamedTuple):
    """How a run is shared out. workers: ranks that move particles; shared: rank 0 is one of them; threads: of
    each that move particles; cores: that there are for them; readers: threads that inflate fields side by
    side."""

    ranks: int
    workers: int
    shared: bool
    threads: int
    cores: int
    readers: int

    @property
    def owners(self) -> int:
        """Ranks that stripes are dealt to, and that write their files."""
        return self.ranks if self.ranks < FEW and self.shared else max(self.ranks - 1, 1)


def ranks_of(
    ranks: int, *, dedicated_from: int, threads: int = 1, cores: int | None = None, readers: int = 1
) -> Ranks:
    """Ranks as a run shares them out that leaves rank 0 to manage from `dedicated_from` ranks on; cores:
    enough if unset."""
    shared = ranks < dedicated_from or ranks == 1
    hands = ranks * threads if cores is None else cores
    return Ranks(
        ranks,
        workers=ranks if shared else ranks - 1,
        shared=shared,
        threads=threads,
        cores=hands,
        readers=max(readers, 1),
    )
