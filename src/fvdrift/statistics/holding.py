"""What one of several ranks keeps of the statistics of a run, and what it passes on to others. How parcels travel
is not known here.

All ranks ask their own particles; each that is a holder keeps a share of every account. After each interval all
swap: answers, cut by keys, go to their holders, and so do the places where particles were let go that nobody has
looked at yet. What answers leave open, because only the whole mesh tells in which element a particle is, goes to
the clerk, who makes answers of it in a second swap. He is also the one who puts all together at the end.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fvdrift.orders import END, Answer, Question

from .base import State
from .findings import Findings
from .ledger import Ledger, completed, unseen
from .newcomers import NOBODY, KeptNewcomers, Places
from .observer import Answers
from .plan import StatisticsPlan
from .shares import AccountPlan, KeptShares, Share, dealt, shared_anew

Asks = Callable[[Question], bool]


class Roles(NamedTuple):
    """Which of the ranks that swap keep shares, in the order of their shares, and which one is the clerk."""

    holders: tuple[int, ...]
    clerk: int


class Parcel(NamedTuple):
    """From one rank to another. answers, unsure: by row, the answers of each hand, cut for the holder, and those
    that the clerk is to complete; started: where newcomers of the holder's share were let go; fresh: the same of
    all, for the clerk."""

    answers: list[list[Answers]]
    unsure: list[list[Answers]]
    started: Places = NOBODY
    fresh: Places = NOBODY


class Holding:
    """Of one run on one rank. newcomers: to be told of all particles that this rank lets go; roles: of all; share:
    its own, if it is a holder."""

    def __init__(self, plan: StatisticsPlan, roles: Roles, rank: int):
        """rank: its number among those that swap."""
        self._plan, self.roles, self._rank = plan, roles, rank
        self.newcomers = KeptNewcomers(plan.order)
        self.of_all = KeptNewcomers(plan.order)  # where this is the clerk, and elements are asked for
        self._said: list[list[Answers]] = []
        self.share: Share | None = None
        self._ledger: Ledger | None = None
        if rank in roles.holders:
            self.share = Share(roles.holders.index(rank), len(roles.holders))
            self._ledger = Ledger(plan, self.share)

    @property
    def swaps_twice(self) -> bool:
        """Whether there is anything for a clerk to complete."""
        return self._plan.order.needs_element

    def hear(self, said: Sequence[Sequence[Answers]]) -> None:
        """What particles of this rank say of the rows of an interval, those of one pass."""
        if len(said) > len(self._said):
            self._said += [[] for _ in range(len(said) - len(self._said))]
        for row, answers in enumerate(said):
            self._said[row].extend(answers)

    def parcels(self, rows: Sequence[int]) -> dict[int, Parcel]:
        """What was heard of some rows, by who is to get it."""
        said, self._said = [*self._said, *([] for _ in rows[len(self._said) :])], []
        own = [
            [*answers, *self._unseen(row, self.newcomers, _not_in_elements)]
            for row, answers in zip(rows, said, strict=True)
        ]
        fresh = self.newcomers.fresh()
        found = self._to_holders(own, fresh)
        if self.swaps_twice:
            accounts = self._plan.accounts
            unsure = [[_left_open(accounts, answers) for answers in of_row] for of_row in said]
            to_clerk = found.get(self.roles.clerk, Parcel([], []))
            found[self.roles.clerk] = to_clerk._replace(unsure=unsure, fresh=fresh)
        self._looked(rows, self.newcomers)
        return found

    def completed(self, rows: Sequence[int], parcels: Sequence[Parcel]) -> dict[int, Parcel]:
        """What the clerk makes of what he was told, by who is to get it; of others nothing."""
        if self._rank != self.roles.clerk:
            return {}
        for parcel in parcels:
            if len(parcel.fresh.id):
                self.of_all.add(*parcel.fresh)
        self.of_all.fresh()
        made = []
        for number, row in enumerate(rows):
            said = [answers for parcel in parcels if parcel.unsure for answers in parcel.unsure[number]]
            of_elements = self._unseen(row, self.of_all, _in_elements)
            made.append([*(completed(self._plan, row, said) if row != END else ()), *of_elements])
        self._looked(rows, self.of_all)
        return self._to_holders(made, NOBODY)

    def take(self, rows: Sequence[int], time: int, parcels: Sequence[Parcel]) -> None:
        """All that this rank was told of some rows, the last of them at `time`, microseconds."""
        if self._ledger is None:
            return
        for parcel in parcels:
            if len(parcel.started.id):
                self._ledger.started_at(parcel.started)
        for number, row in enumerate(rows):
            said = [answers for parcel in parcels if parcel.answers for answers in parcel.answers[number]]
            if row == END:
                self._ledger.end(time, said)
            else:
                self._ledger.take(row, said)

    def state(self) -> dict[str, np.ndarray]:
        """Of the share that is kept here, by name of the statistic and of the column."""
        return {} if self._ledger is None else self._ledger.state()

    def restore(self, kept: KeptShares) -> None:
        """Go on from what was kept, by any number of holders. Raises ValueError where it does not fit."""
        if self._ledger is not None and self.share is not None:
            self._ledger.restore(shared_anew(self._plan.accounts, kept, self.share))

    def found(self) -> dict[int, State]:
        """What the share has come to."""
        return {} if self._ledger is None else self._ledger.found()

    def findings(self, shares: Sequence[Mapping[int, State]]) -> Findings:
        """For the clerk: of what all holders have found, in their order."""
        return Findings(self._plan, shares)

    def _to_holders(self, said: Sequence[Sequence[Answers]], fresh: Places) -> dict[int, Parcel]:
        """Answers by row, and newcomers, cut for the holders; nothing for whom there is nothing."""
        accounts, holders = self._plan.accounts, self.roles.holders
        cut = [[dealt(accounts, answers, len(holders)) for answers in of_row] for of_row in said]
        started = self._cut(fresh)
        found = {}
        for place, holder in enumerate(holders):
            of_holder = [[parts[place] for parts in of_row if any(_given(parts[place]))] for of_row in cut]
            if any(of_holder) or len(started[place].id):
                found[holder] = Parcel(of_holder, [], started[place])
        return found

    def _cut(self, fresh: Places) -> list[Places]:
        """Newcomers by the holder who keeps accounts of them."""
        holders = len(self.roles.holders)
        for number, account in enumerate(self._plan.accounts):
            if account.kind.wants_starts:  # all cut alike
                ends = np.searchsorted(fresh.id, account.ends(number, holders))
                return [
                    fresh.take(np.arange(first, end)) for first, end in zip(ends[:-1], ends[1:], strict=True)
                ]
        return [NOBODY] * holders

    def _unseen(self, row: int, newcomers: KeptNewcomers, of: Asks) -> list[Answers]:
        return [] if row == END else list(unseen(self._plan, row, newcomers, of))

    def _looked(self, rows: Sequence[int], newcomers: KeptNewcomers) -> None:
        if rows and rows[-1] != END:
            newcomers.looked(int(self._plan.order.times[rows[-1]]))


def _in_elements(question: Question) -> bool:
    return question.needs_element


def _not_in_elements(question: Question) -> bool:
    return not question.needs_element


def _given(answers: Answers) -> list[bool]:
    return [answer is not None for answer in answers]


def _left_open(accounts: Sequence[AccountPlan], answers: Answers) -> Answers:
    """What the clerk is to complete of answers."""
    return [
        answer and _open_columns(account.kind.left_open, answer)
        for account, answer in zip(accounts, answers, strict=True)
    ]


def _open_columns(names: Sequence[str], answer: Answer) -> Answer | None:
    return {name: answer[name] for name in names} if len(answer.get(names[-1], ())) else None
