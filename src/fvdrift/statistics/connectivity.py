"""Connectivity: of the particles of each source, what part arrives in each polygon, is lost, is still alive somewhere else."""

from collections.abc import Iterator

import numpy as np

from fvdrift_kernels.state import SETTLED

from .described import Described, name_table
from .scene import Scene
from .seen import Origins
from .statistic import State, check_numbers
from .table import columns
from .zones import NOWHERE, UNSEEN, ExactAges, InZones, ZoneAccount

ELSEWHERE = "elsewhere"  # the source of those that begin in no source polygon
WIDE = 8  # polygons in a table for the terminal


class ConnectivityAccount(ZoneAccount):
    """Every particle has one source, and arrives once: in the first polygon that it is seen in while it is competent."""

    def __init__(self, name: str, question: InZones, total: int, origins: Origins, releases: tuple[str, ...]):
        super().__init__(name, question)
        assert question.polygons is not None
        self.names = question.polygons.names
        self._origins, self._of_polygons = origins, question.sources is not None
        self._sources = (*question.sources.names, ELSEWHERE) if question.sources is not None else releases
        self._source = np.full(total, UNSEEN, np.int32)
        self._arrived = np.full(total, NOWHERE, np.int32)
        self._lost = np.zeros(total, bool)
        self.ages = ExactAges((len(self._sources), len(self.names)))

    def went(self, row, ids, codes, status, sources) -> None:
        self._first_seen(ids, sources)
        settled = status == SETTLED
        self._arrive(self.question.looks.times[row], ids[settled], codes[settled])
        lost = ids[~settled]
        self._lost[lost] = self._arrived[lost] == NOWHERE

    def came(self, look, ids, codes, sources) -> None:
        self._first_seen(ids, sources)
        self._arrive(self.question.looks.time(look), ids, codes)

    def _first_seen(self, ids: np.ndarray, sources: np.ndarray) -> None:
        fresh = self._source[ids] == UNSEEN
        ids, sources = ids[fresh], sources[fresh]
        if self._of_polygons:
            self._source[ids] = np.where(sources == NOWHERE, len(self._sources) - 1, sources)
        else:
            self._source[ids] = self._origins.release[self._origins.at(ids)]

    def _arrive(self, time: int, ids: np.ndarray, codes: np.ndarray) -> None:
        arriving = (codes != NOWHERE) & (self._arrived[ids] == NOWHERE)
        ids, codes = ids[arriving], codes[arriving]
        self._arrived[ids] = codes
        ages = time - self._origins.born[self._origins.at(ids)]
        self.ages.add((self._source[ids], codes), ages)

    def state(self) -> State:
        return {
            "source": self._source, "arrived": self._arrived, "lost": self._lost, "ages": self.ages.parts,
            "looks_taken": np.array(self.looks_taken),
        }  # fmt: skip

    def restore(self, state: State) -> None:
        self._source, self._arrived, self._lost = (state[name].copy() for name in ("source", "arrived", "lost"))
        check_numbers(UNSEEN, len(self._sources), self._source)
        check_numbers(NOWHERE, len(self.names), self._arrived)
        self.ages.parts, self.looks_taken = state["ages"].copy(), int(state["looks_taken"])

    def counts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Particles: arrived (source, polygon), lost, alive and all that were seen (source,)."""
        seen = self._source != UNSEEN
        sources, polygons = len(self._sources), len(self.names)
        source, arrived, gone = self._source[seen], self._arrived[seen], self._lost[seen]
        all_seen = np.bincount(source, minlength=sources)
        there = arrived != NOWHERE
        pairs = np.bincount(source[there] * np.int64(polygons) + arrived[there], minlength=sources * polygons)
        lost = np.bincount(source[gone], minlength=sources)
        arrivals = pairs.reshape(sources, polygons)
        return arrivals, lost, all_seen - lost - arrivals.sum(axis=1), all_seen

    def described(self, scene: Scene) -> Iterator[Described]:
        name, source, polygon = self.name, f"{self.name}_source", f"{self.name}_polygon"
        arrivals, lost, alive, seen = self.counts()
        yield name_table(f"{source}_name", source, self._sources, "names of the sources")
        yield name_table(f"{polygon}_name", polygon, self.names, "names of the polygons")
        both, of_source = {"coordinates": f"{source}_name {polygon}_name"}, {"coordinates": f"{source}_name"}
        for key, dimensions, values, units, words, text in (
            ("arrivals", (source, polygon), arrivals, "1", "particles of the source that arrive in the polygon", both),
            ("connectivity", (source, polygon), share(arrivals, seen), "1", "part of the source that arrives there", both),
            ("lost", (source,), share(lost, seen), "1", "part of the source that has exited or died before", of_source),
            ("alive", (source,), share(alive, seen), "1", "part of the source that has not arrived and is not lost", of_source),
            ("particles", (source,), seen, "1", "particles of the source", of_source),
            (
                "mean_age", (source, polygon), self.ages.means(arrivals), "s",
                "mean age of particles when they are first seen in the polygon", both,
            ),
        ):  # fmt: skip
            yield Described(f"{name}_{key}", dimensions, values, {"long_name": words, "units": units, **text})

    def story(self, scene: Scene) -> Iterator[str]:
        arrivals, lost, alive, seen = self.counts()
        shown = np.argsort(-arrivals.sum(axis=0), kind="stable")[:WIDE]
        shown.sort()
        parts = np.column_stack([share(arrivals, seen)[:, shown], share(lost, seen), share(alive, seen)])
        heads = ("from \\ to", *(self.names[k] for k in shown), "lost", "alive", "particles")
        rows = [(name, *(_part(p) for p in parts[i]), f"{seen[i]:,}") for i, name in enumerate(self._sources) if seen[i]]
        yield from columns(heads, rows)
        if len(self.names) > WIDE:
            yield f"and {len(self.names) - WIDE} more polygons with fewer arrivals"


def share(counts: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Counts (source, ...) over those of the source; NaN where there were none."""
    whole = seen.reshape(-1, *[1] * (counts.ndim - 1))
    return np.divide(counts, whole, out=np.full(counts.shape, np.nan), where=whole > 0)


def _part(part: float) -> str:
    return f"{part:.4f}" if part else "0"
