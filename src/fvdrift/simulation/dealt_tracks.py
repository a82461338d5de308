"""What stands in for a TrackWriter on rank 0 where owners on all ranks write the tracks: tells them what a
TrackWriter is told. Holds no row."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from fvdrift.engine import DealtRows
from fvdrift.engine.checkpoint import Contents, cut_of
from fvdrift.engine.owners import (
    CommitFiles,
    Done,
    FindRows,
    FinishFiles,
    OpenTracks,
    OwnersOrder,
    Packed,
    PackRest,
    RemoveParts,
    SettleParts,
    SyncRows,
)
from fvdrift.engine.transport import Crew
from fvdrift.errors import Interrupted
from fvdrift.output import commit_tracks, run_id
from fvdrift.process import never

Answer = TypeVar("Answer", bound=Done)


class DealtTracks:
    """Of one member. What goes wrong on any rank is raised here, when all have answered.

    write_s: seconds of all ranks, as far as they have told; finish_s: of finishing, of rank 0.
    """

    def __init__(self, dealt: DealtRows, crew: Crew, member: int, checkpoint: Contents | None):
        """checkpoint: from which owners go on. Raises FvdriftError."""
        self._request, self._stripes = dealt
        self._crew, self._member = crew, member
        self.write_s = self.finish_s = 0.0
        self._attributes: dict[str, str] = {}
        self._rows = 0
        if checkpoint is not None:
            self._rows = len(checkpoint.state["record"]["counts"])
        archives = None if checkpoint is None else checkpoint.archives
        self._by_all(FindRows(member, archives), Done)
        self._by_all(OpenTracks(member), Done)

    def write_row(self, row: int, columns: Mapping[str, np.ndarray]) -> None:
        """Its owners have it, or will; only counted."""
        self._rows = row + 1

    def set_time(self, row: int, time_us: int) -> None:
        """They know."""

    def settle(self) -> None:
        """A checkpoint counts on the rows that `state` has told."""
        self._by_all(SettleParts(self._member), Done)

    def state(self) -> dict[str, np.ndarray]:
        """For a checkpoint: how rows are cut. They are on the disk then, and owners say the rest."""
        self._by_all(SyncRows(self._member), Done)
        return cut_of(self._stripes)

    def set_attribute(self, name: str, value: str) -> None:
        """As TrackWriter.set_attribute."""
        self._attributes[name] = value

    def finish(self, asked: Callable[[], bool] = never) -> None:
        """Have the tracks packed, made whole and named, then their part files removed. Raises Interrupted where a
        signal comes between; every rank looks for one itself."""
        begun = time.perf_counter()
        self._by_all(SyncRows(self._member), Done)
        packed = self._by_all(PackRest(self._member, self._rows), Packed)
        if asked() or packed.interrupted:
            raise Interrupted("stopped while tracks were packed")
        several = self._stripes.files > 1
        ordered = [packed.digests[file] for file in range(self._stripes.files)]
        run = run_id(self._request, self._stripes, ordered) if several else ""
        self._by_all(FinishFiles(self._member, self._attributes, run), Done)
        self._by_all(CommitFiles(self._member), Done)
        if several:
            commit_tracks(self._request, self._stripes, self._rows, self._attributes, run)
        for first in (False, True):
            self._by_all(RemoveParts(self._member, first), Done)
        self.finish_s += time.perf_counter() - begun

    def close(self) -> None:
        """Let go of what is open on this rank; others do so when they leave."""
        self._crew.owners.close(self._member)

    def _by_all(self, order: OwnersOrder, kind: type[Answer]) -> Answer:
        answer = self._crew.by_all(order)
        assert isinstance(answer, kind)
        self.write_s = answer.write_s
        if answer.trouble is not None:
            raise answer.trouble.as_error()
        return answer
