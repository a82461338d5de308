"""All accounts of a run together: takes answers row by row, can be saved and restored, and becomes a file at
the end."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from .file import write_file
from .observer import Answers
from .plan import StatisticsPlan
from .variables import FileVariable, topology


class Ledger:
    """Kept by whoever asked: rank 0 of a run, or the reader of tracks."""

    def __init__(self, plan: StatisticsPlan):
        self._plan = plan
        self._accounts = [make() for make in plan.accounts]

    def take(self, row: int, said: Sequence[Answers]) -> None:
        """What all who were asked said of a row; rows come in order, each once."""
        for number, account in enumerate(self._accounts):
            account.take(row, [answer for answers in said if (answer := answers[number]) is not None])

    def end(self, time: int, said: Sequence[Answers]) -> None:
        """What they said at the end, where that is no output time (microseconds)."""
        for number, account in enumerate(self._accounts):
            account.end(time, [answer for answers in said if (answer := answers[number]) is not None])

    def state(self) -> dict[str, np.ndarray]:
        """All that has come together, by name of the statistic and of the column."""
        return {
            f"{account.name}.{key}": values
            for account in self._accounts
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
        for account in self._accounts:
            own = f"{account.name}."
            try:
                account.restore({key.removeprefix(own): state[key] for key in fresh if key.startswith(own)})
            except ValueError as error:
                raise ValueError(f"{account.name}: {error}") from None

    def check_rows(self, rows: int) -> None:
        """Raises ValueError where they are not the accounts of so many rows."""
        for account in self._accounts:
            if account.looked() not in (None, -(-rows // account.question.looks.stride)):
                raise ValueError(f"{account.name}: has {account.looked()} looks, not those of {rows} rows")

    def write(self, path: Path, attributes: Mapping[str, str]) -> None:
        """The file of all statistics, whole or not at all. Raises OutputError."""
        write_file(path, list(self.variables()), attributes)

    def variables(self) -> Iterator[FileVariable]:
        """Those of the file: the mesh where it is needed, then statistic by statistic."""
        scene = self._plan.scene
        if self._plan.order.needs_element:
            yield from topology(scene.mesh(), scene)
        for account in self._accounts:
            yield from account.described(scene)

    def summary(self) -> Iterator[str]:
        """What was found, for a person to read."""
        for account in self._accounts:
            yield f"{account.name}:"
            yield from (f"  {line}" for line in account.summary(self._plan.scene))
