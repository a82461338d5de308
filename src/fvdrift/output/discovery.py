"""Global attributes by which catalogues find a file, after ACDD-1.3: what can be known, and is the same in equal runs
(so no date_created). Not those of fvdrift's own."""

import numpy as np

from fvdrift.tools.duration import SECOND

VOCABULARY = "CF Standard Name Table v93"
KEYWORDS = "ocean currents, Lagrangian particle tracking, particle trajectories, FVCOM"
_PLACE = tuple(f"geospatial_{axis}_{what}" for axis in ("lon", "lat") for what in ("min", "max", "units"))
_TIME = tuple(f"time_coverage_{what}" for what in ("start", "end", "duration", "resolution"))
# in the order of the files, with what fvdrift says of its own
DESCRIBING = ("title", "summary", "keywords", "source", "run_file", "seed", "forcing_files", *_PLACE, *_TIME)


def place_of(lon: np.ndarray, lat: np.ndarray) -> dict[str, str | float]:
    """The box round places in degrees, to 1e-6 of one."""
    found: dict[str, str | float] = {}
    for axis, values, units in (("lon", lon, "degrees_east"), ("lat", lat, "degrees_north")):
        ends = round(float(values.min()), 6), round(float(values.max()), 6)
        found |= dict(zip(_PLACE[slice(0, 3) if axis == "lon" else slice(3, 6)], (*ends, units), strict=True))
    return found


def time_of(first: str, last: str, every: int) -> dict[str, str]:
    """The times that records are of, in whichever order they come. first, last: as `2020-05-01T06:00:00Z`; every:
    microseconds between them."""
    begin, end = sorted((first, last), key=_microseconds)
    lasting = _microseconds(end) - _microseconds(begin)
    return dict(zip(_TIME, (begin, end, duration(lasting), duration(every)), strict=True))


def duration(microseconds: int) -> str:
    """As ISO 8601 has it, in hours, minutes and seconds: PT36H, PT1M30.5S."""
    minutes, rest = divmod(microseconds, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / SECOND:.6f}".rstrip("0").rstrip(".")
    parts = ((str(hours), "H"), (str(minutes), "M"), (seconds, "S"))
    return "PT" + ("".join(number + unit for number, unit in parts if number != "0") or "0S")


def _microseconds(time: str) -> int:
    return int(np.datetime64(time.removesuffix("Z"), "us").astype(np.int64))
