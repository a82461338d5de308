"""Whether all particles start in the water: everything is placed once before a run. Who places which range
is not known here (`sites`)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from fvdrift.mesh import Points

from .place import Outside, not_in_the_water, outside_of, together_outside
from .plan import ReleasePlan
from .roll import Roll
from .sites import Sites, Told, alone


class Starts(NamedTuple):
    """missing: particles without a place in the water, which may have none; by_element: int64 (element,), how
    many start in each, without those that ask for wet ones; missing_amount: what those without a place would carry."""

    missing: int
    by_element: np.ndarray
    missing_amount: float = 0.0


class Checked(NamedTuple):
    """What one rank, or all, found of its share of a roll. by_element: int64 (element,), as often as there are
    such events; outside: by event, those that are not in the water."""

    by_element: np.ndarray
    outside: dict[int, Outside]


class Alike(NamedTuple):
    """Events that are placed together. events, times: int64 (event,), one of all that have the same places,
    and how many those are; wet: bool (element,), where alone they start, None for anywhere."""

    events: np.ndarray
    times: np.ndarray
    wet: np.ndarray | None


def check_share(sites: Sites, alike: Alike, *, rank: int = 0, ranks: int = 1, told: Told = alone) -> Checked:
    """Place one rank's share, as `Sites.share_of` does."""
    roll = Roll(sites.plan, alike.events)
    by_element = np.zeros(len(sites.mesh.corners), np.int64)
    outside: dict[int, list[Outside]] = {}
    for first, placed in sites.share_of(roll, alike.wet, rank=rank, ranks=ranks, told=told):
        done, parts = 0, list(roll.parts(first, first + len(placed)))
        for index, part in parts:
            event, its = int(alike.events[index]), placed[done : done + len(part)]
            done += len(part)
            out = outside_of(sites.plan, event, its["id"], its["element"])
            if out is not None:
                outside.setdefault(event, []).append(out)
        if alike.wet is None:
            times = np.repeat(alike.times[[index for index, _ in parts]], [len(part) for _, part in parts])
            started = placed["element"] >= 0
            np.add.at(by_element, placed["element"][started], times[started])
    return Checked(by_element, {event: together_outside(parts) for event, parts in outside.items()})


def events_alike(plan: ReleasePlan) -> Iterator[tuple[int, int]]:
    """One of all events that have the same places, and how many there are."""
    places = _places(plan)
    _, first, counts = np.unique(places, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    yield from zip(first[order].tolist(), counts[order].tolist(), strict=True)


def _places(plan: ReleasePlan) -> np.ndarray:
    """What is one of events that have the same places: int64 (event, 4)."""
    events = plan.events
    time = np.where(events["wet"], events["time_us"], 0)
    return np.stack([events["shape"].astype(np.int64), events["offset"], events["count"], time], axis=1)


@dataclass
class Findings:
    """Of all groups of events that are alike, together."""

    plan: ReleasePlan
    by_element: np.ndarray
    missing: int = 0
    missing_amount: float = 0.0
    outside: dict[int, Outside] = field(default_factory=dict)

    def add(self, alike: Alike, checked: Checked) -> None:
        """Those of one group."""
        self.by_element += checked.by_element
        times = dict(zip(alike.events.tolist(), alike.times.tolist(), strict=True))
        for event, out in checked.outside.items():
            if self.plan.events["allow_outside"][event]:
                self.missing += times[event] * out.number
                self.missing_amount += self._amount(event, out)
            else:
                self.outside[event] = out

    def _amount(self, event: int, out: Outside) -> float:
        """What those of an event, and of all that are like it, would carry."""
        if self.plan.amount is None:
            return 0.0
        its = self.plan.events[self.alike_to(event)]["amount"]
        points = self.plan.shapes[self.plan.events["shape"][event]]
        if isinstance(points, Points) and points.amount is not None:
            return len(its) * float(points.amount[out.points] @ out.particles)
        return out.number * float(its.sum())

    def alike_to(self, event: int) -> np.ndarray:
        """Which events have the same places: int64 (event,), ascending."""
        group, events, first = self._groups
        its = group[event]
        return events[first[its] : first[its + 1]]

    @cached_property
    def _groups(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The group of each event, events group by group, and where each group begins: there may be millions of both."""
        group = np.unique(_places(self.plan), axis=0, return_inverse=True)[1].ravel()
        events = np.argsort(group, kind="stable")
        return group, events, np.searchsorted(group[events], np.arange(group.max() + 2))

    @property
    def problems(self) -> list[str]:
        """A sentence for each event that may not start outside the water, each once, in the order of time."""
        said = [not_in_the_water(self.plan, event, self.outside[event]) for event in sorted(self.outside)]
        return list(dict.fromkeys(said))


def together_checked(shares: list[dict[int, Outside]]) -> dict[int, Outside]:
    """What several ranks found of one roll."""
    events = dict.fromkeys(event for share in shares for event in share)
    return {event: together_outside([share[event] for share in shares if event in share]) for event in events}
