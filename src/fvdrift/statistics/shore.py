"""Shore: how many particles lie ashore along the coast, who came ashore where, when the first, and how old."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import coast_of
from fvdrift.orders import Answer, Choice, Looks, Observed, Question
from fvdrift.output import time_attributes
from fvdrift.tools.quantity import shown as quoted
from fvdrift_kernels.state import STRANDED

from .asked import Asked
from .base import LEAST, NEVER, SUM, Account, Cut, Keyed, State, check_numbers, joined
from .context import Context
from .exact_amounts import summed, values_of
from .exact_times import ExactTimes
from .released import scale_of
from .segments import Segments, by_length, by_polygons
from .shares import AccountPlan
from .table import columns, hours
from .variables import FileVariable, axes, name_table, time_coordinate
from .walk import moments_between

MOST_BYTES = 256 << 20  # of counts, on each rank
SHOWN = 10  # segments in a table for the terminal
SEA, AFLOAT = -2, -1  # in place of a segment: never seen ashore; seen there before


def plan(asked: Asked) -> AccountPlan:
    """Of the whole coast. Raises RunFileError."""
    if not asked.choice.status[STRANDED]:
        raise RunFileError(f'{asked.place}.status: must have "stranded": who is ashore has that status')
    coast, zones, looks = coast_of(asked.scene.mesh()), asked.zones(), asked.looks.number_of
    if not len(coast):
        raise RunFileError(f"{asked.place}: the mesh has no coast: all its outer sides are open")
    segments = by_length(coast, asked.block.length) if zones is None else by_polygons(coast, zones)
    if zones is not None and (segments.of == len(zones.names)).all():
        raise RunFileError(
            f"{asked.place}.polygons: {zones.origin}: none of its polygons holds the middle of a side of the coast"
        )
    amounts = asked.scene.amounts
    needed = (8 if amounts is None else 32) * segments.count * (looks + len(asked.scene.names))
    if needed > MOST_BYTES:
        raise RunFileError(
            f"{asked.place}: {looks:,} sampling times of {segments.count:,} segments of the coast would take "
            f"{needed / 1e9:.3g} GB on each rank: take longer segments (length), or a longer every"
        )
    amount, scale = ("", 1.0) if amounts is None else (amounts.name, scale_of(asked.scene))
    question = Ashore(asked.looks, asked.choice, segments, amount, scale)
    return AccountPlan(ShoreAccount, asked.name, question, asked.particles)


@dataclass(frozen=True)
class Ashore(Question):
    """Who lies on which segment. amount: the column with what a particle stands for, "mass" (kg) or "number", "" where
    there is none; scale: of its sums, as `exact_amounts` has it."""

    looks: Looks
    choice: Choice
    segments: Segments
    amount: str
    scale: float

    @property
    def wants(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.amount,) if self.amount else ()

    def answer(self, row: int, seen: Observed) -> Answer | None:
        if not self.is_look(row):
            return None
        seen = self.choice.present(seen)
        seen = seen.where(seen.status == STRANDED)
        if not len(seen):
            return None
        amount = seen.values[self.amount] if self.amount else np.zeros(len(seen))
        return {"id": seen.id, "segment": self.segments.at(seen.x, seen.y), "amount": amount}


class ShoreAccount(Account):
    """at: segment of each particle at the last look, or AFLOAT, SEA; there: by look and segment; first: particles by
    release and the segment they first came to; landings: by segment, of all who came; ages: of these; youngest: the
    least of their ages at the look that saw them first, microseconds; amount_there, amount_first: parts (3, ...) of what
    these stand for, of no segment where they stand for nothing."""

    keyed: ClassVar[Keyed] = {"id": ("segment", "amount")}
    cut: ClassVar[Cut] = {
        **dict.fromkeys(("there", "first", "landings", "ages", "amount_there", "amount_first"), SUM),
        "at": 0,
        "youngest": LEAST,
    }
    bytes_each = 4
    question: Ashore

    def __init__(self, name: str, question: Ashore, scene: Context, keys: range):
        self.name, self.question, self._first, self._origins = name, question, keys.start, scene.origins
        count = question.segments.count
        self._at = np.full(len(keys), SEA, np.int32)
        self.there: list[np.ndarray] = []
        self.first = np.zeros((len(scene.names), count), np.int64)
        self.landings, self.ages = np.zeros(count, np.int64), ExactTimes((count,))
        self.youngest = np.full(count, NEVER)
        self._heavy = count if question.amount else 0  # segments whose amounts are kept
        self.amount_there: list[np.ndarray] = []
        self.amount_first = np.zeros((3, len(scene.names) * self._heavy), np.int64)

    def looked(self) -> int:
        return len(self.there)

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        if not self.question.is_look(row):
            return
        now = np.where(self._at == SEA, SEA, AFLOAT).astype(np.int32)
        amounts = np.zeros((3, self._heavy), np.int64)
        if answers:
            ids, segment, amount = (joined(answers, name) for name in ("id", "segment", "amount"))
            ids = ids - self._first
            now[ids] = segment
            came = segment != self._at[ids]
            self._came(ids[came], segment[came], amount[came])
            if self._heavy:
                there, parts = summed(segment, amount, self.question.scale)
                amounts[:, there] = parts
        self.there.append(np.bincount(now[now >= 0], minlength=len(self.landings)))
        self.amount_there.append(amounts)
        self._at = now

    def _came(self, ids: np.ndarray, segment: np.ndarray, amount: np.ndarray) -> None:
        """Those that lie where they did not at the look before."""
        look, count = self.looked(), len(self.landings)
        origin = self._origins.at(ids + self._first)
        born, time = self._origins.born[origin], np.full(len(ids), self.question.looks.time(look))
        since = np.maximum(born, self.question.looks.time(look - 1)) if look else born
        self.landings += np.bincount(segment, minlength=count)
        self.ages.add(segment, moments_between(ids + self._first, since, time) - born)
        np.minimum.at(self.youngest, segment, time - born)
        fresh = self._at[ids] == SEA
        bins = self._origins.release[origin[fresh]] * np.int64(count) + segment[fresh]
        self.first += np.bincount(bins, minlength=self.first.size).reshape(self.first.shape)
        if self._heavy and len(bins):
            there, parts = summed(bins, amount[fresh], self.question.scale)
            self.amount_first[:, there] += parts

    def state(self) -> State:
        return {**self.found(), "at": self._at}

    def restore(self, state: State) -> None:
        self._at, self.first, self.landings, self.ages.parts, self.youngest, self.amount_first = (
            state[name].copy() for name in ("at", "first", "landings", "ages", "youngest", "amount_first")
        )
        self.there, self.amount_there = list(state["there"]), list(state["amount_there"])
        check_numbers(SEA, len(self.landings), self._at)
        if len(self.there) != len(self.amount_there):
            raise ValueError("it has not as many counts as amounts")

    def found(self) -> State:
        return {
            "there": np.array(self.there, np.int64).reshape(-1, len(self.landings)),
            "first": self.first,
            "landings": self.landings,
            "ages": self.ages.parts,
            "youngest": self.youngest,
            "amount_there": np.array(self.amount_there, np.int64).reshape(len(self.there), 3, self._heavy),
            "amount_first": self.amount_first,
        }

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        name, segment, source = self.name, f"{self.name}_segment", f"{self.name}_source"
        looks, segments, there = self.question.looks, self.question.segments, found["there"]
        times = looks.times[:: looks.stride][: len(there)]
        yield from time_coordinate(f"{name}_time", scene, times)
        yield name_table(f"{source}_name", source, scene.names, "names of the releases")
        yield from segments.described(name, scene)
        places = " ".join(f"{segment}_{axis}" for axis in axes(scene))
        text = f"{segment}_name {places}" if segments.names else places
        km = np.where(segments.lengths > 0, segments.lengths / 1e3, np.nan)
        youngest, ages = _youngest(found), ExactTimes.of(found["ages"]).means(found["landings"])
        again = "how often particles came ashore, those again that had been afloat"
        both, each, of_release = (f"{name}_time", segment), (segment,), (source, segment)
        rows: list[tuple[str, tuple[str, ...], np.ndarray, str, str]] = [
            ("ashore", both, there, "1", "particles ashore"),
            ("ashore_per_km", both, there / km, "km-1", "particles ashore by length of coast"),
            (
                "beached",
                of_release,
                found["first"],
                "1",
                "particles of the release that came ashore here first",
            ),
            ("landings", each, found["landings"], "1", again),
            ("landings_per_km", each, found["landings"] / km, "km-1", "landings by length of coast"),
            ("youngest", each, youngest, "s", "least age at which a particle is first seen ashore"),
            ("mean_age", each, ages, "s", "mean age of particles when they come ashore"),
        ]
        if kind := self.question.amount:
            units, what = ("kg", "mass") if kind == "mass" else ("1", "number")
            ashore = values_of(np.moveaxis(found["amount_there"], 1, 0), self.question.scale)
            first = values_of(found["amount_first"], self.question.scale).reshape(found["first"].shape)
            per_km = f"{units.replace('1', '')} km-1".strip()
            rows += [
                (f"ashore_{kind}", both, ashore, units, f"{what} of the particles ashore"),
                (f"ashore_{kind}_per_km", both, ashore / km, per_km, f"{what} ashore by length of coast"),
                (
                    f"beached_{kind}",
                    of_release,
                    first,
                    units,
                    f"{what} of those beached, when first seen ashore",
                ),
            ]
        for key, dimensions, values, units, words in rows:
            said = {"long_name": words, "units": units, "coordinates": text}
            yield FileVariable(f"{name}_{key}", dimensions, values, said)
        reached = np.vstack([there > 0, np.ones((1, segments.count), bool)]).argmax(axis=0)
        at = np.append(times / 1e6, np.nan)[reached]
        told = {
            **time_attributes(scene.calendar),
            "long_name": "first sampling time at which a particle is ashore",
        }
        told = {key: told[key] for key in told if key != "axis"} | {"coordinates": text}
        yield FileVariable(f"{name}_first_arrival", (segment,), scene.direction * at, told)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        landings, segments, there = found["landings"], self.question.segments, found["there"]
        last = there[-1] if len(there) else np.zeros_like(landings)
        yield f"{found['first'].sum():,} particles came ashore; {last.sum():,} lie there at the last sampling time"
        shown = np.sort(np.argsort(-landings, kind="stable")[: min(SHOWN, np.count_nonzero(landings))])
        labels, youngest, km = segments.labels(), _youngest(found), segments.lengths / 1e3
        rows = [
            (
                labels[i],
                f"{km[i]:.4g}",
                f"{landings[i]:,}",
                f"{landings[i] / km[i]:.4g}",
                f"{last[i]:,}",
                hours(youngest[i]),
            )
            for i in shown
        ]
        if rows:
            heads = ("segment", "km", "landings", "per km", "ashore at the end", "youngest, h")
            yield from columns(("coastline" if not segments.names else heads[0], *heads[1:]), rows)
        rest = int(np.count_nonzero(landings)) - len(shown)
        if rest:
            yield f"and {rest:,} more segments with fewer landings"
        bare = [
            quoted(name)
            for name, length in zip(segments.names[:-1], segments.lengths, strict=False)
            if not length
        ]
        if bare:
            yield f"no side of the coast has its middle in {', '.join(bare[:SHOWN])}" + " ..." * (
                len(bare) > SHOWN
            )


def _youngest(found: State) -> np.ndarray:
    """Seconds, (segment,); NaN where nobody came."""
    youngest: np.ndarray = np.where(found["youngest"] == NEVER, np.nan, found["youngest"] / 1e6)
    return youngest
