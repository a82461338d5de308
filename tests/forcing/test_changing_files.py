"""Files that change under a run: what FVCOM appends is no matter, all else is found out before a wrong number
is used."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.frames import FrameReader
from fvdrift.forcing.fvcom import open_files
from fvdrift.forcing.fvcom.series import Series, open_series
from fvdrift.forcing.raw_files import RawFiles

from .odd_files import HOUR, START, small_file, u_value

FORMATS = ["NETCDF4_CLASSIC", "NETCDF3_64BIT_OFFSET"]


def kind(path: Path) -> str:
    return "NETCDF4_CLASSIC" if path.read_bytes()[1:4] == b"HDF" else "NETCDF3_64BIT_OFFSET"


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    shutil.copy(path, path.with_suffix(".new"))
    path.with_suffix(".new").rename(path)


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 100)


def put_in_place(path: Path, other: Path) -> None:
    """Write another's bytes over those of a file: it is never empty, as who reads it meanwhile would see."""
    with path.open("r+b") as file:
        file.write(other.read_bytes())


def write_over(path: Path) -> None:
    """Another run of the same model, to the same place: as large, and with the same times."""
    file, time = small_file(tuple(range(8))), path.stat().st_mtime_ns
    put_in_place(path, file.set("u", file.values("u") + 1).write(path.with_suffix(".new"), kind(path)))
    os.utime(path, ns=(time, time + 1_000_000))


def replace_by_longer(path: Path) -> None:
    """A file that is larger, as one is that was appended to, but with other times."""
    put_in_place(path, small_file(tuple(range(1, 40))).write(path.with_suffix(".new"), kind(path)))


CHANGES: list[tuple[Callable[[Path], None], str]] = [
    (remove, "the file was removed after the run began"),
    (replace, "the file was replaced by another file after the run began"),
    (cut_short, "the file was cut short, from"),
    (write_over, "the file was written over"),
    (replace_by_longer, "the file was written over"),
]


def all_as_they_were(reader: FrameReader) -> None:
    for frame, fields in reader:
        assert np.array_equal(fields["u"], u_value(frame))


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize(("change", "says"), CHANGES, ids=lambda v: getattr(v, "__name__", ""))
@pytest.mark.parametrize("format", FORMATS)
def test_a_change_is_told_with_file_variable_and_time(
    tmp_path: Path, format: str, change: Callable[[Path], None], says: str, processes: int
) -> None:
    path = small_file(tuple(range(8))).write(tmp_path / "a.nc", format)
    with (
        open_series([path]) as series,
        FrameReader(series, ["zeta", "u"], range(8), wanted=processes) as reader,
    ):
        assert np.array_equal(next(reader)[1]["u"], u_value(0))
        change(path)
        with pytest.raises(
            ForcingError, match=r"a\.nc: \w+: cannot be read at 2020-05-01T0\d:00:00Z: " + says
        ):
            all_as_they_were(reader)


@pytest.mark.parametrize("by_library", [True, False])
def test_what_changes_while_it_is_read_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_library: bool
) -> None:
    path = small_file().write(tmp_path / "a.nc", fletcher32=by_library)
    with open_series([path]) as series:
        place, reads = (open_files, "stored") if by_library else (RawFiles, "read")
        original = getattr(place, reads)

        def read_then_change(*given):
            reading = original(*given)
            os.truncate(path, 1000)
            return reading

        monkeypatch.setattr(place, reads, read_then_change)
        with pytest.raises(
            ForcingError, match=r"u: cannot be read at 2020-05-01T01:00:00Z: the file was cut short"
        ):
            series.read(1, ["u"])


def append(path: Path, hour: int) -> None:
    """One record more, as FVCOM writes it."""
    file = small_file((hour,))
    with netCDF4.Dataset(path, "a") as data:
        data.set_auto_maskandscale(False)
        record = len(data.dimensions["time"])
        for name, (dims, values, _) in file.variables.items():
            if dims[0] == "time":
                data[name][record] = values[0].astype(data[name].dtype)


def as_known(series: Series) -> None:
    assert list(series.times) == [START + hour * HOUR for hour in range(3)]
    for frame in range(3):
        assert np.array_equal(series.read(frame, ["u"])["u"], u_value(frame))


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_fvcom_appends_to_serves_with_the_records_known_at_the_start(
    tmp_path: Path, format: str
) -> None:
    path = small_file().write(tmp_path / "a.nc", format)
    with open_series([path]) as series:
        as_known(series)
        series.close()  # the library would not let another dataset of this process write to it
        for hour in range(3, 40):
            append(path, hour)
        as_known(series)
    with open_series([path]) as series:
        assert len(series.times) == 40
