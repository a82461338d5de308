"""Which variables of the forcing a run reads, and how it reduces them. What is done to a frame is
`frame_supply`."""

from dataclasses import replace

from fvdrift.errors import ForcingError
from fvdrift.forcing import Forcing
from fvdrift.orders import Sample, WalkOrder, WorkOrder

from .frame_supply import Supply, layer_shares
from .variables import Variables


def supply_of(series: Forcing, kind: str, order: WorkOrder, variables: Variables) -> Supply:
    """kind: of the dimension: "3d", "2d", "surface" or "depth". Raises ForcingError."""
    moved_by = _moved_by(order)
    names = [*_of_flow(series, kind, order.vertical), *variables.read()]
    names += [] if order.walk is None else _of_walk(order.walk)
    names += variables.of_files(moved_by)
    on_elements = {
        *variables.on_elements(),
        *(sample.name for sample in moved_by if sample.location == "element"),
    }
    supply = Supply(tuple(dict.fromkeys(names)), kind, frozenset(on_elements))
    if kind != "2d" or series.siglev is None:
        return supply
    of_elements, of_nodes = layer_shares(series.siglev, series.triangles)
    known = {name: series.variables[name] for name in names if name in series.variables}
    layered = [name for name, it in known.items() if it.location == "node" and it.vertical == "layer"]
    if layered and series.sigma is not None and not series.sigma.gives_mean:
        raise ForcingError(
            f"{series.name}: {layered[0]}: holds only {series.sigma.told}, which gives no mean over the depth, as a "
            "2-D run takes it; leave it out, or take files with all layers"
        )
    return replace(
        supply,
        thickness=of_elements if "u" in names else None,
        averaged=frozenset(layered),
        node_thickness=of_nodes if layered else None,
    )


def _of_flow(series: Forcing, kind: str, vertical: str) -> list[str]:
    """What carries particles, and where there is water."""
    velocity = ("u", "v")
    if kind == "2d" and {"ua", "va"} <= set(series.variables):
        velocity = ("ua", "va")
    names = [*velocity, "zeta", "wet"]
    names += ["h"] if series.h_varies else []
    names += [vertical] if vertical in ("omega", "ww") else []
    return names


def _of_walk(walk: WalkOrder) -> list[str]:
    """What random walks look at."""
    names: list[str] = [name for name in ("kh", "viscofh") if name in (walk.vertical, walk.horizontal)]
    names += ["nn_hvc"] if walk.smagorinsky is None else []
    return names


def _moved_by(order: WorkOrder) -> list[Sample]:
    """What behaviour and Stokes drift look at."""
    samples = [] if order.behaviour is None else [*order.behaviour.inputs]
    samples += [] if order.stokes is None else [order.stokes.u, order.stokes.v]
    return samples
