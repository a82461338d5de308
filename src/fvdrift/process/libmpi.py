"""The library of MPI that mpi4py loads, before it is initialised: found, of which family, and started. Not
who the ranks are.

Debian's MPICH calls libmpich.so.12 what mpi4py's wheels ask for as libmpi.so.12. No variable of mpi4py or of
the dynamic linker names one by the other, so a library of that name, which holds nothing but the need of
Debian's, is loaded from memory.
"""

import atexit
import ctypes
import os
import struct
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Literal

Family = Literal["mpich", "openmpi"]
_ASKED_FOR, _DEBIANS = "libmpi.so.12", "libmpich.so.12"
_LOAD, _DYNAMIC = 1, 2  # kinds of segments of an ELF file
# what its dynamic section holds
_NEEDED, _STRINGS, _SYMBOLS, _STRINGS_SIZE, _SYMBOL_SIZE, _NAME = 1, 5, 6, 10, 11, 14


def load() -> ctypes.CDLL:
    """The library, as mpi4py finds it. Raises ImportError, RuntimeError or OSError where there is none."""
    try:
        return _load()
    except (ImportError, RuntimeError, OSError):
        if not _lend_name():
            raise
        return _load()


def _load() -> ctypes.CDLL:
    spec = find_spec("mpi4py.MPI")
    if spec is None or spec.origin is None:
        raise ImportError("mpi4py has no MPI here")
    return ctypes.CDLL(spec.origin)  # and with it the library that it is linked with


def family(library: ctypes.CDLL) -> Family:
    """Intel MPI, MVAPICH and Cray MPICH are of the family of MPICH."""
    return "openmpi" if hasattr(library, "ompi_mpi_comm_self") else "mpich"


def version(library: ctypes.CDLL) -> str:
    """What it calls itself, such as "Open MPI v4.1.4"."""
    said, length = ctypes.create_string_buffer(1 << 14), ctypes.c_int()
    library.MPI_Get_library_version(said, ctypes.byref(length))
    return " ".join(said.value.decode(errors="replace").strip().splitlines()[0].partition(",")[0].split())


def initialise(library: ctypes.CDLL, mpi: ModuleType) -> None:
    """Initialise `mpi` (mpi4py's module) for calls from this thread only, and finalise it when Python ends.

    mpi4py would hold the interpreter's lock meanwhile, so that nobody could notice the end of the launcher
    (`orphan`).
    """
    library.MPI_Init_thread(None, None, mpi.THREAD_FUNNELED, ctypes.byref(ctypes.c_int()))
    for communicator in (mpi.COMM_SELF, mpi.COMM_WORLD):
        communicator.Set_errhandler(mpi.ERRORS_RETURN)  # to mpi4py, which raises them
    atexit.register(lambda: None if mpi.Is_finalized() else library.MPI_Finalize())


def _lend_name() -> bool:
    """Load Debian's MPICH, where it is the one to take, under the name that mpi4py asks for; returns whether
    it is there."""
    wanted = os.environ.get("MPI4PY_LIBMPI", _DEBIANS)
    if not Path(wanted).name.startswith("libmpich.so"):
        return False
    try:
        ctypes.CDLL(wanted)
        file = os.memfd_create(_ASKED_FOR)
        os.write(file, _alias(_ASKED_FOR, wanted, Path("/proc/self/exe").read_bytes()[:64]))
        ctypes.CDLL(f"/proc/self/fd/{file}", mode=ctypes.RTLD_GLOBAL)
        os.close(file)
    except (OSError, AttributeError):
        return False
    return True


def _alias(name: str, needed: str, header: bytes) -> bytes:
    """A shared library called `name` that holds nothing and needs another. header: of a program of this
    machine (64 bits)."""
    strings = f"\0{name}\0{needed}\0".encode()
    at = 64 + 2 * 56  # behind the header of the file and those of its segments
    entries = [
        (_NEEDED, len(name) + 2),
        (_NAME, 1),
        (_STRINGS, at + 7 * 16),
        (_STRINGS_SIZE, len(strings)),
        (_SYMBOLS, at),
        (_SYMBOL_SIZE, 24),
        (0, 0),
    ]
    dynamic = b"".join(struct.pack("=QQ", *entry) for entry in entries)
    size = at + len(dynamic) + len(strings)
    segments = struct.pack("=IIQQQQQQ", _LOAD, 6, 0, 0, 0, size, size, 1 << 16)
    segments += struct.pack("=IIQQQQQQ", _DYNAMIC, 6, at, at, at, len(dynamic), len(dynamic), 8)
    machine = header[:16] + struct.pack("=H", 3) + header[18:24]  # 3: a shared library, not a program
    return (
        machine
        + struct.pack("=QQQ", 0, 64, 0)
        + header[48:52]
        + struct.pack("=6H", 64, 56, 2, 64, 0, 0)
        + segments
        + dynamic
        + strings
    )
