"""Polygons: how many are inside, how many came in, how old, and how long they stay."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from .asked import Asked
from .base import SUM, Cut, State, check_numbers
from .context import Context
from .exact_times import ExactTimes
from .shares import AccountPlan
from .table import columns, hours
from .variables import FileVariable, bound_flags, name_table, time_coordinate
from .walk import NOWHERE, UNSEEN, Walk
from .zones import InZones, ZoneAccount


def plan(asked: Asked) -> AccountPlan:
    """Of the polygons that are asked about."""
    zones = InZones(asked.looks, asked.choice, asked.zones())
    return AccountPlan(PolygonAccount, asked.name, zones, asked.particles)


class PolygonAccount(ZoneAccount):
    """inside, entries: by look and polygon; began: who was released inside; entered: all entries; ages: of
    entries; stay: time inside."""

    cut: ClassVar[Cut] = (
        ZoneAccount.cut
        | {"code": 0}
        | dict.fromkeys(
            ("entering", "began", "entered", "ages", "stay", "inside", "entries", "going_on"), SUM
        )
    )
    bytes_each = ZoneAccount.bytes_each + 4

    def __init__(self, name: str, question: InZones, scene: Context, keys: range):
        super().__init__(name, question, scene, keys)
        assert question.polygons is not None
        self.names = question.polygons.names
        self._code = np.full(len(keys), UNSEEN, np.int32)
        self._entering, self._now, self.began, self.entered = np.zeros((4, len(self.names)), np.int64)
        self.ages, self.stay = ExactTimes((len(self.names),)), ExactTimes((len(self.names),))
        self.inside: list[np.ndarray] = []
        self.entries: list[np.ndarray] = []

    def walked(self, walk: Walk) -> None:
        before, inside, last = walk.before(self._code), walk.code >= 0, walk.last
        coming = inside & (walk.code != before)
        self.began += self._count(walk.code[coming & (before == UNSEEN)])
        entering = coming & (before != UNSEEN)
        self._entering += self._count(walk.code[entering])
        self.entered += self._count(walk.code[entering])
        self.ages.add(walk.code[entering], walk.begin[entering] - self._born(walk.id[entering]))
        self.stay.add(walk.code[inside], (walk.end - walk.begin)[inside])
        self._code[walk.id[last]] = walk.code[last]
        self._now = self._count(walk.code[last & inside])

    def went(self, ids: np.ndarray, status: np.ndarray) -> None:
        self._now[:] = 0

    def _count(self, codes: np.ndarray) -> np.ndarray:
        return np.bincount(codes, minlength=len(self.names))

    def closed(self) -> None:
        self.inside.append(self._now)
        self.entries.append(self._entering)
        self._entering, self._now = np.zeros((2, len(self.names)), np.int64)

    def state(self) -> State:
        shape = (-1, len(self.names))
        return {
            **super().state(),
            "code": self._code,
            "entering": self._entering,
            "began": self.began,
            "entered": self.entered,
            "ages": self.ages.parts,
            "stay": self.stay.parts,
            "inside": np.array(self.inside, np.int64).reshape(shape),
            "entries": np.array(self.entries, np.int64).reshape(shape),
        }

    def restore(self, state: State) -> None:
        super().restore(state)
        self._code, self._entering, self.began, self.entered, self.ages.parts, self.stay.parts = (
            state[name].copy() for name in ("code", "entering", "began", "entered", "ages", "stay")
        )
        self.inside, self.entries = list(state["inside"]), list(state["entries"])
        check_numbers(UNSEEN, len(self.names), self._code)
        if not len(self.entries) == len(self.inside) == self.looks_taken:
            raise ValueError("it has not as many entries and counts as looks")

    def found(self) -> State:
        """going_on: stays that go on at the last look, by polygon."""
        shape = (-1, len(self.names))
        return {
            "looks_taken": np.array(self.looks_taken),
            "began": self.began,
            "entered": self.entered,
            "ages": self.ages.parts,
            "stay": self.stay.parts,
            "inside": np.array(self.inside, np.int64).reshape(shape),
            "entries": np.array(self.entries, np.int64).reshape(shape),
            "going_on": self._count(self._code[self._code > NOWHERE]),
        }

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        name, polygon = self.name, f"{self.name}_polygon"
        looks, seen = self.question.looks, int(found["looks_taken"])
        yield from time_coordinate(f"{name}_time", scene, looks.times[:: looks.stride][:seen])
        yield name_table(f"{polygon}_name", polygon, self.names, "names of the polygons")
        seconds, stay = _stays(found)
        going_on, ages = found["going_on"], ExactTimes.of(found["ages"]).means(found["entered"])
        said, both, text = self._words(scene), (f"{name}_time", polygon), {"coordinates": f"{polygon}_name"}
        for key, dimensions, values, units, words in (
            ("inside", both, found["inside"], "1", "particles inside"),
            ("entries", both, found["entries"], "1", said["entries"]),
            ("began", (polygon,), found["began"], "1", said["began"]),
            ("residence", (polygon,), seconds, "s", "time inside, summed over particles"),
            ("mean_age_at_entry", (polygon,), ages, "s", said["age"]),
            (
                "still_inside",
                (polygon,),
                going_on,
                "1",
                "particles inside at the last sampling time: their stays are not over",
            ),
        ):
            yield FileVariable(
                f"{name}_{key}", dimensions, values, {"long_name": words, "units": units, **text}
            )
        words = "residence over the number of stays, entries and those that began inside"
        bound = (going_on > 0) & np.isfinite(stay)
        told = {"long_name": words, "units": "s", **text}
        yield from bound_flags(FileVariable(f"{name}_mean_stay", (polygon,), stay, told), bound)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        seconds, stay = _stays(found)
        going_on, began, entered = (found[key] for key in ("going_on", "began", "entered"))
        ages, said = ExactTimes.of(found["ages"]).means(entered), self._words(scene)
        rows = [
            (
                name,
                f"{began[i]:,}",
                f"{entered[i]:,}",
                hours(stay[i], at_least=going_on[i] > 0),
                hours(ages[i]),
                f"{seconds[i] / 3600:,.4g}",
                f"{going_on[i]:,}",
            )
            for i, name in enumerate(self.names)
        ]
        yield from columns(("polygon", *said["heads"], "particle-hours", "still inside"), rows)

    @staticmethod
    def _words(scene: Context) -> dict[str, Any]:
        """The water's way is not that of particles in a backward run."""
        if scene.direction > 0:
            return {
                "heads": ("began inside", "entries", "mean stay, h", "mean age at entry, h"),
                "entries": "particles that came in since the last sampling time",
                "began": "particles that were released inside",
                "age": "mean age of particles when they come in",
            }
        return {
            "heads": ("end inside", "exits", "mean stay, h", "from exit to release, h"),
            "entries": "particles that leave, as water goes, between this sampling time and the later one",
            "began": "particles that were released inside, where their water ends",
            "age": "mean time from when water leaves the polygon to the release",
        }


def _stays(found: State) -> tuple[np.ndarray, np.ndarray]:
    """By polygon: particle-seconds inside, and mean seconds of a stay (NaN of none)."""
    seconds, stays = ExactTimes.of(found["stay"]).seconds(), found["entered"] + found["began"]
    return seconds, np.divide(seconds, stays, out=np.full(len(stays), np.nan), where=stays > 0)
