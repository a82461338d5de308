"""Whether what stands in a checkpoint can be of its run: not all that is sound as a file fits."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.output import Mark, columns
from fvdrift.preparation import Preparation, RunTimeline
from fvdrift.statistics import StatisticsPlan, travelling_plan

from ..errands import Errands
from .archive import DamagedError
from .contents import Contents
from .kept_rows import KeptRows, LookAtRows, look_at_rows
from .kept_shares import OF_STATISTICS, CheckpointShares
from .look import Damage, Kind, Looked, LookThrough, together
from .look_at_shares import LookAtShares


def check_fit(found: Contents, prepared: Preparation, mark: Mark, errands: Errands, *, tracks: Path) -> None:
    """Look at all of a checkpoint of this run, its particles and rows by all ranks. mark: of the run; tracks:
    NAME.nc, beside which its rows are. Raises DamagedError."""
    try:
        # each counts on what those before have found
        _refuse(_of_standing(found, prepared))
        _refuse(_of_arrays(found, prepared))
        look_at_rows(errands, _rows_to_look_at(found, prepared, mark, tracks))
        found.looked = _looked_through(found, prepared, mark, errands)
        _refuse(_of_particles(found, found.looked, _released_later(found, prepared)))
        if prepared.statistics is not None:
            _of_statistics(found, prepared, prepared.statistics, errands)
    except ValueError as error:
        raise DamagedError(f"{found.path}: is damaged: {error}") from None


def _refuse(problems: Iterator[str]) -> None:
    for problem in problems:
        raise ValueError(problem)


def _rows(found: Contents, timeline: RunTimeline) -> int:
    """How many rows were recorded."""
    since, first = found.standing.since, timeline.intervals[0]
    return (
        0 if since == first.start < first.end else int(np.searchsorted(timeline.outputs, since, side="right"))
    )


def _half_done(found: Contents, timeline: RunTimeline) -> list[int]:
    """Times of the rows in the interval that is half done, microseconds."""
    if found.standing.unfinished is None:
        return []
    end = int(np.searchsorted(timeline.outputs, found.standing.unfinished[1], side="right"))
    return [int(time) for time in timeline.outputs[_rows(found, timeline) : end]]


def _of_standing(found: Contents, prepared: Preparation) -> Iterator[str]:
    since, unfinished = found.standing
    start, end = prepared.timeline.grid.start, found.state["identity"]["end"]
    if unfinished is None and not start < since <= end:
        yield f"since: {since} is not in the run"
    if unfinished is not None:
        frames = prepared.series.times
        frame, next_frame = (
            np.searchsorted(frames, unfinished[0], "right"),
            np.searchsorted(frames, unfinished[1]),
        )
        if unfinished[0] != since or not start <= since < unfinished[1] <= end or frame < next_frame:
            yield f"unfinished: {list(unfinished)} is no interval of the run after {since}"
    rows, watch = len(found.state["record"]["counts"]), found.state["watch"]
    if rows != _rows(found, prepared.timeline):
        yield f"record.counts: there are {rows} rows, not {_rows(found, prepared.timeline)}"
    if not len(watch["true"]) == len(watch["warned"]) == len(watch["times_true"]) == len(prepared.alerts):
        yield f"watch: is not of {len(prepared.alerts)} alerts"


def _of_arrays(found: Contents, prepared: Preparation) -> Iterator[str]:
    workers = range(sum(name.startswith("particles/") for name in found.names))
    rows = range(len(_half_done(found, prepared.timeline)))
    if len(workers) != found.state["workers"]:
        yield f"workers: there are {len(workers)}, not {found.state['workers']}"
    known = {*KeptRows(found.archives).names, *(f"particles/{worker}" for worker in workers)}
    known |= {f"records/{worker}/{row}" for worker in workers for row in rows}
    odd = sorted(
        name for name in found.names - known if not (prepared.statistics and name.startswith(OF_STATISTICS))
    )
    if odd:
        yield f"{odd[0]}: is nothing of this run"


def _rows_to_look_at(found: Contents, prepared: Preparation, mark: Mark, tracks: Path) -> LookAtRows:
    names = tuple(column.name for column in columns(prepared.coordinates, prepared.output_variables))
    rows = _rows(found, prepared.timeline) if prepared.order.tracks else 0
    total = found.state["identity"]["trajectories"]
    return LookAtRows(found.archives, mark, tracks.absolute(), names, rows, total)


def _of_particles(found: Contents, looked: Looked, released_later: Sequence[int]) -> Iterator[str]:
    """They, and what was recorded of them, are as many as they must be. released_later: by row, how many start
    behind it."""
    held = looked.held
    if int(np.bitwise_count(looked.found).sum()) < held.sum():
        yield "particles: has a particle that is there twice"
    tally, left = found.state["tally"], sum(found.state["left"])
    if held.tolist() != tally["held"] or tally["released"] != held.sum() + left + looked.leaving:
        went = f"{left} have left, {held.sum()} go on and {looked.leaving} leave"
        yield f"tally: {tally['released']} were released, {went}"
    if (looked.recorded + np.array(released_later, np.int64) < looked.passed).any():
        recorded, passed = looked.recorded.tolist(), looked.passed.tolist()
        yield f"records: are of {recorded} particles, and {passed} have passed their times"


def _looked_through(found: Contents, prepared: Preparation, mark: Mark, errands: Errands) -> Looked:
    """All ranks look at the particles, each at its share. Raises DamagedError, ValueError."""
    grid, (since, unfinished) = prepared.timeline.grid, found.standing
    first = grid.clock(since)
    kind = Kind(
        prepared.order.particle_type,
        prepared.order.record_type,
        total=found.state["identity"]["trajectories"],
        elements=prepared.mesh.elements,
        first=first,
        last=first if unfinished is None else grid.clock(unfinished[1]),
        outputs=tuple(map(grid.clock, _half_done(found, prepared.timeline))),
    )
    return together(_sound(errands.ask(LookThrough(found.archives, mark, kind))))


def _of_statistics(found: Contents, prepared: Preparation, plan: StatisticsPlan, errands: Errands) -> None:
    """They look at the accounts too. Raises DamagedError, ValueError."""
    kept, rows = CheckpointShares(found.archives), _rows(found, prepared.timeline)
    to_all = travelling_plan(plan, clerk=False)
    _sound(errands.ask(LookAtShares(to_all, plan.order, kept, found.looked.readers, rows)))


def _sound(answers: list[Any]) -> list[Any]:
    """The same, where none is a Damage. Raises DamagedError, ValueError."""
    for damage in answers:
        if isinstance(damage, Damage):
            raise DamagedError(damage.said) if damage.whole else ValueError(damage.said)
    return answers


def _released_later(found: Contents, prepared: Preparation) -> list[int]:
    """How many particles start behind each row of the interval that is half done."""
    releases, unfinished = prepared.releases, found.standing.unfinished
    end = found.standing.since if unfinished is None else unfinished[1]
    later = [releases.events_in(time + 1, end + 1) for time in _half_done(found, prepared.timeline)]
    return [int(releases.events["count"][events.start : events.stop].sum()) for events in later]
