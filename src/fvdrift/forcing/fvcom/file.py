"""What one FVCOM file holds, found by the names of its variables. Not its values (that is `fields`).

Attributes vary and mislead in the wild: names, dimensions and sizes are believed, and what says how numbers
are stored.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.netcdf.lock import LOCK

from ..fields import Variable
from ..identity import Identity, identity
from ..library import UNREADABLE, open_dataset, told
from ..stored import one_copy, read_double
from .coordinates import Pairs
from .elements import read_triangles, start_index, zero_based
from .other_units import other_unit
from .refusals import refuse_beyond_reason, refuse_other_depth, refuse_others, velocity
from .times import FileTimes, decode

_LOOKS, _PAUSE_S = 5, 0.2  # at a file that changes while it is looked at, and seconds between two of them
_FIELD_DIMS = {2: "none", 3: "layer"}


class FileHead(NamedTuple):
    """Shape and contents of one file. identity: of the file that had them. layers: 0 where only ua, va are
    there; level_dim: "" where nothing lies on levels.

    triangles: int32 (element, 3) node numbers as in the file. variables: fields with a time that can be
    sampled.
    """

    path: Path
    identity: Identity
    times: FileTimes
    node_dim: str
    nodes: int
    element_dim: str
    elements: int
    layer_dim: str
    layers: int
    level_dim: str
    triangles: np.ndarray
    start_index: int | None
    pairs: Pairs
    variables: dict[str, Variable]
    has_wet: bool
    has_coefficient: bool
    h_varies: bool
    surface_field: bool
    format: str

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def records(self) -> int:
        return len(self.times.times)


def head_of(path: Path, look: Callable[[Any, FileHead], FileHead] | None = None) -> FileHead | None:
    """The head of the file at `path`; None where it has no records. look: is shown the open dataset and the
    head, and returns the head to take. Raises ForcingError."""
    for again in range(1, _LOOKS + 1):
        known = identity(path)  # before it is opened: what changes from here on is noticed
        try:
            head = _head(path, known, look)
        except ForcingError:
            if again == _LOOKS or identity(path) == known:
                raise
        else:
            if again == _LOOKS or identity(path) == known:
                return head
        time.sleep(_PAUSE_S)  # a model was writing it
    raise AssertionError


def _head(path: Path, known: Identity, look: Callable[[Any, FileHead], FileHead] | None) -> FileHead | None:
    with LOCK:
        dataset = open_dataset(path)
        try:
            head = read_head(dataset, path, known)
            return head if head is None or look is None else look(dataset, head)
        except UNREADABLE as error:
            raise ForcingError(
                f"{path}: is truncated or damaged ({told(error)}); copy or produce it again"
            ) from error
        finally:
            dataset.close()


def read_head(dataset: Any, path: Path, known: Identity) -> FileHead | None:
    """The head of an open dataset; None where it has no records. known: what was at `path` before it was
    opened.

    Raises ForcingError, in one sentence, for everything that is not FVCOM output particles can be followed
    through.
    """
    variables, name = dataset.variables, path.name
    sizes = {key: len(dimension) for key, dimension in dataset.dimensions.items()}
    refuse_others(variables, sizes, {key: dataset.getncattr(key) for key in dataset.ncattrs()}, name)
    pair, dims = velocity(variables, name)
    time_dim, element_dim = dims[0], dims[-1]
    node_dim = _node_dim(variables, element_dim, name)
    nodes, elements, records = sizes[node_dim], sizes[element_dim], sizes[time_dim]
    if nodes == 0 or elements == 0:
        raise ForcingError(f"{name}: holds an empty mesh ({nodes} nodes, {elements} elements)")
    if records == 0:
        return None
    refuse_beyond_reason(nodes, elements, records, name)
    refuse_other_depth(variables, sizes, node_dim, time_dim, name)
    for key in (*pair, "zeta", "h", "x", "y", "lon", "lat"):
        wrong = other_unit(key, str(getattr(variables[key], "units", ""))) if key in variables else ""
        if wrong:
            raise ForcingError(f"{name}: {key}: {wrong}")
    surface_field = pair[0] == "u" and len(dims) == 2
    layer_dim = dims[1] if len(dims) == 3 else ""
    layers = sizes[layer_dim] if layer_dim else int(surface_field)
    if layer_dim and layers == 0:
        raise ForcingError(f"{name}: {pair[0]}: has no layers ({layer_dim} = 0)")
    level_dim = _level_dim(variables, sizes, layers, time_dim)
    places = {node_dim: "node", element_dim: "element"}
    return FileHead(
        path,
        known,
        decode(dataset, records, name),
        node_dim,
        nodes,
        element_dim,
        elements,
        layer_dim,
        layers,
        level_dim,
        read_triangles(dataset, element_dim, nodes, name),
        start_index(dataset),
        _pairs(dataset, node_dim, name),
        _fields(variables, time_dim, places, {layer_dim: "layer", level_dim: "level"}),
        "wet_cells" in variables and variables["wet_cells"].dimensions == (time_dim, element_dim),
        "nn_hvc" in variables and variables["nn_hvc"].dimensions == (node_dim,),
        variables["h"].dimensions[0] == time_dim,
        surface_field,
        dataset.data_model,
    )


def numbered(head: FileHead) -> np.ndarray:
    """The triangles of a file as int32 (element, 3), 0-based. Raises ForcingError where they name no
    nodes."""
    pairs = head.pairs
    positions = [
        (a, b)
        for a, b in ((pairs.x, pairs.y), (pairs.lon, pairs.lat))
        if a is not None and b is not None and a.any()
    ]
    return zero_based(head.triangles, head.nodes, head.start_index, positions, head.name)


def _node_dim(variables: dict[str, Any], element_dim: str, name: str) -> str:
    for key in ("h", "lon", "x", "lat", "y", "zeta"):
        dimensions: tuple[str, ...] = variables[key].dimensions if key in variables else ()
        if dimensions and dimensions[-1] != element_dim:
            return dimensions[-1]
    raise ForcingError(f"{name}: has no variable on nodes (h, lon, lat, x, y, zeta); is this FVCOM output?")


def _level_dim(variables: dict[str, Any], sizes: dict[str, int], layers: int, time_dim: str) -> str:
    for key in ("siglev", "omega", "kh", "km"):
        if key in variables:
            dimensions: tuple[str, ...] = variables[key].dimensions
            for dim in dimensions:
                if dim != time_dim and sizes[dim] == layers + 1 and key + dim != "siglevnode":
                    return dim
    return ""


def _pairs(dataset: Any, node_dim: str, name: str) -> Pairs:
    def get(key: str) -> np.ndarray | None:
        variable = dataset.variables.get(key)
        if variable is None or variable.dtype.kind not in "fiu":
            return None
        if variable.dimensions == (node_dim,):
            return read_double(variable)
        if variable.ndim == 2 and variable.dimensions[1] == node_dim:  # one copy for each record
            return one_copy(read_double(variable), f"{name}: {key}")
        return None

    with LOCK:
        return Pairs(
            get("lon"),
            get("lat"),
            get("x"),
            get("y"),
            str(getattr(dataset, "CoordinateSystem", "") or "").strip(),
        )


def _fields(
    variables: dict[str, Any], time_dim: str, places: dict[str, str], heights: dict[str, str]
) -> dict[str, Variable]:
    """Fields of time on nodes or elements, by the names of dimensions; flags (wet_*) are none."""
    found = {}
    for key, variable in variables.items():
        dims = variable.dimensions
        number = getattr(variable.dtype, "kind", "") in ("f", "i", "u")
        if (
            not number
            or len(dims) not in _FIELD_DIMS
            or dims[0] != time_dim
            or dims[-1] not in places
            or key.startswith("wet_")
        ):
            continue
        vertical = "none" if len(dims) == 2 else heights.get(dims[1], "")
        if vertical and key not in ("siglay", "siglev", "lon", "lat", "x", "y"):
            found[key] = Variable(
                key,
                places[dims[-1]],
                vertical,
                str(getattr(variable, "units", "")),
                str(getattr(variable, "long_name", "")),
            )
    return found
