"""Whether the numbers of one field can be water: a value in all of it, none beyond reason, no mark that
nobody declared.

Mends nothing. What lies in dry elements does not count: FVCOM leaves zeros there, its tools fill values, and
no particle moves in it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .fields import Reading, Variable

# m/s, each component: the fastest tidal stream known (Saltstraumen, 11 m/s) reaches half of it
FASTEST = 20.0
SPEEDS = ("u", "v", "ua", "va", "ww", "omega")


class Bounds(NamedTuple):
    """What lies outside is beyond reason; unit: in which."""

    low: float
    high: float
    unit: str


NOT_NEGATIVE = -1e-12  # m2/s: a thousandth of what molecules do, so that a packed 0 passes
# of a variable that is not known here: 1e20 and the like are meant to be no value
ANYTHING = Bounds(-1e18, 1e18, "")
BOUNDS = {
    # from its datum: between the Dead Sea (-430 m) and the highest lake with a model
    "zeta": Bounds(-500.0, 5_000.0, "m"),
    "h": Bounds(-5_000.0, 12_000.0, "m"),  # the beds of such lakes lie above the datum; no trench is deeper
    "temp": Bounds(-10.0, 100.0, "degrees C"),  # as ice or as steam it does not flow
    "salinity": Bounds(-5.0, 500.0, ""),  # brine holds 300; advection overshoots 0 a little
    # ten times what makes unstable water mix
    **dict.fromkeys(("kh", "km"), Bounds(NOT_NEGATIVE, 1e3, "m2/s")),
    # Smagorinsky in elements of 100 km: 1e5
    **dict.fromkeys(("viscofh", "viscofm"), Bounds(NOT_NEGATIVE, 1e7, "m2/s")),
    "nn_hvc": Bounds(NOT_NEGATIVE, 1e7, ""),  # a coefficient, or m2/s where FVCOM's mixing is constant
    # gusts: 113
    **dict.fromkeys(
        ("uwind_speed", "vwind_speed", "uwind", "vwind", "U10", "V10"), Bounds(-150.0, 150.0, "m/s")
    ),
    # under such winds: 40
    **dict.fromkeys(("uwind_stress", "vwind_stress", "tauc", "taub"), Bounds(-1e3, 1e3, "Pa")),
    "hs": Bounds(-0.01, 100.0, "m"),  # significant height of waves: 20
}
# What programs write for "no value" without saying so. -32767 to -32768 and below: the least of the integers
# they were packed in.
MARKS = frozenset(
    float(np.float32(mark))
    for mark in (
        -99, -99.9, -99.99, -999, -999.9, -999.99, -9999, -9999.9, -9999.99, -99999, -999999, -9999999, -99999999,
        -32767, -32768, -2147483647, -1e10, -1e15, 999, 999.9, 9999, 9999.9, 99999, 999999, 9999999, 1e10, 1e15,
    )
)  # fmt: skip
# netCDF's own fill for whole numbers of one, two and four bytes, which no attribute has to declare
NEVER_WRITTEN = np.array([-127, -32767, -2147483647], np.float32)
ALONE = 0.1  # of its size: nearer to a mark no other value lies, or it may be one of them

Place = tuple[int, ...]


class Fault(NamedTuple):
    """says: the rest of a sentence that names a field. place: the first node or element with it, -1 where it
    is everywhere."""

    says: str
    place: int


def fault(
    reading: Reading, variable: Variable, triangles: np.ndarray, wet: Callable[[], np.ndarray], fastest: float
) -> Fault | None:
    """What is wrong with a field; None where nothing is.

    triangles: int32 (element, 3); wet: gives bool (element,), and is asked only where something is
    suspicious; fastest: m/s. Where all is well this costs two comparisons.
    """
    speed = variable.name in SPEEDS
    bounds = Bounds(-fastest, fastest, "m/s") if speed else BOUNDS.get(variable.name, ANYTHING)
    missing = reading.missing
    marked = reading.low in MARKS or reading.high in MARKS
    if missing is None and bounds.low <= reading.low and reading.high <= bounds.high and not marked:
        return None
    if missing is not None and missing.size and missing.all():
        return Fault("holds no value at all (was this record ever written?)", -1)
    in_water = _in_water(variable, triangles, wet, reading.values.shape[-1])
    return (
        _without_value(reading, in_water, variable, triangles)
        or _beyond_reason(reading.values, bounds, in_water, variable, triangles)
        or _undeclared_mark(reading, in_water, variable, triangles)
    )


def _without_value(
    reading: Reading, in_water: np.ndarray, variable: Variable, triangles: np.ndarray
) -> Fault | None:
    if reading.missing is None:
        return None
    without = reading.missing & in_water
    if not without.any():
        return None
    how = "NaN, fill or beyond its valid range" if reading.limited else "NaN or fill"
    return Fault(f"has no value ({how}) in water {_where(without, variable, triangles)}", _first(without)[-1])


def _beyond_reason(
    values: np.ndarray, bounds: Bounds, in_water: np.ndarray, variable: Variable, triangles: np.ndarray
) -> Fault | None:
    beyond = ((values < bounds.low) | (values > bounds.high)) & in_water
    if not beyond.any():
        return None
    bad, speed = values[_first(beyond)], variable.name in SPEEDS
    limit = f"more than {bounds.high:g}" if bad > bounds.high or speed else f"less than {bounds.low:g}"
    otherwise = ": if that is right, raise forcing.max_speed" if speed else ""
    found = f"is {bad:.4g}{_unit(bounds)} {_where(beyond, variable, triangles)}"
    return Fault(f"{found} ({limit}{_unit(bounds)} is beyond reason{otherwise})", _first(beyond)[-1])


def _undeclared_mark(
    reading: Reading, in_water: np.ndarray, variable: Variable, triangles: np.ndarray
) -> Fault | None:
    values, missing = reading.values, reading.missing
    # between two frames also the values at nodes that are dry in one of them count, and what is dry is
    # recorded too
    counts = in_water if variable.location == "element" else _of_elements(triangles, values.shape[-1])
    marks = undeclared(values, counts if missing is None else counts & ~missing)
    if marks is None:
        return None
    found = f"is {values[_first(marks)]:.6g} {_where(marks, variable, triangles)}"
    return Fault(
        f"{found}: that stands for no value, but no attribute says so (missing_value, _FillValue)",
        _first(marks)[-1],
    )


def flag_fault(reading: Reading, wet: np.ndarray) -> Fault | None:
    """What is wrong with wet_cells, of which wet, uint8 (element,), tells which are 1."""
    odd = reading.values != wet
    if odd.any():
        odd &= ~np.isin(reading.values, NEVER_WRITTEN)
    if reading.missing is not None and not reading.declared:
        odd |= reading.missing
    place = int(np.argmax(odd))
    return Fault(f"is neither 0 nor 1 in element {place + 1}", place) if odd[place] else None


def no_water(h: np.ndarray, zeta: np.ndarray, least: float) -> Fault | None:
    """What is wrong with a bed that is nowhere below its datum, unless a lake is so high. h, zeta: m,
    (element, 3); least: m."""
    if (h + zeta).mean(axis=1).max() >= least:
        return None
    found = f"is {h.min():.4g} to {h.max():.4g} m, and zeta of up to {zeta.max():.4g} m leaves no water over it anywhere"
    return Fault(f"{found} (it is a depth, positive downwards)", -1)


def undeclared(values: np.ndarray, counts: np.ndarray) -> np.ndarray | None:
    """bool, as values: where the least or the greatest of those that count (bool, broadcast) is a mark for
    "no value", or None.

    A mark is one of `MARKS` that no other value comes near: there is water 999 m deep, but not amid 20 m.
    """
    counts = np.broadcast_to(counts, values.shape)
    counting = values[counts]
    for mark in (float(counting.min()), float(counting.max())) if counting.size else ():
        if float(np.float32(mark)) not in MARKS:
            continue
        others = counting[counting != mark]
        if not others.size or np.abs(others - mark).min() > ALONE * abs(mark):
            marked: np.ndarray = (values == mark) & counts
            return marked
    return None


def _unit(bounds: Bounds) -> str:
    return f" {bounds.unit}" if bounds.unit else ""


def _in_water(
    variable: Variable, triangles: np.ndarray, wet: Callable[[], np.ndarray], places: int
) -> np.ndarray:
    """bool (element,) wet, or (node,) of wet elements; for h, which is known on land too, of any."""
    if variable.location == "element":
        return wet()
    return _of_elements(triangles if variable.name == "h" else triangles[wet()], places)


def _of_elements(triangles: np.ndarray, places: int) -> np.ndarray:
    nodes = np.zeros(places, bool)
    nodes[triangles] = True
    return nodes


def _first(bad: np.ndarray) -> Place:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))


def _where(bad: np.ndarray, variable: Variable, triangles: np.ndarray) -> str:
    """The first bad place, counted from 1 as FVCOM does, and how many more there are."""
    place, more = _first(bad), int(np.count_nonzero(bad)) - 1
    element = (
        place[-1] if variable.location == "element" else int(np.argmax((triangles == place[-1]).any(axis=1)))
    )
    where = f"in element {element + 1}" + (
        "" if variable.location == "element" else f" at node {place[-1] + 1}"
    )
    row = f", {variable.vertical} {place[0] + 1}" if len(place) > 1 else ""
    return f"{where}{row}" + (f" and {more} more" if more else "")
