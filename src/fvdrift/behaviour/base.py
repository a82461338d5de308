"""What a behaviour has to say of itself, and what it is told for that. Knows none of them (`plan` does)."""

import difflib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np

from fvdrift.fields import TimeLevel
from fvdrift.forcing import Forcing, Window
from fvdrift.mesh import Subdomain, ToRun, WholeMesh
from fvdrift.orders import BehaviourOrder, Sample
from fvdrift.timeline import Schedule
from fvdrift_kernels.behaviour_options import Sunlight
from fvdrift_kernels.own import Own

if TYPE_CHECKING:
    from fvdrift.settings import RunFile


class Column(NamedTuple):
    """A number that every particle carries, as tracks describe it. begin: its value at release; always:
    whether tracks hold it where the run file does not ask for it; exact: whether in double precision."""

    name: str
    unit: str
    long_name: str
    begin: float
    always: bool = False
    exact: bool = False


class Needed(NamedTuple):
    """A variable that the run file names. kind: "rate", per day on nodes; "irradiance", W/m2, or "attenuation", 1/m,
    there too; or "speed", on elements without a vertical."""

    key: str
    name: str
    kind: str


class Asked(NamedTuple):
    """What a behaviour is planned from. kind: of advection.dimension; known: the variables there are, by
    name; columns: what particles carry, with the values they begin with; to_run: to the run's coordinates; amount:
    what releases let go, "mass", "number" or None."""

    run_file: "RunFile"
    series: Forcing
    kind: str
    known: Mapping[str, Sample]
    columns: Mapping[str, float]
    to_run: ToRun
    amount: str | None = None

    @property
    def sun_known(self) -> bool:
        """Whether the forcing says where the sun is."""
        return self.series.calendar and self.series.lon is not None and self.series.lat is not None

    def only_in_3d(self, key: str) -> Iterator[str]:
        if self.kind != "3d":
            yield f"{key}: needs a 3-D run; take it away, or set advection.dimension"

    def only_forward(self, **keys: object) -> Iterator[str]:
        """Chances that have been taken already in a run back in time. keys: their values, by table__key."""
        if self.run_file.time.direction == "backward":
            given = [key.replace("__", ".") for key, value in keys.items() if value is not None]
            yield from (f"{key}: has no meaning in a backward run; take it away" for key in given)


class Between(NamedTuple):
    """What a worker makes an option of the kernels from. window: of the frames that velocity is taken from;
    levels: by time; direction: of time; light: where the sun is, if that is looked at; own_kind: what the
    user's own behaviour is called by."""

    piece: Subdomain
    window: Window
    levels: dict[int, TimeLevel]
    schedule: Schedule
    direction: int
    light: Sunlight | None
    own_kind: type[Own] | None

    @property
    def pair(self) -> tuple[TimeLevel, TimeLevel]:
        """The two levels that particles are between."""
        return self.levels[self.window.first], self.levels[self.window.second]


class Late(NamedTuple):
    """A time of the run file beyond which something happens. time: microseconds after the release, or after
    the start of the run; of_age: which of the two; then: what follows where the run is shorter."""

    key: str
    time: int
    of_age: bool
    then: str


class Steps(NamedTuple):
    """How far particles go in a step. step: s; speed: m/s (element,), the fastest of each column in the first
    frame; walked: m (element,), how far the walk across goes in a step."""

    order: BehaviourOrder
    step: float
    mesh: WholeMesh
    speed: np.ndarray
    walked: np.ndarray

    @property
    def fastest_up_or_down(self) -> float:
        """By particles' own motion, m/s."""
        return max(float(part.fastest_up_or_down) for part in self.order.parts)


