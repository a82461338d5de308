"""Records that are read outside the library, from where it says that they lie: the same numbers, or the library's
to read."""

import ctypes
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import open_series
from fvdrift.forcing.located import LocatedRecord, NeverWrittenError, Piece
from fvdrift.forcing.lookup import Lookup
from fvdrift.forcing.raw_files import RawFiles
from fvdrift.forcing.stored import Meaning
from fvdrift.tools.netcdf.hdf5 import DEFAULT, ID, hdf5_library

from .odd_files import small_file, u_value

ROWS, COLUMNS = 5, 7


@contextmanager
def variable_with(
    path: Path, kind: str, written: int = 3, **options: object
) -> Iterator[tuple[netCDF4.Variable, np.ndarray]]:
    """Three records of (5, 7) random numbers."""
    values = (np.random.default_rng(1).normal(size=(3, ROWS, COLUMNS)) * 1000).astype(kind)
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("time", 3 if written < 3 else None)
        data.createDimension("row", ROWS)
        data.createDimension("column", COLUMNS)
        data.createVariable("v", kind, ("time", "row", "column"), **options)[:written] = values[:written]
    # collected as garbage, it would be closed beside what another thread reads
    with netCDF4.Dataset(path) as data:
        data.set_auto_maskandscale(False)
        yield data["v"], values


def located(variable: netCDF4.Variable, record: int) -> LocatedRecord | None:
    with Lookup(variable.group()) as lookup:
        return lookup.find(variable.name, record)


def numbers(path: Path, record: LocatedRecord | None) -> np.ndarray:
    assert record is not None
    return RawFiles().read(path, record)


@pytest.mark.parametrize("kind", ["f4", "f8", "i4", "i2", "u1"])
@pytest.mark.parametrize("filters", [{"zlib": True, "shuffle": True}, {"zlib": True, "shuffle": False}, {}])
@pytest.mark.parametrize("chunks", [(1, 5, 7), (1, 2, 3), (1, 1, 7), (1, 5, 1)])
def test_numbers_are_those_that_the_library_reads(
    tmp_path: Path, kind: str, filters: dict[str, bool], chunks: tuple[int, ...]
) -> None:
    path = tmp_path / "a.nc"
    with variable_with(path, kind, **filters, chunksizes=chunks) as (variable, values):
        for record in (2, 0, 1):
            found = numbers(path, located(variable, record))
            assert found.dtype == variable[record].dtype
            np.testing.assert_array_equal(found, values[record])
            np.testing.assert_array_equal(found, variable[record])


@pytest.mark.parametrize(
    "options",
    [{"contiguous": True, "written": 2}, {"chunksizes": (2, 5, 7)}, {"chunksizes": (2, 2, 3)}],
)
def test_plain_records_beside_each_other_are_told_apart(tmp_path: Path, options: dict) -> None:
    path = tmp_path / "a.nc"
    with variable_with(path, "f4", **options) as (variable, values):
        for record in (1, 0):
            np.testing.assert_array_equal(numbers(path, located(variable, record)), values[record])


@pytest.mark.parametrize("options", [{}, {"zlib": True}, {"zlib": True, "chunksizes": (3,)}])
def test_a_variable_without_time_is_located_whole(tmp_path: Path, options: dict) -> None:
    path, values = tmp_path / "a.nc", np.arange(7, dtype="f4")
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("column", 7)
        data.createVariable("v", "f4", ("column",), **options)[:] = values
    with netCDF4.Dataset(path) as data:
        np.testing.assert_array_equal(numbers(path, located(data["v"], 2)), values)


@pytest.mark.parametrize(
    "options",
    [
        {"zlib": True, "chunksizes": (2, 5, 7)},
        {"zlib": True, "chunksizes": (1, 5, 7), "fletcher32": True},
        {"zlib": True, "chunksizes": (1, 5, 7), "endian": "big"},
        {"contiguous": True, "written": 2, "endian": "big"},
        {"compression": "zstd", "chunksizes": (1, 5, 7)},
        {"contiguous": True, "written": 0},
    ],
)
@pytest.mark.filterwarnings("ignore:endian-ness")
def test_all_else_is_left_to_the_library(tmp_path: Path, options: dict) -> None:
    with variable_with(tmp_path / "a.nc", "f4", **options) as (variable, _):
        assert located(variable, 1) is None


