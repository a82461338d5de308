"""The [[statistic]]s of a run file, checked against the run: what everyone is asked, and the accounts that
will be kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import Polygons, SectionLines, read_lines, read_polygons
from fvdrift.orders import ALWAYS, Choice, Looks, StatisticsOrder
from fvdrift.tools.particle_arrays import STATUS_NAMES
from fvdrift.tools.quantity import shown

from . import cloud, concentration, connectivity, density, flushing, ftle, mean, polygons, section, shore
from .asked import Asked
from .context import Context
from .newcomers import Places, last_looks
from .shares import AccountPlan

if TYPE_CHECKING:
    from fvdrift.settings import RunFile, Statistic

# each plans the kind of its name, with the keys that `settings.statistic` gives it
PLANNERS: dict[str, Callable[[Asked], AccountPlan]] = {
    "density": density.plan,
    "exposure": density.plan,
    "concentration": concentration.plan,
    "mean": mean.plan,
    "polygons": polygons.plan,
    "connectivity": connectivity.plan,
    "flushing": flushing.plan,
    "section": section.plan,
    "cloud": cloud.plan,
    "ftle": ftle.plan,
    "shore": shore.plan,
}


@dataclass(frozen=True)
class StatisticsPlan:
    """titles, kinds: of the statistics; accounts: of each; notes: sentences for the person."""

    scene: Context
    order: StatisticsOrder
    titles: tuple[str, ...]
    kinds: tuple[str, ...]
    accounts: tuple[AccountPlan, ...]
    notes: tuple[str, ...]


def plan_statistics(run_file: "RunFile", scene_of: Callable[[], Context]) -> StatisticsPlan | None:
    """The plan of all [[statistic]]s, or None if there is none: then nobody asks for the scene. Raises
    RunFileError with all that is wrong."""
    if not run_file.statistic:
        return None
    scene = scene_of()
    planner = _Planner(run_file, scene)
    accounts: list[AccountPlan] = []
    problems: list[str] = []
    for number, block in enumerate(run_file.statistic):
        try:
            accounts.append(planner.plan(block, f"{run_file.path.name}: statistic.{number}"))
        except RunFileError as error:
            problems += error.problems
    if problems:
        raise RunFileError(problems)
    order = StatisticsOrder(tuple(account.question for account in accounts), scene.origins, scene.times)
    titles = tuple(block.title for block in run_file.statistic)
    kinds = tuple(block.kind for block in run_file.statistic)
    return StatisticsPlan(scene, order, titles, kinds, tuple(accounts), tuple(dict.fromkeys(planner.notes)))


def released_between(plan: StatisticsPlan, since: int, reached: int) -> Iterator[Places]:
    """Where particles were released up to a time whom not all statistics have looked at by another,
    microseconds."""
    last = last_looks(plan.order, since)
    if last is not None:
        yield from plan.scene.newcomers.between(last - 1, reached + 1, np.ones(len(plan.scene.names), bool))


class _Planner:
    """Reads each file of polygons once."""

    def __init__(self, run_file: "RunFile", scene: Context):
        self._run_file, self._scene = run_file, scene
        self._read: dict[str, Polygons] = {}
        self._read_lines: dict[str, SectionLines] = {}
        self.notes: list[str] = []

    def plan(self, block: "Statistic", place: str) -> AccountPlan:
        scene = self._scene
        stride = (block.every or scene.every) // scene.every
        looks = Looks(scene.times, stride, stride * scene.every)
        asked = Asked(block, place, scene, looks, self._choice(block, place), self._polygons, self._lines)
        return PLANNERS[block.kind](asked)

    def _choice(self, block: "Statistic", place: str) -> Choice:
        names = self._scene.names
        unknown = [name for name in block.releases if name not in names]
        if unknown:
            there = ", ".join(map(shown, names[:10])) + (" ..." if len(names) > 10 else "")
            raise RunFileError(
                f"{place}.releases: there is no release {shown(unknown[0])}; there are {there}"
            )
        status = np.array([name in block.status for name in STATUS_NAMES])
        releases = np.array([not block.releases or name in block.releases for name in names])
        level = self._run_file.advection.dimension.kind == "2d"
        for key in ("depth", "height", "sigma", "layers") if level else ():
            if getattr(block, key) is not None:
                raise RunFileError(f"{place}.{key}: particles of a 2-D run have no place in the column")
        return Choice(
            status,
            releases,
            ages=block.age,
            layers=tuple(
                (name, *ends) for name in ("depth", "height", "sigma") if (ends := getattr(block, name))
            ),
            dry=block.dry,
            where=block.condition,
            wants=tuple(name for name in block.looked_at if name not in ALWAYS),
        )

    def _lines(self, file: str) -> SectionLines:
        if file not in self._read_lines:
            found = self._read_lines[file] = read_lines(self._run_file.resolve(file), self._scene.to_run)
            self.notes += found.notes
        return self._read_lines[file]

    def _polygons(self, file: str) -> Polygons:
        if file not in self._read:
            found = self._read[file] = read_polygons(self._run_file.resolve(file), self._scene.to_run)
            self.notes += found.notes
        return self._read[file]
