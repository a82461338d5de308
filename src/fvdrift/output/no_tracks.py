"""What stands in for a `TrackWriter` where no tracks are asked for. Writes nothing."""

from collections.abc import Callable, Mapping

import numpy as np

from fvdrift.process import never


class NoTracks:
    """Takes all that a TrackWriter takes, and does nothing with it."""

    write_s = finish_s = 0.0

    def write_row(self, row: int, columns: Mapping[str, np.ndarray]) -> None:
        """Nothing."""

    def set_time(self, row: int, time_us: int) -> None:
        """Nothing."""

    def sync(self) -> np.ndarray:
        """No rows have no sums."""
        return np.empty((0, 0), np.uint32)

    def settle(self) -> None:
        """Nothing."""

    def set_attribute(self, name: str, value: str) -> None:
        """Nothing."""

    def finish(self, asked: Callable[[], bool] = never) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
