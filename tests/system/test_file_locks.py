"""Forcing that another program has open, or appends to: read without HDF5's locks, and never with a wrong
number."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import open_series
from fvdrift.tools.netcdf import hdf5_locks

from .flows import WIDTH, channel, gyres
from .workshop import clean_environment, needs_mpiexec, start, write_run

HOLDS = "import netCDF4, sys\nheld = netCDF4.Dataset(sys.argv[1], 'a')\nprint('held', flush=True)\nsys.stdin.read()\n"
# FVCOM at work: hours that come while the file is open elsewhere
APPENDS = """
import netCDF4, sys
for _ in range(3):
    with netCDF4.Dataset(sys.argv[1], "a") as data:
        data.set_auto_maskandscale(False)
        n = len(data.dimensions["time"])
        for name, variable in data.variables.items():
            if variable.dimensions[0] == "time":
                variable[n] = variable[n - 1] + 1 / 24 if name == "time" else variable[n - 1]
"""
READS_MEANWHILE = """
import subprocess, sys
import numpy as np
from fvdrift.forcing import open_series
with open_series([sys.argv[1]]) as series:
    first = [series.read(frame, ["u", "zeta"]) for frame in range(len(series.times))]
    subprocess.run([sys.executable, "-c", sys.argv[2], sys.argv[1]], check=True)
    for frame, fields in enumerate(first):
        again = series.read(frame, ["u", "zeta"])
        assert all(np.array_equal(again[name], fields[name]) for name in fields), frame
with open_series([sys.argv[1]]) as series:
    assert len(series.times) == len(first) + 3
"""


@pytest.fixture
def forcing(tmp_path: Path) -> Path:
    path = channel(tmp_path / "flow.nc", gyres(0.3), elements=200, frames=3)
    with netCDF4.Dataset(path, "a") as made:
        assert made.data_model.startswith("NETCDF4")
        for name in {"Times", "Itime", "Itime2"} & set(made.variables):  # so that `time` alone says it
            made.renameVariable(name, f"unused_{name}")
    return path


@pytest.fixture
def held(forcing: Path) -> Iterator[Path]:
    """The file, while another process has it open for writing, with the lock that HDF5 puts on it."""
    command = [sys.executable, "-c", HOLDS, str(forcing)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=without_word(), text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield forcing
        holder.communicate("", timeout=20)


def without_word(**more: str) -> dict[str, str]:
    """The environment in which nobody has said anything of locks."""
    return {
        name: value for name, value in clean_environment(**more).items() if name != hdf5_locks.VARIABLE
    } | more


def said(*command: object, **more: str) -> tuple[int, str]:
    done = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        env=without_word(**more),
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


PYTHON = "import fvdrift, sys; print(fvdrift.info(sys.argv[1])['files'])"


def test_what_another_program_has_open_is_read_by_every_way_in(held: Path) -> None:
    # it is locked
    assert said(sys.executable, "-c", "import netCDF4, sys; netCDF4.Dataset(sys.argv[1])", held)[0] != 0
    for way in (
        [Path(sys.executable).with_name("fvdrift"), "info"],
        [sys.executable, "-P", "-m", "fvdrift", "info"],
    ):
        code, text = said(*way, held)
        assert (code, "2020-05-01" in text) == (0, True), text
    code, text = said(sys.executable, "-c", PYTHON, held)
    assert (code, held.name in text) == (0, True), text


@needs_mpiexec
def test_what_another_program_has_open_moves_particles_on_ranks(
    held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(hdf5_locks.VARIABLE, raising=False)
    run_file = write_run(held.parent, {
        "forcing": {"files": [held.name]}, "time": {"step": "10min"},
        "release": [{"count": 20, "point": [5000.0, WIDTH / 2]}], "output": {"file": "tracks.nc", "every": "1h"},
    })  # fmt: skip
    done = start("run", run_file, "--quiet", ranks=2)
    assert done.returncode == 0, done.stderr
    assert not (held.parent / "tracks.nc.lock").exists()


@pytest.mark.parametrize(
    ("way", "word", "cure"),
    [
        ("-m", "TRUE", "take HDF5_USE_FILE_LOCKING=TRUE out of the environment"),
        ("-m", "BEST_EFFORT", "take HDF5_USE_FILE_LOCKING=BEST_EFFORT out of the environment"),
        ("late", "", "import fvdrift before netCDF4, or start Python with HDF5_USE_FILE_LOCKING=FALSE"),
    ],
)
def test_a_lock_is_called_a_lock_with_what_to_do(held: Path, way: str, word: str, cure: str) -> None:
    late = [sys.executable, "-c", f"import netCDF4; {PYTHON}"]
    more = {hdf5_locks.VARIABLE: word} if word else {}
    code, text = said(
        *([sys.executable, "-P", "-m", "fvdrift", "info"] if way == "-m" else late), held, **more
    )
    assert code != 0
    assert f"{held}: is locked: another program has it open for writing" in text
    assert cure in text
    assert "damaged" not in text


def test_a_file_system_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_here(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", none_here)
    (tmp_path / "flow.nc").write_bytes(b"\x89HDF\r\n\x1a\n and no more")  # which HDF5 cannot open either
    with pytest.raises(ForcingError, match=r"flow\.nc: cannot be locked, as its file system has no locks; "):
        open_series([tmp_path / "flow.nc"])


def test_fvcom_appends_while_its_file_is_read(forcing: Path) -> None:
    code, text = said(sys.executable, "-c", READS_MEANWHILE, forcing, APPENDS)
    assert code == 0, text


@pytest.mark.parametrize("how", ["not yet", "left out"])
def test_a_record_that_has_its_time_and_no_values_is_refused(forcing: Path, how: str) -> None:
    with netCDF4.Dataset(forcing, "a") as data:
        data.set_fill_off()  # nothing stands for "no value" then
        data.set_auto_maskandscale(False)
        count = len(data.dimensions["time"])
        for record in range(count, count + 2):
            data["time"][record] = data["time"][record - 1] + 1 / 24
        if how == "left out":
            for name, variable in data.variables.items():
                if variable.dimensions[0] == "time" and name != "time":
                    variable[count + 1] = variable[count - 1]
    with open_series([forcing]) as series:
        assert len(series.times) == count + 2
        for frame in range(count):
            series.read(frame, ["u"])
        with pytest.raises(
            ForcingError, match=r"flow\.nc: u: holds no value at all .was this record ever written"
        ):
            series.read(count, ["u"])
        assert how == "not yet" or np.array_equal(
            series.read(count + 1, ["u"])["u"], series.read(count - 1, ["u"])["u"]
        )


def test_a_file_that_was_touched_serves(forcing: Path) -> None:
    with open_series([forcing]) as series:
        u = series.read(1, ["u"])["u"]
        os.utime(forcing)
        assert np.array_equal(series.read(1, ["u"])["u"], u)
