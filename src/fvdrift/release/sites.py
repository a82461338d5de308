"""Where particles of a plan may start, and the placing of any range of them: all that a rank needs for its
share. How ranks talk is not known here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fvdrift.timeline import StepGrid
from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels.locate import Grid
from fvdrift_kernels.scatter import Water
from fvdrift_kernels.state import Mesh

from .place import Placed, place_event
from .plan import ReleasePlan
from .roll import Roll, ended_before, shares

# of a particle that was placed. Not aligned: 28 bytes, not 32
PLACED = np.dtype([("id", np.int64), ("x", np.float64), ("y", np.float64), ("element", np.int32)])
PORTION = (
    1 << 18
)  # particles that each places at a time: 7 MB, and the exchange of them costs next to nothing

Told = Callable[[bool], Sequence[bool]]


def alone(word: bool) -> Sequence[bool]:
    """The word of the only one."""
    return (word,)


@dataclass
class Sites:
    """mesh, search: the whole mesh and its grid, for the kernels; geographic: degrees, not metres; depth:
    float64 (node,) m of still water; deepest: m, by number of the shape, for all that are filled by volume;
    steps: the grid of the run's times."""

    plan: ReleasePlan
    seed: int
    steps: StepGrid
    mesh: Mesh
    search: Grid
    geographic: bool
    depth: np.ndarray
    deepest: dict[int, float]
    _of_wet: tuple[np.ndarray, Grid] | None = field(default=None, repr=False)  # of those asked for last

    def place(
        self, event: int, *, strict: bool = False, wet: np.ndarray | None = None, part: range | None = None
    ) -> Placed:
        """As `place_event`. wet: bool (element,), where alone to start; None for anywhere."""
        it = self.plan.events[event]
        return place_event(
            self.plan,
            event,
            seed=self.seed,
            mesh=self.mesh,
            grid=self.search if wet is None else self._search_of_wet(wet),
            geographic=self.geographic,
            strict=strict,
            water=Water(self.depth, self.deepest[int(it["shape"])]) if it["by_volume"] else None,
            part=part,
        )

    def place_range(self, roll: Roll, first: int, last: int, wet: np.ndarray | None = None) -> np.ndarray:
        """PLACED (particle,) of places first .. last - 1 of a roll; element -1: not in the water."""
        found, done = np.empty(last - first, PLACED), 0
        for index, part in roll.parts(first, last):
            its = self.place(int(roll.events[index]), wet=wet, part=part)
            into = found[done : done + len(part)]
            into["id"], into["x"], into["y"], into["element"] = its
            done += len(part)
        return found

    def share_of(
        self, roll: Roll, wet: np.ndarray | None = None, *, rank: int = 0, ranks: int = 1, told: Told = alone
    ) -> Iterator[tuple[int, np.ndarray]]:
        """One rank's share of a roll, portion by portion: the place of its first, and PLACED (particle,).

        All take as many portions, at the same time. told: hands a word of each to all, by rank.
        """
        ended = False
        for first in range(0, len(roll), PORTION * ranks):
            borders = shares(first, min(first + PORTION * ranks, len(roll)), ranks)
            begin, end = borders[rank : rank + 2]
            found = self.place_range(roll, begin, end, wet)
            words = [bool(word) for word in told(bool(len(found)) and bool(found["element"][-1] < 0))]
            if ended or any(words):
                before = ended_before(roll, borders, words, ended)
                if before[rank] and begin < end:
                    found["element"][: roll.end_of_search(begin) - begin] = -1
                ended = before[-1]
            yield begin, found

    def longest_share(self, roll: Roll, ranks: int) -> int:
        """Particles that no share of a roll has more of."""
        return len(roll) // ranks + 1 + len(roll) // (PORTION * ranks)

    def rehearse(self) -> None:
        """Call all compiled code that places these particles, for one of each kind."""
        its = self.plan.events[["shape", "by_volume"]]
        first = np.unique(its, return_index=True)[1]
        kinds = {
            (type(self.plan.shapes[its["shape"][event]]), its["by_volume"][event]): event for event in first
        }
        for event in kinds.values():
            self.place(int(event), part=range(1))

    def to_travel(self, beside: "Sites | None" = None) -> "Sites":
        """What others need of it, with shapes of a run beside it where they are the same."""
        plan = replace(self.plan, names=[], written=[], notes=[], reach=None)
        if beside is not None and len(plan.shapes) == len(beside.plan.shapes):
            pairs = zip(plan.shapes, beside.plan.shapes, strict=True)
            plan = replace(plan, shapes=[theirs if _same(ours, theirs) else ours for ours, theirs in pairs])
        if beside is not None and np.array_equal(plan.events, beside.plan.events):
            plan = replace(plan, events=beside.plan.events)
        levels = self.mesh.levels
        few = None if levels is None else type(levels)(*(values[:1].copy() for values in levels))
        mesh = self.mesh._replace(
            stencil=self.mesh.stencil[:1].copy(), half=self.mesh.half[:1].copy(), levels=few
        )
        return replace(self, plan=plan, mesh=mesh, _of_wet=None)

    def arrived(self) -> "Sites":
        """As the kernels take it, where it came from another process."""
        return replace(self, mesh=self.mesh._replace(element=for_kernels(np.asarray(self.mesh.element))))

    def _search_of_wet(self, wet: np.ndarray) -> Grid:
        """The search grid without elements that are dry."""
        if self._of_wet is None or self._of_wet[0] is not wet:
            kept = wet[self.search.member]
            before = np.concatenate(([0], np.cumsum(kept)))
            grid = self.search._replace(first=before[self.search.first], member=self.search.member[kept])
            self._of_wet = wet, grid
        return self._of_wet[1]


def _same(ours: Any, theirs: Any) -> bool:
    pairs = zip(ours, theirs, strict=False)
    return type(ours) is type(theirs) and all(np.array_equal(*pair) for pair in pairs)
