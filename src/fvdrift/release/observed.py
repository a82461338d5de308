"""Fixes of observed drifters from a CSV file, read as release points are. Not what is compared with them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import DEPTH_KINDS, ToRun
from fvdrift.settings import Depth
from fvdrift.timeline import StepGrid

from .csv_file import Times, read_csv
from .sources import Defaults, Names
from .times import Calendar, time_reader


class Fixes(NamedTuple):
    """Of all drifters, in the order of the file. names: of drifters; drifter: int (fix,) index into them; times:
    int64 microseconds; x, y: in the coordinates of the run; depth: "" where the file says none, else as a release has
    it; lines: of the file; notes: sentences for the person."""

    names: list[str]
    drifter: np.ndarray
    times: np.ndarray
    x: np.ndarray
    y: np.ndarray
    depth: list[str]
    lines: np.ndarray
    notes: tuple[str, ...]


def read_fixes(
    path: Path, to_run: ToRun, grid: StepGrid, *, geographic: bool, first_record: int, calendar: bool
) -> Fixes:
    """The fixes in a CSV file. grid: of the run, of which they may lie outside. Raises RunFileError with all that is
    wrong."""
    if path.suffix.lower() == ".nc":
        raise RunFileError(f"{path}: is NetCDF: drifters are read from a CSV file")
    clock = Calendar(grid, first_record, calendar)
    kind = "geographic" if geographic else "projected"
    defaults = Defaults(path.stem, False, 1, Depth("uniform"), 0.0, kind, False)
    names = Names()
    read = Times(time_reader(clock, anywhere=True), grid.start)
    rows = read_csv(path, defaults, names, to_run, read, observed=True)
    points, times = rows.points, rows.times
    assert times is not None
    assert rows.written.places is not None
    depth = [
        "" if kind == "uniform" else kind if kind in ("surface", "bottom") else f"{upper!r} m"
        for kind, upper in zip(
            (DEPTH_KINDS[kind] for kind in points.depth_kind), points.upper.tolist(), strict=True
        )
    ]
    return Fixes(
        list(names),
        points.release.astype(np.int64),
        times,
        points.x,
        points.y,
        depth,
        rows.written.places,
        rows.notes,
    )
