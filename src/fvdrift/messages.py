"""What manager and workers say to each other. Plain data: anything here can travel."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .alert import AlertCondition, Partials
from .clock import Schedule
from .expression import Expression
from .partition import Cuts
from .piece import Piece

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
    """Particles that start in the coming interval, with their later clocks; depths as in fvdrift_kernels.release."""

    particles: np.ndarray
    depth_kind: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    times: np.ndarray
    window: Window


@dataclass(frozen=True)
class Advance:
    """Take all particles over one interval. output_steps: numbers of steps after which they are recorded; again: this
    interval is gone on with, in a wider piece; alerts: numbers of those that are looked at, at its end."""

    schedule: Schedule
    output_steps: tuple[int, ...]
    window: Window
    again: bool = False
    alerts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Weigh:
    """Report how many moving particles each element holds."""


@dataclass(frozen=True)
class Stop:
    """Leave, with this exit code; `error`: the sentence that all leave for, if it is one."""

    exit_code: int
    error: str = ""


@dataclass
class Report:
    """What a worker says after an interval. records: by output of the interval, columns of what was recorded; alerts: by
    alert that was looked at, what its own particles say."""

    worker: int
    steps: int
    hand_offs: int
    rounds: int
    stuck: int
    below_bed: int
    counts: np.ndarray
    records: list[Fields]
    alerts: list[Partials]
    advance_s: float
    elapsed_s: float
    peak_memory_bytes: int


@dataclass(frozen=True)
class Weight:
    """Elements (global numbers) that hold moving particles, and how many."""

    elements: np.ndarray
    particles: np.ndarray


class Sample(NamedTuple):
    """A variable recorded along tracks. location: "node", "element"; vertical: "layer", "level", "none"."""

    name: str
    location: str
    vertical: str


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
    rise: m/s up through the water; deposits: what comes to the bed by it or by the walk stays there."""

    scheme: str
    vertical: str | float | None
    horizontal: str | float | None
    smagorinsky: float
    rise: float = 0.0
    deposits: bool = False


@dataclass(frozen=True)
class WorkOrder:
    """What every worker knows from the start.

    vertical: "omega", "ww", "continuity" (where omega comes from), "held" or "none"; held_depth: m; direction: -1 where
    velocities come with the opposite sign, for a backward run.
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
