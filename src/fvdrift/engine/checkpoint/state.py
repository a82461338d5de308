"""The JSON text of a checkpoint: every name in it. This is a format: who changes it counts `archive.FORMAT` up.

Its arrays are named where they are written: `contents` (particles, records: the types of
fvdrift_kernels.state), `simulation.saved_state`, and the accounts of `statistics`.
"""

from typing import Annotated, Any, NotRequired

from pydantic import Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from fvdrift.output import RecordState
from fvdrift.tools.state_types import EXACT, Number, Seconds, Time

Pair = Annotated[list[Time], Field(min_length=2, max_length=2)]
ExactHex = Annotated[str, Field(pattern="^0x[0-9a-f]{1,600}$")]
ByStatus = Annotated[list[Number], Field(min_length=7, max_length=7)]


@with_config(EXACT)
class IdentityState(TypedDict):
    """What it belongs to (`identity`)."""

    version: str
    arithmetic: str
    compiler: dict[str, str]
    run_file: dict[str, Any]
    tracks: bool
    start: Time
    end: Time
    inputs: dict[str, str]
    forcing: Annotated[list[Annotated[list[str], Field(min_length=2, max_length=2)]], Field(min_length=1)]
    trajectories: Number
    releases: str
    mesh: NotRequired[dict[str, str]]


@with_config(EXACT)
class TallyState(TypedDict):
    """What the run has done (`tally`)."""

    particle_steps: Number
    hand_offs: Number
    rounds: Number
    released: Number
    below_bed: Number
    dry: Number
    not_in_water: Number
    advance_cpu_s: Seconds
    computing_s: Seconds
    transfer_s: Seconds
    busiest_steps: Number
    held: ByStatus


@with_config(EXACT)
class DecompositionState(TypedDict):
    """How often the decomposition was changed (`decomposition`)."""

    repartitions: Number
    widened: Number
    pack_s: Seconds


@with_config(EXACT)
class ToldState(TypedDict):
    """An alert that came true."""

    time: str
    when: str
    say: str
    values: dict[str, float]


@with_config(EXACT)
class WatchState(TypedDict):
    """What is known of alerts, by their number (`simulation.alerts`)."""

    true: list[bool]
    warned: list[bool]
    times_true: list[Number]
    told: list[ToldState]
    stop: bool


@with_config(EXACT)
class ArchiveState(TypedDict):
    """An archive beside it (`messages.Stored`)."""

    rank: Annotated[int, Field(gt=0, lt=10**7)]
    size: Number
    checksum: str
    arrays: list[str]


@with_config(EXACT)
class BudgetState(TypedDict):
    """What became of what was released (`manager.budget`): exact sums, in hexadecimal, by status."""

    released: ExactHex
    left: Annotated[list[ExactHex], Field(min_length=7, max_length=7)]
    standing: Annotated[list[ExactHex], Field(min_length=7, max_length=7)]


@with_config(EXACT)
class State(TypedDict):
    """All of it. since, unfinished: as `contents.Standing`; workers: how many there were; archives: beside it;
    frames: those that the last interval looked at; left: particles that have left, by status; budget: where particles
    carry something."""

    format: int
    since: Time
    unfinished: Pair | None
    workers: Number
    archives: list[ArchiveState]
    identity: IdentityState
    frames: list[Time | None]
    tally: TallyState
    pieces: DecompositionState
    left: ByStatus
    watch: WatchState
    record: RecordState
    budget: NotRequired[BudgetState]


_ADAPTER = TypeAdapter(State)


def read_state(tree: Any) -> State:
    """The same, once every name and type is as it must be. Raises ValueError with the first that is not."""
    if isinstance(tree, dict) and tree.get("format") == 3:
        tree = {"archives": [], **tree}
    try:
        return _ADAPTER.validate_python(tree)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
