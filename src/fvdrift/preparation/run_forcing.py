"""What a run takes of its forcing, by its run file: its period and the times of its rows, the mesh with its
open sides, where omega comes from, and the random walk. Not what it makes of them (that is `prepare`).
"""

import numpy as np

from fvdrift.errors import ForcingError, RunFileError, asked_by
from fvdrift.forcing import Forcing, open_series, projected_crs
from fvdrift.mesh import (
    ToRun,
    area_in_run,
    reach_of,
    read_area,
    read_obc_nodes,
    sides_between,
    sides_in_polygon,
)
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.orders import WalkOrder
from fvdrift.settings import Diffusion, Instant, RunFile
from fvdrift.timeline import StepGrid, row_times
from fvdrift.tools.feature_file import is_features

HORCON = 0.2  # what most set-ups of FVCOM have, and its manual
LARGEST_COEFFICIENT = 1.0  # of viscofh; set-ups have 0.05 to 0.5


def open_forcing(run_file: RunFile) -> Forcing:
    """The forcing that a run file names. Raises RunFileError and ForcingError."""
    forcing = run_file.forcing
    files = [run_file.resolve(name) for name in forcing.files]
    try:
        series = open_series(
            files,
            coordinates=forcing.coordinates,
            projection=forcing.projection,
            max_gap=forcing.max_gap,
            max_speed=forcing.max_speed,
            min_depth=forcing.min_depth,
        )
        if forcing.projection is not None:  # a geographic run asks for it only where a release is projected
            projected_crs(forcing.projection)
    except RunFileError as error:
        raise RunFileError(f"{run_file.path.name}: {error}") from None
    return series


def still_depth(series: Forcing, mesh: meshes.WholeMesh) -> np.ndarray:
    """Metres of water below the zero level of the model, float64 (node,) in the order of the mesh; negative
    on high land."""
    h: np.ndarray = series.h.astype(np.float64)[mesh.file_node]
    return h


def run_period(run_file: RunFile, series: Forcing) -> tuple[int, int]:
    """Start and end of the run, microseconds."""

    def time(key: str, instant: Instant | None, default: int) -> int:
        if instant is None:
            return default
        if instant.relative:
            return int(series.times[0]) + instant.microseconds
        if not series.calendar:
            raise RunFileError(
                f"{run_file.path.name}: time.{key}: the forcing has no calendar; "
                'give the time since its first record, such as "6h"'
            )
        return instant.microseconds

    settings = run_file.time
    start = time("start", settings.start, int(series.times[0]))
    end = time("end", settings.end, int(series.times[-1]))
    if settings.duration is not None:
        end = start + settings.duration
    if end <= start and len(series.times) > 1:  # of one record cover_check has more to say
        raise RunFileError(
            f"{run_file.path.name}: time: the run ends ({series.describe_time(end)}) before it has begun"
        )
    return start, end


def record_times(every: int, grid: StepGrid, name: str) -> np.ndarray:
    """Times of the rows. every: microseconds; name: of the run file. Raises RunFileError."""
    if every % grid.step:
        below = every // grid.step * grid.step
        choices = " or ".join(f'"{c / 1e6:g}s"' for c in (below, below + grid.step) if c)
        raise RunFileError(
            f"{name}: output.every: {every / 1e6:g} s is no multiple of time.step, {grid.step / 1e6:g} s; "
            f"take {choices}"
        )
    return row_times(grid, every)


def whole_mesh(run_file: RunFile, series: Forcing, to_run: ToRun) -> tuple[meshes.WholeMesh, list[str]]:
    siglev, siglay = series.siglev, series.siglay
    if siglev is None or siglay is None:  # depth-averaged files: one layer
        siglev = np.repeat([[0.0], [-1.0]], len(series.x), axis=1)
        siglay = np.full((1, len(series.x)), -0.5)
    try:
        whole = meshes.build(
            series.x,
            series.y,
            series.triangles,
            siglev,
            siglay=siglay,
            geographic=series.geographic,
            coast_gradient=run_file.advection.coast_gradient,
            flat_levels=run_file.advection.level_slope == "zero",
        )
    except ForcingError as error:
        raise ForcingError(f"{series.name}: {error}") from None
    return with_open_sides(whole, run_file, series, to_run)


