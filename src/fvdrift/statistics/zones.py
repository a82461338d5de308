"""Particles in zones: who is in which polygon, and who came and went. What is made of it is each statistic's own.

At a look every particle has a code, the number of its polygon or -1. Who was not seen there at the look before, or with another
code, is told; rank 0 knows the code of everybody. Who is gone is told at the record that is its last, whether that is a look or
not.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fvdrift.habitat import Polygons
from fvdrift_kernels.whereabouts import find_polygons

from .seen import Choice, Seen
from .statistic import Account, Answer, Looks, Memory, Question, joined

NOWHERE, UNSEEN = -1, -2
Window = tuple[int, int | None]  # microseconds of age, both included; None: for ever


def polygon_of(polygons: Polygons, seen: Seen) -> np.ndarray:
    """The number of the polygon that holds each particle, int32; -1 for none."""
    found = np.empty(len(seen), np.int32)
    find_polygons(polygons.outlines, np.ascontiguousarray(seen.x), np.ascontiguousarray(seen.y), found)
    return found


@dataclass(frozen=True)
class InZones(Question):
    """polygons: None: all the water is one zone; window: ages at which a particle is counted as there; sources: polygons that it
    may come from, asked for when it is first seen."""

    looks: Looks
    choice: Choice
    polygons: Polygons | None
    window: Window | None = None
    sources: Polygons | None = None

    def answer(self, row: int, seen: Seen, memory: Memory, again: bool) -> Answer | None:
        seen = self.choice.of(seen)
        gone = seen.where(seen.gone)
        said = {"gone": gone.id, "gone_code": self._codes(gone), "gone_status": gone.status, "gone_source": self._sources(gone)}
        if self.is_look(row):
            seen = seen.where(~seen.gone)
            codes = np.where(self.choice.status[seen.status], self._codes(seen), NOWHERE).astype(np.int32)
            changed = memory.changed(row, row - self.looks.stride, seen.id, codes, again)
            seen, codes = seen.where(changed), codes[changed]
            fresh = seen.age < self.looks.every if row else np.ones(len(seen), bool)
            source = np.full(len(seen), NOWHERE, np.int32)
            source[fresh] = self._sources(seen.where(fresh))
            said |= {"id": seen.id, "code": codes, "source": source}
        return said if any(map(len, said.values())) else None

    def _codes(self, seen: Seen) -> np.ndarray:
        codes = np.zeros(len(seen), np.int32) if self.polygons is None else polygon_of(self.polygons, seen)
        if self.window is not None:
            youngest, oldest = self.window
            codes[(seen.age < youngest) | (oldest is not None and seen.age > oldest)] = NOWHERE
        return codes

    def _sources(self, seen: Seen) -> np.ndarray:
        return np.full(len(seen), NOWHERE, np.int32) if self.sources is None else polygon_of(self.sources, seen)


class ZoneAccount(Account):
    """Hands on who came, changed and went, look by look."""

    def __init__(self, name: str, question: InZones):
        self.name, self.question = name, question
        self.looks_taken = 0

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        gone = [answer for answer in answers if len(answer["gone"])]
        if gone:
            self.went(row, *(joined(gone, name) for name in ("gone", "gone_code", "gone_status", "gone_source")))
        if not self.question.is_look(row):
            return
        look = row // self.question.looks.stride
        if answers:
            self.came(look, *(joined(answers, name) for name in ("id", "code", "source")))
        self.closed(look)
        self.looks_taken = look + 1

    @abstractmethod
    def went(self, row: int, ids: np.ndarray, codes: np.ndarray, status: np.ndarray, sources: np.ndarray) -> None:
        """Those that are gone, as recorded at a row, with the code of their last place."""

    @abstractmethod
    def came(self, look: int, ids: np.ndarray, codes: np.ndarray, sources: np.ndarray) -> None:
        """Those with another code than at the look before, and some that have the same."""

    def closed(self, look: int) -> None:
        """All has been said of a look; some have something to do then."""


class ExactAges:
    """Sums of ages in microseconds, exact for 10**12 particles of a thousand years: in two parts of 2**20 and below."""

    SHIFT = 20

    def __init__(self, shape: tuple[int, ...]):
        self.parts = np.zeros((2, *shape), np.int64)

    def add(self, index, ages: np.ndarray) -> None:
        """index: where each age belongs."""
        np.add.at(self.parts[0], index, ages >> self.SHIFT)
        np.add.at(self.parts[1], index, ages & ((1 << self.SHIFT) - 1))

    def means(self, counts: np.ndarray) -> np.ndarray:
        """Seconds, rounded once; NaN of none."""
        found = np.full(counts.shape, np.nan)
        for index in zip(*np.nonzero(counts), strict=True):
            total = (int(self.parts[0][index]) << self.SHIFT) + int(self.parts[1][index])
            found[index] = total / (int(counts[index]) * 1_000_000)
        return found
