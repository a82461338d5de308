"""Accounts cut into shares by their keys, each kept by one holder, and put together again. Who the holders are,
and how answers come to them, is not known here.

Counts are whole numbers and sums exact, and what is known of a key stands in one share alone. So it makes no
difference to any number how many shares there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NamedTuple, Protocol

import numpy as np

from fvdrift.orders import Answer, Question

from .base import LEAST, NEVER, SUM, Account, State
from .context import Context
from .observer import Answers


class Share(NamedTuple):
    """The share of one of several holders."""

    holder: int
    holders: int


WHOLE = Share(0, 1)


@dataclass(frozen=True)
class AccountPlan:
    """How an account is made. keys: numbers of particles or cells, all of them, or one where it is not to be
    cut; options: more that its kind is made with."""

    kind: type[Account]
    name: str
    question: Question
    keys: range
    options: Mapping[str, Any] = field(default_factory=dict)

    def make(self, scene: Context, keys: range | None = None) -> Account:
        """An empty account of all keys, or of these."""
        its = self.keys if keys is None else keys
        return self.kind(self.name, self.question, scene, its, **self.options)

    def ends(self, number: int, holders: int) -> np.ndarray:
        """Where shares end: int64 (holder + 1,). number: of the account, among others: each that is not cut goes to
        another holder."""
        if len(self.keys) == 1:
            return self.keys.start + (np.arange(holders + 1) > number % holders)
        return self.keys.start + len(self.keys) * np.arange(holders + 1) // holders

    def keys_of(self, number: int, share: Share) -> range:
        """Those of a share, perhaps none."""
        start, stop = self.ends(number, share.holders)[share.holder : share.holder + 2]
        return range(int(start), int(stop))

    @property
    def bytes(self) -> int:
        """What it keeps of particles, on all ranks together."""
        return self.kind.bytes_of(self.question) * len(self.keys)

    def dealt(self, answer: Answer, number: int, holders: int) -> list[Answer | None]:
        """What each holder is to be told of an answer; None: nothing."""
        ends = self.ends(number, holders)
        if not self.kind.keyed:
            return [answer if start < stop else None for start, stop in zip(ends[:-1], ends[1:], strict=True)]
        there = {key: others for key, others in self.kind.keyed.items() if key in answer}
        at = {key: np.searchsorted(answer[key], ends) for key in there}
        parts: list[Answer | None] = []
        for holder in range(holders):
            slices = {key: slice(at[key][holder], at[key][holder + 1]) for key in there}
            if all(each.start == each.stop for each in slices.values()):
                parts.append(None)
                continue
            parts.append(
                {
                    name: answer[name][..., slices[key]]
                    for key, others in there.items()
                    for name in (key, *others)
                }
            )
        return parts


def dealt(accounts: Sequence[AccountPlan], answers: Answers, holders: int) -> list[Answers]:
    """Answers to all questions, by holder."""
    parts: list[Answers] = [[None] * len(accounts) for _ in range(holders)]
    for number, (account, answer) in enumerate(zip(accounts, answers, strict=True)):
        if answer is not None:
            for told, part in zip(parts, account.dealt(answer, number, holders), strict=True):
                told[number] = part
    return parts


def joined(shares: Sequence[State], kind: type[Account]) -> State:
    """States, or what was found, of all shares of an account that are not empty, in their order, as one."""
    whole: State = {}
    for name, values in shares[0].items():
        how, each = kind.cut.get(name), [share[name] for share in shares]
        if how in (SUM, LEAST):
            whole[name] = reduce(np.add if how == SUM else np.minimum, each)
        else:
            whole[name] = values if how is None else np.concatenate(each, axis=int(how))
    return whole


def cut(state: State, kind: type[Account], keys: range, wanted: range) -> State:
    """The part of a state that is about some keys. keys: that it is of; wanted: sums, and what is least,
    go with the first of its own."""
    part: dict[str, np.ndarray] = {}
    first, last = max(keys.start, wanted.start), min(keys.stop, wanted.stop)
    for name, values in state.items():
        how = kind.cut.get(name)
        if how in (SUM, LEAST):
            nothing = 0 if how == SUM else NEVER
            part[name] = values if keys.start in wanted else np.full_like(values, nothing)
        elif how is None:
            part[name] = values
        else:
            part[name] = values[(slice(None),) * int(how) + (slice(first - keys.start, last - keys.start),)]
    return part


def state_of(named: Mapping[str, np.ndarray], name: str) -> State:
    """The state of one account, of several by `NAME.column`."""
    own = f"{name}."
    rest = {key.removeprefix(own): values for key, values in named.items() if key.startswith(own)}
    return {key: values for key, values in rest.items() if "." not in key}


class KeptShares(Protocol):
    """States of all shares, as they were kept."""

    @property
    def holders(self) -> int:
        """How many there are."""

    def state(self, share: Share, name: str) -> Mapping[str, np.ndarray]:
        """What a share knows of the account of a statistic, by NAME.column."""


def shared_anew(accounts: Sequence[AccountPlan], kept: KeptShares, share: Share) -> dict[str, np.ndarray]:
    """The state of a share, of any number of them, from those that were kept; no others are read than those it
    takes from."""
    found: dict[str, np.ndarray] = {}
    for number, account in enumerate(accounts):
        wanted, parts = account.keys_of(number, share), []
        for holder in range(kept.holders):
            before = Share(holder, kept.holders)
            keys = account.keys_of(number, before)
            if max(keys.start, wanted.start) < min(keys.stop, wanted.stop):
                state = state_of(kept.state(before, account.name), account.name)
                parts.append(cut(state, account.kind, keys, wanted))
        if parts:
            whole = joined(parts, account.kind)
            found |= {f"{account.name}.{key}": values for key, values in whole.items()}
    return found
