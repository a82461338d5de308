"""A run that is done, or an ensemble, for who goes on with it in Python: its files, and what stands in them and in its record."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fvdrift.errors import OutputError
from fvdrift.output.folders import record_of
from fvdrift.output.paths import statistics_path

if TYPE_CHECKING:
    import xarray


class FinishedRun:
    """path: of the tracks. rank: of this process among those that mpiexec started, 0 where it is alone: every rank has the
    run, and what is to be done once is done where it is 0."""

    def __init__(self, path: Path, rank: int = 0):
        self.path, self.rank = path, rank

    @property
    def record(self) -> dict[str, Any]:
        """NAME.run.json. Raises OutputError where it is gone."""
        record = record_of(self.path)
        if not record:
            raise OutputError(f"{self.path}: the record of the run is not beside it any more")
        return record

    @cached_property
    def dataset(self) -> "xarray.Dataset":
        """The tracks, opened once and read where they are looked at. `dataset.drift` draws them and counts in them.

        Raises OutputError where there are none."""
        import fvdrift.accessor  # noqa: F401  (makes `dataset.drift`)

        return _opened(self.path, "it wrote no tracks (output.tracks), or they are gone")

    @cached_property
    def statistics(self) -> "xarray.Dataset":
        """NAME.stats.nc of a run with [[statistic]]s, opened once."""
        path = statistics_path(self.path)
        return _opened(path, "it has no [[statistic]], or they are gone")

    def __repr__(self) -> str:
        return f"FinishedRun({str(self.path)!r})"


class FinishedEnsemble:
    """members: each as a run of its own; values: of each, by key that varies; path: of NAME.ensemble.nc; rank: as of a run."""

    def __init__(self, path: Path, members: Sequence[FinishedRun], values: Sequence[dict[str, Any]], rank: int = 0):
        self.path, self.members, self.values, self.rank = path, list(members), list(values), rank

    @cached_property
    def summary(self) -> "xarray.Dataset":
        """NAME.ensemble.nc: mean, spread and extremes of the members' statistics; opened once."""
        return _opened(self.path, "it is gone")

    def __repr__(self) -> str:
        return f"FinishedEnsemble({str(self.path)!r}, {len(self.members)} members)"


def _opened(path: Path, absent: str) -> "xarray.Dataset":
    import xarray

    if not path.is_file():
        raise OutputError(f"{path}: is not there: {absent}")
    return xarray.open_dataset(path)
