"""Whether the numbers of one field can be water: values in all of it, no speed or depth beyond reason. Mends nothing.

What lies in dry elements does not count: FVCOM leaves zeros there, its tools fill values, and no particle moves in it.
"""

from collections.abc import Callable

import numpy as np

from fvdrift.forcing.fields import Reading, Variable

FASTEST = 20.0  # m/s, each component: the fastest tidal stream known (Saltstraumen, 11 m/s) reaches half of it
HIGHEST = 5_000.0  # m, of the surface from its datum: no lake worth a model is higher, and -9999 is meant to be no value
DEEPEST = 12_000.0  # m, of the bed: no trench is deeper
SPEEDS = ("u", "v", "ua", "va", "ww", "omega")
HEIGHTS = {"zeta": HIGHEST, "h": DEEPEST}

Place = tuple[int, ...]


def fault(
    reading: Reading, variable: Variable, triangles: np.ndarray, wet: Callable[[], np.ndarray], fastest: float
) -> str | None:
    """What is wrong with a field, as the rest of a sentence that names it; None where nothing is.

    triangles: int32 (element, 3); wet: gives bool (element,), and is asked only where something is suspicious; fastest: m/s.
    Where all is well this costs two comparisons.
    """
    bound = fastest if variable.name in SPEEDS else HEIGHTS.get(variable.name, np.inf)
    values, missing = reading.values, reading.missing
    if missing is None and -bound <= reading.low and reading.high <= bound:
        return None
    if missing is not None and missing.size and missing.all():
        return "holds no value at all (was this record ever written?)"
    in_water = _in_water(variable, triangles, wet, values.shape[-1])
    without = None if missing is None else missing & in_water
    if without is not None and without.any():
        return f"has no value (NaN or fill) in water {_where(without, variable, triangles)}"
    beyond = (np.abs(values) > bound) & in_water
    if not beyond.any():
        return None
    unit, otherwise = ("m", "") if variable.name in HEIGHTS else ("m/s", ": if that is right, raise forcing.max_speed")
    found = f"is {values[_first(beyond)]:.4g} {unit} {_where(beyond, variable, triangles)}"
    return f"{found} (more than {bound:g} {unit} is beyond reason{otherwise})"


def _in_water(variable: Variable, triangles: np.ndarray, wet: Callable[[], np.ndarray], places: int) -> np.ndarray:
    """bool (element,) wet, or (node,) of wet elements; for h, which is known on land too, of any."""
    if variable.location == "element":
        return wet()
    nodes = np.zeros(places, bool)
    nodes[triangles if variable.name == "h" else triangles[wet()]] = True
    return nodes


def _first(bad: np.ndarray) -> Place:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))


def _where(bad: np.ndarray, variable: Variable, triangles: np.ndarray) -> str:
    """The first bad place, counted from 1 as FVCOM does, and how many more there are."""
    place, more = _first(bad), int(np.count_nonzero(bad)) - 1
    element = place[-1] if variable.location == "element" else int(np.argmax((triangles == place[-1]).any(axis=1)))
    where = f"in element {element + 1}" + ("" if variable.location == "element" else f" at node {place[-1] + 1}")
    row = f", {variable.vertical} {place[0] + 1}" if len(place) > 1 else ""
    return f"{where}{row}" + (f" and {more} more" if more else "")
