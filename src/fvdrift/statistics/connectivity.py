"""Connectivity: of the particles of each source, what part arrives in each polygon, is lost, is still alive
somewhere else."""

from collections.abc import Iterator
from math import inf
from typing import ClassVar, NamedTuple

import numpy as np

from fvdrift_kernels.state import SETTLED

from .asked import Asked
from .base import SUM, Cut, State, check_numbers
from .context import Context
from .exact_times import ExactTimes
from .shares import AccountPlan
from .table import columns
from .variables import FileVariable, name_table
from .walk import NOWHERE, UNSEEN, Walk, first_of_each
from .zones import ELSEWHERE, InZones, ZoneAccount, polygon_at

WIDE = 8  # polygons in a table for the terminal
# what became of those that have not arrived
ALIVE, LOST, HAS_SETTLED = range(3)


def plan(asked: Asked) -> AccountPlan:
    """Of the polygons to arrive in."""
    block = asked.block
    sources = None if block.sources == "releases" else asked.areas("sources")
    window = None
    if block.competency is not None:
        oldest = block.competency.last
        window = (round(block.competency.first * 1e6), None if oldest == inf else round(oldest * 1e6))
    zones = InZones(asked.looks, asked.choice, asked.zones(), window, sources)
    return AccountPlan(ConnectivityAccount, asked.name, zones, asked.particles)


class Counts(NamedTuple):
    """arrived: (source, polygon), lost, settled, alive, seen: (source,): particles, of those old enough;
    young: of the others."""

    arrived: np.ndarray
    lost: np.ndarray
    settled: np.ndarray
    alive: np.ndarray
    seen: np.ndarray
    young: np.ndarray


