"""What manager and workers say to each other. Plain data: anything here can travel.

member: which of the runs that go on side by side it is about (an ensemble's members; 0 where there is one).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fvdrift_kernels.state import PARTICLE, RECORD, with_columns

from .alert import AlertCondition, Partials
from .clock import Schedule
from .expression import Expression
from .partition import Cuts
from .piece import Piece
from .sample import Sample
from .settings.behaviour_values import Competency, Migration, Settling

if TYPE_CHECKING:
    from .habitat import Polygons
    from .own_behaviour import OwnOrder
    from .statistics import Answers, StatisticsOrder

Fields = dict[str, np.ndarray]  # by variable: one frame of a piece


class TimedFrame(NamedTuple):
    """The fields of a piece at one time (microseconds)."""

    time: int
    fields: Fields


class Window(NamedTuple):
    """Times of the two frames an interval lies between, and of those before and after where they count (cubic in time)."""

    before: int | None
    first: int
    second: int
    after: int | None


@dataclass(frozen=True)
class TakePiece:
    """Work on this piece from now on. `redistribute`: give every particle to its owner first (all workers get it then).

    frames: the time levels in use.
    """

    piece: Piece
    cuts: Cuts
    frames: list[TimedFrame]
    redistribute: bool


@dataclass(frozen=True)
class TakeFrame:
    """The next time level."""

    frame: TimedFrame


@dataclass(frozen=True)
class Release:
    """Particles that start in the coming interval, with their later clocks: the worker's from then on. Depths as in
    fvdrift_kernels.release."""

    particles: np.ndarray
    depth_kind: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    times: np.ndarray
    window: Window
    member: int = 0


@dataclass(frozen=True)
class Restore:
    """Particles from a checkpoint, and what was recorded of particles before it (see Kept)."""

    particles: np.ndarray
    records: list[np.ndarray]
    member: int = 0


@dataclass(frozen=True)
class Advance:
    """Take all particles over one interval. output_steps: numbers of steps after which they are recorded; again: this
    interval is gone on with, in a wider piece or after a checkpoint; alerts: numbers of those that are looked at, at its end;
    rows: numbers of the records, for statistics; stoppable: whether a signal may end it half done; closing: record all as they
    stand, and leave them so (`timetable.closed`)."""

    schedule: Schedule
    output_steps: tuple[int, ...]
    window: Window
    again: bool = False
    alerts: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    stoppable: bool = True
    member: int = 0
    closing: bool = False


@dataclass(frozen=True)
class Weigh:
    """Report how many moving particles each element holds, of all members."""


@dataclass(frozen=True)
class Keep:
    """Say all that you hold of a member, for a checkpoint."""

    member: int


@dataclass(frozen=True)
class Stop:
    """Leave, with this exit code; `error`: the sentence that all leave for, if it is one."""

    exit_code: int
    error: str = ""


class Breach(NamedTuple):
    """what: what does not hold, as the rest of a sentence about the particle; of it: id, global element number (-1: none known),
    place, clock (see `clock`) and status."""

    what: str
    id: int
    element: int
    x: float
    y: float
    sigma: float
    clock: int
    status: str


@dataclass
class Report:
    """What a worker says after an interval. records: by output of the interval, columns of what was recorded, where tracks are
    written; fates: how many of those have each status; statistics: what they say to each statistic; alerts: by alert that was
    looked at, what its own particles say; advance_s: CPU seconds of moving particles; sent,
    received: particles that went to and came from other workers, in hand-offs and with new cuts; breach: what is impossible
    about its particles; then there are no records and no alerts; stopped: whether a signal ended the interval half done: then
    its records are still with the worker; since the last report, seconds of its process: computing_s in which it
    neither waited nor handed on, transfer_s in which particles changed hands, told by the first of its workers alone;
    started_dry: particles released where it was dry."""

    worker: int
    steps: int
    hand_offs: int
    rounds: int
    stuck: int
    below_bed: int
    counts: np.ndarray
    records: list[Fields]
    fates: list[np.ndarray]
    statistics: list["Answers"]
    alerts: list[Partials]
    advance_s: float
    peak_memory_bytes: int
    sent: int = 0
    received: int = 0
    breach: Breach | None = None
    stopped: bool = False
    computing_s: float = 0.0
    transfer_s: float = 0.0
    started_dry: int = 0


@dataclass(frozen=True)
class Kept:
    """What a worker holds. particles: all that will be recorded again; records: by output of an interval half done, RECORD rows
    that are not reported yet (nothing at a meeting). Element numbers are global."""

    particles: np.ndarray
    records: list[np.ndarray]


@dataclass(frozen=True)
class Weight:
    """Elements (global numbers) that hold moving particles, and how many."""

    elements: np.ndarray
    particles: np.ndarray


class FieldOrder(NamedTuple):
    """A field worked out at every node of a frame. vertical: of the result, as for a Sample."""

    name: str
    expression: Expression
    inputs: tuple[Sample, ...]
    vertical: str

    @property
    def result(self) -> Sample:
        return Sample(self.name, "node", self.vertical)


class AlertOrder(NamedTuple):
    """A condition on particles, and what it looks at."""

    condition: AlertCondition
    samples: tuple[Sample, ...]


class WalkOrder(NamedTuple):
    """A random walk: scheme by name; vertical: "kh", m2/s, or None; horizontal: "viscofh", "smagorinsky", m2/s, or None;
    smagorinsky: what viscofh, of the files or worked out, is multiplied by, None: by nn_hvc of the files; by_area: what is even
    across is so by area, not by volume."""

    scheme: str
    vertical: str | float | None
    horizontal: str | float | None
    smagorinsky: float | None
    by_area: bool = False


@dataclass(frozen=True)
class BehaviourOrder:
    """What particles do beside being carried and mixed; None or 0: not.

    deposits: the bed keeps what settling or the random walk brings to it; resuspension: critical shear velocity, m/s, of a bed
    of `roughness` (m); refloat: half-life on the shore, s; windage: share of the velocity on elements named `wind` that acts
    at the surface, down to windage_depth (m); lifespan: s; mortality, growth: per second, or the variable that gives it per day;
    polygons: where they settle; own: the user's behaviour; sun: whether it is looked at where the sun is;
    columns: what every particle carries, with the value it begins with.
    """

    settling: Settling | None = None
    deposits: bool = False
    resuspension: float | None = None
    roughness: float = 0.001
    refloat: float | None = None
    migration: Migration | None = None
    windage: float = 0.0
    windage_depth: float = 0.1
    wind: tuple[str, str] = ("uwind_speed", "vwind_speed")
    lifespan: float | None = None
    mortality: float | Sample | None = None
    growth: float | Sample | None = None
    competency: Competency | None = None
    polygons: "Polygons | None" = None
    own: "OwnOrder | None" = None
    sun: bool = False
    columns: dict[str, float] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[Sample, ...]:
        """The variables that it looks at."""
        wind = tuple(Sample(name, "element", "none") for name in self.wind) if self.windage else ()
        rates = tuple(rate for rate in (self.mortality, self.growth) if isinstance(rate, Sample))
        return (*wind, *rates, *(() if self.own is None else self.own.samples))


class StokesOrder(NamedTuple):
    """Stokes drift: velocities on elements, per layer, or of the surface, from where it decays over `depth` (m); mean: the
    mean of that over the depth counts, else what there is at a particle's own depth."""

    u: Sample
    v: Sample
    depth: float | None
    mean: bool = False

    @property
    def in_flow(self) -> bool:
        """Whether it is put into the flow of the frames."""
        return self.mean or self.depth is None


