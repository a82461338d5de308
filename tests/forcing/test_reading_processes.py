"""Processes that read ahead: same frames, same errors, and nothing of them is left behind."""

import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift import launcher
from fvdrift.errors import ForcingError
from fvdrift.forcing import FrameReader, Mirrored, Series, frames, open_series

from .odd_files import small_file, u_value
from .odd_series import OddSeries

NAMES = ("u", "omega", "zeta", "h", "wet")
SHM = Path("/dev/shm")


def children(of: int) -> list[int]:
    """Processes that `of` has started and that live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = path.read_text().split(" (")[0], path.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(rest[1]) == of and rest[0] != "Z":
            found.append(int(number))
    return found


def gone(pids: list[int], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while (left := [pid for pid in pids if _lives(pid)]) and time.monotonic() < end:
        time.sleep(0.02)
    return not left


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@pytest.fixture(autouse=True)
def nothing_is_left():
    before, shared, descriptors = set(children(os.getpid())), set(SHM.iterdir()), len(os.listdir("/proc/self/fd"))
    yield
    assert gone(list(set(children(os.getpid())) - before))
    assert not [path for path in set(SHM.iterdir()) - shared if "fvdrift" in path.name or "psm" in path.name]
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 4  # files of a series stay open


@pytest.fixture
def series(tmp_path: Path) -> Iterator[Series]:
    """Two files with levels at the bed first and no wet_cells: all that reading takes care of."""
    files = []
    for number, hours in enumerate((range(6), range(6, 12))):
        file = small_file(tuple(hours))
        file.set("siglay", file.values("siglay")[::-1]).set("siglev", file.values("siglev")[::-1])
        files.append(file.write(tmp_path / f"{number}.nc", zlib=True))
    with open_series(files) as series:  # closed: a Dataset collected as garbage is closed beside what the thread reads
        yield series


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("wanted", [2, 3])
def test_processes_give_what_the_thread_gives(series: Series, wanted: int, backward: bool) -> None:
    seen = Mirrored(series) if backward else series
    order = [0, 1, 2, 4, 6, 5, 11, 11, 3]
    with FrameReader(seen, NAMES, order, wanted=0) as thread, FrameReader(seen, NAMES, order, wanted=wanted) as reader:
        assert (thread.readers, reader.readers) == (1, wanted)
        for (one, expected), (other, fields) in zip(thread, reader, strict=True):
            assert one == other
            assert list(fields) == list(NAMES)
            for name in NAMES:
                assert fields[name].dtype == expected[name].dtype
                assert fields[name].flags.writeable
                assert fields[name].flags.c_contiguous
                np.testing.assert_array_equal(fields[name], expected[name])
        assert next(reader, None) is None
        assert reader.read_s > 0
        assert reader.wait_s > 0


def test_a_frame_stays_as_it_is_when_others_come() -> None:
    with FrameReader(OddSeries(), ["u"], range(20), wanted=2) as reader:  # type: ignore[arg-type]
        kept = [fields["u"] for _, fields in reader]
    assert [field[0, 0] for field in kept] == list(range(20))


def test_what_is_sent_to_a_process_is_no_larger_than_reading_needs(series: Series) -> None:
    copy = pickle.loads(pickle.dumps(Mirrored(series)))
    assert isinstance(copy, Mirrored)
    assert not hasattr(copy, "siglay")
    assert copy.describe_time(int(copy.times[0])) == "2020-05-01T11:00:00Z"


def test_no_process_is_started_for_what_is_read_already(series: Series) -> None:
    for count in (1, 2):
        with FrameReader(series, NAMES, range(count), wanted=8) as reader:
            assert len(list(reader)) == count
            assert reader.readers == 1


@pytest.mark.parametrize(("fault", "error", "says"), [
    ("damage", ForcingError, "^odd_1.nc: u: cannot be read at hour 4$"),
    ("fall", ValueError, "^lost the page$"),
    ("riddle", RuntimeError, "^Private: xxx"),
    ("die", ForcingError, r"^odd_1.nc: cannot be read at hour 4: the process that read it was ended by SIGKILL; if memory"),
    ("leave", ForcingError, r"the process that read it ended with code 7"),
])  # fmt: skip
def test_errors_come_out_where_the_frame_is_due(fault: str, error: type[Exception], says: str) -> None:
    with FrameReader(OddSeries(fault), ["u"], range(20), wanted=2) as reader:  # type: ignore[arg-type]
        assert [next(reader)[0] for _ in range(4)] == [0, 1, 2, 3]
        with pytest.raises(error) as raised:
            next(reader)
        assert re.search(says, str(raised.value))
        assert next(reader, None) is None
    if error is not ForcingError:
        assert fault == "riddle" or "odd_series.py" in raised.value.__notes__[0]


def test_a_damaged_file_is_told_of_in_the_same_words(tmp_path: Path) -> None:
    path = small_file(tuple(range(12))).write(tmp_path / "a.nc", fletcher32=True)
    content = bytearray(path.read_bytes())
    content[content.index(u_value(7).tobytes())] ^= 0xFF
    path.write_bytes(content)
    series = open_series([path])
    said = []
    for wanted in (0, 2):
        with FrameReader(series, NAMES, range(12), wanted=wanted) as reader, pytest.raises(ForcingError) as raised:
            list(reader)
        said.append(str(raised.value))
        series.close()
    assert said[0] == said[1]
    assert "a.nc: u: cannot be read at 2020-05-01T07:00:00Z" in said[0]


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_close_ends_slow_readers_at_once(taken: int) -> None:
    series = OddSeries(wait_s=0.0 if taken else 1.0)
    reader = FrameReader(series, ["u"], range(20), wanted=2)  # type: ignore[arg-type]
    for _ in range(taken):
        next(reader)
    pids = children(os.getpid())
    assert len(pids) >= 2
    assert reader._processes is not None
    began = time.monotonic()
    reader._processes.close()
    assert time.monotonic() - began < 1
    assert gone(pids, 0)
    reader.close()
    reader.close()
    assert next(reader, None) is None


PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts the tests in the background may have it ignored
sys.path[:0] = {path!r}
from forcing.odd_series import OddSeries
from fvdrift.forcing import FrameReader
reader = FrameReader(OddSeries(wait_s=0.05), ["u"], range(900), wanted=2)
for frame, _ in reader:
    if frame == 4:
        print("reading", flush=True)
        if {slow}:  # in mid-read
            time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_no_reader_outlives_the_run(how: signal.Signals) -> None:
    program = PROGRAM.format(path=sys.path, slow=how == signal.SIGKILL)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"reading\n"
        pids = children(run.pid)
        assert len(pids) == 2
        run.send_signal(how)
        run.communicate(timeout=10)
    assert gone(pids)


def test_readers_know_nothing_of_the_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    left = {"PMI_RANK": "1", "PMIX_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4", "SLURM_PROCID": "1", "MPI_LOCALNRANKS": "4"}
    for name, value in left.items():
        monkeypatch.setenv(name, value)
    assert not left.keys() & launcher.outside().keys()
    with FrameReader(OddSeries(), ["u"], range(20), wanted=2) as reader:  # type: ignore[arg-type]
        next(reader)
        for pid in children(os.getpid()):
            assert not any(name.encode() in Path(f"/proc/{pid}/environ").read_bytes() for name in left)
            assert "mpi4py" not in Path(f"/proc/{pid}/maps").read_text()


def test_shared_chunks_are_seen(tmp_path: Path) -> None:
    for records in (1, 4):
        path = small_file(tuple(range(12))).write(tmp_path / f"{records}.nc", zlib=True)
        with netCDF4.Dataset(path) as whole, netCDF4.Dataset(tmp_path / f"again{records}.nc", "w") as again:
            again.setncatts({name: whole.getncattr(name) for name in whole.ncattrs()})
            for name, dimension in whole.dimensions.items():
                again.createDimension(name, len(dimension))
            for name, variable in whole.variables.items():
                chunks = (records, *variable.shape[1:]) if name == "u" else None
                made = again.createVariable(name, variable.dtype, variable.dimensions, zlib=name == "u", chunksizes=chunks)
                made.setncatts({key: variable.getncattr(key) for key in variable.ncattrs()})
                made[...] = variable[...]
        with open_series([tmp_path / f"again{records}.nc"]) as series:
            series.read(0, NAMES)
            assert series.chunks_span(NAMES) == (records > 1)
            assert not Mirrored(series).chunks_span(["zeta"])


# "auto"


def wait_for_frames(series: OddSeries, count: int, busy: int = 0, work_s: float = 0.0) -> FrameReader:
    """Take all of `count` frames, with so much work for each; the reader they came from."""
    with FrameReader(series, ["u"], range(count), wanted="auto", busy=busy) as reader:  # type: ignore[arg-type]
        for expected, (frame, fields) in enumerate(reader):
            time.sleep(work_s)
            assert frame == expected
            assert (fields["u"] == frame).all()
    assert expected == count - 1
    return reader


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "WATCHED_S", 0.1)
    monkeypatch.setattr(frames, "WORTH_IT_S", 0.2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})


@pytest.mark.usefixtures("hasty")
def test_a_run_that_waits_gets_processes() -> None:
    reader = wait_for_frames(OddSeries(wait_s=0.02), 80)
    assert reader.readers == 3
    assert reader.wait_s > 0.2


@pytest.mark.usefixtures("hasty")
def test_no_more_processes_than_keep_up() -> None:
    assert wait_for_frames(OddSeries(wait_s=0.03), 60, work_s=0.018).readers == 2


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("why", ["no waiting", "short", "busy", "large", "shared chunks", "no more processes"])
def test_a_run_that_gains_nothing_gets_none(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    series, count = OddSeries("spanning" if why == "shared chunks" else "", wait_s=0.02), 30
    if why == "large":
        monkeypatch.setattr(frames, "MOST_BYTES", 150)
    if why == "no more processes":
        monkeypatch.setattr(subprocess, "Popen", no_more)
    if why == "short":
        monkeypatch.setattr(frames, "WORTH_IT_S", 5.0)
    if why == "no waiting":
        series = OddSeries()
    reader = wait_for_frames(series, count, busy=2 if why == "busy" else 0, work_s=0.02 if why == "no waiting" else 0.0)
    assert reader.readers == 1


def no_more(*_: object, **__: object) -> None:
    raise BlockingIOError(11, "Resource temporarily unavailable")
