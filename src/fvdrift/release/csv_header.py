"""The header of a file of points: what separates its columns, and which of them is what. Not its rows (that
is `csv_file`)."""

import csv
import difflib
import re
from collections.abc import Mapping
from typing import NamedTuple

from fvdrift.tools.quantity import shown

from .sources import Defaults

PAIRS = {("lon", "lat"): "geographic", ("x", "y"): "projected"}
OPTIONAL = ("depth", "sigma", "time", "count", "name", "mass", "number")
_OTHER_NAMES = {
    "lon": ("long", "lng", "longitude"), "lat": ("latitude",), "x": ("easting", "eastings", "east"),
    "y": ("northing", "northings", "north"), "time": ("datetime", "date_time", "timestamp", "release_time", "date"),
    "count": ("particles",), "name": ("site", "station", "release"),
}  # fmt: skip
NAMES = {name: name for name in ("lon", "lat", "x", "y", *OPTIONAL)} | {
    other: name for name, others in _OTHER_NAMES.items() for other in others
}
# what files of observed drifters call the same: GDP, ERDDAP, the makers of drifters, OpenDrift
OBSERVED_NAMES = {name: called for name, called in NAMES.items() if called not in ("sigma", "count", "mass", "number")} | {
    other: name
    for name, others in {
        "name": (
            "id", "drifter", "drifter_id", "drifterid", "buoy", "buoy_id", "buoyid", "platform", "platform_id",
            "platform_code", "device", "devicename", "device_id", "imei", "trajectory", "trajectory_id", "track", "track_id",
        ),
        "time": ("devicedatetime", "obs_time", "time_utc", "datetime_utc", "utc", "utc_time", "gps_time"),
        "lon": ("gps_lon", "gps_longitude"), "lat": ("gps_lat", "gps_latitude"),
        "depth": ("drogue_depth", "drogue_center_depth", "drogue_centre_depth", "droguecenterdepth"),
    }.items()
    for other in others
}  # fmt: skip
# in brackets behind a name, or after a _: what a column is in that is read as it is
_DEGREES = "(degrees?|deg|dd|decimal degrees?|\u00b0)"
_UNITS = {
    "lon": rf"{_DEGREES}[ _]?(e|east)?", "lat": rf"{_DEGREES}[ _]?(n|north)?",
    **dict.fromkeys(("x", "y", "depth"), "m|metres?|meters?"), "sigma": "1|-", "count": "1|-", "name": "",
    "mass": "kg", "number": "1|-",
    "time": r"utc|z|gmt|iso.*|unix.*|epoch.*|s since 1970.*",
}  # fmt: skip
_WITH_UNIT = re.compile(r"(.+?)\s*(?:[(\[]\s*([^)\]]*?)\s*[)\]]|_(m|deg|degrees|utc|cm|km|ft|kg|g|t))")
NEAR = 0.8  # so alike, a name may be a slip of the pen for one that is known


class Header(NamedTuple):
    """columns: by name; width: cells of a row; x, y: names of the pair; ignored: columns of other names."""

    columns: dict[str, int]
    width: int
    x: str
    y: str
    coordinates: str
    ignored: tuple[str, ...]

    @property
    def amount(self) -> str | None:
        """The column that says what the particles of a row share."""
        return next((name for name in ("mass", "number") if name in self.columns), None)


def separator(line: str) -> str:
    """What stands between the columns of a line of names: a semicolon, a tab, a comma, or blanks."""
    bare = re.sub(r'"[^"]*"', "", line)
    return next((mark for mark in ";\t," if mark in bare), "," if len(bare.split()) < 2 else " ")


def cells_of(line: str, mark: str) -> list[str]:
    """The cells of a line of names."""
    return next(csv.reader([line.strip("\r\n")], delimiter=mark, skipinitialspace=True), [])


def is_header(cells: list[str], names: Mapping[str, str] = NAMES) -> bool:
    """Whether one of them at least is a name that is known."""
    return any(_known(cell, names)[0] in names for cell in cells)


