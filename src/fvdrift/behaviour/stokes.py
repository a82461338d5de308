"""`advection.stokes_drift`: the drift of waves, as the run file asks for it. It is no behaviour: it carries what
the flow carries."""

from collections.abc import Mapping

from fvdrift.errors import RunFileError
from fvdrift.orders import Sample, StokesOrder
from fvdrift.settings import RunFile

from .base import not_on_elements


def stokes_order(run_file: RunFile, kind: str, known: Mapping[str, Sample]) -> StokesOrder | None:
    """The Stokes drift that the run file asks for. Raises RunFileError."""
    asked, depth = run_file.advection.stokes_drift, run_file.advection.stokes_depth
    if asked is None:
        return None
    where = f"{run_file.path.name}: advection.stokes_drift"
    problems = [f"{where}: {problem}" for name in asked if (problem := not_on_elements(name, known))]
    if problems:
        raise RunFileError(problems)
    u, v = (known[name] for name in asked)
    if u.vertical != v.vertical:
        raise RunFileError(f"{where}: {u.name} and {v.name} are not given on the same layers")
    if u.vertical != "none" and kind == "2d":
        raise RunFileError(
            f"{where}: {u.name} is given in layers, not as a depth mean; take it away, or set advection.dimension"
        )
    if u.vertical == "none" and kind != "surface" and depth is None:
        raise RunFileError(
            f"{where}: {u.name} is given at the surface only; give advection.stokes_depth, over which it falls to 1/e, such as "
            '"5m" (the wavelength over 4 pi)'
        )
    return StokesOrder(u, v, depth if u.vertical == "none" and kind != "surface" else None, kind == "2d")
