"""From other coordinates to those a run integrates in, and from those to the ones of its tracks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.settings import MOST_LONGITUDE
from fvdrift.tools.crs import LONGITUDE_LATITUDE, between, known

if TYPE_CHECKING:
    from fvdrift.settings import RunFile


class TrackCoordinates(NamedTuple):
    """geographic: whether x, y of the run are lon, lat; to_lonlat: (x, y) -> (lon, lat) of a projected
    run; system: what its projection is called."""

    geographic: bool
    to_lonlat: Callable[[Any, Any], tuple[Any, Any]] | None = None
    system: str = ""


# (x, y, "geographic", "projected", or the name of a system of coordinates) -> (x, y) in the coordinates of
# the run
ToRun = Callable[[np.ndarray, np.ndarray, str], tuple[np.ndarray, np.ndarray]]


class Unplaceable(ValueError):
    """A point with no place in the coordinates of the run. place: what the caller numbered it with."""

    def __init__(self, sentence: str, place: int):
        self.place = place
        super().__init__(sentence)


def to_run_checked(
    to_run: ToRun, x: np.ndarray, y: np.ndarray, coordinates: str, places: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """x, y in the coordinates of the run. Raises Unplaceable naming the first that is impossible or has no
    place."""
    if coordinates == "geographic":
        refuse_no_degrees(x, y, places)
    with np.errstate(all="ignore"):
        run_x, run_y = to_run(x, y, coordinates)
    run_x, run_y = np.asarray(run_x, np.float64), np.asarray(run_y, np.float64)
    _refuse(
        ~(np.isfinite(run_x) & np.isfinite(run_y)), x, y, places, "has no place in the coordinates of the run"
    )
    return run_x, run_y


def refuse_no_degrees(x: np.ndarray, y: np.ndarray, places: np.ndarray | None = None) -> None:
    """Raises Unplaceable naming the first that is no longitude and latitude."""
    possible = (np.abs(y) <= 90) & (np.abs(x) <= MOST_LONGITUDE)
    metres = bool((np.abs(y) > MOST_LONGITUDE).any())  # no slip of a sign, nor of the order
    slip = ' (metres? coordinates = "projected" says so, with forcing.projection)' if metres else ""
    _refuse(~possible, x, y, places, "is not a longitude and latitude in degrees" + slip)


def vertices_in_run(to_run: ToRun, vertices: np.ndarray, coordinates: str) -> np.ndarray:
    """Vertices (vertex, 2) in the coordinates of the run. Raises Unplaceable."""
    return np.column_stack(to_run_checked(to_run, vertices[:, 0], vertices[:, 1], coordinates))


def _refuse(bad: np.ndarray, x: np.ndarray, y: np.ndarray, places: np.ndarray | None, why: str) -> None:
    if bad.any():
        i = int(np.argmax(bad))
        raise Unplaceable(f"({x[i]:.10g}, {y[i]:.10g}) {why}", 0 if places is None else int(places[i]))


class Area(Protocol):
    """Where a run is: whether in degrees, and on which turn of longitude."""

    @property
    def geographic(self) -> bool: ...

    def nearest_longitude(self, lon: Any) -> Any: ...


def to_run_coordinates(run_file: "RunFile", series: Area) -> ToRun:
    """(x, y, "geographic" | "projected" | the name of a system) -> (x, y) in the coordinates of the run.

    A run in metres without forcing.projection takes what a file names as its own: nobody can tell.
    """
    return conversion(series, run_file.forcing.projection, run_file.path.name)


def conversion(series: Area, projection: str | None, name: str) -> ToRun:
    """As `to_run_coordinates`. projection: of the run; name: of the run file, for messages."""
    own = "geographic" if series.geographic else "projected"
    target = LONGITUDE_LATITUDE if series.geographic else projection

    systems: dict[str, str | None] = {"geographic": LONGITUDE_LATITUDE, "projected": projection}

    def convert(x: np.ndarray, y: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
        source, foreign = systems.get(kind, kind), kind != own
        if foreign and (source is None or (target is None and not known(source).is_projected)):
            raise RunFileError(
                f"{name}: release.coordinates: the run is in {own} coordinates; "
                f"to release by {'projected' if kind == 'projected' else 'geographic'} ones give forcing.projection"
            )
        transform = between(source, target) if foreign and target is not None else None
        if transform is not None:
            x, y = transform(x, y)
        return (series.nearest_longitude(x), y) if series.geographic else (x, y)

    return convert


def track_coordinates(run_file: "RunFile", series: Area) -> TrackCoordinates:
    if series.geographic:
        return TrackCoordinates(True)
    projection = run_file.forcing.projection
    if projection is None:
        return TrackCoordinates(False)
    name, code = known(projection).name, known(projection).to_authority()
    system = projection if name == "unknown" else name if code is None else f"{name} ({':'.join(code)})"
    return TrackCoordinates(False, between(projection, LONGITUDE_LATITUDE), system)
