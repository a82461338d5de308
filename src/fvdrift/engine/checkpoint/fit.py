"""Whether what stands in a checkpoint can be of its run: not all that is sound as a file fits."""

from collections.abc import Iterator, Sequence

import numpy as np

from fvdrift.output import Mark
from fvdrift.preparation import Preparation, RunTimeline
from fvdrift.statistics import Ledger
from fvdrift.tools.particle_arrays import STATUS_NAMES

from ..errands import Errands
from .archive import DamagedError
from .contents import OF_STATISTICS, Contents
from .look import Damage, Kind, Looked, LookThrough, together


def check_fit(found: Contents, prepared: Preparation, mark: Mark, errands: Errands) -> None:
    """Look at all of a checkpoint of this run, its particles by all ranks. mark: of the run. Raises
    DamagedError."""
    try:
        # each counts on what those before have found
        _refuse(_of_standing(found, prepared))
        _refuse(_of_arrays(found, prepared))
        found.looked = _looked_through(found, prepared, mark, errands)
        _refuse(_of_particles(found, found.looked, _released_later(found, prepared)))
        if prepared.statistics is not None:
            ledger = Ledger(prepared.statistics)
            ledger.restore(found.arrays(OF_STATISTICS))
            ledger.check_rows(_rows(found, prepared.timeline))
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
    known = {"status", "sums", *(f"particles/{worker}" for worker in workers)}
    known |= {f"records/{worker}/{row}" for worker in workers for row in rows}
    odd = sorted(
        name for name in found.names - known if not (prepared.statistics and name.startswith(OF_STATISTICS))
    )
    if odd:
        yield f"{odd[0]}: is nothing of this run"
    total, status, sums = found.state["identity"]["trajectories"], found.array("status"), found.array("sums")
    if status.dtype != np.int8 or status.shape != (total,) or not _are_statuses(status):
        yield "status: is not that of each particle"
    tracks = prepared.order.tracks
    if (
        sums.dtype != np.uint32
        or sums.ndim != 2
        or len(sums) != (_rows(found, prepared.timeline) if tracks else 0)
    ):
        yield f"sums: are not of {_rows(found, prepared.timeline)} rows"


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
    answers = errands.ask(LookThrough(found.archives, mark, kind))
    for damage in answers:
        if isinstance(damage, Damage):
            raise DamagedError(damage.said) if damage.whole else ValueError(damage.said)
    return together(answers)


def _released_later(found: Contents, prepared: Preparation) -> list[int]:
    """How many particles start behind each row of the interval that is half done."""
    releases, unfinished = prepared.releases, found.standing.unfinished
    end = found.standing.since if unfinished is None else unfinished[1]
    later = [releases.events_in(time + 1, end + 1) for time in _half_done(found, prepared.timeline)]
    return [int(releases.events["count"][events.start : events.stop].sum()) for events in later]


def _are_statuses(values: np.ndarray) -> bool:
    return bool(((values >= 0) & (values < len(STATUS_NAMES))).all())
