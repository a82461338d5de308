"""What a worker prepares of each frame for the random walk, and the walk between two frames as the kernels
take it."""

from typing import NamedTuple

import numpy as np

from fvdrift.forcing import Fields
from fvdrift.mesh import Subdomain
from fvdrift.orders import WalkOrder
from fvdrift_kernels.frame_mixing import fill_pace, fill_viscofh
from fvdrift_kernels.options import (
    ConstantDiffusivity,
    EulerWalk,
    EvenByArea,
    EvenByVolume,
    LevelDiffusivity,
    MilsteinWalk,
    NaiveWalk,
    NodeDiffusivity,
    ReversibleWalk,
    VisserWalk,
    Walk,
)

SCHEMES = {
    "reversible": ReversibleWalk, "milstein": MilsteinWalk, "visser": VisserWalk, "euler": EulerWalk, "naive": NaiveWalk,
}  # fmt: skip


class Mixing(NamedTuple):
    """Of one frame: pace float32 (3, element), empty without `kh`; across: float32 (layer or 1, node), empty if
    not needed."""

    pace: np.ndarray
    across: np.ndarray


def mixing(
    piece: Subdomain, fields: Fields, depth: np.ndarray, wet: np.ndarray, walk: WalkOrder | None
) -> Mixing:
    """Work out what the walk needs; wet: code of the frame."""
    pace, across = np.empty((3, 0), np.float32), np.empty((0, 0), np.float32)
    if walk is None:
        return Mixing(pace, across)
    if walk.vertical == "kh":
        pace = np.empty((3, len(piece.elements)), np.float32)
        fill_pace(piece.mesh, SCHEMES[walk.scheme](), fields["kh"], depth, pace)
    if isinstance(walk.horizontal, str):
        viscofh = (
            np.atleast_2d(fields["viscofh"]) if walk.horizontal == "viscofh" else _viscofh(piece, fields, wet)
        )
        across = (coefficient(walk, fields) * viscofh).astype(np.float32)
    return Mixing(pace, across)


def coefficient(walk: WalkOrder, fields: Fields) -> np.ndarray:
    """What FVCOM multiplies viscofh by when it mixes scalars (HORCON): one number as (1,), or of each node,
    NN_HVC (adv_t.F)."""
    return fields["nn_hvc"] if walk.smagorinsky is None else np.array([walk.smagorinsky])


def _viscofh(piece: Subdomain, fields: Fields, wet: np.ndarray) -> np.ndarray:
    """From the shear of the flow, float64 (layer, node)."""
    found = np.empty((len(fields["u"]), len(piece.nodes)))
    slopes = np.empty((4, len(piece.nodes)))
    fill_viscofh(piece.mesh, piece.metric, piece.x, piece.y, fields["u"], fields["v"], wet, slopes, found)
    return found


def walk_between(first: Fields, second: Fields, start: Mixing, end: Mixing, walk: WalkOrder) -> Walk:
    """The walk between two frames, from their fields and what was worked out of them."""
    vertical: ConstantDiffusivity | LevelDiffusivity | None = None
    if walk.vertical == "kh":
        vertical = LevelDiffusivity(first["kh"], second["kh"], start.pace, end.pace)
    elif walk.vertical is not None:
        vertical = ConstantDiffusivity(float(walk.vertical))
    horizontal: ConstantDiffusivity | NodeDiffusivity | None = None
    if isinstance(walk.horizontal, str):
        horizontal = NodeDiffusivity(start.across, end.across)
    elif walk.horizontal is not None:
        horizontal = ConstantDiffusivity(walk.horizontal)
    return Walk(
        SCHEMES[walk.scheme](), vertical, horizontal, EvenByArea() if walk.by_area else EvenByVolume()
    )
