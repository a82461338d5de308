"""Flushing: what part of the particles that begin in a region is left there, and the times that follow from
it."""

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .asked import Asked
from .base import SUM, Cut, State, check_numbers
from .context import Context
from .shares import AccountPlan
from .table import columns, hours
from .variables import FileVariable, bound_flags, name_table
from .walk import NOWHERE, UNSEEN, Walk, first_of_each
from .what_is_left import e_folding, integral, last_known
from .zones import InZones, ZoneAccount

ALL_WATER = "all water"
# classes of age at the most, a power of 2, so that one is a small part of the time so far; or one for each
# look
MANY = 4096
ROOM = 1 << 20  # counts of all regions: where there are many of them classes are fewer
INSIDE, KEPT = 1, 2  # bits: is in its region; has been there all the time


class Parts(NamedTuple):
    """inside, kept: float64 (age, region), the part of particles that is in its region, and that has always
    been; observed: of how many; step: seconds from one age to the next; every: how many ages a look is."""

    inside: np.ndarray
    kept: np.ndarray
    observed: np.ndarray
    step: float
    every: int


def plan(asked: Asked) -> AccountPlan:
    """Of the regions that are asked about, or of all the water."""
    zones = InZones(asked.looks, asked.choice, asked.zones())
    return AccountPlan(FlushingAccount, asked.name, zones, asked.particles)


