"""Which pair of coordinates a run integrates in, and why. Not the mesh itself (that is `fvdrift.mesh`)."""

from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.tools.sphere import EARTH_RADIUS

from ..plausible import undeclared
from ..triangles import signed_area

FARTHEST = 5e7  # metres: no projection puts a place farther from its origin than the equator is long
_METRES_PER_DEGREE = EARTH_RADIUS * np.pi / 180
_GEOGRAPHIC_SYSTEMS = ("georeferenced", "geographic", "spherical", "latlon", "lonlat")


class Pairs(NamedTuple):
    """What a file gives: float64 (node,) or None each, and its CoordinateSystem attribute."""

    lon: np.ndarray | None
    lat: np.ndarray | None
    x: np.ndarray | None
    y: np.ndarray | None
    system: str


class Coordinates(NamedTuple):
    """x, y: float64 (node,) to integrate in: metres, or degrees with longitude continuous over the mesh. lon,
    lat: or None.
    """

    geographic: bool
    why: str
    x: np.ndarray
    y: np.ndarray
    lon: np.ndarray | None
    lat: np.ndarray | None
    notes: list[str]


def choose(pairs: Pairs, triangles: np.ndarray, wish: str, projection: str | None, name: str) -> Coordinates:
    """The pair to integrate in. triangles: int32 (element, 3), 0-based. wish: "auto", "geographic" or
    "projected".

    Raises ForcingError when the pair asked for, or both, cannot serve; RunFileError for a projection that is
    none.
    """
    used = np.zeros(_nodes(pairs, name), bool)
    used[triangles] = True
    no_projected = _no_projected(pairs, used)
    no_geographic = _no_geographic(pairs, used)
    if no_projected and no_geographic:
        raise ForcingError(
            f"{name}: has no usable coordinates: x, y are {no_projected}; lon, lat are {no_geographic}"
        )
    if wish == "geographic" and no_geographic:
        raise ForcingError(
            f'{name}: forcing.coordinates = "geographic", but lon, lat are {no_geographic}; leave the key out'
        )
    if wish == "projected" and no_projected:
        raise ForcingError(
            f'{name}: forcing.coordinates = "projected", but x, y are {no_projected}; leave the key out'
        )
    if wish != "auto":
        geographic, why = wish == "geographic", "the run file asks for it"
    else:
        geographic, why = _best(pairs, triangles, used, no_projected, no_geographic)

    notes: list[str] = []
    lon = lat = None
    if not no_geographic:
        lon, lat = _continuous(_filled(pairs.lon, used), triangles, name), _filled(pairs.lat, used)
    if geographic:
        assert lon is not None
        assert lat is not None
        return Coordinates(True, why, lon, lat, lon, lat, notes)
    x, y = _filled(pairs.x, used), _filled(pairs.y, used)
    if projection is not None:
        own = None if lon is None or lat is None else (lon, lat)
        lon, lat = unproject(projection, x, y)
        off = 0.0 if own is None else _distance(own, lon, lat, used)
        if off > 1000:
            notes.append(
                f"{name}: lon, lat lie {off / 1000:.3g} km from x, y taken as {projection}: is it this projection?"
            )
        lon = _continuous(lon, triangles, name)
    return Coordinates(False, why, x, y, lon, lat, notes)


def projected_crs(projection: str) -> Any:
    """The pyproj.CRS of `projection`. Raises RunFileError when it is no projection."""
    import pyproj

    try:
        crs = pyproj.CRS.from_user_input(projection)
    except pyproj.exceptions.CRSError as error:
        raise RunFileError(
            f'forcing.projection: "{projection}" is not known; write for example "EPSG:32630"'
        ) from error
    if not crs.is_projected:
        raise RunFileError(
            f'forcing.projection: "{projection}" ({crs.name}) gives no metres; write for example "EPSG:32630"'
        )
    return crs


