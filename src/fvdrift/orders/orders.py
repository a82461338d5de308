"""What workers are asked to do, as plain data that can travel."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from fvdrift.expression import AlertCondition, Expression
from fvdrift_kernels.state import PARTICLE, RECORD, with_columns

from .variable import Sample

if TYPE_CHECKING:
    from .question import StatisticsOrder

Part = TypeVar("Part")


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
    """A random walk: scheme by name; vertical: "kh", m2/s, or None; horizontal: "viscofh", "smagorinsky",
    m2/s, or None; smagorinsky: what viscofh, of the files or worked out, is multiplied by, None: by nn_hvc of
    the files; by_area: what is even across is so by area, not by volume."""

    scheme: str
    vertical: str | float | None
    horizontal: str | float | None
    smagorinsky: float | None
    by_area: bool = False


@dataclass(frozen=True)
class BehaviourOrder:
    """What particles do beside being carried and mixed. parts: one for each behaviour that is on, of the
    classes in `fvdrift.behaviour`; columns: what every particle carries, with the value it begins with; amounts:
    those of them that begin with the particle's share of its release."""

    parts: tuple[Any, ...] = ()
    columns: dict[str, float] = field(default_factory=dict)
    amounts: tuple[str, ...] = ()

    def part(self, kind: type[Part]) -> Part | None:
        """The behaviour of this class, where it is on."""
        return next((part for part in self.parts if isinstance(part, kind)), None)

    @property
    def inputs(self) -> tuple[Sample, ...]:
        """The variables that are looked at."""
        return tuple(sample for part in self.parts for sample in part.inputs)

    @property
    def sun(self) -> bool:
        """Whether it is looked at where the sun is."""
        return any(part.sun for part in self.parts)

    @property
    def bed_roughness(self) -> float | None:
        """Of a bed whose shear is looked at, m."""
        return next((found for part in self.parts if (found := part.bed_roughness) is not None), None)


class StokesOrder(NamedTuple):
    """Stokes drift: velocities on elements, per layer, or of the surface, from where it decays over `depth`
    (m); mean: the mean of that over the depth counts, else what there is at a particle's own depth."""

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

    vertical: "omega", "ww", "continuity" (where omega comes from), "held" or "none"; held_depth: m;
    direction: -1 where velocities come with the opposite sign, for a backward run; threads: that move
    particles, in every worker; tracks: whether records are told one by one; statistics: what is asked of
    them; sloping: whether levels slope within elements; name: of the member of an ensemble, for whoever is
    told what went wrong.
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
    name: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that every particle carries."""
        return () if self.behaviour is None else tuple(self.behaviour.columns)

    @property
    def amounts(self) -> tuple[str, ...]:
        """Those of them that begin with a particle's share of its release; the first is what it carries."""
        return () if self.behaviour is None else self.behaviour.amounts

    @property
    def particle_type(self) -> np.dtype:
        """PARTICLE with these columns."""
        kind: np.dtype = with_columns(PARTICLE, self.columns)
        return kind

    @property
    def record_type(self) -> np.dtype:
        """RECORD with these columns."""
        kind: np.dtype = with_columns(RECORD, self.columns)
        return kind
