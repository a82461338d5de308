"""What a run, an ensemble or a comparison gives in Python once it has come to its end: its files, opened on first use."""

from __future__ import annotations  # the site shows names of types as they are written

import csv
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fvdrift.errors import OutputError
from fvdrift.output import record_of, statistics_path

if TYPE_CHECKING:
    import xarray


class FinishedRun:
    """A run that has come to its end.

    Parameters
    ----------
    path
        Where the tracks are.
    rank
        Number of this process among those that mpiexec started, 0 if it is alone. Every rank gets the run; let rank
        0 do what must be done once.
    """

    def __init__(self, path: Path, rank: int = 0):
        self.path: Path = path
        self.rank: int = rank

    @property
    def record(self) -> dict[str, Any]:
        """The record of the run, ``NAME.run.json``, as a dict. Raises OutputError if it is gone."""
        record = record_of(self.path)
        if not record:
            raise OutputError(f"{self.path}: the record of the run is not beside it any more")
        return record

    @cached_property
    def dataset(self) -> xarray.Dataset:
        """The tracks in xarray, opened once and read where they are looked at; ``dataset.drift`` draws them and counts
        in them (`fvdrift.accessor.Drift`).

        Raises OutputError if there are none."""
        import fvdrift.accessor  # noqa: F401  (makes `dataset.drift`)

        return _opened(self.path, "it wrote no tracks (output.tracks), or they are gone")

    @cached_property
    def statistics(self) -> xarray.Dataset:
        """The statistics of a run with ``[[statistic]]``, ``NAME.stats.nc``, opened once. Raises OutputError if there
        are none."""
        path = statistics_path(self.path)
        return _opened(path, "it has no [[statistic]], or they are gone")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"


class FinishedEnsemble:
    """An ensemble that has come to its end.

    Parameters
    ----------
    path
        Where ``NAME.ensemble.nc`` is.
    members
        Each member as a run of its own.
    values
        Of each member, by key that varies.
    rank
        As in `FinishedRun`.
    """

    def __init__(
        self, path: Path, members: Sequence[FinishedRun], values: Sequence[dict[str, Any]], rank: int = 0
    ):
        self.path: Path = path
        self.members: list[FinishedRun] = list(members)
        self.values: list[dict[str, Any]] = list(values)
        self.rank: int = rank

    @cached_property
    def summary(self) -> xarray.Dataset:
        """Mean, spread and extremes of the members' statistics (NAME.ensemble.nc), opened once."""
        return _opened(self.path, "it is gone")

    def __repr__(self) -> str:
        return f"FinishedEnsemble({str(self.path)!r}, {len(self.members)} members)"


class FinishedComparison(FinishedRun):
    """A comparison with drifters that has come to its end: a `FinishedRun` with a table.

    Parameters
    ----------
    path
        Where its tracks are.
    rank
        As in `FinishedRun`.
    """

    @property
    def table(self) -> Path:
        """The path of ``NAME.csv``, which has a row for each start."""
        return self.path.with_suffix(".csv")

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table, read once, with numbers where they are and None where a cell is empty."""
        with self.table.open(encoding="utf-8", newline="") as file:
            return [{name: _number(name, cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def _number(column: str, cell: str) -> str | float | None:
    return cell if column in ("drifter", "start") else float(cell) if cell else None


def _opened(path: Path, absent: str) -> xarray.Dataset:
    import xarray

    from fvdrift.output import files_of

    if not path.is_file():
        raise OutputError(f"{path}: is not there: {absent}")
    files_of(path)  # refuses tracks of which a file is missing: xarray would read that nothing is there
    return xarray.open_dataset(path)
