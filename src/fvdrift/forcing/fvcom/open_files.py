"""The files of a series while it is read: the last few stay open, and each is seen to be what it was. Not
what is read.

Before and after every read the file's identity is compared with what it was when its records were counted:
two calls of `stat`, some microseconds. The library would not tell: it goes on reading a file that has no name
any more, takes what another program writes there for its own, and gives zeros for the missing end of a
classic file.

FVCOM may be appending meanwhile, as no lock of HDF5 keeps it from that (`hdf5_locks`). Then a file that has
changed is opened anew, and serves if it has the same times, and the same values in what was read of it last.
What could not be read while it was changing is read again.
"""

import time
from collections import OrderedDict
from collections.abc import Sequence

import netCDF4
import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.netcdf.lock import LOCK

from ..fields import Reading, clean, stored
from ..identity import ChangedError, changed, identity
from ..library import UNREADABLE, keep_chunks, open_dataset
from ..packed_records import NeverWrittenError, PackedRecord, inflated, packed_record
from ..stored import Meaning, meaning
from .file import FileHead, head_of

_MOST_OPEN = 2  # a run reads forward: the file it is in and the one it comes from
_LOOKS = 5  # at a file that FVCOM keeps appending to; each record that it writes takes it seconds at least
_PAUSE_S = 0.2  # between two looks at a file that could not be read while it changed
_SAMPLE = 4096  # values of a record that is to be known again


class OpenFiles:
    """Files by their number in `heads`. names: variables that records are read of."""

    def __init__(self, heads: Sequence[FileHead], names: Sequence[str]) -> None:
        self._paths = [head.path for head in heads]
        self._known = [head.identity for head in heads]
        self._times = [head.times.times for head in heads]
        self._names = tuple(names)
        self._open: OrderedDict[int, netCDF4.Dataset] = OrderedDict()
        # of each file the record read last of each variable, and a sample of it
        self._seen: list[dict[str, tuple[int, bytes]]] = [{} for _ in heads]

    def read(self, file: int, name: str, record: int, when: str) -> Reading:
        """A record of a variable, or all of one that has none. when: the time of the record, for messages.

        Raises ForcingError when the file is not what it was, or the record was never written, and what the
        library raises.
        """
        path = self._paths[file]
        for _ in range(_LOOKS):
            try:
                with LOCK:
                    dataset = self.dataset(file, name, when)
                    values, of = _values(dataset, name, record)
                found = _cleaned(values, of)
            except ChangedError:
                raise
            except (*UNREADABLE, ForcingError, NeverWrittenError) as error:
                if identity(path) != self._known[file]:
                    time.sleep(_PAUSE_S)
                    continue
                if not isinstance(error, NeverWrittenError):
                    raise
                raise ForcingError(
                    f"{path}: {name}: holds no value at all (was this record ever written?), at {when}; end the run before it "
                    "(time.end), or wait for whoever writes the file"
                ) from None
            now = identity(path)
            if now == self._known[file]:
                self._seen[file][name] = record, _sample(found)
                return found
        raise changed(path, name, when, self._known[file], identity(path))

    def dataset(self, file: int, name: str, when: str) -> netCDF4.Dataset:
        """The file, open, as it was when its records were counted; name, when: what for. Raises ForcingError
        where it is not."""
        self._look(file, name, when)
        dataset = self._open.pop(file, None)
        if dataset is None:
            while len(self._open) >= _MOST_OPEN:
                self._open.popitem(last=False)[1].close()
            dataset = open_dataset(self._paths[file])
            for each in self._names:
                keep_chunks(dataset.variables[each])
        self._open[file] = dataset
        return dataset

    def close(self) -> None:
        """Let go of the files; reading opens them again."""
        with LOCK:
            while self._open:
                self._open.popitem()[1].close()

    def _look(self, file: int, name: str, when: str) -> None:
        """Compare the file with what is known of it; one that changed is opened anew: the library would not
        see all of that."""
        path, known = self._paths[file], self._known[file]
        now = identity(path)
        if now == known:
            return
        if not known.may_have_become(now):
            raise changed(path, name, when, known, now)
        if file in self._open:
            self._open.pop(file).close()
        head, times = head_of(path), self._times[file]
        same = head is not None and np.array_equal(head.times.times[: len(times)], times)
        if head is None or not same or not self._as_seen(file):
            raise changed(path, name, when, known, now)
        self._known[file] = head.identity

    def _as_seen(self, file: int) -> bool:
        """Whether the records that were read last are what they were."""
        dataset = open_dataset(self._paths[file])
        try:
            for name, (record, sample) in self._seen[file].items():
                values, of = _values(dataset, name, record)
                if _sample(_cleaned(values, of)) != sample:
                    return False
        except NeverWrittenError:
            return False
        finally:
            dataset.close()
        return True


def _values(dataset: netCDF4.Dataset, name: str, record: int) -> tuple[np.ndarray | PackedRecord, Meaning]:
    """A record as it is stored, under the library's lock, and what its numbers mean."""
    variable = dataset.variables[name]
    part = None if variable.ndim == 1 else record if variable.shape[0] > 1 else 0
    return packed_record(variable, part) or stored(variable, part), meaning(variable)


def _cleaned(values: np.ndarray | PackedRecord, of: Meaning) -> Reading:
    """What `_values` gave; the library is not needed."""
    return clean(inflated(values) if isinstance(values, PackedRecord) else values, of)


def _sample(reading: Reading) -> bytes:
    """Some values of a record, by which it is known again."""
    values = reading.values.ravel()
    return values[:: max(1, values.size // _SAMPLE)].tobytes()