class FlushingAccount(ZoneAccount):
    """A particle belongs to the region it is released in. changes: (inside or kept, class of age, region),
    how many more are there at the end of a class than at that of the one before; late: those since the last
    look."""

    cut: ClassVar[Cut] = (
        ZoneAccount.cut
        | dict.fromkeys(("region", "now", "at_look"), 0)
        | dict.fromkeys(("changes", "late", "followed", "there", "all", "left"), SUM)
    )
    bytes_each = ZoneAccount.bytes_each + 6

    def __init__(self, name: str, question: InZones, scene: Context, keys: range):
        super().__init__(name, question, scene, keys)
        self.names = (ALL_WATER,) if question.polygons is None else question.polygons.names
        looks = question.looks.number_of
        self._most = min(MANY, 1 << (max(ROOM // len(self.names), 1).bit_length() - 1))
        self._classes = self._most  # in an `every`
        self._region = np.full(len(keys), UNSEEN, np.int32)
        self._now, self._at_look = np.zeros((2, len(keys)), np.int8)
        shape = (2, max(looks, self._most) + 1, len(self.names))
        self._changes, self._late = np.zeros(shape, np.int64), np.zeros(shape, np.int64)

    def walked(self, walk: Walk) -> None:
        first = walk.first
        fresh = first & (self._region[walk.id] == UNSEEN)
        ids, code = walk.id[fresh], walk.code[fresh]
        self._region[ids] = code
        ours = code >= 0
        self._now[ids[ours]] = INSIDE | KEPT
        self._change(np.array([[1], [1]]), np.zeros(int(ours.sum()), np.int64), code[ours])
        region, age = self._region[walk.id], walk.begin - self._born(walk.id)
        inside, now = walk.code == region, self._now[walk.id]
        before = np.where(first, now & INSIDE > 0, np.roll(inside, 1))
        ours = region >= 0
        for sign, changing in ((1, inside & ~before & ours), (-1, ~inside & before & ours)):
            self._change(np.array([[sign], [0]]), age[changing], region[changing])
        out = np.flatnonzero(~inside & ours & (now & KEPT > 0))
        leaving = out[first_of_each(walk.id[out])]
        self._change(np.array([[0], [-1]]), age[leaving], region[leaving])
        self._now[walk.id[leaving]] &= ~KEPT
        ends = walk.last & ours
        ids = walk.id[ends]
        self._now[ids] = self._now[ids] & ~INSIDE | np.where(inside[ends], INSIDE, 0)

    def _change(self, by: np.ndarray, ages: np.ndarray, regions: np.ndarray) -> None:
        """by: (inside or kept, 1), from each age on."""
        at = np.minimum(-(-ages * self._classes // self.question.looks.every), self._late.shape[1] - 1)
        for kind in np.flatnonzero(by[:, 0]):
            np.add.at(self._late[kind], (at, regions), by[kind, 0])

    def closed(self) -> None:
        self._changes += self._late
        self._late[:] = 0
        self._at_look[:] = self._now
        while self._classes > self._classes_for(self.looks_taken + 1):
            self._merge_classes()

    def _classes_for(self, looks: int) -> int:
        """In an `every`, where so many have passed: by that alone, however long the run is to be."""
        return 1 << (max(self._most // max(looks, 1), 1).bit_length() - 1)

    def _merge_classes(self) -> None:
        """Two by two: what is so from the end of a class on is so from that of the wider one on."""
        self._classes //= 2
        narrow = self._changes[:, 1:]
        pairs = narrow[:, : narrow.shape[1] // 2 * 2].reshape(2, -1, 2, narrow.shape[2]).sum(axis=2)
        rest = narrow[:, pairs.shape[1] * 2 :].sum(axis=1)
        self._changes[:, 1:] = 0
        self._changes[:, 1 : pairs.shape[1] + 1] = pairs
        self._changes[:, pairs.shape[1] + 1 : pairs.shape[1] + 2] += rest[:, np.newaxis]

    def state(self) -> State:
        return {
            **super().state(),
            "region": self._region,
            "now": self._now,
            "at_look": self._at_look,
            "changes": self._changes,
            "late": self._late,
        }

    def restore(self, state: State) -> None:
        super().restore(state)
        self._region, self._now, self._at_look, self._changes, self._late = (
            state[name].copy() for name in ("region", "now", "at_look", "changes", "late")
        )
        self._classes = self._classes_for(self.looks_taken)
        check_numbers(UNSEEN, len(self.names), self._region)
        check_numbers(0, (INSIDE | KEPT) + 1, self._now, self._at_look)

    def found(self) -> State:
        """followed: (age, region), those that were followed so long, from their release to the last look; there:
        (inside or kept, age, region), how many of those are; all: (region,); left: (inside or kept, region), at
        the last look."""
        every, classes = self.question.looks.every, self._classes
        ages = max(self.looks_taken - 1, 0) * classes + min(self.looks_taken, 1)
        shape = (ages + 1, len(self.names))
        observed, beyond = np.zeros(shape, np.int64), np.zeros((2, *shape), np.int64)
        if ages:
            end = self.question.looks.time(self.looks_taken - 1)
            ids = np.flatnonzero(self._region > NOWHERE)
            ids = ids[self._born(ids) <= end]
            last, region = (end - self._born(ids)) * classes // every, self._region[ids]
            np.add.at(observed, (last, region), 1)
            for kind, bit in enumerate((INSIDE, KEPT)):
                left = self._at_look[ids] & bit > 0
                np.add.at(beyond[kind], (last[left] + 1, region[left]), 1)
        followed = np.cumsum(observed[::-1], axis=0)[::-1][:ages]
        there = np.cumsum(self._changes[:, :ages] - beyond[:, :ages], axis=1)
        ours, count = self._region > NOWHERE, partial(np.bincount, minlength=len(self.names))
        still = [count(self._region[ours & (self._at_look & bit > 0)]) for bit in (INSIDE, KEPT)]
        return {
            "looks_taken": np.array(self.looks_taken),
            "followed": followed,
            "there": there,
            "all": count(self._region[ours]),
            "left": np.array(still),
        }

    def _parts(self, found: State) -> Parts:
        classes, followed = self._classes_for(int(found["looks_taken"])), found["followed"]
        inside, kept = (
            np.divide(counts, followed, out=np.full(followed.shape, np.nan), where=followed > 0)
            for counts in found["there"]
        )
        return Parts(inside, kept, followed, self.question.looks.every / 1e6 / classes, classes)

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        name, region, elapsed = self.name, f"{self.name}_region", f"{self.name}_elapsed"
        them, said = self._parts(found), _words(scene)
        looks = slice(None, None, them.every)
        inside, kept, observed = them.inside[looks], them.kept[looks], them.observed[looks]
        seconds = np.arange(len(inside)) * (self.question.looks.every / 1e6)
        yield FileVariable(elapsed, (elapsed,), seconds, {"long_name": said["elapsed"], "units": "s"})
        yield name_table(f"{region}_name", region, self.names, "names of the regions")
        text, both = {"coordinates": f"{region}_name"}, (elapsed, region)
        for key, dimensions, values, units, words in (
            ("fraction_inside", both, inside, "1", said["inside"]),
            ("fraction_kept", both, kept, "1", said["kept"]),
            ("observed", both, observed, "1", "particles of the region that were followed so long"),
            (
                "still_inside",
                (region,),
                _still(found, INSIDE),
                "1",
                "fraction of all particles of the region in it at the last sampling time",
            ),
            (
                "still_kept",
                (region,),
                _still(found, KEPT),
                "1",
                "fraction of all that has not left the region by the last sampling time",
            ),
        ):
            yield FileVariable(
                f"{name}_{key}", dimensions, values, {"long_name": words, "units": units, **text}
            )
        for ending, parts, words, mean, means in (
            ("", them.inside, said["folding"], "mean_time_inside", said["time_inside"]),
            ("_kept", them.kept, said["folding_kept"], "mean_residence_time", said["residence"]),
        ):
            folding = e_folding(parts, them.step) if len(parts) else np.full(len(self.names), np.nan)
            missed = int(np.count_nonzero(np.isnan(folding)))
            told = {"long_name": words, "units": "s", **text}
            told["comment"] = (
                f"not reached in {missed} of {len(folding)} regions" if missed else "reached in all regions"
            )
            yield FileVariable(f"{name}_e_folding_time{ending}", (region,), folding, told)
            values = integral(parts, them.step) if len(parts) else np.full(len(self.names), np.nan)
            told = {"long_name": means, "units": "s", **text}
            yield from bound_flags(FileVariable(f"{name}_{mean}", (region,), values, told), self._left(parts))

    def _left(self, parts: np.ndarray) -> np.ndarray:
        """Regions in which some are left at the greatest age that was followed: then a mean is a lower
        bound."""
        return last_known(parts) > 0 if len(parts) else np.zeros(len(self.names), bool)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        them, never = self._parts(found), "not reached"
        if not len(them.inside):
            return
        folding, folding_kept = e_folding(them.inside, them.step), e_folding(them.kept, them.step)
        mean, bound, still = integral(them.kept, them.step), self._left(them.kept), _still(found, INSIDE)
        rows = [
            (
                name,
                f"{them.observed[0, i]:,}",
                hours(folding[i], otherwise=never),
                hours(folding_kept[i], otherwise=never),
                hours(mean[i], at_least=bound[i]),
                f"{still[i]:.4f}",
            )
            for i, name in enumerate(self.names)
            if them.observed[0, i]
        ]
        yield from columns(_words(scene)["heads"], rows)
        if any(bound[i] for i in range(len(self.names)) if them.observed[0, i]):
            yield ">= : a lower bound, as particles are still inside at the end"


def _still(found: State, bit: int) -> np.ndarray:
    """Part of all particles of each region that is in it at the last look, or has always been; NaN where there
    are none."""
    left, all_of = found["left"][(INSIDE, KEPT).index(bit)], found["all"]
    kept: np.ndarray = np.divide(left, all_of, out=np.full(len(all_of), np.nan), where=all_of > 0)
    return kept


def _words(scene: Context) -> dict[str, Any]:
    """In a backward run particles go to where their water came in."""
    if scene.direction > 0:
        return {
            "heads": (
                "region",
                "particles",
                "e-folding, h",
                "without returns, h",
                "mean residence, h",
                "still inside",
            ),
            "elapsed": "time since release",
            "inside": "fraction of the particles of the region that is inside, returns counted",
            "kept": "fraction of the particles of the region that has not left yet",
            "folding": "time after which 1/e of the particles is there",
            "folding_kept": "time after which 1/e has never left the region",
            "time_inside": "mean time in the region, returns included",
            "residence": "mean time until a particle first leaves the region",
        }
    return {
        "heads": (
            "region",
            "particles",
            "e-folding, h",
            "since last entry, h",
            "mean since entry, h",
            "inside before",
        ),
        "elapsed": "time before release",
        "inside": "fraction of the particles released in the region that was in it",
        "kept": "fraction of the particles released in the region whose water had come in already",
        "folding": "time before release at which 1/e of the water was there",
        "folding_kept": "time before release since which all but 1/e of the water has come in",
        "time_inside": "mean time that water was in the region before release, earlier visits included",
        "residence": "mean time from when water last came into the region to the release",
    }
