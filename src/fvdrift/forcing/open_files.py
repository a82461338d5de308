"""The files of a series while it is read: the last few stay open, and each is seen to be what it was. Not what is read.

Before and after every read the file's identity is compared with what it was when its records were counted: two calls of
`stat`, some microseconds. The library would not tell: it goes on reading a file that has no name any more, takes what
another program writes there for its own, and gives zeros for the missing end of a classic file.
"""

from collections import OrderedDict
from collections.abc import Sequence

import netCDF4
import numpy as np

from fvdrift.forcing.fields import Reading, clean, meaning, stored
from fvdrift.forcing.file import FileHead, head_of
from fvdrift.forcing.identity import changed, identity
from fvdrift.forcing.library import LOCK, keep_chunks, open_dataset
from fvdrift.forcing.packed_records import PackedRecord, inflated, packed_record

_MOST_OPEN = 2  # a run reads forward: the file it is in and the one it comes from
_LOOKS = 5  # at a file that FVCOM keeps appending to; each record that it writes takes it seconds at least


class OpenFiles:
    """Files by their number in `heads`. names: variables that records are read of."""

    def __init__(self, heads: Sequence[FileHead], names: Sequence[str]) -> None:
        self._paths = [head.path for head in heads]
        self._known = [head.identity for head in heads]
        self._times = [head.times.times for head in heads]
        self._names = tuple(names)
        self._open: OrderedDict[int, netCDF4.Dataset] = OrderedDict()

    def read(self, file: int, name: str, record: int, when: str) -> Reading:
        """A record of a variable, or all of one that has none. when: the time of the record, for messages.

        Raises ForcingError when the file is not what it was, and what the library raises.
        """
        for _ in range(_LOOKS):
            with LOCK:
                variable = self.dataset(file, name, when).variables[name]
                of, part = meaning(variable), None if variable.ndim == 1 else record
                values = packed_record(variable, part) or stored(variable, part)
            now = identity(self._paths[file])
            if now == self._known[file]:
                return clean(inflated(values) if isinstance(values, PackedRecord) else values, of)
        raise changed(self._paths[file], name, when, self._known[file], now)

    def dataset(self, file: int, name: str, when: str) -> netCDF4.Dataset:
        """The file, open, as it was when its records were counted; name, when: what for. Raises ForcingError where it is not."""
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
        """Compare the file with what is known of it; one that grew is opened anew, as the library would not see all of that."""
        path, known = self._paths[file], self._known[file]
        now = identity(path)
        if now == known:
            return
        if not known.may_have_grown_to(now):
            raise changed(path, name, when, known, now)
        if file in self._open:
            self._open.pop(file).close()
        head, times = head_of(path), self._times[file]
        if head is None or head.records < len(times) or not np.array_equal(head.times.times[: len(times)], times):
            raise changed(path, name, when, known, now)
        self._known[file] = head.identity
