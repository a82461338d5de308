"""A NetCDF file that is also safe where nobody closed it: the collector of garbage may do that in any thread,
at any time."""

import ctypes

import netCDF4

from .lock import LOCK

# collected while another thread was in the library: open until the process ends
_LEFT_OPEN: list["LockedDataset"] = []


class LockedDataset(netCDF4.Dataset):
    """netCDF4's own would be closed by the collector without `LOCK`, while another thread may be in HDF5: a
    crash.

    Never waits for the lock: whoever has it may be waiting for this thread.
    """

    def __del__(self) -> None:
        if not LOCK.acquire(blocking=False):
            _LEFT_OPEN.append(self)
            return
        try:
            if self.isopen():
                self.close()
        except (RuntimeError, AttributeError):  # one that could not be opened
            return
        finally:
            LOCK.release()


# A class that goes with the interpreter loses its attributes first, and netCDF4 then complains on stderr of
# each file that was left open: so this one never goes.
ctypes.pythonapi.Py_IncRef(ctypes.py_object(LockedDataset))
