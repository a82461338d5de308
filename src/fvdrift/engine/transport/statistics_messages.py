"""What the manager says about statistics where ranks keep the accounts themselves, and what they answer. Plain
data.

member: as in `engine.messages`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fvdrift.errors import FvdriftError
from fvdrift.mesh import WholeMesh
from fvdrift.output import Mark
from fvdrift.statistics import Findings, KeptShares, Roles, TravellingPlan
from fvdrift.tools.netcdf.classic_header import Attribute


@dataclass(frozen=True)
class KnowMesh:
    """You are the clerk of these members, and are to Hold with the mesh. meshes: by member."""

    meshes: Mapping[int, WholeMesh]


@dataclass(frozen=True)
class Hold:
    """Keep your share of the accounts from now on. plans, roles: by member; None: it has no statistics."""

    plans: Sequence[TravellingPlan | None]
    roles: Sequence[Roles]


@dataclass(frozen=True)
class Swap:
    """Swap with all others what was said of some rows, and take it to the accounts; the last is of `time`,
    microseconds."""

    rows: Sequence[int]
    time: int
    member: int


@dataclass(frozen=True)
class StartedBefore:
    """Particles that were let go before this start of the run, as if you had done so."""

    ids: np.ndarray
    x: np.ndarray
    y: np.ndarray
    member: int


@dataclass(frozen=True)
class TakeShare:
    """Go on from your share of what was kept."""

    kept: KeptShares
    member: int


@dataclass(frozen=True)
class Write:
    """Put all shares together; the clerk writes the file, and says how that went (Written). mark: beside it."""

    path: Path
    mark: Mark
    attributes: Mapping[str, Attribute]
    member: int


OfStatistics = KnowMesh | Hold | Swap | StartedBefore | TakeShare | Write


@dataclass(frozen=True)
class Written:
    """error: why the file is not there; findings: what rank 0 is to write itself."""

    error: FvdriftError | None = None
    findings: Findings | None = None
