"""The door to the netCDF library: finds and opens files, or says why not. Knows nothing of FVCOM (`file`
does).

Every call into the library is made under `LOCK` (`tools.netcdf.lock`), whichever thread makes it.
"""

import glob
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import netCDF4

from fvdrift.errors import ForcingError
from fvdrift.process import denied
from fvdrift.tools.netcdf.classic_length import needed_bytes
from fvdrift.tools.netcdf.dataset import LockedDataset
from fvdrift.tools.netcdf.hdf5_locks import lock_problem
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.tools.netcdf.magic import CLASSIC, HDF5, is_netcdf

from .not_forcing import bytes_problem, folder_problem, url_problem

# what reading raises where a file is damaged or made to do harm: the libraries' own errors, names that are no
# text, numbers of another kind or size than they must have, more memory than there is
UNREADABLE = (
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
)
# bytes of unpacked chunks for one variable: beyond it reading is slow rather than large
MOST_KEPT = 256 << 20


def expand(files: Sequence[Path | str]) -> list[Path]:
    """Every file once, by whatever names and links, in the order given; matches of a glob by name. Raises
    ForcingError for a glob without match."""
    paths: dict[tuple[int, int] | str, Path] = {}
    for entry in files:
        text = os.fspath(entry)
        address = None if os.path.exists(text) else url_problem(text)
        if address is not None:
            raise ForcingError(address)
        if os.path.exists(text) or not glob.has_magic(text):
            matches = [text]
        else:
            matches = sorted(glob.glob(text, recursive=True))
        if not matches:
            raise ForcingError(f"{text}: matches no file; look at forcing.files in the run file")
        for match in matches:
            try:
                found = os.stat(match)
                paths.setdefault((found.st_dev, found.st_ino), Path(match))
            except OSError:  # it is told when it is opened
                paths.setdefault(match, Path(match))
    if not paths:
        raise ForcingError("forcing.files: names no file")
    return list(paths.values())


def open_dataset(path: Path) -> netCDF4.Dataset:
    """An open dataset that returns raw values: no mask, no scale, no joined text.

    Raises ForcingError when the file is missing, is no NetCDF file or has been cut short.
    """
    if path.is_dir():
        raise ForcingError(folder_problem(path))
    try:
        if path.exists() and not path.is_file():
            raise ForcingError(
                f"{path}: is a device or a pipe; forcing must be files, which are read again and again"
            )
        with path.open("rb") as stream:
            magic = stream.read(8)
    except OSError as error:
        if denied(error):  # the file is not what is at fault
            raise
        raise ForcingError(
            f"{path}: cannot be read ({error.strerror}); look at the path and its permissions"
        ) from error
    if not magic:
        raise ForcingError(f"{path}: is empty; copy or produce it again")
    if magic[:4] in CLASSIC:
        _refuse_short(path)
    try:
        with LOCK:
            dataset = LockedDataset(os.fspath(path), "r")
            dataset.set_auto_maskandscale(False)
            dataset.set_auto_chartostring(False)
    except UNREADABLE as error:
        if magic == HDF5 and (locked := lock_problem(path)) is not None:
            raise ForcingError(locked) from error
        if is_netcdf(magic):
            raise ForcingError(
                f"{path}: is truncated or damaged ({told(error)}); copy or produce it again"
            ) from error
        raise ForcingError(bytes_problem(path)) from error
    return dataset


def told(error: Exception) -> str:
    """What an exception says, in one line; its kind where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def keep_chunks(variable: "netCDF4.Variable[Any]") -> None:
    """Let the library keep the chunks round one record where chunks span several, or each record would unpack
    them again."""
    chunks = variable.chunking()
    if not isinstance(chunks, list) or chunks[0] == 1 or not variable.size:
        return
    counts = [-(-size // chunk) for size, chunk in zip(variable.shape[1:], chunks[1:], strict=True)]
    needed = variable.dtype.itemsize * math.prod(chunks) * math.prod(counts)
    size, slots, preemption = variable.get_var_chunk_cache()
    if size < needed <= MOST_KEPT:
        variable.set_var_chunk_cache(needed, max(slots, 10 * math.prod(counts)), preemption)


def _refuse_short(path: Path) -> None:
    """A classic file cut short would be read as zeros."""
    size = path.stat().st_size
    try:
        needed = needed_bytes(path)
    except (EOFError, KeyError, IndexError) as error:
        raise ForcingError(
            f"{path}: is truncated or damaged within its header; copy or produce it again"
        ) from error
    if needed is not None and size < needed:
        raise ForcingError(
            f"{path}: is truncated: {size} bytes where its header needs {needed}; copy or produce it again "
            "(if a model is writing it just now, wait for its next record)"
        )
