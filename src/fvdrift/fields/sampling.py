"""Records of an output time with all that is sampled at them, as columns. Where they go is the manager's
(`rows`)."""

from collections.abc import Iterable

import numpy as np

from fvdrift.forcing import VELOCITIES, Fields
from fvdrift.mesh import Subdomain
from fvdrift.orders import Sample
from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.sample import (
    Velocity,
    sample_dry,
    sample_element_field,
    sample_node_field,
    sample_surface,
)

from .time_level import TimeLevel, between, rows_of

OTHER_PART = {"u": "v", "v": "u", "ua": "va", "va": "ua"}


def sampled(
    records: np.ndarray,
    fraction: float,
    piece: Subdomain,
    levels: tuple[TimeLevel, TimeLevel],
    samples: Iterable[Sample],
    direction: int,
) -> Fields:
    """Columns of RECORD rows: id, x, y, sigma, z, status, dry, and the samples.

    fraction: place of the output time between the two levels. z: m, positive up.
    """
    frames, _ = between(*levels)
    count = len(records)
    seen = for_kernels(records)
    surface, depth = np.empty(count), np.empty(count)
    sample_surface(seen, fraction, piece.mesh, frames, surface, depth)
    dry = np.empty(count, np.int8)
    sample_dry(seen, fraction, frames, dry)
    columns: Fields = {name: np.ascontiguousarray(records[name]) for name in ("id", "x", "y", "sigma")}
    columns["z"] = surface + columns["sigma"] * depth
    columns["status"] = records["status"].astype(np.int8)
    columns["dry"] = dry
    for sample in samples:
        values: np.ndarray = np.empty(count, np.float64 if sample.exact else np.float32)
        if sample.location == "column":
            values[:] = records["state"][sample.name]
        elif sample.name == "bottom_depth":
            values[:] = depth - surface
        elif sample.name == "water_depth":
            values[:] = depth
        else:
            first, second = (rows_of(level, sample.name) for level in levels)
            if sample.location == "element":
                flows, velocity = sample.name in VELOCITIES, _velocity(sample.name, levels)
                sample_element_field(
                    seen, fraction, piece.mesh, piece.metric, frames, velocity, first, second, flows, values
                )
            else:
                field = NodeField(first, second, int(sample.vertical == "level"))
                sample_node_field(seen, fraction, piece.mesh, field, values)
            if sample.name in VELOCITIES:
                values *= direction
        columns[sample.name] = values
    return columns


def _velocity(name: str, levels: tuple[TimeLevel, TimeLevel]) -> Velocity | None:
    """With what else an element field is a velocity; None: it is none, or the rest of it was not read."""
    other = OTHER_PART.get(name)
    if other is None or other not in levels[0].fields:
        return None
    return Velocity(name in ("v", "va"), *(rows_of(level, other) for level in levels))
