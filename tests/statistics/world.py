"""Particles made up for tests of statistics: records of some hours, and what several hands say of them. No
run moves them.

Nothing here is a truth: those are in the tests, in plain loops over the same records.
"""

import json
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.mesh.coordinates import ToRun
from fvdrift.mesh.whole_mesh import WholeMesh, build
from fvdrift.settings.load import run_file_from
from fvdrift.statistics.context import Amounts, Context
from fvdrift.statistics.ground import Ground, Levels, WaterAtLook, ground_of_mesh
from fvdrift.statistics.holding import Holding, Parcel, Roles
from fvdrift.statistics.ledger import Ledger
from fvdrift.statistics.observer import Answers, Observer
from fvdrift.statistics.origins import origins_of
from fvdrift.statistics.plan import StatisticsPlan, plan_statistics
from fvdrift.statistics.travelling import travelling_plan
from fvdrift_kernels.state import ACTIVE, DEAD, DEPOSITED, EXITED, SETTLED, STRANDED
from simple_meshes import even_levels, rectangle

HOUR = 3_600_000_000
SIZE = 100.0  # of the square that particles are in


@dataclass(frozen=True)
class World:
    """x, y, z: float64 (row, particle), NaN where there is no position; status: int8; born: row of the first
    record of each; release: number; every: microseconds between rows; more: by name, what else there is of
    them."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    status: np.ndarray
    born: np.ndarray
    release: np.ndarray
    names: tuple[str, ...]
    every: int = HOUR
    more: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def age(self) -> np.ndarray:
        """Seconds, (row, particle)."""
        return (np.arange(len(self.x))[:, np.newaxis] - self.born) * (self.every / 1e6)

    def starts(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where particles are at their first row, if they were not released before it."""
        return self.x[self.born[ids], ids], self.y[self.born[ids], ids]

    @property
    def there(self) -> np.ndarray:
        """Whether a particle is, and not gone: bool (row, particle)."""
        return np.isin(self.status, [ACTIVE, STRANDED, DEPOSITED]) & np.isfinite(self.x)


def still(x, y, hours: int, *, release=None, names=("1",), every: int = HOUR) -> World:
    """Particles that are at (row, particle) places, all there from the first row to the last."""
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    x, y = (np.broadcast_to(v, (hours + 1, x.shape[-1])).astype(float) for v in (x, y))
    count = x.shape[1]
    numbers = np.zeros(count, int) if release is None else np.asarray(release)
    return World(
        x, y, 0 * x, np.full(x.shape, ACTIVE, np.int8), np.zeros(count, int), numbers, tuple(names), every
    )


def wandering(seed: int, particles: int = 400, rows: int = 14, *, mortal: bool = True) -> World:
    """Random walks of particles of three releases, born at different rows; some strand, some settle, leave or
    die if they are mortal."""
    random = np.random.default_rng(seed)
    x = random.uniform(0, SIZE, particles) + np.cumsum(random.normal(0, 6, (rows, particles)), axis=0)
    y = random.uniform(0, SIZE, particles) + np.cumsum(random.normal(0, 6, (rows, particles)), axis=0)
    x, y = (SIZE - np.abs(np.abs(v) % (2 * SIZE) - SIZE) for v in (x, y))
    z = -random.uniform(0, 10, (rows, particles))
    release = np.sort(random.integers(0, 3, particles))
    born = random.integers(0, 4, particles)
    status = np.where(random.random((rows, particles)) < 0.2, STRANDED, ACTIVE).astype(np.int8)
    # for most after the last row
    end = random.integers(2, 3 * rows, particles) if mortal else np.full(particles, rows)
    end = np.maximum(end, born + 1)
    fate = random.choice([SETTLED, EXITED, DEAD], particles)
    row = np.arange(rows)[:, np.newaxis]
    status = np.where(row >= end, fate, status).astype(np.int8)
    status = np.where(row < born, 0, status).astype(np.int8)
    none = (row < born) | (row > end)
    x, y, z = (np.where(none, np.nan, v) for v in (x, y, z))
    dry = (random.random((rows, particles)) < 0.3).astype(float)
    temp = np.where(random.random((rows, particles)) < 0.1, np.nan, random.normal(12, 2, (rows, particles)))
    more = {"sigma": z / 10, "water_depth": np.full(x.shape, 10.0), "dry": dry, "temp": temp}
    more["mass"] = random.uniform(0.1, 3.0, particles) * 0.9 ** np.arange(rows)[:, np.newaxis]  # kg
    return World(x, y, z, status, born, release, ("a", "b", "c"), more=more)


