"""A file of a checkpoint: named arrays and a JSON text in a zip (as numpy's .npz), written whole or not at all.
Not what they mean.

Every member has the zip's own CRC-32, which is looked at when it is read. Nothing in it is code: no pickle,
and no array may claim more bytes than the file holds.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from fvdrift.errors import FvdriftError, OutputError, RunFileError
from fvdrift.tools.new_file import NewFile, check_plain
from fvdrift.version import __version__

FORMAT = 4  # of `state`, and of what stands beside it
FORMATS = (3, FORMAT)  # that are read; those of 3 have no archives beside them
_TEXT = "state.json"
_MOST_TEXT = 1 << 30  # bytes of JSON: the counts of a million outputs
_MOST_HEADER = 1 << 18  # characters: particles with thousands of columns
# what zipfile, json and numpy raise where a file holds something else; texts of too many brackets and unknown
# compressions are RuntimeErrors
_UNREADABLE = (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile)


class DamagedError(FvdriftError):
    """A checkpoint that cannot be believed."""


class FormatError(RunFileError):
    """A checkpoint in which other things stand than this version of fvdrift reads."""


class ArchiveWriter:
    """Writes NAME through NAME.tmp: `add` arrays, then `commit`. In a `with`: what was not committed goes.

    Raises OutputError.
    """

    def __init__(self, path: Path):
        self.path = path
        self._new = NewFile(path)
        self._file: IO[bytes] = open(self._new.descriptor, "w+b", closefd=False)  # noqa: SIM115
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)

    def add(self, name: str, array: np.ndarray) -> None:
        """One array; of records too, but not of objects."""
        try:
            with self._zip.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)
        except OSError as error:
            raise self._failed(error) from None

    def commit(self, state: dict[str, Any]) -> tuple[int, str]:
        """Add the JSON text, make all of it last, and give it its name; its bytes, and the checksum of all that
        is in it."""
        try:
            self._zip.writestr(_TEXT, json.dumps({"format": FORMAT, **state}))
            self._zip.close()
            self._file.close()
            size = os.fstat(self._new.descriptor).st_size
        except OSError as error:
            raise self._failed(error) from None
        self._new.commit()
        return size, _checksum(self._zip.filelist)

    def __enter__(self) -> "ArchiveWriter":
        return self

    def __exit__(self, *_: object) -> None:
        for written in (self._zip, self._file):
            with suppress(OSError, ValueError):  # a full disk, told already
                written.close()
        self._new.close()

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"{self.path}: cannot be written: {error.strerror or error}")


class Archive:
    """A file of a checkpoint, for reading; it is open only while something is read. checksum: as `commit` gave
    it, by what the file says of itself; what is read is compared with that.

    Raises DamagedError, FormatError for one of another format, OutputError where it is no plain file.
    """

    def __init__(self, path: Path):
        self.path = path
        check_plain(path)  # a pipe would be waited for
        try:
            with zipfile.ZipFile(path) as file:
                self._names = file.namelist()
                self.checksum = _checksum(file.infolist())
                info = file.getinfo(_TEXT)
                if info.file_size > _MOST_TEXT or info.compress_type != zipfile.ZIP_STORED:
                    raise DamagedError(f"{path}: is damaged: its text is too large")
                self.state = json.loads(file.read(info))
        except DamagedError:
            raise
        except _UNREADABLE as error:
            raise DamagedError(f"{path}: is damaged ({error})") from None
        kept = self.state.get("format") if isinstance(self.state, dict) else None
        if type(kept) is not int:
            raise DamagedError(f"{path}: is damaged: it is no checkpoint")
        if kept not in FORMATS:
            now = f"fvdrift {__version__} reads formats {FORMATS[0]} to {FORMATS[-1]} of checkpoints"
            raise FormatError(f"{path}: is of format {kept}, and {now}")

    def names(self) -> list[str]:
        """The arrays there are."""
        return [name.removesuffix(".npy") for name in self._names if name.endswith(".npy")]

    def read(self, name: str) -> np.ndarray:
        """One array, whole."""
        try:
            with zipfile.ZipFile(self.path) as file, file.open(f"{name}.npy") as member:
                info = file.getinfo(f"{name}.npy")
                if info.compress_type != zipfile.ZIP_STORED:
                    raise DamagedError(f"{self.path}: is damaged: {name} is compressed")
                old = np.lib.format.read_magic(member) == (1, 0)
                header = np.lib.format.read_array_header_1_0 if old else np.lib.format.read_array_header_2_0
                shape, fortran, kind = header(member, max_header_size=_MOST_HEADER)
                count = 1
                for length in shape:
                    count *= length
                if (
                    fortran
                    or kind.hasobject
                    or min(shape, default=0) < 0
                    or count * kind.itemsize > info.file_size
                ):
                    raise DamagedError(f"{self.path}: is damaged: {name} cannot be what it says")
                # read to the end: there the sum is checked
                array = np.frombuffer(bytearray(member.read()), kind, count)
        except DamagedError:
            raise
        except _UNREADABLE as error:
            raise DamagedError(f"{self.path}: is damaged ({name}: {error})") from None
        return array.reshape(shape)

    def check(self) -> None:
        """Read everything once."""
        try:
            with zipfile.ZipFile(self.path) as file:
                bad = file.testzip()
        except _UNREADABLE as error:
            raise DamagedError(f"{self.path}: is damaged ({error})") from None
        if bad is not None:
            raise DamagedError(f"{self.path}: is damaged ({bad})")


def _checksum(members: Sequence[zipfile.ZipInfo]) -> str:
    """Of what a zip says of its members: their names, lengths and CRC-32."""
    told = "".join(f"{member.filename} {member.file_size} {member.CRC}\n" for member in members)
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]