@pytest.mark.parametrize("chunks", [(1, 5, 7), (1, 2, 3), (2, 5, 7)])
@pytest.mark.parametrize("packed", [True, False])
def test_a_record_without_a_chunk_was_never_written(
    tmp_path: Path, chunks: tuple[int, ...], packed: bool
) -> None:
    path, deflated_together = tmp_path / "a.nc", packed and chunks[0] > 1
    with variable_with(path, "f4", written=1, zlib=packed, chunksizes=chunks) as (variable, _):
        assert (located(variable, 0) is None) == deflated_together
        with pytest.raises(NeverWrittenError):
            numbers(path, located(variable, 2))


def test_a_name_that_the_library_stores_under_another_is_left_to_it(tmp_path: Path) -> None:
    """A variable with the name of a dimension that it does not begin with."""
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as data:
        data.createDimension("time", None)
        data.createDimension("v", 4)
        data.createVariable("v", "f4", ("time", "v"), zlib=True, chunksizes=(1, 4))[:2] = [
            [1, 2, 3, 4],
            [5, 6, 7, 8],
        ]
    with netCDF4.Dataset(tmp_path / "a.nc") as data:
        found = located(data["v"], 1)
        assert found is None or list(numbers(tmp_path / "a.nc", found)) == [5, 6, 7, 8]


def test_a_chunk_that_has_not_gone_through_all_filters_is_left_to_the_library(tmp_path: Path) -> None:
    path, values = tmp_path / "a.nc", np.arange(8, dtype="f4").reshape(2, 4)
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("time", None)
        data.createDimension("n", 4)
        data.createVariable("v", "f4", ("time", "n"), zlib=True, chunksizes=(1, 4))[:] = values
    whole = ctypes.POINTER(ctypes.c_uint64), ctypes.c_size_t, ctypes.c_char_p
    library = hdf5_library({"H5Dwrite_chunk": (ctypes.c_int, (ID, ID, ctypes.c_uint32, *whole))})
    file = library.H5Fopen(bytes(path), 1, DEFAULT)
    stored = library.H5Dopen2(file, b"v", DEFAULT)
    at, left_out = (ctypes.c_uint64 * 2)(1, 0), 0b11
    assert library.H5Dwrite_chunk(stored, DEFAULT, left_out, at, 16, (values[1] + 1).tobytes()) >= 0
    library.H5Dclose(stored)
    library.H5Fclose(file)
    with netCDF4.Dataset(path) as data:
        assert list(data["v"][1]) == [5, 6, 7, 8]
        assert list(numbers(path, located(data["v"], 0))) == [0, 1, 2, 3]
        assert located(data["v"], 1) is None


def test_a_damaged_chunk_is_told_with_its_file_and_time(tmp_path: Path) -> None:
    path = small_file().write(tmp_path / "a.nc", zlib=True)
    with netCDF4.Dataset(path) as data:
        data.set_auto_maskandscale(False)
        found = located(data["u"], 1)
    assert found is not None
    content, (_, at, nbytes) = bytearray(path.read_bytes()), found.pieces[0]
    content[at + 2 : at + nbytes] = b"\xff" * (nbytes - 2)
    path.write_bytes(content)
    with open_series([path]) as series:
        assert np.array_equal(series.read(0, ["u"])["u"], u_value(0))
        with pytest.raises(
            ForcingError, match=r"a\.nc: u: cannot be read at 2020-05-01T01:00:00Z \(a chunk .*damaged"
        ):
            series.read(1, ["u"])


def test_a_chunk_that_holds_too_little_is_damaged(tmp_path: Path) -> None:
    path, short = tmp_path / "a", zlib.compress(b"short")
    path.write_bytes(short)
    nothing = Meaning(None, None, False, (), None, False)
    piece = Piece((0,), 0, len(short))
    with pytest.raises(OSError, match="a chunk holds 5 bytes where it should hold 16"):
        numbers(path, LocatedRecord(np.dtype("f4"), (4,), (4,), False, True, (piece,), nothing))
    behind = piece._replace(offset=1)
    with pytest.raises(OSError, match="the file ends within a record"):
        numbers(path, LocatedRecord(np.dtype("u1"), (13,), (13,), False, False, (behind,), nothing))


def test_threads_open_and_read_side_by_side(tmp_path: Path) -> None:
    path = small_file(tuple(range(8))).write(tmp_path / "a.nc", zlib=True)
    wrong = []

    def read() -> None:
        for frame in range(8):
            with open_series([path]) as series:
                if not np.array_equal(series.read(frame, ["u"])["u"], u_value(frame)):
                    wrong.append(frame)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
