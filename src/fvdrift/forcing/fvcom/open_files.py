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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import netCDF4
import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.netcdf.lock import LOCK

from ..fields import Reading, clean, stored
from ..identity import ChangedError, Identity, changed, identity
from ..library import UNREADABLE, keep_chunks, open_dataset
from ..located import LocatedRecord, NeverWrittenError
from ..lookup import Lookup
from ..raw_files import RawFiles
from ..stored import Meaning, meaning
from .file import FileHead, head_of

_MOST_OPEN = 2  # a run reads forward: the file it is in and the one it comes from
_LOOKS = 5  # at a file that FVCOM keeps appending to; each record that it writes takes it seconds at least
_PAUSE_S = 0.2  # between two looks at a file that could not be read while it changed
_SAMPLE = 4096  # values of a record that is to be known again
_Found = TypeVar("_Found")


class Located(NamedTuple):
    """state: of the file, in which the records lie as they were found; records: by name."""

    state: Identity
    records: dict[str, LocatedRecord]


class OpenFiles:
    """Files by their number in `heads`. names: variables that records are read of."""

    def __init__(self, heads: Sequence[FileHead], names: Sequence[str]) -> None:
        self._paths = [head.path for head in heads]
        self._known = [head.identity for head in heads]
        self._times = [head.times.times for head in heads]
        self._names = tuple(names)
        self._open: OrderedDict[int, netCDF4.Dataset] = OrderedDict()
        self._raw = RawFiles()
        # of each file the record read last of each variable, and a sample of it
        self._seen: list[dict[str, tuple[int, bytes]]] = [{} for _ in heads]

    def read(self, file: int, name: str, record: int, when: str) -> Reading:
        """A record of a variable, or all of one that has none. when: the time of the record, for messages.

        Raises ForcingError when the file is not what it was, or the record was never written, and what the
        library raises.
        """

        def read() -> tuple[Reading, bytes]:
            with LOCK:
                values, of = self._values(file, self.dataset(file, name, when), name, record)
            if isinstance(values, LocatedRecord):
                values = self._raw.read(self._paths[file], self._known[file], values)
            sample = _sample(values)
            return clean(values, of), sample

        found, sample = self._unchanged(file, name, when, read)
        self._seen[file][name] = record, sample
        return found

    def locate(self, file: int, names: Sequence[str], record: int, when: str) -> Located | None:
        """Where that record of variables lies; None where only the library can read one of them, or something is
        wrong with it, which reading will tell. Raises ForcingError when the file is not what it was."""

        def find() -> dict[str, LocatedRecord | None]:
            with LOCK:
                dataset = self.dataset(file, names[0], when)
                with Lookup(dataset) as lookup:
                    return {name: self._found(file, lookup, dataset, name, record) for name in names}

        try:
            found = self._unchanged(file, names[0], when, find)
        except ChangedError:
            raise
        except (*UNREADABLE, ForcingError):
            return None
        records = {name: located for name, located in found.items() if located is not None}
        return Located(self._known[file], records) if len(records) == len(found) else None

    def _unchanged(self, file: int, name: str, when: str, act: Callable[[], _Found]) -> _Found:
        """What `act` gives of a file that does not change meanwhile."""
        path = self._paths[file]
        for _ in range(_LOOKS):
            try:
                found = act()
            except ChangedError:
                raise
            except (*UNREADABLE, ForcingError, NeverWrittenError) as error:
                if identity(path) != self._known[file]:
                    time.sleep(_PAUSE_S)
                    continue
                if not isinstance(error, NeverWrittenError):
                    raise
                raise never_written(path, name, when) from None
            if identity(path) == self._known[file]:
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
        self._raw.close()

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
                values, _ = self._values(file, dataset, name, record)
                if isinstance(values, LocatedRecord):
                    values = self._raw.read(self._paths[file], identity(self._paths[file]), values)
                if _sample(values) != sample:
                    return False
        except NeverWrittenError:
            return False
        finally:
            dataset.close()
        return True

    def _values(
        self, file: int, dataset: netCDF4.Dataset, name: str, record: int
    ) -> tuple[np.ndarray | LocatedRecord, Meaning]:
        """A record as it is stored, or where it lies, under the library's lock, and what its numbers mean."""
        with Lookup(dataset) as lookup:
            found = self._found(file, lookup, dataset, name, record)
        if found is not None:
            return found, found.meaning
        variable = dataset.variables[name]
        return stored(variable, _part(variable, record)), meaning(variable)

    def _found(
        self, file: int, lookup: Lookup, dataset: netCDF4.Dataset, name: str, record: int
    ) -> LocatedRecord | None:
        found = lookup.find(name, _part(dataset.variables[name], record))
        end = self._known[file].size
        # the library gives zeros for what a program that writes has not come to
        beyond = found is not None and any(piece.offset + piece.nbytes > end for piece in found.pieces)
        return None if beyond else found


def never_written(path: Path, name: str, when: str) -> ForcingError:
    """What to say of a record that is not there."""
    return ForcingError(
        f"{path}: {name}: holds no value at all (was this record ever written?), at {when}; end the run before it "
        "(time.end), or wait for whoever writes the file"
    )


def _part(variable: "netCDF4.Variable[Any]", record: int) -> int | None:
    """Which record of a variable is that of a file; None for all of one that has none."""
    return None if variable.ndim == 1 else record if variable.shape[0] > 1 else 0


def _sample(values: np.ndarray) -> bytes:
    """Some values of a record, by which it is known again."""
    return values.ravel()[:: max(1, values.size // _SAMPLE)].tobytes()
