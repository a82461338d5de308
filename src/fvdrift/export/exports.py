"""The export of tracks to one of the forms."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from fvdrift.errors import RunFileError
from fvdrift.plot import TrackFile

from .formats import FORMATS, format_of
from .records import Records
from .selection import Wanted
from .target import appearing, check_target, size_of

MANY = 1_000_000  # records: of more Google Earth and most readers of GeoJSON give up


def export_tracks(
    tracks: TrackFile,
    output: Path | None,
    to: str | None,
    wanted: Wanted,
    *,
    overwrite: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Path, str]:
    """Write tracks in another form; where, and what was written in words. output: beside the tracks by default; to: by
    the name of output by default. Raises RunFileError, OutputError."""
    name = format_of(output, to)
    form = FORMATS[name]
    stem = tracks.path.name.removesuffix(".part").removesuffix(".nc")
    path = tracks.path.with_name(stem + form.suffix) if output is None else output
    check_target(path, overwrite, form.parts)
    if missing := [library for library in form.libraries if find_spec(library) is None]:
        raise RunFileError(f"--to {name} needs {' and '.join(missing)}: pip install 'fvdrift[export]'")
    if wanted.gone and name != "parquet":
        raise RunFileError("--gone: records without a position can only be in a table: give --to parquet")
    records = Records(tracks, wanted)
    if name == "gpkg" and records.system is None:
        say("the system of x and y is not known (the run had no forcing.projection), so the layers name none")
    if name in ("geojson", "kml") and records.most > MANY:
        say(
            f"{records.most:,} records make a large file, which few programs open: --every, --sample or --release "
            "take fewer, and --to gpkg or parquet holds more"
        )
    if not len(records.ids):
        say("warning: no particle is of the --release and --status that are asked for: nothing is in it")
    with appearing(path, overwrite, form.parts) as made:
        count = _write(name, records, made)
    return path, f"{count:,} records of {len(records.ids):,} particles, {size_of(path) / 1e6:.1f} MB"


def _write(name: str, records: Records, made: Path) -> int:
    if name == "parquet":
        from .parquet import write
    elif name == "gpkg":
        from .geopackage import write
    elif name == "geojson":
        from .geojson import write
    elif name == "kml":
        from .kml import write
    else:
        from .vtk import write
    return write(records, made)
