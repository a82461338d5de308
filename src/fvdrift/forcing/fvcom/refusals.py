"""Files that are no output of FVCOM which particles can be followed through, by the names and sizes in them: each is
refused in one sentence."""

from typing import Any

from fvdrift.errors import ForcingError
from fvdrift.process import physical_memory

from .other_models import looks_like

MOST_RECORDS = 10_000_000  # a thousand years of hours
MESH_BYTES = 100  # of a node or an element, while a file is looked through


def refuse_beyond_reason(nodes: int, elements: int, records: int, name: str) -> None:
    """A few bytes of a header can claim any size; what they claim is believed as far as it can be true
    here."""
    if records > MOST_RECORDS:
        raise ForcingError(f"{name}: claims to hold {records} records; is it damaged?")
    needed, there = MESH_BYTES * (nodes + elements), physical_memory()
    if max(nodes, elements) >= 2**31 or needed > there:
        raise ForcingError(
            f"{name}: claims a mesh of {nodes} nodes and {elements} elements, which would take {needed / 1e9:.3g} GB, and this "
            f"machine has {there / 1e9:.3g}; is it damaged?"
        )


def refuse_others(
    variables: dict[str, Any], sizes: dict[str, int], attributes: dict[str, Any], name: str
) -> None:
    if "nv" in variables:
        return
    if any(key in sizes or key in variables for key in ("station", "name_station", "nstation")):
        raise ForcingError(
            f"{name}: is a station file (time series at points), which holds no mesh; use FVCOM's field output"
        )
    what = looks_like(variables, sizes, attributes)
    if what is not None:
        raise ForcingError(f"{name}: looks like {what}; fvdrift reads FVCOM's own output, on its triangles")
    if not {"u", "v", "ua", "va"} & set(variables):
        raise ForcingError(
            f"{name}: holds neither FVCOM's velocity (u, v or ua, va) nor its mesh (nv): fvdrift reads FVCOM's field output"
        )


def velocity(variables: dict[str, Any], name: str) -> tuple[tuple[str, str], tuple[str, ...]]:
    """The names of the velocity, and its dimensions. Raises ForcingError where there is none on elements."""
    pair = ("u", "v") if "u" in variables and "v" in variables else ("ua", "va")
    for key in pair:
        if key not in variables:
            raise ForcingError(
                f"{name}: has no velocity: neither u and v nor ua and va are there ({key} is missing)"
            )
    if "nv" not in variables:
        raise ForcingError(
            f"{name}: has no nv (the nodes of each element); keep it when cutting a piece out of FVCOM's files"
        )
    dims = variables[pair[0]].dimensions
    if (
        len(dims) not in (2, 3)
        or dims[-1] not in variables["nv"].dimensions
        or variables[pair[1]].dimensions != dims
    ):
        raise ForcingError(
            f"{name}: {pair[0]}: has dimensions ({', '.join(dims)}), not (time, layer, element) as FVCOM writes them"
        )
    return pair, dims


def refuse_other_depth(
    variables: dict[str, Any], sizes: dict[str, int], node_dim: str, time_dim: str, name: str
) -> None:
    """Raise ForcingError where there is no h at nodes, one for each record or one for all."""
    if "h" not in variables or variables["h"].dimensions[-1] != node_dim:
        raise ForcingError(
            f"{name}: has no h (still-water depth at nodes); keep it when cutting a piece out of FVCOM's files"
        )
    others = [dim for dim in variables["h"].dimensions[:-1] if dim != time_dim and sizes[dim] != 1]
    if others or variables["h"].ndim > 2:
        raise ForcingError(
            f"{name}: h: has dimensions ({', '.join(variables['h'].dimensions)}): only a bed that lies still, or moves with "
            f"{time_dim}, can be read"
        )
