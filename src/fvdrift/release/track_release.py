"""Release from the tracks of an earlier run: where each trajectory was last, at the same height in the
column.

Not a restart: particles get new numbers and start anew. Trajectories that left the mesh or died are left out.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import DEPTH_KINDS, Points, ToRun, Unplaceable, to_run_checked
from fvdrift.process import physical_memory
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.tools.quantity import shown

from .amounts import LEAST, UNITS
from .sources import Defaults, Names, Written

BLOCK_BYTES = 32 << 20  # of one variable at once
TRAJECTORY_BYTES = 100  # what becomes of one
GONE = ("exited", "dead")
PAIRS = {"geographic": ("lon", "lat"), "projected": ("x", "y")}


class Ends(NamedTuple):
    """points: where trajectories end, as the run has it; written: as it stands in the file; left_out: how many
    trajectories are; amount: "mass" or "number", which particles carry on, None for neither."""

    points: Points
    written: Written
    left_out: int
    amount: str | None


def read_tracks(path: Path, defaults: Defaults, names: Names, to_run: ToRun) -> Ends:
    """The last positions in a file of tracks. Raises RunFileError.

    A mass or number that they have is taken too, the last, unless the run file says what starts.
    The coordinates of the run are taken where the file has them, else the other pair.
    """
    from fvdrift.forcing import UNREADABLE
    from fvdrift.output import open_tracks

    if not path.is_file():
        raise RunFileError(f"{path}: there is no such file")
    try:
        with open_tracks(path, ("sigma",)) as file, LOCK:
            return _read(path, file, defaults, names, to_run)
    except UNREADABLE as error:
        raise RunFileError(f"{path}: cannot be read as tracks: {error}") from None


def _read(path: Path, file: Any, defaults: Defaults, names: Names, to_run: ToRun) -> Ends:
    wanted = defaults.coordinates
    other = "projected" if wanted == "geographic" else "geographic"
    pairs = [
        kind
        for kind in ([wanted] if defaults.stated else [wanted, other])
        if PAIRS[kind][0] in file.variables
    ]
    if not pairs or not {"sigma", "trajectory"} <= set(file.variables):
        raise RunFileError(f"{path}: is not a file of tracks: it needs sigma, and lon,lat or x,y")
    x_name, y_name = PAIRS[pairs[0]]
    if file[x_name].dimensions != ("trajectory", "obs"):
        raise RunFileError(f"{path}: {x_name} does not have the dimensions (trajectory, obs)")
    trajectories, observations = file[x_name].shape
    if TRAJECTORY_BYTES * trajectories + 3 * 8 * observations > physical_memory():
        raise RunFileError(
            f"{path}: claims {trajectories} trajectories of {observations} positions, more than memory holds"
        )
    amount = None if defaults.amounts else _amount_of(path, file)
    blocks = [_last(file, x_name, y_name, amount, block) for block in _blocks(*file[x_name].shape)]
    x, y, sigma, gone, carried = (np.concatenate(column) for column in zip(*blocks, strict=True))
    kept = np.isfinite(x) & np.isfinite(y) & ~gone
    release = _releases(file, defaults, names)[kept]
    x, y, sigma = x[kept], y[kept], np.clip(sigma[kept], -1.0, 0.0)
    if not len(x):
        raise RunFileError(f"{path}: has no trajectory with a position to start from")
    written = Written(pairs[0], x, y)
    try:
        x, y = to_run_checked(to_run, x, y, pairs[0], np.flatnonzero(kept))
    except Unplaceable as problem:
        raise RunFileError(f"{path}: trajectory {problem.place}: {problem}") from None
    kind = np.full(len(x), DEPTH_KINDS.index("sigma"), np.int8)
    end = np.arange(1, len(x) + 1, dtype=np.int64) * defaults.particles
    each = carried[kept] / defaults.particles if amount else None
    if each is not None and not (each >= LEAST).all():
        worst = int(np.flatnonzero(kept)[np.argmin(each >= LEAST)])
        raise RunFileError(
            f"{path}: trajectory {worst}: its last {amount} is {carried[worst]:g}: nothing to start with"
        )
    points = Points(x, y, end, defaults.radius, release, kind, sigma, sigma, each)
    return Ends(points, written, int(np.count_nonzero(~kept)), amount)


def _amount_of(path: Path, file: Any) -> str | None:
    """What particles carry in these tracks. Raises RunFileError where that is in another unit."""
    for name, unit in UNITS.items():
        if name in file.variables and file[name].dimensions == ("trajectory", "obs"):
            written = getattr(file[name], "units", "")
            if written != unit:
                raise RunFileError(
                    f"{path}: {name} is in {shown(written)}, not in {unit}: say by {name} in the [[release]] what starts"
                )
            return name
    return None


def _blocks(trajectories: int, observations: int) -> list[slice]:
    if not trajectories or not observations:
        return [slice(0, 0)]
    size = max(1, BLOCK_BYTES // (8 * observations))
    return [slice(first, min(first + size, trajectories)) for first in range(0, trajectories, size)]


def _last(file: Any, x_name: str, y_name: str, amount: str | None, block: slice) -> tuple[np.ndarray, ...]:
    """x, y, sigma of the last observation with a position (NaN without one), whether the particle is gone, and what
    it carried there."""
    x, y, sigma = (file[name][block] for name in (x_name, y_name, "sigma"))
    carried = np.zeros_like(x) if amount is None else file[amount][block]
    valid = np.isfinite(x) & np.isfinite(y) & np.isfinite(sigma)
    if not valid.size:
        return x.ravel(), x.ravel(), x.ravel(), np.empty(0, bool), x.ravel()
    x = np.where(valid, x, np.nan)
    last = valid.shape[1] - 1 - np.argmax(valid[:, ::-1], axis=1)
    rows = np.arange(len(x))
    gone = np.zeros(len(x), bool)
    if "status" in file.variables:
        meanings = str(file["status"].flag_meanings).split()
        gone = np.isin(
            file["status"][block][:, -1], [meanings.index(name) for name in GONE if name in meanings]
        )
    return x[rows, last], y[rows, last], sigma[rows, last], gone, carried[rows, last]


def _releases(file: Any, defaults: Defaults, names: Names) -> np.ndarray:
    """The release of each trajectory: the block's own name if it has one, else the names in the file."""
    count = len(file.dimensions["trajectory"])
    if defaults.named or not {"release", "release_name"} <= set(file.variables):
        return np.full(count, names(defaults.name), np.int32)
    table = np.array([names(str(name)) for name in np.atleast_1d(file["release_name"][:])], np.int32)
    release: np.ndarray = table[file["release"][:]]
    return release