class Behaviour(ABC):
    """One thing that particles do beside being carried: asked of the class, whether and how a run file wants
    it; of an instance, which is plain data that travels to the workers, what comes of it.

    option: the part of `behaviour_options.BesideFlow` that it fills; costs: names under which
    scripts/benchmark_options.py measures it, and what that adds to a particle-step, ns of CPU time.
    """

    option: ClassVar[str]
    costs: ClassVar[tuple[tuple[str, float], ...]]

    # what the run file asks for

    @classmethod
    @abstractmethod
    def asked(cls, run_file: "RunFile") -> bool:
        """Whether the run file asks for it."""

    @classmethod
    def alone(cls, asked: Asked) -> bool:
        """Whether anything comes of it where there is no other behaviour."""
        return True

    @classmethod
    def columns(cls, run_file: "RunFile") -> Iterator[Column]:
        """What particles carry for it; settings/behaviour_values.py keeps the names from others."""
        yield from ()

    @classmethod
    def variables(cls, run_file: "RunFile") -> Iterator[Needed]:
        """What it takes from the files by a name that the run file gives."""
        yield from ()

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        """What cannot be, each beginning with its key, beside variables that are not there."""
        yield from ()

    @classmethod
    @abstractmethod
    def planned(cls, asked: Asked) -> Self:
        """The order to the workers. Raises RunFileError."""

    # what workers and the mesh are asked for

    @property
    def inputs(self) -> tuple[Sample, ...]:
        """The variables that it looks at."""
        return ()

    @property
    def sun(self) -> bool:
        """Whether it looks at where the sun is."""
        return False

    @property
    def bed_roughness(self) -> float | None:
        """m, where it looks at the shear at the bed."""
        return None

    @property
    def wakes(self) -> tuple[int, ...]:
        """The statuses at rest that it may end."""
        return ()

    @property
    def fastest_up_or_down(self) -> float:
        """Of the particles' own motion, m/s."""
        return 0.0

    def given(self, mesh: WholeMesh) -> tuple[Mapping[str, np.ndarray], Iterable[str]]:
        """What workers must know of each element (`WholeMesh.given`), and sentences about it."""
        return {}, ()

    def begin(self, particles: np.ndarray, seed: int) -> None:  # noqa: B027
        """Fill the columns of new particles (for_kernels) that do not begin alike."""

    @abstractmethod
    def kernel_option(self, between: Between) -> tuple[Any, ...] | None:
        """The NamedTuple of fvdrift_kernels.behaviour_options that does it."""

    # what is said at the start of a run

    @abstractmethod
    def summary(self) -> Iterator[str]:
        """What particles do, in a few words."""

    def cost(self) -> str:
        """Which of `costs` it is."""
        return self.costs[0][0]

    def depths(self) -> Iterator[tuple[str, float, str]]:
        """Keys, depths (m), and what follows where no water is so deep."""
        yield from ()

    def late(self) -> Iterator[Late]:
        yield from ()

    def too_slow(self, order: BehaviourOrder, oldest: float) -> Iterator[str]:
        """Sentences on what comes to nothing within `oldest` s."""
        yield from ()

    def in_steps(self, steps: Steps) -> Iterator[str]:
        """Sentences on what hangs on the length of a step, or is not what it seems."""
        yield from ()

    @property
    def judged(self) -> tuple[str, ...]:
        """Names of the variables that `odd_values` wants to see."""
        return ()

    def odd_values(self, values: Mapping[str, np.ndarray]) -> Iterator[str]:
        """Sentences on values of the first frame, by name."""
        yield from ()


def not_usable(needed: Needed, known: Mapping[str, Sample]) -> str:
    """Why a variable cannot be what it is taken as; nothing if it can."""
    name, sample = needed.name, known.get(needed.name)
    if needed.kind == "speed":
        if sample is not None and sample.location == "element" and sample.vertical != "none":
            return f"{needed.key}: {name} is given on {sample.vertical}s: that is no wind"
        problem = not_on_elements(name, known)
        return f"{needed.key}: {problem}" if problem else ""
    if sample is not None and sample.location == "node":
        return ""
    missing = f"there is no variable or [[field]] {name!r}"
    what = missing if sample is None else f"{name} is given on elements, not on nodes"
    return f"{needed.key}: {what}{_hint(name, known, 'node')}"


def not_on_elements(name: str, known: Mapping[str, Sample]) -> str:
    """What is wrong with it; nothing if it is on elements."""
    sample = known.get(name)
    if sample is None:
        return f"the forcing has no {name!r}{_hint(name, known, 'element')}"
    return "" if sample.location == "element" else f"{name} is given on nodes, not on elements"


def _hint(name: str, known: Mapping[str, Sample], location: str) -> str:
    there = [other for other, sample in known.items() if sample.location == location]
    near = difflib.get_close_matches(name, there, 1)
    return f" (did you mean {near[0]}?)" if near else ""