def unproject(projection: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """lon, lat in degrees of projected x, y in metres. Raises RunFileError when `projection` is no
    projection, or not this one.
    """
    import pyproj

    crs = projected_crs(projection)
    lon, lat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if not (np.all(np.isfinite(lon)) and np.all(np.isfinite(lat))):
        raise RunFileError(f'forcing.projection: x, y of the forcing lie outside "{projection}" ({crs.name})')
    return lon, lat


def nearest_longitude(lon: Any, mesh_lon: np.ndarray) -> Any:
    """`lon` moved by whole turns to where the mesh is: 237.5 and -122.5 are one place."""
    middle = 0.5 * (float(mesh_lon.min()) + float(mesh_lon.max()))
    return lon + 360.0 * np.round((middle - lon) / 360.0)


def _best(
    pairs: Pairs, triangles: np.ndarray, used: np.ndarray, no_projected: str, no_geographic: str
) -> tuple[bool, str]:
    if no_projected:
        return True, f"x, y are {no_projected}"
    if no_geographic:
        return False, f"lon, lat are {no_geographic}"
    system = pairs.system.replace(" ", "").lower()
    said = any(word in system for word in _GEOGRAPHIC_SYSTEMS)
    if _same(pairs.x, pairs.lon, used) and _same(pairs.y, pairs.lat, used):
        if said or "cartesian" not in system:
            return True, "x, y only repeat lon, lat"
        return False, f"CoordinateSystem is {pairs.system}; lon, lat only repeat x, y"
    coarse = _coarse(pairs, triangles, used)
    if coarse:
        return True, coarse
    if said:
        return True, f"CoordinateSystem is {pairs.system}"
    stated = f"CoordinateSystem is {pairs.system}" if pairs.system else "the file names no CoordinateSystem"
    return False, f"{stated} and x, y are there"


def _nodes(pairs: Pairs, name: str) -> int:
    for values in pairs[:4]:
        if values is not None:
            return len(values)
    raise ForcingError(f"{name}: has no coordinates: neither x, y nor lon, lat")


def _missing(first: np.ndarray | None, second: np.ndarray | None, used: np.ndarray) -> str:
    if first is None or second is None:
        return "absent"
    a, b = first[used], second[used]
    unset = ~(np.isfinite(a) & np.isfinite(b))
    if unset.any():
        return f"not set at all nodes (not at node {np.flatnonzero(used)[np.argmax(unset)] + 1})"
    if not a.any() and not b.any():
        return "all zero"
    far = _far(a) | _far(b)
    if far.any():
        node = int(np.argmax(far))
        return f"no place at node {np.flatnonzero(used)[node] + 1} ({a[node]:.6g}, {b[node]:.6g})"
    return "all one place or line" if np.ptp(a) == 0 or np.ptp(b) == 0 else ""


def _far(values: np.ndarray) -> np.ndarray:
    """bool (node,): what is no coordinate: farther than the world is round, or a mark for "no value" away
    from all others."""
    far: np.ndarray = np.abs(values) > FARTHEST
    marks = undeclared(values, ~far)
    others = values[~far if marks is None else ~far & ~marks]
    if marks is None or not others.size:
        return far
    mark = values[np.argmax(marks)]
    if np.abs(others - mark).min() > np.ptp(others):
        far |= marks
    return far


def _no_projected(pairs: Pairs, used: np.ndarray) -> str:
    return _missing(pairs.x, pairs.y, used)


def _no_geographic(pairs: Pairs, used: np.ndarray) -> str:
    missing = _missing(pairs.lon, pairs.lat, used)
    if missing:
        return missing
    assert pairs.lon is not None
    assert pairs.lat is not None
    beyond = used & ((np.abs(pairs.lat) > 90) | (np.abs(pairs.lon) > 540))
    if not beyond.any():
        return ""
    if beyond[used].all():
        return "not degrees"
    node = int(np.argmax(beyond))
    return f"not degrees (lon {pairs.lon[node]:.6g}, lat {pairs.lat[node]:.6g} at node {node + 1})"


def _same(a: np.ndarray | None, b: np.ndarray | None, used: np.ndarray) -> bool:
    return a is not None and b is not None and bool(np.allclose(a[used], b[used], rtol=1e-6, atol=1e-6))


def _coarse(pairs: Pairs, triangles: np.ndarray, used: np.ndarray) -> str:
    """Says so when x, y are visibly worse rounded than lon, lat.

    Rounding shows twice: in the grain of the numbers, and in sides that disagree with those on the sphere. A
    regular mesh has only the first. A projection stretches the three sides of an element alike, so what
    differs between them is the rounding.
    """
    lon, lat, x, y = (np.asarray(values) for values in pairs[:4])
    east = _METRES_PER_DEGREE * np.cos(np.deg2rad(lat))
    grain = max(_grain(x[used]), _grain(y[used]))
    sphere_grain = max(
        _grain(lon[used]) * float(np.median(east[used])), _grain(lat[used]) * _METRES_PER_DEGREE
    )
    flat = np.count_nonzero(signed_area(triangles, x, y) == 0)
    if flat and not np.count_nonzero(signed_area(triangles, lon, lat) == 0):
        return f"{flat} elements have no area in x, y"
    if grain < 4 * sphere_grain:
        return ""
    following = np.roll(triangles, -1, axis=1)
    plane = np.hypot(x[following] - x[triangles], y[following] - y[triangles])
    turn = (lon[following] - lon[triangles] + 180) % 360 - 180
    mean_east = 0.5 * (east[following] + east[triangles])
    sphere = np.hypot(turn * mean_east, (lat[following] - lat[triangles]) * _METRES_PER_DEGREE)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = plane / sphere
        spread = np.nanmedian((ratio.max(axis=1) - ratio.min(axis=1)) * sphere.mean(axis=1))
    if spread > 0.1 * grain and spread > 2 * sphere_grain:
        return f"x, y are rounded to {grain:.3g} m, lon, lat to {sphere_grain:.2g} m"
    return ""


def _grain(values: np.ndarray) -> float:
    """What numbers are rounded to: the binary digit many of them end at, or the decimal one all of them end
    at."""
    values = values[values != 0]
    if values.size == 0:
        return 0.0
    mantissa, exponent = np.frexp(values)
    digits = np.abs(mantissa * 2.0**53).astype(np.int64)
    ends = np.ldexp((digits & -digits).astype(np.float64), exponent - 53)
    binary = float(np.quantile(ends, 0.3, method="lower"))  # half of all numbers end at their last digit
    for power in range(5, -7, -1):
        decimal = 10.0**power
        if np.all(
            np.abs(values / decimal - np.round(values / decimal))
            < 1e-9 * np.maximum(1.0, np.abs(values / decimal))
        ):
            return max(binary, decimal)
    return binary


def _filled(values: np.ndarray | None, used: np.ndarray) -> np.ndarray:
    """Unused nodes without a position get the mean of the used ones, so that bounds and numbering stay
    finite."""
    assert values is not None
    out = np.array(values, np.float64)
    out[~np.isfinite(out) & ~used] = out[used].mean()
    return out


def _continuous(lon: np.ndarray, triangles: np.ndarray, name: str) -> np.ndarray:
    """Longitudes as the file has them, or moved by whole turns where elements cross the seam."""
    if np.ptp(lon[triangles], axis=1).max() <= 180:
        return lon
    angle = np.deg2rad(lon[triangles[:, 0]])
    middle = np.rad2deg(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()))
    moved: np.ndarray = (lon - middle + 180) % 360 - 180 + middle
    if np.ptp(moved[triangles], axis=1).max() > 180:
        raise ForcingError(
            f"{name}: lon: the mesh goes round a pole; use projected coordinates (x, y) for it"
        )
    return moved


def _distance(
    own: tuple[np.ndarray, np.ndarray], lon: np.ndarray, lat: np.ndarray, used: np.ndarray
) -> float:
    """Metres between the file's own lon, lat and others, at the used node where they differ most."""
    turn = (own[0] - lon + 180) % 360 - 180
    return float(np.hypot(turn * np.cos(np.deg2rad(lat)), own[1] - lat)[used].max() * _METRES_PER_DEGREE)
