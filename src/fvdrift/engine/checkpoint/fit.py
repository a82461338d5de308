"""Whether what stands in a checkpoint can be of its run: not all that is sound as a file fits."""

from collections.abc import Iterator

import numpy as np

from fvdrift.preparation import Preparation, RunTimeline
from fvdrift.statistics import Ledger
from fvdrift.tools.particle_arrays import GONE, STATUS_NAMES
from fvdrift_kernels.state import ACTIVE, NOT_RELEASED

from .archive import DamagedError
from .contents import OF_STATISTICS, Contents


def check_fit(found: Contents, prepared: Preparation) -> None:
    """Look at all of a checkpoint of this run. Raises DamagedError."""
    try:
        for look in (_of_standing, _of_arrays, _of_particles):  # each counts on what those before have found
            for problem in look(found, prepared):
                raise ValueError(problem)
        if prepared.statistics is not None:
            ledger = Ledger(prepared.statistics)
            ledger.restore(found.arrays(OF_STATISTICS))
            ledger.check_rows(_rows(found, prepared.timeline))
    except ValueError as error:
        raise DamagedError(f"{found.path}: is damaged: {error}") from None


def _rows(found: Contents, timeline: RunTimeline) -> int:
    """How many rows were recorded."""
    since, first = found.standing.since, timeline.intervals[0]
    return (
        0 if since == first.start < first.end else int(np.searchsorted(timeline.outputs, since, side="right"))
    )


def _to_come(found: Contents, timeline: RunTimeline) -> int:
    """How many rows lie in the interval that is half done."""
    if found.standing.unfinished is None:
        return 0
    end = int(np.searchsorted(timeline.outputs, found.standing.unfinished[1], side="right"))
    return end - _rows(found, timeline)


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
    rows = range(_to_come(found, prepared.timeline))
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
    if status.dtype != np.int8 or status.shape != (total,) or not _within(status, 0, len(STATUS_NAMES)):
        yield "status: is not that of each particle"
    tracks = prepared.order.tracks
    if (
        sums.dtype != np.uint32
        or sums.ndim != 2
        or len(sums) != (_rows(found, prepared.timeline) if tracks else 0)
    ):
        yield f"sums: are not of {_rows(found, prepared.timeline)} rows"


def _of_particles(found: Contents, prepared: Preparation) -> Iterator[str]:
    """Also: they, and what was recorded of them, are as many as they must be."""
    grid, standing, rows = prepared.timeline.grid, found.standing, _to_come(found, prepared.timeline)
    first = grid.clock(standing.since)
    last = first if standing.unfinished is None else grid.clock(standing.unfinished[1])
    at = [
        grid.clock(int(time)) for time in prepared.timeline.outputs[_rows(found, prepared.timeline) :][:rows]
    ]
    seen = np.zeros(found.state["identity"]["trajectories"], bool)
    held, leaving = np.zeros(len(STATUS_NAMES), np.int64), 0
    recorded, passed = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    for worker, kept in enumerate(found.kept()):
        tables = [(f"particles/{worker}", kept.particles, prepared.order.particle_type)]
        for row, records in enumerate(kept.records):
            tables.append((f"records/{worker}/{row}", records, prepared.order.record_type))
        for name, each, kind in tables:
            if each.dtype != kind or each.ndim != 1:
                yield f"{name}: holds other numbers than particles of this run"
            elif not _possible(each, len(seen), prepared.mesh.elements):
                yield f"{name}: has a particle that cannot be"
        ids, status = kept.particles["id"], kept.particles["status"]
        moving = kept.particles["clock"][status == ACTIVE]
        if seen[ids].any() or len(np.unique(ids)) < len(ids):
            yield f"particles/{worker}: has a particle that is there twice"
        if not _within(moving, first, last + 1):
            yield f"particles/{worker}: has a particle of another time"
        seen[ids] = True
        held += np.bincount(status, minlength=len(held))
        passed += np.array([np.count_nonzero(moving >= clock) for clock in at], np.int64)
        for row, records in enumerate(kept.records):
            recorded[row] += len(records)
            leaving += int(np.count_nonzero(records["status"] >= GONE))
    tally, left = found.state["tally"], sum(found.state["left"])
    if held.tolist() != tally["held"] or tally["released"] != held.sum() + left + leaving:
        yield f"tally: {tally['released']} were released, {left} have left, {held.sum()} go on and {leaving} leave"
    if (recorded < passed).any():
        yield f"records: are of {recorded.tolist()} particles, and {passed.tolist()} have passed their times"


def _possible(particles: np.ndarray, total: int, elements: int) -> bool:
    """Whether all numbers of a table are those of particles, of so many in all."""
    sigma = particles["sigma"][particles["status"] != NOT_RELEASED]
    return (
        _within(particles["id"], 0, total)
        and _within(particles["status"], 0, len(STATUS_NAMES))
        and _within(particles["element"], 0, elements)
        and _within(-sigma, 0.0, 1.0 + 1e-15)
        and bool(np.isfinite([particles["x"], particles["y"]]).all())
    )


def _within(values: np.ndarray, first: float, end: float) -> bool:
    return bool(((values >= first) & (values < end)).all())