def with_open_sides(
    whole: meshes.WholeMesh, run_file: RunFile, series: Forcing, to_run: ToRun
) -> tuple[meshes.WholeMesh, list[str]]:
    """The mesh with the open sides that `boundary.open` says, and sentences about it. Raises RunFileError."""
    given = run_file.boundary.open
    if given is None or given == "none":
        return whole, []
    notes: tuple[str, ...] = ()
    if isinstance(given, str) and not is_features(run_file.resolve(given)):
        path = run_file.resolve(given)
        with asked_by(run_file.path.name):
            sides = sides_between(whole, read_obc_nodes(path, len(series.x)))
        if not sides.any():
            raise RunFileError(
                f"{run_file.path.name}: {path}: boundary.open: no outer side of the mesh lies between two of its nodes"
            )
    else:
        where = f"{run_file.path.name}: boundary.open"
        if isinstance(given, str):
            with asked_by(where):
                area, notes, corners, coordinates = read_area(run_file.resolve(given), to_run)
        else:
            corners, coordinates = (
                np.asarray(given, float).T,
                "geographic" if series.geographic else "projected",
            )
            try:
                area = area_in_run(to_run, [[corners.T]], coordinates)
            except ValueError as error:
                raise RunFileError(f"{where}: {error}") from None
        sides = sides_in_polygon(whole, area)
        if not sides.any():
            guess = reach_of(series).guess(corners[0], corners[1], coordinates)
            raise RunFileError(f"{where}: no outer side of the mesh lies in the polygon: {guess}")
    return whole.with_open_sides(sides), list(notes)


def vertical_velocity(asked: str, series: Forcing, mesh: meshes.WholeMesh, name: str) -> str:
    """Where omega comes from. Without it in the files continuity serves, although there may be ww: on the
    estuary it gave FVCOM's omega to 0.7 %, ww to 37 % (tests/validation/test_rebuilt_omega.py). Raises
    RunFileError."""
    if asked == "ww" and mesh.levels is not None:
        raise RunFileError(
            f"{name}: advection.vertical_velocity: the sigma levels differ from place to place, and FVCOM's ww "
            'leaves their slope out, so it is not how fast water rises; write "auto", or "continuity"'
        )
    if asked == "auto":
        return "omega" if series.vertical == "omega" else "continuity"
    if asked not in ("continuity", series.vertical) and not (asked == "ww" and "ww" in series.variables):
        raise RunFileError(
            f"{name}: advection.vertical_velocity: the forcing has no {asked} for the whole column; "
            'write "auto", or "continuity"'
        )
    return asked


def walk_order(asked: Diffusion, series: Forcing, kind: str, name: str) -> WalkOrder | None:
    """The random walk that the run file asks for. kind: of the dimension; name: of the run file. Raises
    RunFileError for what the forcing or the dimension can't give."""
    if asked.horizontal is None and asked.vertical is None:
        return None
    problems = [
        f"{name}: diffusion.{key}: the forcing has no {variable}; give a value, such as {example}"
        for key, variable, example in (
            ("vertical", "kh", '"0.001 m2/s"'),
            ("horizontal", "viscofh", '"1 m2/s" or "smagorinsky"'),
        )
        if getattr(asked, key) == variable and variable not in series.variables
    ]
    if asked.vertical is not None and kind != "3d":
        problems.append(
            f"{name}: diffusion.vertical: needs a 3-D run; take it away, or set advection.dimension"
        )
    if problems:
        raise RunFileError(problems)
    return WalkOrder(
        scheme=asked.scheme,
        vertical=asked.vertical,
        horizontal=asked.horizontal,
        smagorinsky=_coefficient(asked, series, name),
        by_area=kind in ("surface", "depth"),
    )


def _coefficient(asked: Diffusion, series: Forcing, name: str) -> float | None:
    """What viscofh is multiplied by; None: by nn_hvc of the files. Raises RunFileError and ForcingError."""
    if asked.smagorinsky is not None or not isinstance(asked.horizontal, str) or not series.has_coefficient:
        return HORCON if asked.smagorinsky is None else asked.smagorinsky
    largest = float(series.read(0, ["nn_hvc"])["nn_hvc"].max())
    if largest > LARGEST_COEFFICIENT:
        raise RunFileError(
            f"{name}: diffusion.horizontal: nn_hvc in {series.name_of(0)} is up to {largest:g}: that is no "
            "coefficient of viscofh, but the diffusivity of FVCOM's HORIZONTAL_MIXING_TYPE = 'constant'; write it as a value, "
            f'"{largest:g} m2/s", or give diffusion.smagorinsky'
        )
    return None
