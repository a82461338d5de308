"""What another rank needs of the plan of statistics, as plain data: to keep a share of the accounts, or to be
their clerk, who knows the mesh."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np

from fvdrift.mesh import whole_mesh as meshes
from fvdrift.orders import StatisticsOrder
from fvdrift.tools.particle_arrays import for_kernels

from .context import Context
from .plan import StatisticsPlan
from .shares import AccountPlan


@dataclass(frozen=True)
class TravellingPlan:
    """accounts: without their questions, which whoever gets it has in his order; scene: without what is in that
    too, and what only rank 0 knows; mesh: for the clerk alone, where a statistic counts in elements."""

    accounts: Sequence[AccountPlan]
    titles: tuple[str, ...]
    kinds: tuple[str, ...]
    scene: Context
    mesh: meshes.WholeMesh | None

    def arrived(self, order: StatisticsOrder) -> StatisticsPlan:
        """As it is used, where `order` is that of the same run."""
        scene = replace(self.scene, origins=order.origins, times=order.times, mesh=self._its_mesh)
        pairs = zip(self.accounts, order.questions, strict=True)
        accounts = tuple(replace(account, question=question) for account, question in pairs)
        return StatisticsPlan(scene, order, self.titles, self.kinds, accounts, ())

    def _its_mesh(self) -> meshes.WholeMesh:
        assert self.mesh is not None  # nobody else is asked for elements
        return replace(self.mesh, element=for_kernels(np.asarray(self.mesh.element)))


def travelling_plan(plan: StatisticsPlan, *, clerk: bool) -> TravellingPlan:
    """What a holder needs of a plan, or the clerk."""
    unasked: Any = None
    return TravellingPlan(
        accounts=[replace(account, question=unasked) for account in plan.accounts],
        titles=plan.titles,
        kinds=plan.kinds,
        scene=replace(
            plan.scene,
            origins=unasked,
            times=unasked,
            to_run=_not_here,
            mesh=_not_here,
            starts=_not_here,
            amounts=None,
            units=_not_here,
        ),
        mesh=_bare(plan.scene.mesh()) if clerk and plan.order.needs_element else None,
    )


def _bare(mesh: meshes.WholeMesh) -> meshes.WholeMesh:
    """What places elements and draws them: no stencils, no levels."""
    return replace(
        mesh,
        stencil=mesh.stencil[:1].copy(),
        half=mesh.half[:1].copy(),
        beyond=mesh.beyond[:1].copy(),
        levels=None,
        given={},
    )


def _not_here(*_: object) -> NoReturn:
    raise RuntimeError("only rank 0 knows it")
