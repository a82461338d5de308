"""All accounts of a run together, or a share of them: takes answers row by row, and can be saved and restored.
What they come to at the end is in `findings`."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from fvdrift.orders import Answer, Question

from .base import Account, State
from .findings import Findings
from .newcomers import Newcomers, Places
from .observer import Answers
from .plan import StatisticsPlan
from .shares import WHOLE, Share, state_of


class Ledger:
    """Kept by whoever asked: the ranks of a run, each a share, or the reader of tracks."""

    def __init__(self, plan: StatisticsPlan, share: Share | None = None):
        """share: None: the whole."""
        self._plan, self._share = plan, share
        keys = [account.keys_of(number, share or WHOLE) for number, account in enumerate(plan.accounts)]
        self._accounts: dict[int, Account] = {
            number: account.make(plan.scene, keys[number])
            for number, account in enumerate(plan.accounts)
            if len(keys[number])
        }

    def take(self, row: int, said: Sequence[Answers]) -> None:
        """What all who were asked said of a row; rows come in order, each once. A share takes what was `completed`
        and `dealt` to it."""
        if self._share is None:
            newcomers = self._plan.scene.newcomers
            said = [*said, *completed(self._plan, row, said), *unseen(self._plan, row, newcomers)]
        for number, account in self._accounts.items():
            account.take(row, _to(number, said))

    def started_at(self, places: Places) -> None:
        """Where newcomers were released that some will look at, in the order of their numbers; before the row at
        which they are seen is taken."""
        for account in self._accounts.values():
            account.started_at(places)

    def end(self, time: int, said: Sequence[Answers]) -> None:
        """What they said at the end, where that is no output time (microseconds)."""
        for number, account in self._accounts.items():
            account.end(time, _to(number, said))

    def state(self) -> dict[str, np.ndarray]:
        """All that has come together, by name of the statistic and of the column."""
        return {
            f"{account.name}.{key}": values
            for account in self._accounts.values()
            for key, values in account.state().items()
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state` gave; the next row is the one after the last that was taken.

        Raises ValueError with what does not fit.
        """
        fresh = self.state()
        odd = next(iter(sorted(fresh.keys() ^ state.keys())), None)
        if odd is not None:
            raise ValueError(
                f"{odd}: is missing" if odd in fresh else f"{odd}: is of no statistic of the run"
            )
        for name, values in fresh.items():
            found = state[name]
            grows = values.ndim > 0 and len(values) == 0 and found.ndim == values.ndim
            same = found.shape[1:] == values.shape[1:] if grows else found.shape == values.shape
            if found.dtype != values.dtype or not same:
                raise ValueError(f"{name}: is {found.dtype} {found.shape}, not {values.dtype} {values.shape}")
        for account in self._accounts.values():
            try:
                account.restore(state_of(state, account.name))
            except ValueError as error:
                raise ValueError(f"{account.name}: {error}") from None

    def check_rows(self, rows: int) -> None:
        """Raises ValueError where they are not the accounts of so many rows."""
        for account in self._accounts.values():
            if account.looked() not in (None, -(-rows // account.question.looks.stride)):
                raise ValueError(f"{account.name}: has {account.looked()} looks, not those of {rows} rows")

    def found(self) -> dict[int, State]:
        """What its accounts have come to, by number of the statistic."""
        return {number: account.found() for number, account in self._accounts.items()}

    def findings(self) -> Findings:
        """What a ledger of the whole has come to."""
        return Findings(self._plan, [self.found()])


def completed(plan: StatisticsPlan, row: int, said: Sequence[Answers]) -> Iterator[Answers]:
    """What is to be said beside answers of a row, by who knows the mesh."""
    for number, account in enumerate(plan.accounts):
        for answer in _to(number, said):
            for more in account.kind.completed(account.question, plan.scene, row, answer):
                yield _of(number, more, len(plan.accounts))


def unseen(
    plan: StatisticsPlan, row: int, newcomers: Newcomers, of: Callable[[Question], bool] = lambda _: True
) -> Iterator[Answers]:
    """What is to be said of newcomers that nobody sees at a row. of: to which questions."""
    for number, account in enumerate(plan.accounts):
        if of(account.question):
            for more in account.kind.unseen(account.question, plan.scene, row, newcomers):
                yield _of(number, more, len(plan.accounts))


def _to(number: int, said: Sequence[Answers]) -> list[Answer]:
    """The answers to one question."""
    return [answer for answers in said if (answer := answers[number]) is not None]


def _of(number: int, answer: Answer, questions: int) -> Answers:
    """An answer to one of several questions."""
    return [answer if other == number else None for other in range(questions)]
