"""Other libraries of MPI: Debian's MPICH under the name it has, and an mpiexec of another family."""

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .cases import cloud
from .workshop import MPIEXEC, clean_environment, digest, needs_mpiexec, record, solve, write_run

DEBIANS_MPICH = shutil.which("mpiexec.mpich")
OPEN_MPI = shutil.which("mpiexec.openmpi")
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
FVDRIFT = [sys.executable, "-P", "-m", "fvdrift"]


def launched(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        timeout=120,
        env=clean_environment(**environment),
        check=False,
    )


@pytest.mark.skipif(DEBIANS_MPICH is None, reason="no MPICH of Debian")
def test_debians_mpich_is_found_by_the_name_it_has(tmp_path: Path) -> None:
    run_file = write_run(tmp_path, cloud(tmp_path))
    expected = digest(solve(run_file, output="plain.nc"))
    done = launched(DEBIANS_MPICH, "-n", 2, *FVDRIFT, "run", run_file, MPI4PY_LIBMPI="libmpich.so.12")
    assert done.returncode == 0, done.stderr
    assert record(tmp_path / "tracks.nc")["ranks"] == 2
    assert digest(tmp_path / "tracks.nc") == expected


def test_a_library_under_another_name_is_the_one_it_needs(tmp_path: Path) -> None:
    """The alias is whole for the dynamic linker: it is known by its name, and what it needs is loaded."""
    from fvdrift.process.libmpi import _alias

    name = tmp_path / "alias"
    name.write_bytes(_alias("libalias.so.7", "libm.so.6", Path("/proc/self/exe").read_bytes()[:64]))
    cosine = ctypes.CDLL(str(name)).cos
    cosine.restype, cosine.argtypes = ctypes.c_double, [ctypes.c_double]
    assert cosine(0.0) == 1.0
    assert ctypes.CDLL("libalias.so.7") is not None  # there is no file of this name


@needs_mpiexec
@pytest.mark.skipif(OPEN_MPI is None, reason="no Open MPI")
@pytest.mark.parametrize(
    ("launcher", "library", "said"),
    [
        ([OPEN_MPI, "--oversubscribe"], {}, "mpi4py found the library MPICH"),
        ([MPIEXEC], {"MPI4PY_LIBMPI": "libmpi.so.40"}, "mpi4py found the library Open MPI v"),
    ],
)
def test_an_mpiexec_of_another_family_is_told_before_mpi_starts(
    launcher: list[str], library: dict[str, str], said: str, tmp_path: Path
) -> None:
    run_file = write_run(tmp_path, cloud(tmp_path))
    done = launched(*launcher, "-n", 2, *FVDRIFT, "run", run_file, **AS_ROOT, **library)
    assert done.returncode == 2, done.stderr
    (sentence,) = [line for line in done.stderr.splitlines() if line.startswith("fvdrift: error: ")]
    assert "2 copies were started, but they don't see each other" in sentence
    assert said in sentence
    assert "and this mpiexec is of" in sentence
    assert "unsupported PMI" not in done.stderr