def read_header(
    cells: list[str], defaults: Defaults, names: Mapping[str, str] = NAMES
) -> tuple[Header | None, list[str]]:
    """The header, or all that is wrong with it. names: what columns may be called, and what they are then."""
    found, ignored, problems = _read_names(cells, names)
    named = [name for name in found if name]
    problems += [
        f"column {shown(name)} is there twice" for name in dict.fromkeys(named) if found.count(name) > 1
    ]
    if "depth" in found and "sigma" in found:
        problems.append("depth and sigma are both there: take one away")
    amounts = [name for name in ("mass", "number") if name in found]
    if len(amounts) > 1:
        problems.append("mass and number are both there: take one away")
    elif amounts and defaults.amounts is not None:
        given = f"the column {amounts[0]} and {defaults.amounts} of the [[release]]"
        problems.append(f"{given} both say what starts: take one away")
    pair, why_none = _choose_pair(cells, found, defaults)
    if pair is None:
        problems.append(why_none)
    if pair is None or problems:
        return None, problems
    columns = {name: i for i, name in enumerate(found) if name}
    return Header(columns, len(cells), *pair, PAIRS[pair], tuple(ignored)), []


def _read_names(cells: list[str], names: Mapping[str, str]) -> tuple[list[str], list[str], list[str]]:
    """The name of each column, empty where it is none that is known; the columns of other names; what is
    wrong."""
    found, ignored, problems = [], list[str](), list[str]()
    for cell in cells:
        word, unit = _known(cell, names)
        name = names.get(word, "")
        found.append(name)
        if name and unit and not re.fullmatch(_UNITS[name], unit):
            problems.append(f"column {shown(cell.strip())}: {_not_in(name, unit)}")
        if not name and cell.strip():
            guess = _slip(word, names)
            if guess:
                problems.append(
                    f"unknown column {shown(word)}: did you mean {guess}? If not, give it another name"
                )
            ignored.append(cell.strip())
    return found, ignored, problems


def _choose_pair(
    cells: list[str], found: list[str], defaults: Defaults
) -> tuple[tuple[str, str] | None, str]:
    """The pair of columns that says where a point is, or none and why."""
    pairs = [pair for pair in PAIRS if set(pair) <= set(found)]
    wanted = [pair for pair in pairs if PAIRS[pair] == defaults.coordinates]
    if len(pairs) == 2 and defaults.stated:
        pairs = wanted
    if len(pairs) == 2:
        return (
            None,
            'has lon,lat and x,y: say by coordinates = "geographic" or "projected" in the run file which count',
        )
    if not pairs:
        there = shown(",".join(cell.strip() for cell in cells))
        return (
            None,
            f"must have the columns lon,lat or x,y, with commas, semicolons or tabs between; it has {there}",
        )
    if defaults.stated and not wanted:
        given = PAIRS[pairs[0]]
        said = f'but the run file says coordinates = "{defaults.coordinates}"'
        return None, f"the columns {','.join(pairs[0])} are {given}, {said}"
    return pairs[0], ""


def _known(cell: str, names: Mapping[str, str]) -> tuple[str, str]:
    """Its name and its unit, in small letters."""
    text = cell.strip().strip("\ufeff").lower()
    match = _WITH_UNIT.fullmatch(text)
    if match and match[1] in names and text not in names:
        return match[1], match[2] or match[3] or ""
    return text, ""


def _not_in(name: str, unit: str) -> str:
    if name == "time":
        return f"times are UTC, or have an offset in the cell (2020-05-01T06:00+02:00), not {shown(unit)}"
    read = {"lon": "degrees east", "lat": "degrees north", "mass": "kg", "number": "ones"}.get(name, "m")
    return f"{name} is read in {read}, not in {shown(unit)}: convert it"


def _slip(word: str, names: Mapping[str, str]) -> str:
    """The name that was meant, if one is near."""
    near = difflib.get_close_matches(
        word, [name for name in names if abs(len(name) - len(word)) < 2 < len(name)], 1, NEAR
    )
    return names[near[0]] if near else ""
