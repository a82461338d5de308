"""Which forms there are, and which of them is asked for. Loads nothing heavy: a wrong name is told at once."""

import re
from pathlib import Path
from typing import NamedTuple

from fvdrift.errors import RunFileError


class Format(NamedTuple):
    """suffix: of the file or folder; parts: names in the folder, None for a file; libraries: that it needs."""

    suffix: str
    libraries: tuple[str, ...] = ()
    parts: re.Pattern[str] | None = None


FORMATS = {
    "parquet": Format(".parquet", ("pyarrow",), re.compile(r"part-\d{5,}\.parquet")),
    "gpkg": Format(".gpkg", ("pyogrio", "shapely")),
    "geojson": Format(".geojson"),
    "kml": Format(".kml"),
    "vtk": Format(
        ".vtk",
        ("pyevtk",),
        re.compile(r"(points|lines)\.pvd|points-\d{6,}-\d{4,}\.vtu|lines-\d{4,}\.vtu|names\.csv"),
    ),
}


def format_of(output: Path | None, to: str | None) -> str:
    """The form that the name of the output, or `to`, says. Raises RunFileError."""
    if to is not None and to not in FORMATS:
        raise RunFileError(f"--to: there is no format {to}; there are {', '.join(FORMATS)}")
    if output is None:
        if to is None:
            raise RunFileError(
                f"say what to write: --to {', '.join(FORMATS)}, or -o with a name that says it"
            )
        return to
    found = next((name for name, form in FORMATS.items() if output.suffix.lower() == form.suffix), None)
    if found is None or to not in (None, found):
        *others, last = [FORMATS[to].suffix] if to else [form.suffix for form in FORMATS.values()]
        wanted = f"{', '.join(others)} or {last}" if others else last
        csv = (
            "; CSV comes from Python: drift.to_dataframe().to_csv()"
            if output.suffix.lower() == ".csv"
            else ""
        )
        raise RunFileError(f"{output}: the name must end in {wanted}{csv}")
    return found
