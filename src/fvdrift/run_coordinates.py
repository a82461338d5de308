"""From other coordinates to those a run integrates in, and from those to the ones of its tracks."""

from typing import Any, Protocol

from .errors import RunFileError
from .output.conventions import TrackCoordinates
from .release.sources import ToRun
from .settings import RunFile


def _transformer(run_file: RunFile):
    from pyproj import Transformer

    return Transformer.from_crs(run_file.forcing.projection, "EPSG:4326", always_xy=True)


class Area(Protocol):
    """Where a run is: whether in degrees, and on which turn of longitude."""

    @property
    def geographic(self) -> bool: ...

    def nearest_longitude(self, lon: Any) -> Any: ...


def to_run_coordinates(run_file: RunFile, series: Area) -> ToRun:
    """(x, y, "geographic" | "projected") -> (x, y) in the coordinates of the run."""
    own = "geographic" if series.geographic else "projected"

    def convert(x, y, kind):
        if kind is None or kind == own:
            return (series.nearest_longitude(x), y) if own == "geographic" else (x, y)
        if run_file.forcing.projection is None:
            raise RunFileError(
                f"{run_file.path.name}: release.coordinates: the run is in {own} coordinates; "
                f"to release by {kind} ones give forcing.projection"
            )
        direction = "INVERSE" if kind == "geographic" else "FORWARD"
        x, y = _transformer(run_file).transform(x, y, direction=direction)
        return (series.nearest_longitude(x), y) if own == "geographic" else (x, y)

    return convert


def track_coordinates(run_file: RunFile, series: Area) -> TrackCoordinates:
    if series.geographic:
        return TrackCoordinates(True)
    if run_file.forcing.projection is None:
        return TrackCoordinates(False)
    return TrackCoordinates(False, _transformer(run_file).transform)
