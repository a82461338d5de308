"""How a run begins: from its start, from a checkpoint, or not at all because it is finished. Moves nothing, and
writes nothing but names that a killed run was about to give.

A checkpoint is believed if its file is whole and the rows it counts on are in the records beside it, with the
same sums; and it must be of this run: the same run file but for the end of the run, the same inputs, forcing
and arithmetic. All that stands in it is looked at here, before anything is written: one that does not fit is
passed over.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fvdrift.engine import Errands
from fvdrift.engine.checkpoint import (
    CheckpointFolder,
    Contents,
    DamagedError,
    FormatError,
    KeptRows,
    check_fit,
    difference,
    differences,
    rounding,
    seen_frames,
    settings,
    shown,
    written_settings,
)
from fvdrift.errors import RunFileError, blamed
from fvdrift.forcing import Forcing
from fvdrift.output import EarlierRows, columns, mark_beside, record_path
from fvdrift.preparation import Member, Preparation, check_size, most_at_once, prepare_all
from fvdrift.process import allow_open_files
from fvdrift.release import Starts
from fvdrift.timeline import StepGrid

if TYPE_CHECKING:
    from fvdrift.engine.transport import Checking

_ANEW = "to run anew, give --overwrite in place of --resume"


@dataclass
class Start:
    """A run that may start. finished: there is nothing to do; checkpoint: what it goes on from; starts:
    where its particles start; notes: sentences for the person; name: which of several it is, "" where there
    is one."""

    prepared: Preparation
    path: Path
    starts: Starts | None = None
    finished: bool = False
    checkpoint: Contents | None = None
    notes: list[str] = field(default_factory=list)
    name: str = ""


def begin(
    members: Sequence[Member],
    ranks: int,
    *,
    overwrite: bool,
    resume: bool,
    errands: Errands,
    checking: "Checking | None" = None,
    known: Callable[[Sequence[Preparation]], None] = lambda _: None,
) -> list[Start]:
    """Prepare runs that go on side by side, and find out where each begins. checking: places particles with
    all ranks; known: is told what there is to do, before particles are placed. Raises RunFileError, ForcingError, OutputError."""
    for member in members:
        member.check_outputs(overwrite or resume)
        CheckpointFolder(member.tracks).check()
    if members[0].run_file.output.tracks:
        allow_open_files(len(members))
    prepared = prepare_all(members)
    found = [
        Start(each, member.tracks, name=member.name) for each, member in zip(prepared, members, strict=True)
    ]
    for start in found if resume else ():
        with blamed(start.name):
            _find(start, errands)
    to_do = [start for start in found if not start.finished]
    if to_do:
        check_size([start.prepared for start in to_do], ranks)
        known([start.prepared for start in to_do])
    if checking is None:
        for start in to_do:
            with blamed(start.name):
                start.starts = start.prepared.source.check()
    else:
        _check_by_all(to_do, checking)
    return found


def _check_by_all(starts: Sequence[Start], checking: "Checking") -> None:
    """Place all particles once, with all ranks where they are many."""
    prepared = [start.prepared for start in starts]
    checking.share([each.source for each in prepared])
    for number, start in enumerate(starts):
        with blamed(start.name):
            start.starts = start.prepared.source.check(partial(checking.of_run, number))
    checking.let_go([most_at_once(each) for each in prepared])


def _find(start: Start, errands: Errands) -> None:
    """Look for what there is to go on from."""
    rows, tracks = EarlierRows(start.path), start.prepared.order.tracks
    if (rows.finished or not tracks) and _is_finished(start, rows):
        start.finished = True
        rows.close()
        return
    names = [column.name for column in columns(start.prepared.coordinates, start.prepared.output_variables)]
    unusable: list[str] = []
    for path in CheckpointFolder(start.path).newest_first():
        try:
            if _takes_up(start, Contents(path), rows, names=names, unusable=unusable, errands=errands):
                return
        except FormatError as error:
            raise RunFileError(f"{error}; {_ANEW}") from None
        except DamagedError as error:
            start.notes.append(f"warning: {error}: skipped")
    if unusable or (tracks and rows.finished):
        why = unusable or [f"{start.path.name} is finished, and no checkpoint was kept (checkpoint.at_end)"]
        raise RunFileError(f"{start.path}: cannot be resumed: {'; '.join(why)}; {_ANEW}")
    rows.close()
    start.notes.append("no checkpoint to resume from: the run starts from its beginning")


def _takes_up(
    start: Start,
    found: Contents,
    rows: EarlierRows,
    *,
    names: list[str],
    unusable: list[str],
    errands: Errands,
) -> bool:
    """Go on from a checkpoint if that can be; else `unusable` gets a sentence where it is sound, but not for
    this end.

    Raises RunFileError where it is of another run, DamagedError.
    """
    prepared = start.prepared
    refused = difference(found.state["identity"], prepared)
    if refused:
        raise RunFileError(f"{found.path}: does not belong to this run: {refused}; {_ANEW}")
    reason = _not_here(found, prepared)
    if reason:
        unusable.append(f"{found.path.name}: {reason}")
        return False
    check_fit(found, prepared, mark_beside(start.path), errands, tracks=start.path)
    rows.close()
    if prepared.order.tracks:
        before = KeptRows(found.archives).before(start.path, [])
        before.rows.settle(names, before.sums)
        before.rows.close()  # opened again by whoever needs them
    start.checkpoint = found
    start.notes += _resumed_from(found, prepared)
    return True


def _is_finished(start: Start, rows: EarlierRows) -> bool:
    """Whether what is there is of this run, to its end. Raises RunFileError where tracks are another's.

    Tracks get their name when they are whole, whatever happened to the record then; without tracks the record
    says it.
    """
    path, prepared, tracks = start.path, start.prepared, start.prepared.order.tracks
    of_this_run = period(prepared.series, prepared.timeline.grid)
    record: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        record = json.loads(record_path(path).read_text(encoding="utf-8"))
    to_this_end: bool = record.get("period", tracks and of_this_run) == of_this_run
    if not tracks and not (to_this_end and record.get("exit") == 0):
        return False
    there = rows.attribute("run_file") if tracks else json.dumps(record.get("run_file"))
    for key, before, now in differences(written_settings(there), settings(prepared.run_file)):
        raise RunFileError(
            f"{path}: is of another run: {key} was {shown(before)} there and is {shown(now)}; {_ANEW}"
        )
    return to_this_end


def period(series: Forcing, grid: StepGrid) -> list[str]:
    """First and last time of a run, as a person writes them."""
    return [series.describe_time(grid.start), series.describe_time(grid.end)]


def _not_here(found: Contents, prepared: Preparation) -> str:
    """Why a checkpoint of this run cannot serve for its new end; "" if it can."""
    since, unfinished = found.standing
    grid, then = prepared.timeline.grid, found.state["identity"]
    reached = since if unfinished is None else unfinished[1]
    if reached > grid.end:
        return f"it is at {prepared.series.describe_time(reached)}, behind the end of the run"
    if reached == then["end"] != grid.end and (reached - grid.start) % grid.step:
        return "the run then ended within a step, which is not whole now"
    if then["end"] != grid.end and prepared.statistics is not None:
        return "its statistics are laid out for the end it had"
    if found.state["frames"] != seen_frames(prepared.timeline, reached):
        return "the forcing has frames now that its last steps would have looked at"
    return ""


def _resumed_from(found: Contents, prepared: Preparation) -> list[str]:
    said = []
    since = prepared.series.describe_time(found.standing.since)
    half = "" if found.standing.unfinished is None else ", half way to the next frame"
    said.append(f"resumes from {found.path.name}: {since}{half}")
    changed = rounding(found.state["identity"])
    if changed:
        said.append(
            f"warning: numbers may differ in their last digits from those of a run without a break: {changed}"
        )
    return said
