"""What starts in the intervals of a run, and who places it: rank 0 what is little, all workers what is much."""

import numpy as np

from fvdrift.engine.transport import Crew
from fvdrift.preparation import Preparation, weights_of
from fvdrift.release import Batch, Group, no_batch
from fvdrift.timeline import Interval
from fvdrift.tools.particle_arrays import where

from ..messages import Release
from ..release_messages import PlaceByAll, ReleaseByAll
from .decomposition import Decomposition


class Releases:
    """Of one member of a crew."""

    def __init__(self, prepared: Preparation, crew: Crew, member: int):
        self._prepared, self._crew, self._member = prepared, crew, member
        self._ahead: tuple[Batch, list[Group]] | None = None  # what the coming interval begins with, if known

    def weights(self, interval: Interval, *, first: bool) -> np.ndarray:
        """Weights of the elements by where the particles of the coming interval start. first: whether the run
        begins with it."""
        self._ahead = self._ahead or self._starting(interval, first)
        batch, groups = self._ahead
        mesh, timeline = self._prepared.mesh, self._prepared.timeline
        counts = np.bincount(batch.particles["element"], minlength=mesh.elements)
        if groups:
            counts += self._crew.place(PlaceByAll(self._member), groups)
        return weights_of(mesh, timeline, np.arange(mesh.elements), counts)

    def skip(self) -> None:
        """Nothing starts in the interval that a checkpoint was taken in."""
        self._ahead = no_batch(), []

    def release(self, interval: Interval, decomposition: Decomposition, *, first: bool) -> int:
        """Give what starts in it to its owners; how many more that rank 0 has placed are not in the water."""
        batch, groups = self._ahead or self._starting(interval, first)
        self._ahead = None
        window = self._prepared.timeline.window_times(interval)
        owners = decomposition.cuts.owner(batch.particles["element"], batch.particles["id"])
        for worker in np.unique(owners):
            mine = owners == worker
            release = Release(
                particles=where(batch.particles, mine),
                depth_kind=where(batch.depth_kind, mine),
                upper=where(batch.upper, mine),
                lower=where(batch.lower, mine),
                window=window,
                member=self._member,
                amount=None if batch.amount is None else where(batch.amount, mine),
            )
            self._crew.send(int(worker), release)
        if groups:
            last = int(self._prepared.releases.events["time_us"][-1]) <= interval.end
            self._crew.release(ReleaseByAll(window, self._member, last), groups)
        return batch.not_in_water

    def _starting(self, interval: Interval, first: bool) -> tuple[Batch, list[Group]]:
        """What rank 0 places, and what all are to place. first: whether the run begins with it."""
        source = self._prepared.source
        groups = source.groups(interval, first)
        by_all = [group for group in groups if self._crew.places(source.number(group))]
        return source.batch(
            [group for group in groups if not self._crew.places(source.number(group))]
        ), by_all
