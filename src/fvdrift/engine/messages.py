"""What manager and workers say to each other. Plain data: anything here can travel.

member: which of the runs that go on side by side it is about (an ensemble's members; 0 where there is one).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fvdrift.errors import FvdriftError
from fvdrift.forcing import TimedFrame, Window
from fvdrift.mesh import Cuts, InFile, Subdomain
from fvdrift.orders import WorkOrder
from fvdrift.output import Mark
from fvdrift.timeline import Schedule

from .frame_messages import PlacedFrame

if TYPE_CHECKING:
    from fvdrift.output import Stripes, TracksRequest


class DealtRows(NamedTuple):
    """Of tracks that owners on all ranks write: what they are, and how they are cut."""

    request: "TracksRequest"
    stripes: "Stripes"


@dataclass(frozen=True)
class Outfit:
    """What every rank is given before it begins. orders: by member; shared: whether rank 0 moves particles too;
    geographic: degrees, not metres; rows: by member, None where rank 0 alone writes its tracks, or nobody;
    mark: in the folder they go to."""

    orders: Sequence[WorkOrder]
    shared: bool
    geographic: bool
    rows: Sequence[DealtRows | None] = ()
    mark: Mark | None = None


@dataclass(frozen=True)
class TakeSubdomain:
    """Work on this subdomain from now on. `redistribute`: give every particle to its owner first (all workers
    get it then).

    frames: the time levels in use; in_file: where the subdomain stands in the files, where ranks read them.
    """

    subdomain: Subdomain
    cuts: Cuts
    frames: Sequence[TimedFrame | PlacedFrame]
    redistribute: bool
    in_file: InFile | None = None


@dataclass(frozen=True)
class TakeFrame:
    """The next time level."""

    frame: TimedFrame


@dataclass(frozen=True)
class Release:
    """Particles that start in the coming interval, with their later clocks: the worker's from then on. Depths
    as in fvdrift_kernels.release; amount: float64 (particle,), what they carry, None where they carry nothing."""

    particles: np.ndarray
    depth_kind: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    window: Window
    member: int = 0
    amount: np.ndarray | None = None


@dataclass(frozen=True)
class Restore:
    """Particles from a checkpoint, and what was recorded of particles before it (see Kept)."""

    particles: np.ndarray
    records: list[np.ndarray]
    member: int = 0


@dataclass(frozen=True)
class Advance:
    """Take all particles over one interval. output_steps: numbers of steps after which they are recorded;
    again: this interval was begun before, in a narrower subdomain or before a checkpoint; alerts: numbers of those
    that are looked at, at its end; rows: numbers of the records, for statistics; stoppable: whether a signal
    may end it half done; closing: record all as they stand, and leave them so (`timeline.closed`)."""

    schedule: Schedule
    output_steps: tuple[int, ...]
    window: Window
    again: bool = False
    alerts: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    stoppable: bool = True
    member: int = 0
    closing: bool = False

    @property
    def once_more(self) -> bool:
        """Whether it is another pass of what workers have reported in part."""
        return self.again and not self.stoppable


@dataclass(frozen=True)
class Weigh:
    """Report how many moving particles each element holds, of all members."""


@dataclass(frozen=True)
class Keep:
    """Keep all that you hold of a member for the checkpoint at `path`: in an archive of your own where you
    see its folder by `mark`; else say it."""

    member: int
    path: Path
    mark: Mark


@dataclass(frozen=True)
class CountBytes:
    """Add up with all others what each has sent, read and written."""


@dataclass(frozen=True)
class Stop:
    """Leave, with this exit code; `error`: the sentence that all leave for, if it is one."""

    exit_code: int
    error: str = ""


@dataclass(frozen=True)
class Kept:
    """What a worker holds. particles: all that will be recorded again; records: by output of an interval half
    done, RECORD rows that are not reported yet (nothing at a meeting). Element numbers are global. arrays: by
    name, what else its rank keeps (`checkpoint.Keeper`), where that is another than rank 0."""

    particles: np.ndarray
    records: list[np.ndarray]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


class Stored(NamedTuple):
    """An archive that a rank has written for a checkpoint. size: bytes; checksum: of all that is in it; arrays:
    their names."""

    rank: int
    size: int
    checksum: str
    arrays: tuple[str, ...]


@dataclass(frozen=True)
class KeptBeside:
    """What each of some ranks has stored; why it could not; or None: it sends what it holds (Kept)."""

    by_rank: tuple["Stored | Refusal | None", ...]

    def plus(self, later: "KeptBeside") -> "KeptBeside":
        """Of these ranks and of those that come after them."""
        return KeptBeside(self.by_rank + later.by_rank)


class Refusal(NamedTuple):
    """Why a rank could not do what it was told, for all to leave with. error: a sentence."""

    error: str
    exit_code: int

    def as_error(self) -> FvdriftError:
        """For rank 0 to raise."""
        error = FvdriftError(self.error)
        error.exit_code = self.exit_code
        return error


@dataclass(frozen=True)
class Weight:
    """Elements (global numbers, in order) that hold moving particles of some workers, and how many."""

    elements: np.ndarray
    particles: np.ndarray

    def plus(self, other: "Weight") -> "Weight":
        """Of the particles of both."""
        elements, place = np.unique(np.concatenate((self.elements, other.elements)), return_inverse=True)
        particles = np.zeros(len(elements), np.int64)
        np.add.at(particles, place.ravel(), np.concatenate((self.particles, other.particles)))
        return Weight(elements, particles)
