"""From other coordinates to those a run integrates in, and from those to the ones of its tracks."""

from typing import Any, Protocol

from .crs import LONGITUDE_LATITUDE, between, known
from .errors import RunFileError
from .output.conventions import TrackCoordinates
from .release.sources import ToRun
from .settings import RunFile


class Area(Protocol):
    """Where a run is: whether in degrees, and on which turn of longitude."""

    @property
    def geographic(self) -> bool: ...

    def nearest_longitude(self, lon: Any) -> Any: ...


def to_run_coordinates(run_file: RunFile, series: Area) -> ToRun:
    """(x, y, "geographic" | "projected" | the name of a system) -> (x, y) in the coordinates of the run.

    A run in metres without forcing.projection takes what a file names as its own: nobody can tell.
    """
    return conversion(series, run_file.forcing.projection, run_file.path.name)


def conversion(series: Area, projection: str | None, name: str) -> ToRun:
    """As `to_run_coordinates`. projection: of the run; name: of the run file, for messages."""
    own = "geographic" if series.geographic else "projected"
    target = LONGITUDE_LATITUDE if series.geographic else projection

    def convert(x, y, kind):
        source = {"geographic": LONGITUDE_LATITUDE, "projected": projection}.get(kind, kind)
        foreign = kind not in (None, own)
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


def track_coordinates(run_file: RunFile, series: Area) -> TrackCoordinates:
    if series.geographic:
        return TrackCoordinates(True)
    projection = run_file.forcing.projection
    return TrackCoordinates(False, None if projection is None else between(projection, LONGITUDE_LATITUDE))
