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
from typing import NamedTuple, TypeVar

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


class _Seen(NamedTuple):
    """The record of a variable that was looked at last. sample: of it; located: of its bytes as they lie there,
    not of its numbers."""

    record: int
    sample: bytes
    located: bool


class OpenFiles:
    """Files by their number in `heads`. names: variables that records are read of."""

    def __init__(self, heads: Sequence[FileHead], names: Sequence[str]) -> None:
        self._paths = [head.path for head in heads]
        self._known = [head.identity for head in heads]
        self._times = [head.times.times for head in heads]
        self._names = tuple(names)
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._raw = RawFiles()
        # of each file, by variable
        self._seen: list[dict[str, _Seen]] = [{} for _ in heads]

    def read(self, file: int, name: str, record: int, when: str) -> Reading:
        """A record of a variable, or all of one that has none. when: the time of the record, for messages.

        Raises ForcingError when the file is not what it was, or the record was never written, and what the
        library raises.
        """

        def read() -> tuple[Reading, bytes]:
            with LOCK:
                self.dataset(file, name, when)
                values, of = self._values(file, self._open[file], name, record)
            raw = self._numbers(file, values)
            sample = _sample(raw)
            return clean(raw, of), sample

        found, sample = self._unchanged(file, name, when, read)
        self._seen[file][name] = _Seen(record, sample, False)
        return found

    def locate(self, file: int, names: Sequence[str], record: int, when: str) -> Located | None:
        """Where that record of variables lies; None where only the library can read one of them, or something is
        wrong with it, which reading will tell. Raises ForcingError when the file is not what it was."""
        samples: dict[str, bytes] = {}

        def find() -> Located | None:
            records = {}
            with LOCK:
                self.dataset(file, names[0] if names else "", when)
                state = self._known[file]
                with self._open[file].lookup as lookup:
                    for name in names:
                        found = lookup.find(name, record)
                        if found is None:
                            return None
                        records[name] = found
            for name, found in records.items():
                if found.pieces:
                    samples[name] = self._raw.sample(self._paths[file], found)
            return Located(state, records)

        try:
            found = self._unchanged(file, names[0] if names else "", when, find)
        except ChangedError:
            raise
        except (*UNREADABLE, ForcingError):
            return None
        if found is not None:
            self._seen[file] |= {name: _Seen(record, sample, True) for name, sample in samples.items()}
        return found

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
        held = self._open.pop(file, None)
        if held is None:
            while len(self._open) >= _MOST_OPEN:
                self._open.popitem(last=False)[1].dataset.close()
            held = _opened(self._paths[file])
            for each in self._names:
                keep_chunks(held.dataset.variables[each])
        self._open[file] = held
        return held.dataset

    def close(self) -> None:
        """Let go of the files; reading opens them again."""
        with LOCK:
            while self._open:
                self._open.popitem()[1].dataset.close()
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
            self._open.pop(file).dataset.close()
        head, times = head_of(path), self._times[file]
        same = head is not None and np.array_equal(head.times.times[: len(times)], times)
        if head is None or not same or not self._as_seen(file):
            raise changed(path, name, when, known, now)
        self._known[file] = head.identity

    def _as_seen(self, file: int) -> bool:
        """Whether the records that were looked at last are what they were."""
        held = _opened(self._paths[file])
        try:
            for name, seen in self._seen[file].items():
                values, _ = self._values(file, held, name, seen.record)
                if isinstance(values, LocatedRecord) and seen.located:
                    sample = self._raw.sample(self._paths[file], values)
                else:
                    sample = _sample(self._numbers(file, values))
                if sample != seen.sample:
                    return False
        except NeverWrittenError:
            return False
        finally:
            held.dataset.close()
        return True

    def _values(
        self, file: int, held: "_Open", name: str, record: int
    ) -> tuple[np.ndarray | LocatedRecord, Meaning]:
        """A record as it is stored, or where it lies, under the library's lock, and what its numbers mean."""
        with held.lookup as lookup:
            found = lookup.find(name, record)
        if found is not None:
            return found, found.meaning
        variable = held.dataset.variables[name]
        part = None if variable.ndim == 1 else record if variable.shape[0] > 1 else 0
        return stored(variable, part), meaning(variable)

    def _numbers(self, file: int, values: np.ndarray | LocatedRecord) -> np.ndarray:
        """What `_values` gave, read; the library is not needed."""
        if isinstance(values, LocatedRecord):
            return self._raw.read(self._paths[file], values)
        return values


class _Open(NamedTuple):
    """A file that is open."""

    dataset: netCDF4.Dataset
    lookup: Lookup


def _opened(path: Path) -> _Open:
    """Raises ForcingError."""
    dataset = open_dataset(path)
    return _Open(dataset, Lookup(dataset))


def never_written(path: Path, name: str, when: str) -> ForcingError:
    """What to say of a record that is not there."""
    return ForcingError(
        f"{path}: {name}: holds no value at all (was this record ever written?), at {when}; end the run before it "
        "(time.end), or wait for whoever writes the file"
    )


def _sample(values: np.ndarray) -> bytes:
    """Some values of a record, by which it is known again."""
    return values.ravel()[:: max(1, values.size // _SAMPLE)].tobytes()