class ConnectivityAccount(ZoneAccount):
    """Every particle has one source, and arrives once: in the first polygon that it is in while it is
    competent."""

    cut: ClassVar[Cut] = (
        ZoneAccount.cut
        | dict.fromkeys(("source", "arrived", "fate"), 0)
        | dict.fromkeys(("ages", *(f"count_{name}" for name in Counts._fields)), SUM)
    )
    bytes_each = ZoneAccount.bytes_each + 9

    def __init__(self, name: str, question: InZones, scene: Context, keys: range):
        super().__init__(name, question, scene, keys)
        assert question.polygons is not None
        self.names = question.polygons.names
        self._sources = (*question.sources.names, ELSEWHERE) if question.sources is not None else scene.names
        self._source = np.full(len(keys), UNSEEN, np.int32)
        self._arrived = np.full(len(keys), NOWHERE, np.int32)
        self._fate = np.zeros(len(keys), np.int8)
        self.ages = ExactTimes((len(self._sources), len(self.names)))

    def started(self, ids: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
        if self.question.sources is not None:
            source = polygon_at(self.question.sources, x, y)
            self._source[ids] = np.where(source == NOWHERE, len(self._sources) - 1, source)
        else:
            self._source[ids] = self._origins.release[self._origins.at(ids + self._first)]

    def walked(self, walk: Walk) -> None:
        candidates = (walk.code >= 0) & (self._arrived[walk.id] == NOWHERE)
        ids, begin, end, code = (column[candidates] for column in walk)
        born, window = self._born(ids), self.question.window
        since = begin
        if window is not None:
            since = np.maximum(begin, born + window[0])
            in_time = (since < end) | (since == begin)
            if window[1] is not None:
                in_time &= since <= born + window[1]
            ids, since, code, born = ids[in_time], since[in_time], code[in_time], born[in_time]
        first = first_of_each(ids)
        ids, code = ids[first], code[first]
        self._arrived[ids] = code
        self.ages.add((self._source[ids], code), (since - born)[first])

    def went(self, ids: np.ndarray, status: np.ndarray) -> None:
        waiting = self._arrived[ids] == NOWHERE
        self._fate[ids[waiting]] = np.where(status[waiting] == SETTLED, HAS_SETTLED, LOST)

    def state(self) -> State:
        return {
            **super().state(),
            "source": self._source,
            "arrived": self._arrived,
            "fate": self._fate,
            "ages": self.ages.parts,
        }

    def restore(self, state: State) -> None:
        super().restore(state)
        self._source, self._arrived, self._fate = (
            state[name].copy() for name in ("source", "arrived", "fate")
        )
        check_numbers(UNSEEN, len(self._sources), self._source)
        check_numbers(NOWHERE, len(self.names), self._arrived)
        check_numbers(ALIVE, HAS_SETTLED + 1, self._fate)
        self.ages.parts = state["ages"].copy()

    def counts(self) -> Counts:
        """Who could not have arrived by the last look, as it was released too late for that, counts as
        young."""
        ids = np.flatnonzero(self._source != UNSEEN)
        source, arrived, fate = self._source[ids], self._arrived[ids], self._fate[ids]
        there = arrived != NOWHERE
        old = np.ones(len(ids), bool)
        if self.question.window is not None and self.looks_taken:
            end = self.question.looks.time(self.looks_taken - 1)
            old = there | (end - self._born(ids) >= self.question.window[0])
        sources, polygons = len(self._sources), len(self.names)
        pairs = np.bincount(source[there] * np.int64(polygons) + arrived[there], minlength=sources * polygons)
        waiting = old & ~there
        chosen = (*(waiting & (fate == kind) for kind in (LOST, HAS_SETTLED, ALIVE)), old, ~old)
        lost, settled, alive, seen, young = (
            np.bincount(source[which], minlength=sources) for which in chosen
        )
        return Counts(pairs.reshape(sources, polygons), lost, settled, alive, seen, young)

    def found(self) -> State:
        """count_...: as Counts has them."""
        counts = {f"count_{name}": values for name, values in self.counts()._asdict().items()}
        return {**counts, "ages": self.ages.parts}

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        name, source, polygon = self.name, f"{self.name}_source", f"{self.name}_polygon"
        them, said = _counts(found), _words(scene)
        yield name_table(f"{source}_name", source, self._sources, said["source"])
        yield name_table(f"{polygon}_name", polygon, self.names, said["polygon"])
        of_source = {"coordinates": f"{source}_name"}
        of_both = {"coordinates": f"{source}_name {polygon}_name"}

        def variable(key: str, values: np.ndarray, words: str, units: str = "1") -> FileVariable:
            """One number of each source, or of each source and polygon."""
            dimensions, text = ((source,), of_source) if values.ndim == 1 else ((source, polygon), of_both)
            attributes = {"long_name": words, "units": units, **text}
            return FileVariable(f"{name}_{key}", dimensions, values, attributes)

        yield variable("arrivals", them.arrived, said["arrivals"])
        yield variable("connectivity", share(them.arrived, them.seen), said["part"])
        for key, counted, words in (
            ("lost", them.lost, "fraction that has exited or died before it arrived"),
            ("settled", them.settled, "fraction that has settled where it did not arrive"),
            ("alive", them.alive, "fraction that has not arrived, left, died or settled"),
        ):
            yield variable(key, share(counted, them.seen), words)
        old_enough = "particles old enough to arrive by the last sampling time: parts are of them"
        yield variable("particles", them.seen, old_enough)
        yield variable("too_young", them.young, "more particles, that were released too late for that")
        ages = ExactTimes.of(found["ages"]).means(them.arrived)
        yield variable("mean_age", ages, "mean age of particles when they arrive", units="s")

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        them = _counts(found)
        shown = np.argsort(-them.arrived.sum(axis=0), kind="stable")[:WIDE]
        shown.sort()
        settled = [("settled elsewhere", them.settled)] if them.settled.any() else []
        kinds = [("lost", them.lost), *settled, ("alive", them.alive)]
        parts = np.column_stack(
            [share(them.arrived, them.seen)[:, shown], *(share(of_kind, them.seen) for _, of_kind in kinds)]
        )
        heads = (
            _words(scene)["corner"],
            *(self.names[k] for k in shown),
            *(head for head, _ in kinds),
            "particles",
        )
        young = them.young.any()
        rows = [
            (name, *map(_part, parts[i]), f"{them.seen[i]:,}", *([f"{them.young[i]:,}"] if young else []))
            for i, name in enumerate(self._sources)
            if them.seen[i] + them.young[i]
        ]
        yield from columns((*heads, "too young") if young else heads, rows)
        if len(self.names) > WIDE:
            yield f"and {len(self.names) - WIDE} more polygons with fewer arrivals"


def _counts(found: State) -> Counts:
    return Counts(*(found[f"count_{name}"] for name in Counts._fields))


def _words(scene: Context) -> dict[str, str]:
    """In a backward run water goes from the polygons to where particles are released."""
    if scene.direction > 0:
        return {
            "corner": "from \\ to",
            "source": "names of the sources",
            "polygon": "names of the polygons that particles arrive in",
            "arrivals": "particles of the source that arrive in the polygon",
            "part": "fraction of the source's particles that arrives in the polygon",
        }
    return {
        "corner": "to \\ from",
        "source": "names of where particles are released, and water arrives",
        "polygon": "names of the polygons that water comes from",
        "arrivals": "particles released there whose water comes from the polygon",
        "part": "fraction of the particles released there whose water comes from the polygon",
    }


def share(counts: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Counts (source, ...) over those of the source; NaN where there were none."""
    whole = seen.reshape(-1, *[1] * (counts.ndim - 1))
    shares: np.ndarray = np.divide(counts, whole, out=np.full(counts.shape, np.nan), where=whole > 0)
    return shares


def _part(part: float) -> str:
    return "-" if np.isnan(part) else f"{part:.4f}" if part else "0"
