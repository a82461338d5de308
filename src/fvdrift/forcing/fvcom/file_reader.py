"""Fields of located frames, read by any process that sees the files: the numbers that `Series.read` gives, and
the same sentences where it gives none."""

from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..fields import Reading, clean
from ..identity import Identity, changed, identity
from ..library import UNREADABLE
from ..located import LocatedFrame, NeverWrittenError
from ..raw_files import RawFiles
from .open_files import never_written
from .records import unreadable
from .water_fields import WaterFields


class FileReader:
    """A `FieldReader` of FVCOM's files. Pickled it has none open."""

    def __init__(self, fields: WaterFields) -> None:
        self._fields, self._files = fields, RawFiles()

    def __reduce__(self) -> tuple[Any, ...]:
        return FileReader, (self._fields,)

    def read(self, located: LocatedFrame, name: str) -> np.ndarray:
        """See `FieldReader.read`."""
        return self._fields.read(_LocatedRecords(located, self._files), name)

    def close(self) -> None:
        self._files.close()


class _LocatedRecords(NamedTuple):
    """The records of one frame, read where it was said that they lie."""

    frame: LocatedFrame
    files: RawFiles

    @property
    def path(self) -> Path:
        return self.frame.path

    @property
    def when(self) -> str:
        return self.frame.when

    def units(self, name: str) -> str:
        return self.frame.units[name]

    def read(self, name: str) -> Reading:
        """A variable. Raises ForcingError, ChangedError where the file is not as it was looked at."""
        self._refuse_change(name)
        record = self.frame.records[name]
        try:
            found = clean(self.files.read(self.path, record), record.meaning)
        except (*UNREADABLE, NeverWrittenError) as error:
            self._refuse_change(name)
            if isinstance(error, NeverWrittenError):
                raise never_written(self.path, name, self.when) from None
            raise unreadable(self.path, self.when, name, error) from error
        self._refuse_change(name)
        return found

    def _refuse_change(self, name: str) -> None:
        """Raise ChangedError where the file is not as it was looked at."""
        if self._as_looked_at(identity(self.path)):
            return
        with suppress(OSError):  # NFS may tell of an earlier state until a file is opened
            self.path.open("rb").close()
        now = identity(self.path)
        if not self._as_looked_at(now):
            # device and inode are those of this machine
            known = now._replace(size=self.frame.size, mtime_ns=self.frame.mtime_ns)
            raise changed(self.path, name, self.when, known, now)

    def _as_looked_at(self, now: Identity) -> bool:
        return (now.size, now.mtime_ns) == (self.frame.size, self.frame.mtime_ns)
