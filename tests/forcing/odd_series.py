"""Series with something wrong that shows in the process that reads. Not a test: reading processes import it."""

import os
import signal
import time

import numpy as np

from fvdrift.errors import ForcingError

HOUR = 3_600_000_000


class OddSeries:
    """Frames that hold their own number; `fault` happens when frame 4 is read."""

    def __init__(self, fault: str = "", wait_s: float = 0.0):
        self.fault, self.wait_s = fault, wait_s
        self.times = np.arange(1000) * HOUR

    def read(self, frame: int, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        time.sleep(self.wait_s)
        if frame == 4 and hasattr(self, self.fault):
            getattr(self, self.fault)()
        return {name: np.full((3, 5), frame, np.float32) for name in names}

    def chunks_span(self, names: tuple[str, ...]) -> bool:
        return self.fault == "spanning"

    def describe_time(self, time: int) -> str:
        return f"hour {time // HOUR}"

    def file_of(self, frame: int) -> str:
        return f"odd_{frame // 4}.nc"

    def damage(self) -> None:
        raise ForcingError("odd_1.nc: u: cannot be read at hour 4")

    def fall(self) -> None:
        raise ValueError("lost the page")

    def riddle(self) -> None:
        class Private(Exception):
            """What another process knows nothing of."""

        raise Private("x" * 100_000)

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def leave(self) -> None:
        os._exit(7)