def square_mesh(elements: int = 200, geographic: bool = False) -> WholeMesh:
    mesh = rectangle(SIZE, SIZE, elements=elements)
    siglev = np.broadcast_to(even_levels(2)[:, np.newaxis], (3, len(mesh.x)))
    x, y = (mesh.x * 1e-3, 50 + mesh.y * 1e-3) if geographic else (mesh.x, mesh.y)
    return build(x, y, mesh.triangles, siglev, 0.5 * (siglev[1:] + siglev[:-1]), geographic=geographic)


def write_boxes(path: Path, *boxes: tuple[float, float, float, float]) -> str:
    """A GeoJSON file of boxes x0, y0, x1, y1 named "p0", "p1" ...; returns its path."""
    features = [
        {"type": "Feature", "properties": {"name": f"p{n}"}, "geometry": {"type": "Polygon", "coordinates": [
            [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]}}
        for n, (x0, y0, x1, y1) in enumerate(boxes)
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "EPSG:32630"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return str(path)


def kinds_in(folder: Path) -> list[dict[str, Any]]:
    """Statistics of all kinds that particles `wandering` can be asked for; files of polygons go to a folder."""
    zones = write_boxes(folder / "zones.geojson", (5, 5, 40, 60), (30, 30, 90, 70), (10, 70, 50, 95))
    coast = write_boxes(folder / "coast.geojson", (-1, -1, 40, 60), (30, 40, 101, 70))
    return [
        {"kind": "density", "box": [0.0, 0.0, 90.0, 100.0], "cells": [7, 5]},
        {"kind": "density", "name": "elements", "ages": ["0h", "2h", "9h"], "period": "4h", "every": "2h"},
        {"kind": "density", "name": "rest", "status": ["settled"], "every": "2h", "where": "temp > 11"},
        {"kind": "density", "name": "with_settled", "status": ["active", "settled"], "period": "3h"},
        {"kind": "exposure", "status": ["stranded"]},
        {"kind": "polygons", "polygons": zones, "releases": ["a", "c"]},
        {"kind": "polygons", "name": "seldom", "polygons": zones, "every": "3h", "status": ["active"]},
        {"kind": "connectivity", "polygons": zones, "competency": ["2h", "6h"], "every": "2h"},
        {"kind": "connectivity", "name": "zones", "polygons": zones, "sources": zones},
        {"kind": "flushing", "polygons": zones},
        {"kind": "flushing", "name": "all", "every": "2h"},
        {"kind": "cloud"},
        {"kind": "cloud", "name": "together", "apart": False, "releases": ["b"]},
        {"kind": "cloud", "name": "upper", "sigma": [-0.5, 0.0]},
        {"kind": "exposure", "name": "deep", "depth": ["2m", "7m"], "age": ["1h", "5h"], "period": "3h"},
        {
            "kind": "polygons",
            "name": "warm",
            "polygons": zones,
            "where": "temp > 11 and dry == 0",
            "status": ["active", "settled"],
            "every": "2h",
        },
        {
            "kind": "connectivity",
            "name": "low",
            "polygons": zones,
            "height": ["0m", "6m"],
            "age": ["90min", "7h"],
            "status": ["active", "stranded", "settled"],
        },
        {"kind": "flushing", "name": "wet", "polygons": zones, "dry": False},
        {"kind": "section", "line": [[50.0, 0.0], [50.0, 60.0], [90.0, 90.0]], "period": "3h"},
        {
            "kind": "section",
            "name": "shallow",
            "line": [[0.0, 40.0], [100.0, 60.0]],
            "every": "2h",
            "depth": ["0m", "5m"],
            "age": ["90min", "9h"],
            "status": ["active", "settled"],
        },
        {"kind": "mean", "variable": "temp", "ages": ["0h", "3h", "9h"], "period": "4h"},
        {"kind": "mean", "name": "sizes", "variable": "mass", "polygons": zones, "dry": True, "every": "2h"},
        {"kind": "shore", "length": 30.0},
        {"kind": "shore", "name": "reefs", "polygons": coast, "releases": ["a", "b"], "every": "2h"},
        {
            "kind": "concentration",
            "period": "4h",
            "threshold": [1e-3, 1e-2],
            "layers": {"depth": ["0m", "2m", "9m"]},
        },
        {
            "kind": "concentration",
            "name": "grid",
            "box": [0.0, 0.0, 90.0, 100.0],
            "cells": [7, 5],
            "every": "2h",
            "age": ["1h", "9h"],
            "status": ["active", "stranded"],
        },
    ]


def plan_of(
    world: World, statistics: Sequence[dict[str, Any]], *, mesh: WholeMesh | None = None, geographic: bool = False,
    to_run: ToRun = lambda x, y, kind: (x, y), direction: int = 1, projection: str | None = None,
) -> StatisticsPlan:  # fmt: skip
    """The plan of [[statistic]] tables for such records."""
    tree = {
        "forcing": {"files": ["flow.nc"]}, "release": [{"point": [0, 0]}], "statistic": list(statistics),
        "time": {"step": "1s"}, "boundary": {"coast": "strand"}, "output": {"every": world.every / 1e6},
    }  # fmt: skip
    born = world.born * world.every
    made: Callable[[], WholeMesh] = (lambda: mesh) if mesh is not None else square_mesh
    scene = Context(
        total=world.x.shape[1], names=world.names, origins=origins_of(len(born), born.__getitem__, world.release.__getitem__),
        times=np.arange(len(world.x)) * world.every, every=world.every, direction=direction, calendar=True, geographic=geographic,
        to_run=to_run, mesh=made, starts=world.starts, projection=projection,
        amounts=Amounts("mass", lambda ids: np.full(len(ids), 2.0)) if "mass" in world.more else None,
    )  # fmt: skip
    plan = plan_statistics(run_file_from(tree, Path("run.toml")), lambda: scene)
    assert plan is not None
    return plan


def asked(
    world: World,
    plan: StatisticsPlan,
    *,
    hands: int = 1,
    seed: int = 0,
    rows: range | None = None,
    ledger: Ledger | None = None,
) -> Ledger:
    """What comes of asking so many hands that particles pass between at random, some of them in two
    portions."""
    ledger = Ledger(plan) if ledger is None else ledger
    for row, said in sayings(world, plan, hands=hands, seed=seed, rows=rows):
        ledger.take(row, said)
    return ledger


def ranks_for(plan: StatisticsPlan, roles: Roles, ranks: int) -> list[Holding]:
    """So many ranks, each with what travels to it of a plan."""
    travelled = [
        pickle.loads(pickle.dumps(travelling_plan(plan, clerk=rank == roles.clerk))) for rank in range(ranks)
    ]
    return [Holding(its.arrived(plan.order), roles, rank) for rank, its in enumerate(travelled)]


def dealt_out(
    world: World, plan: StatisticsPlan, ranks: Sequence[Holding], *, rows: range | None = None
) -> None:
    """The same, where each hand is a rank, and all swap after each row."""
    for row, said in sayings(world, plan, hands=len(ranks), rows=rows):
        for number, answers in enumerate(said):  # some ranks speak twice
            ranks[number % len(ranks)].hear([[answers]])
        born = np.flatnonzero((world.born == row) & np.isfinite(world.x[row]))
        for number, rank in enumerate(ranks):
            let_go = born[number :: len(ranks)]
            rank.newcomers.add(let_go, *world.starts(let_go))
        first = swapped([rank.parcels([row]) for rank in ranks])
        second = swapped([rank.completed([row], its) for rank, its in zip(ranks, first, strict=True)])
        for rank, its, more in zip(ranks, first, second, strict=True):
            rank.take([row], row * world.every, [*its, *more])


def swapped(leaving: Sequence[Mapping[int, Parcel]]) -> list[list[Parcel]]:
    """By rank, what others and itself have sent it, as it arrives."""
    return [
        [pickle.loads(pickle.dumps(parcels[rank])) for parcels in leaving if rank in parcels]
        for rank in range(len(leaving))
    ]


def sayings(
    world: World, plan: StatisticsPlan, *, hands: int, seed: int = 0, rows: range | None = None
) -> Iterator[tuple[int, list[Answers]]]:
    """By row, what each of the hands says."""
    random = np.random.default_rng(seed)
    observers = [Observer(plan.order) for _ in range(hands)]
    water = waters(plan.scene.mesh(), hands) if plan.order.needs_water else []
    watchers = observers if water else []
    holder = random.integers(0, hands, world.x.shape[1])
    for row in range(len(world.x)) if rows is None else rows:
        handed = random.random(len(holder)) < 0.3
        holder = np.where(handed, random.integers(0, hands, len(holder)), holder)
        again = random.random(len(holder)) < (0.1 if hands > 1 else 0.0)
        present = np.isfinite(world.x[row]) & (world.status[row] > 0)
        said = []
        for second in (False, True):
            for number, observer in enumerate(observers):
                mine = np.flatnonzero(present & (holder == number) & (again == second))
                if len(mine) or not second:
                    said.append(observer.answers(row, _columns(world, row, mine)))
        said += [observer.of_water(row, each(row)) for observer, each in zip(watchers, water, strict=True)]
        yield row, said


def waters(mesh: WholeMesh, hands: int) -> list[Callable[[int], WaterAtLook]]:
    """By hand, the water of its elements at a row: a tide over a bed that falls dry in some elements."""
    whole = ground_of_mesh(mesh)
    found = []
    for hand in range(hands):
        own = np.flatnonzero(np.arange(mesh.elements) % hands == hand)
        corners = np.ascontiguousarray(whole.corners[own])
        ground = Ground(whole.numbers[own], whole.x, whole.y, corners, whole.areas[own], own)

        def at(row: int, ground: Ground = ground) -> WaterAtLook:
            depth = (10.0 - 0.09 * mesh.x + np.sin(row)).astype(np.float32)
            wet = (np.arange(mesh.elements) % 7 != row % 7).astype(np.uint8)
            return WaterAtLook(ground, Levels(depth, depth, wet, wet, 0.5))

        found.append(at)
    return found


def _columns(world: World, row: int, mine: np.ndarray) -> dict[str, np.ndarray]:
    columns = {name: getattr(world, name)[row, mine] for name in ("x", "y", "z", "status")}
    columns |= {name: values[row, mine] for name, values in world.more.items()}
    return {**columns, "id": mine.astype(np.int64), "element": np.full(len(mine), -1, np.int32)}


def found(ledger: Ledger) -> dict[str, np.ndarray]:
    """All variables by name."""
    return {variable.name: variable.values for variable in ledger.findings().variables()}


def numbers_of(world: World, statistics: Sequence[dict[str, Any]], **options: Any) -> dict[str, np.ndarray]:
    return found(asked(world, plan_of(world, statistics, **options)))


def in_box(world: World, box: tuple[float, float, float, float]) -> np.ndarray:
    """bool (row, particle)."""
    x0, y0, x1, y1 = box
    return (world.x > x0) & (world.x < x1) & (world.y > y0) & (world.y < y1)
