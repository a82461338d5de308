"""Sections: how many particles cross a line, and what they stand for, by direction and time. Where ways and lines cross
is `crossings`' business."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fvdrift.mesh import SectionLines
from fvdrift.orders import Answer, Observed

from .asked import Asked
from .base import SUM, Cut, Keyed, State, check_periods
from .context import Context
from .crossings import crossings
from .exact_amounts import ExactAmounts, parts_of, values_of
from .released import scale_of
from .shares import AccountPlan
from .table import columns
from .variables import FileVariable, name_table, time_coordinate
from .walk import Stays, Walk, Ways
from .zones import InZones, Trips, ZoneAccount

POSITIVE, NEGATIVE = range(2)


def plan(asked: Asked) -> AccountPlan:
    """Of the lines that are asked about. Raises RunFileError."""
    lines, together, amounts = asked.lines(), asked.together(1), asked.scene.amounts
    asked.check_size(together, 2 * len(lines.names), 32)
    name, scale = ("", 1.0) if amounts is None else (amounts.name, scale_of(asked.scene))
    question = AcrossLines(asked.looks, asked.choice, None, lines=lines, amount=name, scale=scale)
    return AccountPlan(SectionAccount, asked.name, question, asked.particles, {"looks_in_period": together})


@dataclass(frozen=True)
class AcrossLines(InZones):
    """lines: that are crossed; amount: the column with what a particle stands for, "" for none; scale: of its sums,
    as `exact_amounts` has it."""

    lines: SectionLines | None = None
    amount: str = ""
    scale: float = 1.0

    @property
    def wants(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.amount,) if self.amount else ()

    def answer(self, row: int, seen: Observed) -> Answer | None:
        said = super().answer(row, seen)
        if said is None:
            return None
        seen = self.choice.of(seen)
        amounts = seen.values[self.amount] if self.amount else np.empty(0)
        gone = seen.gone if self.amount else np.empty(0, bool)
        there = {"amount": amounts[~gone]} if "id" in said else {}
        return {**said, "gone_amount": amounts[gone], **there}


class SectionAccount(ZoneAccount):
    """counts, parts: of what has crossed, by period: (line, positive or negative), and (3, ...) of what that stands for;
    late: the same since the last look."""

    keyed: ClassVar[Keyed] = {
        "gone": (*ZoneAccount.keyed["gone"], "gone_amount"),
        "id": (*ZoneAccount.keyed["id"], "amount"),
    }
    cut: ClassVar[Cut] = (
        ZoneAccount.cut | {"amount": 0} | dict.fromkeys(("counts", "parts", "late_counts", "late_parts"), SUM)
    )
    question: AcrossLines

    def __init__(
        self, name: str, question: AcrossLines, scene: Context, keys: range, *, looks_in_period: int
    ):
        super().__init__(name, question, scene, keys)
        assert question.lines is not None
        self.lines, self._together = question.lines, looks_in_period
        self.names = tuple(its or name for its in self.lines.names)
        self._amount = np.zeros(len(keys) if question.amount else 0)
        bins = 2 * len(self.names)
        self._late = np.zeros(bins, np.int64), ExactAmounts(bins, question.scale)
        self._counts: list[np.ndarray] = []
        self._parts: list[np.ndarray] = []

    @classmethod
    def bytes_of(cls, question: AcrossLines) -> int:  # type: ignore[override]
        return super().bytes_of(question) + (8 if question.amount else 0)

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        if self.question.amount:
            for answer in answers:
                for ids, amounts in (("gone", "gone_amount"), ("id", "amount")):
                    if ids in answer:
                        self._amount[answer[ids] - self._first] = answer[amounts]
        super().take(row, answers)

    def moved(self, ids: np.ndarray, parts: Sequence[Ways | Stays], trips: Callable[[], Trips]) -> None:
        """Who crosses does so at a time between; it counts if the particle does then."""
        made = trips()
        ends = (made.x0, made.y0, made.x1, made.y1)
        way, piece, sign, share = crossings(ends, self.lines.x, self.lines.y)
        begin, end = made.since[way], made.until[way]
        time = begin + np.rint(share * (end - begin)).astype(np.int64)
        counted = (time >= made.begin[way]) & ((time < made.end[way]) | (made.end[way] == end))
        mine = ids[made.number[way]]
        if self.question.choice.ages is not None:
            age = time - self._born(mine)
            counted &= (age >= self.question.choice.ages[0]) & (age < self.question.choice.ages[1])
        bins = 2 * self.lines.line[piece[counted]].astype(np.int64) + (sign[counted] < 0)
        counts, amounts = self._late
        np.add.at(counts, bins, 1)
        if self.question.amount:
            its = parts_of(self._amount[mine[counted]], self.question.scale).astype(np.int64)
            for row, added in zip(amounts.parts, its, strict=True):
                np.add.at(row, bins, added)

    def walked(self, walk: Walk) -> None:
        """It takes trips, not ways in polygons."""

    def closed(self) -> None:
        """What crossed since the look before goes to the period of that."""
        counts, amounts = self._late
        if self.looks_taken:
            if (self.looks_taken - 1) % self._together == 0:
                self._counts.append(np.zeros_like(counts))
                self._parts.append(np.zeros_like(amounts.parts))
            self._counts[-1] += counts
            self._parts[-1] += amounts.parts
        counts[:] = 0
        amounts.parts[:] = 0

    def _found(self) -> State:
        counts, amounts = self._late
        return {
            "counts": np.array(self._counts, np.int64).reshape(-1, *counts.shape),
            "parts": np.array(self._parts, np.int64).reshape(-1, *amounts.parts.shape),
        }

    def state(self) -> State:
        counts, amounts = self._late
        more = {"amount": self._amount} if self.question.amount else {}
        return {
            **super().state(),
            **more,
            **self._found(),
            "late_counts": counts,
            "late_parts": amounts.parts,
        }

    def restore(self, state: State) -> None:
        super().restore(state)
        if self.question.amount:
            self._amount = state["amount"].copy()
        self._counts, self._parts = [*state["counts"].copy()], [*state["parts"].copy()]
        self._late[0][:], self._late[1].parts[:] = state["late_counts"], state["late_parts"]
        check_periods(max(self.looks_taken - 1, 0), self._together, self._counts, self._parts)

    def found(self) -> State:
        return {"looks_taken": np.array(self.looks_taken), **self._found()}

    def _by_direction(self, scene: Context, found: State) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """By what is counted: what went to the right, and what to the left, as water goes: (period, line)."""
        shape = (-1, len(self.names), 2)
        given = {"": found["counts"]}
        if self.question.amount:
            given[f"_{self.question.amount}"] = values_of(
                np.moveaxis(found["parts"], 1, 0), self.question.scale
            )
        way = slice(None, None, scene.direction)
        both = {key: values.reshape(shape)[..., way] for key, values in given.items()}
        return {key: (values[..., POSITIVE], values[..., NEGATIVE]) for key, values in both.items()}

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        name, looks, line = self.name, self.question.looks, f"{self.name}_section"
        first = np.arange(len(found["counts"])) * self._together
        last = np.minimum(first + self._together, max(int(found["looks_taken"]) - 1, 0))
        times = looks.times[:: looks.stride]
        yield from time_coordinate(
            f"{name}_time", scene, times[first], np.stack([times[first], times[last]], axis=-1)
        )
        yield name_table(f"{line}_name", line, self.names, "names of the sections")
        bound = "a lower bound: particles that cross and come back between two sampling times are not seen"
        exact = "exact for straight ways between sampling times: particles that cross and come back between two add nothing"
        for key, (positive, negative) in self._by_direction(scene, found).items():
            what = f"{key[1:]} of particles that cross" if key else "particles that cross"
            for side, values, words, comment in (
                ("positive", positive, f"{what} from the left to the right of the section", bound),
                ("negative", negative, f"{what} from the right to the left of the section", bound),
                ("net", positive - negative, f"{what} to the right less those to the left", exact),
            ):
                said = {"long_name": words, "units": "kg" if key == "_mass" else "1"}
                said |= {
                    "coordinates": f"{line}_name",
                    "comment": comment,
                    "cell_methods": f"{name}_time: sum",
                }
                yield FileVariable(f"{name}_{side}{key}", (f"{name}_time", line), values, said)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        heads, rows = ["section"], [[name] for name in self.names]
        for key, (positive, negative) in self._by_direction(scene, found).items():
            unit = {"": "", "_mass": ", kg", "_number": ", number"}[key]
            heads += [f"to the right{unit}", f"to the left{unit}", f"net{unit}"]
            for row, there, back in zip(rows, positive.sum(axis=0), negative.sum(axis=0), strict=True):
                row += [f"{v:.6g}" if key else f"{v:,}" for v in (there, back, there - back)]
        yield from columns(heads, rows)