@dataclass(frozen=True)
class WorkOrder:
    """What every worker knows from the start.

    vertical: "omega", "ww", "continuity" (where omega comes from), "held" or "none"; held_depth: m; direction: -1 where
    velocities come with the opposite sign, for a backward run; threads: that move particles, in every worker; tracks: whether
    records are told one by one; statistics: what is asked of them; sloping: whether levels slope within elements.
    """

    scheme: str
    vertical: str
    held_depth: float
    coast: str
    seed: int
    samples: tuple[Sample, ...]
    direction: int = 1
    walk: WalkOrder | None = None
    cubic: bool = False
    fields: tuple[FieldOrder, ...] = ()
    alerts: tuple[AlertOrder, ...] = ()
    behaviour: BehaviourOrder | None = None
    stokes: StokesOrder | None = None
    threads: int = 1
    tracks: bool = True
    statistics: "StatisticsOrder | None" = None
    sloping: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that every particle carries."""
        return () if self.behaviour is None else tuple(self.behaviour.columns)

    @property
    def particle_type(self) -> np.dtype:
        """PARTICLE with these columns."""
        return with_columns(PARTICLE, self.columns)

    @property
    def record_type(self) -> np.dtype:
        """RECORD with these columns."""
        return with_columns(RECORD, self.columns)
