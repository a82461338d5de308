"""Polygons: how many are inside, how many came in, how old, and how long they stay."""

from collections.abc import Iterator

import numpy as np

from .described import Described, name_table, time_coordinate
from .scene import Scene
from .seen import Origins
from .statistic import State, check_numbers
from .table import columns
from .zones import NOWHERE, UNSEEN, ExactAges, InZones, ZoneAccount


class PolygonAccount(ZoneAccount):
    """inside, entries: by look and polygon; began: who was inside when first seen; ages: of entries."""

    def __init__(self, name: str, question: InZones, total: int, origins: Origins):
        super().__init__(name, question)
        assert question.polygons is not None
        self.names = question.polygons.names
        self._origins = origins
        self._code = np.full(total, UNSEEN, np.int32)
        self._now = np.zeros(len(self.names), np.int64)
        self._entering = np.zeros(len(self.names), np.int64)
        self.began = np.zeros(len(self.names), np.int64)
        self.ages = ExactAges((len(self.names),))
        self.inside: list[np.ndarray] = []
        self.entries: list[np.ndarray] = []

    def went(self, row, ids, codes, status, sources) -> None:
        was = self._code[ids]
        self._now -= self._count(was[was >= 0])
        self._code[ids] = NOWHERE

    def came(self, look, ids, codes, sources) -> None:
        was = self._code[ids]
        moved = was != codes
        ids, codes, was = ids[moved], codes[moved], was[moved]
        self._code[ids] = codes
        self._now += self._count(codes[codes >= 0]) - self._count(was[was >= 0])
        self.began += self._count(codes[(codes >= 0) & (was == UNSEEN)])
        entering = (codes >= 0) & (was != UNSEEN)
        self._entering += self._count(codes[entering])
        born = self._origins.born[self._origins.at(ids[entering])]
        self.ages.add(codes[entering], self.question.looks.time(look) - born)

    def _count(self, codes: np.ndarray) -> np.ndarray:
        return np.bincount(codes, minlength=len(self.names))

    def closed(self, look) -> None:
        self.inside.append(self._now.copy())
        self.entries.append(self._entering)
        self._entering = np.zeros_like(self._entering)

    def state(self) -> State:
        shape = (-1, len(self.names))
        return {
            "code": self._code, "now": self._now, "began": self.began, "ages": self.ages.parts,
            "inside": np.array(self.inside, np.int64).reshape(shape), "entries": np.array(self.entries, np.int64).reshape(shape),
        }  # fmt: skip

    def restore(self, state: State) -> None:
        self._code, self._now, self.began, self.ages.parts = (state[name].copy() for name in ("code", "now", "began", "ages"))
        self.inside, self.entries = list(state["inside"]), list(state["entries"])
        self.looks_taken = len(self.inside)
        check_numbers(UNSEEN, len(self.names), self._code)
        if len(self.entries) != self.looks_taken:
            raise ValueError("it has not as many looks as entries")

    def totals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By polygon: entries, particle-seconds inside, and mean seconds of a stay (NaN of none)."""
        shape = (-1, len(self.names))
        entries = np.array(self.entries, np.int64).reshape(shape).sum(axis=0)
        seconds = np.array(self.inside, np.int64).reshape(shape).sum(axis=0) * (self.question.looks.every / 1e6)
        stays = entries + self.began
        return entries, seconds, np.divide(seconds, stays, out=np.full(len(stays), np.nan), where=stays > 0)

    def described(self, scene: Scene) -> Iterator[Described]:
        name, polygon = self.name, f"{self.name}_polygon"
        looks, shape = self.question.looks, (-1, len(self.names))
        yield from time_coordinate(f"{name}_time", scene, looks.times[:: looks.stride][: self.looks_taken])
        yield name_table(f"{polygon}_name", polygon, self.names, "names of the polygons")
        entries, seconds, stay = self.totals()
        both, text = (f"{name}_time", polygon), {"coordinates": f"{polygon}_name"}
        for key, dimensions, values, units, words in (
            ("inside", both, np.array(self.inside, np.int64).reshape(shape), "1", "particles inside"),
            ("entries", both, np.array(self.entries, np.int64).reshape(shape), "1", "particles that came in since the last look"),
            ("began", (polygon,), self.began, "1", "particles that were inside when first seen"),
            ("residence", (polygon,), seconds, "s", "particles inside times the time they were there"),
            ("mean_stay", (polygon,), stay, "s", "residence over the number of stays, entries and those that began inside"),
            ("mean_age_at_entry", (polygon,), self.ages.means(entries), "s", "mean age of particles when they have come in"),
        ):
            yield Described(f"{name}_{key}", dimensions, values, {"long_name": words, "units": units, **text})

    def story(self, scene: Scene) -> Iterator[str]:
        entries, seconds, stay = self.totals()
        ages = self.ages.means(entries)
        rows = [
            (name, f"{int(self.began[i]):,}", f"{int(entries[i]):,}", hours(stay[i]), hours(ages[i]), f"{seconds[i] / 3600:,.4g}")
            for i, name in enumerate(self.names)
        ]
        heads = ("polygon", "began inside", "entries", "mean stay, h", "mean age at entry, h", "particle-hours")
        yield from columns(heads, rows)


def hours(seconds: float) -> str:
    return f"{seconds / 3600:.4g}" if np.isfinite(seconds) else "-"
