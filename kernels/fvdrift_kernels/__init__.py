"""The Numba-compiled physics of particles: numpy and numba only. No files, no MPI, no settings.

Numba keeps stale code when a function in another module changes, so the compiled code is cached in a folder
named by a hash of all sources of this package.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import numba


def _source_hash() -> str:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path | None:
    """The folder for compiled code: the first that can be written, or None for Numba's own choice."""
    environment = [os.environ.get(name) for name in ("FVDRIFT_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME")]
    for base in (*environment, "~/.cache", tempfile.gettempdir()):
        if not base:
            continue
        folder = Path(base).expanduser() / "fvdrift" / SOURCE_HASH
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


SOURCE_HASH = _source_hash()  # runs with the same give the same numbers
CACHE_FOLDER = _cache_folder()
if CACHE_FOLDER is not None:
    numba.config.CACHE_DIR = str(CACHE_FOLDER)  # type: ignore[attr-defined]
