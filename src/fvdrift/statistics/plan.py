"""The [[statistic]]s of a run file, checked against the run: what everyone is asked, and the accounts that
will be kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import Polygons, read_polygons
from fvdrift.orders import Choice, Looks, StatisticsOrder
from fvdrift.tools.particle_arrays import STATUS_NAMES
from fvdrift.tools.quantity import shown

from .cloud import CloudAccount, CloudOf
from .connectivity import ConnectivityAccount
from .context import Context
from .density import CellAccount, CountInCells
from .flushing import FlushingAccount
from .ftle import FtleAccount, PlacesOf
from .newcomers import Places, last_looks
from .places import Boxes, Elements
from .polygons import PolygonAccount
from .shares import AccountPlan
from .zones import InZones, Window

if TYPE_CHECKING:
    from fvdrift.settings import RunFile, Statistic

MOST_BYTES = 4 << 30  # of counts that are kept for one statistic
WHOLE_RUN = 1 << 62  # looks


@dataclass(frozen=True)
class StatisticsPlan:
    """titles: of the statistics; accounts: of each; notes: sentences for the person."""

    scene: Context
    order: StatisticsOrder
    titles: tuple[str, ...]
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
    return StatisticsPlan(scene, order, titles, tuple(accounts), tuple(dict.fromkeys(planner.notes)))


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
        self.notes: list[str] = []

    def plan(self, block: "Statistic", place: str) -> AccountPlan:
        scene, name = self._scene, block.title
        particles = range(scene.total)
        stride = (block.every or scene.every) // scene.every
        looks = Looks(scene.times, stride, stride * scene.every)
        choice = self._choice(block, place)
        match block.kind:
            case "density" | "exposure":
                return self._cells(block, place, looks, choice)
            case "polygons":
                zones = InZones(looks, choice, self._polygons(block.polygons))
                return AccountPlan(PolygonAccount, name, zones, particles)
            case "connectivity":
                sources = None if block.sources == "releases" else self._polygons(block.sources)
                zones = InZones(looks, choice, self._polygons(block.polygons), _window(block), sources)
                return AccountPlan(ConnectivityAccount, name, zones, particles)
            case "flushing":
                zones = InZones(
                    looks, choice, None if block.polygons is None else self._polygons(block.polygons)
                )
                return AccountPlan(FlushingAccount, name, zones, particles)
            case "cloud":
                clouds = CloudOf(looks, choice, block.apart)
                return AccountPlan(CloudAccount, name, clouds, range(1))
        return self._ftle(block, place, looks, choice)

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
        return Choice(status, releases)

    def _polygons(self, file: str | None) -> Polygons:
        assert file is not None
        if file not in self._read:
            found = self._read[file] = read_polygons(self._run_file.resolve(file), self._scene.to_run)
            self.notes += found.notes
        return self._read[file]

    def _cells(self, block: "Statistic", place: str, looks: Looks, choice: Choice) -> AccountPlan:
        cells: Boxes | Elements
        if block.box is not None and block.cells is not None:
            if self._scene.geographic and block.box[2] - block.box[0] > 360:
                raise RunFileError(
                    f"{place}.box: goes more than once round the Earth: x1 - x0 is more than 360 degrees"
                )
            cells = Boxes(*self._on_our_turn(block.box), *block.cells, self._scene.geographic)
        else:
            cells = Elements(self._scene.mesh().elements)
        ages = None if block.ages is None else np.array(block.ages, np.int64)
        exposing = block.kind == "exposure"
        together = block.period // looks.every if block.period is not None else WHOLE_RUN if exposing else 1
        periods = -(-looks.number_of // together)
        needed = (24 if exposing else 8) * periods * cells.cells * (1 if ages is None else len(ages) - 1)
        if needed > MOST_BYTES:
            raise RunFileError(
                f"{place}: {periods:,} periods of {cells.cells:,} cells would take {needed / 1e9:.3g} GB: "
                "take a longer period, or look less often (every)"
            )
        question = CountInCells(looks, choice, cells, ages, exposing)
        bins = range(question.classes * cells.cells)
        return AccountPlan(CellAccount, block.title, question, bins, {"looks_in_period": together})

    def _on_our_turn(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box in degrees moved by whole turns to where the run has its longitudes: 230 and -130 are one
        place."""
        x0, y0, x1, y1 = box
        if not self._scene.geographic:
            return box
        middle = np.array([0.5 * (x0 + x1)])
        moved, _ = self._scene.to_run(middle, np.array([0.5 * (y0 + y1)]), "geographic")
        turns = 360.0 * round(float(moved[0] - middle[0]) / 360.0)
        return x0 + turns, y0, x1 + turns, y1

    def _ftle(self, block: "Statistic", place: str, looks: Looks, choice: Choice) -> AccountPlan:
        assert block.points is not None
        scene, origins = self._scene, self._scene.origins
        chosen = np.flatnonzero(choice.releases)
        if len(chosen) != 1:
            raise RunFileError(f"{place}.releases: a grid of particles is one release: name it")
        mine = np.flatnonzero(origins.release == chosen[0])
        if not len(mine):
            raise RunFileError(f"{place}: release {shown(scene.names[chosen[0]])} has no particles")
        ends = np.append(origins.first, scene.total)
        first, count = int(ends[mine[0]]), int((ends[mine + 1] - ends[mine]).sum())
        columns, rows = block.points
        release = shown(scene.names[chosen[0]])
        if len(mine) != 1:
            raise RunFileError(f"{place}: release {release} starts at more than one time: a grid starts once")
        if count != columns * rows:
            raise RunFileError(
                f"{place}.points: {columns} x {rows} is not {count:,}, the particles of release {release}"
            )
        start = int(np.searchsorted(scene.times, origins.born[mine[0]]))
        if start == len(scene.times) or scene.times[start] != origins.born[mine[0]]:
            raise RunFileError(
                f"{place}: release {release} does not start at an output time: where it starts is not known then"
            )
        end = None if block.after is None else start + block.after // scene.every
        if end is not None and end >= len(scene.times):
            raise RunFileError(f"{place}.after: the run has no record at that age of release {release}")
        question = PlacesOf(looks, choice, start, end)
        mine_alone = range(first, first + count)
        return AccountPlan(FtleAccount, block.title, question, mine_alone, {"points": block.points})


def _window(block: "Statistic") -> Window | None:
    """The ages of competency, microseconds."""
    if block.competency is None:
        return None
    youngest, oldest = block.competency.first, block.competency.last
    return round(youngest * 1e6), None if oldest == float("inf") else round(oldest * 1e6)
