"""NAME.run.json: what a run did and what it took, for people and job scripts. Not the tracks.

Here stands all that varies from one invocation to the next: command, dates, ranks, machine, timings.
"""

import datetime
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import with_config
from typing_extensions import TypedDict

from fvdrift.tools.new_file import NewFile
from fvdrift.tools.state_types import EXACT, Number, Seconds

FATES = ("active", "stranded", "deposited", "settled", "exited", "dead")
TIMINGS = (
    "read_s", "read_wait_s", "pack_s", "advance_cpu_s", "computing_s", "transfer_s", "write_s", "first_step_s", "total_wall_s",
)  # fmt: skip


@with_config(EXACT)
class StartState(TypedDict):
    """One start of the run."""

    started: str
    ranks: Number
    command: list[str]


@with_config(EXACT)
class RecordState(TypedDict):
    """Of NAME.run.json (`output.run_record`). counts: by row."""

    counts: list[dict[str, int | str]]
    starts: list[StartState]
    timings: dict[str, Seconds]
    this: StartState


class RunRecord:
    """Collects the record as the run goes on; `write` may be called again and again, the last one counts."""

    def __init__(self, path: Path, *, command: Sequence[str], ranks: int, versions: Mapping[str, str]):
        """path: NAME.run.json (`paths.record_path`)."""
        self.path, self.ranks = Path(path), ranks
        self._values: dict[str, Any] = {
            "exit": None,
            "command": list(command),
            "started": _now(),
            "ended": None,
            "ranks": ranks,
            "readers": None,
            "versions": dict(versions),
            "period": None,
            "starts": [],
            "particle_steps": 0,
            "hand_offs": 0,
            "rounds": 0,
            "repartitions": 0,
            "imbalance": None,
            "peak_memory_bytes": [],
            "bytes": None,
            "timings": dict.fromkeys(TIMINGS, 0.0),
            "notes": [],
            "counts": [],
        }

    def set(self, **values: Any) -> None:
        """Any of the record's values by name, or new ones: particle_steps, hand_offs, rounds, imbalance,
        ..."""
        self._values.update(values)

    def state(self, rows: int | None = None) -> RecordState:
        """What has been gathered of the whole run, however often it was resumed. rows: so many counts
        of it."""
        its = _plain(self._values)
        this: StartState = {"started": its["started"], "ranks": its["ranks"], "command": its["command"]}
        return {
            "counts": its["counts"][:rows],
            "starts": its["starts"],
            "timings": its["timings"],
            "this": this,
        }

    def restore(self, state: RecordState, later: int = 0) -> None:
        """Gather on from there. later: so many more particles, which nobody knew of then."""
        counts = [{**row, "not_released": int(row["not_released"]) + later} for row in state["counts"]]
        self.set(counts=counts, starts=[*state["starts"], state["this"]], timings=dict(state["timings"]))

    @property
    def describing(self) -> dict[str, Any]:
        """Of the record what a person needs to do the same run again."""
        names = ("command", "started", "ranks", "parts", "readers", "versions", "machine", "run_file")
        return {name: _plain(self._values.get(name)) for name in names}

    def note(self, sentence: str) -> None:
        """A sentence the person was told."""
        self._values["notes"].append(sentence)

    def set_seconds(self, seconds: Mapping[str, float]) -> None:
        """Timings: read_s, advance_cpu_s, ..."""
        self._values["timings"].update({name: float(value) for name, value in seconds.items()})

    @property
    def last_time(self) -> str:
        """Of the last counts."""
        return str(self._values["counts"][-1]["time"])

    def add_counts(self, time: str, counts: Mapping[str, int]) -> None:
        """Particles of each status at one output time; `released` is the sum of all but not_released."""
        fates = {fate: int(counts.get(fate, 0)) for fate in FATES}
        others = {name: int(number) for name, number in counts.items() if name not in FATES}
        self._values["counts"].append({"time": time, "released": sum(fates.values()), **fates, **others})

    def write(self, exit_code: int | None) -> None:
        """Write all of it, whole or not at all; exit_code None while the run goes on. Raises OutputError."""
        if exit_code is not None:
            self.set(exit=exit_code, ended=_now())
        text = json.dumps(_plain(self._values), indent=1, ensure_ascii=False, allow_nan=False)
        with NewFile(self.path) as file:
            file.write(text + "\n")
            file.commit()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """`value` of what JSON has: NumPy's numbers and arrays as Python's, NaN and infinity as null, the rest as
    text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
