"""What the kernels get of a run file's behaviour: every option, number by number, as it is written here."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fvdrift.behaviour import beside_flow, build, moving_statuses, with_first_columns
from fvdrift.behaviour.own import OwnBehaviour
from fvdrift.behaviour.plan import BEHAVIOURS
from fvdrift.fields import make_time_level, time_level_order
from fvdrift.forcing import Window
from fvdrift.mesh import InFile, Surroundings, cut_subdomain
from fvdrift.preparation import Preparation
from fvdrift.settings.behaviour_values import RESERVED_NAMES
from fvdrift_kernels import behaviour_options as options
from fvdrift_kernels.ashore import COURSE
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.state import ACTIVE, DEPOSITED, PARTICLE, STRANDED
from preparation.test_prepare import MESH, forcing, prepared

from .test_plan import FIELD, HERE, geojson

MINUTES = np.arange(1, 61)  # of the first interval, from midnight on, at the ends of steps


def swim(dawn: str, dusk: str) -> dict[str, Any]:
    return {"migration": {"day": "15m", "night": "2m", "speed": "5 mm/s", "dawn": dawn, "dusk": dusk}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("options")
    forcing(here, wind=(5.0, 2.0))
    geojson(here, HERE)
    (here / "own.py").write_text("def rise(temp, state):\n    state.energy += 1.0\n    return 1e-3 * temp\n")
    return here


def between_frames(it: Preparation) -> options.BesideFlow | None:
    """The options of the first interval, on a piece that is all of the mesh."""
    order, mesh = it.order, it.mesh
    raws = [it.supply.reduce(it.series.read(frame, it.supply.names)) for frame in (0, 1)]
    whole = 0, mesh.elements
    piece = cut_subdomain(mesh, Surroundings(mesh), it.depth(raws[0]), whole, 1.0, True)
    times = [int(time) for time in it.series.times[:2]]
    in_file = InFile(mesh.file_element[piece.elements], mesh.file_node[piece.nodes])
    frames = [it.supply.cut(time, raw, in_file) for time, raw in zip(times, raws, strict=True)]
    levels = {frame.time: make_time_level(piece, frame, time_level_order(order)) for frame in frames}
    own = None if order.behaviour is None else order.behaviour.part(OwnBehaviour)
    window = Window(None, times[0], times[1], None)
    own_kind = None if own is None else build(own.order)
    return beside_flow(order, own_kind, piece, window, levels, it.timeline.grid.schedule(*times))


def same(found: Any, expected: Any) -> bool:
    """Whether it is the same kind of option with the same numbers; one number stands for all of an array."""
    if isinstance(expected, tuple):
        kinds = type(found).__name__ == type(expected).__name__ and len(found) == len(expected)
        return kinds and all(map(same, found, expected))
    return bool(np.all(found == expected))


AT_NODES, WARMTH = NodeField(0.0, 0.0, 0), NodeField(-10.0, -10.0, 0)  # type: ignore[arg-type]
WALK = {"vertical": "0.01 m2/s"}
EROSION = {"bottom": "deposit", "resuspension": "1 cm/s"}


def windage(east: float, north: float) -> options.Windage:
    return options.Windage(0.03, 40.0, east, east, north, north)  # type: ignore[arg-type]


def swimming(by_day: np.ndarray) -> options.Migration:
    return options.Migration(15.0, 2.0, 0.005, options.ClockLight(by_day))


def adrift(jibing: options.Jibing | None, east: float, north: float) -> options.Leeway:
    lines = (
        options.Line(0.0352, -0.025, 0.061),
        options.Line(0.0062, -0.03, 0.035),
        options.Line(-0.0045, -0.002, 0.036),
    )
    return options.Leeway(*lines, jibing, east, east, north, north)  # type: ignore[arg-type]


SURFACE = {"advection": {"dimension": "surface"}}
WIND = {"windage": "3 %", "windage_depth": "40 m"}
# tables of the run file; options that are on; columns; statuses that take steps beside the active
TABLE: list[tuple[dict[str, Any], dict[str, tuple], tuple[str, ...], tuple[int, ...]]] = [
    ({"behaviour": {"settling": "1 mm/s"}}, {"rise": options.Rise(-0.001)}, (), ()),
    (
        {"behaviour": {"settling": "1 mm/s"}, "time": {"direction": "backward"}},
        {"rise": options.Rise(0.001)},
        (),
        (),
    ),
    (
        {"behaviour": {"settling": ["1 mm/s", "2 mm/s"]}},
        {"rise": options.OwnRise(-1.0)},
        ("settling_speed",),
        (),
    ),
    ({"behaviour": swim("00:30", "04:00")}, {"migration": swimming(MINUTES >= 30)}, (), ()),
    ({"behaviour": swim("04:00", "00:30")}, {"migration": swimming(MINUTES < 30)}, (), ()),
    (
        {"behaviour": swim("00:30", "03:30"), "time": {"direction": "backward"}},
        {"migration": swimming(MINUTES > 30)},  # of 03:59 to 03:00
        (),
        (),
    ),
    ({"behaviour": WIND}, {"windage": windage(5.0, 2.0)}, (), ()),
    (
        {"behaviour": WIND, "time": {"direction": "backward"}},
        {"windage": windage(-5.0, -2.0)},
        (),
        (),
    ),
    (
        {"behaviour": WIND, "boundary": {"bottom": "deposit"}},
        {"windage": windage(5.0, 2.0), "bed": options.KeepingBed()},
        (),
        (),
    ),
    (
        {"behaviour": {"leeway": "LIFE-RAFT-DB-10"}, **SURFACE},
        {"leeway": adrift(options.Jibing(0.04 / 3600), 5.0, 2.0)},
        ("leeway_downwind", "leeway_crosswind", "leeway_side", "jibes", "next_jibe"),
        (),
    ),
    (
        {
            "behaviour": {"leeway": {"class": "LIFE-RAFT-DB-10", "jibing": 0}},
            **SURFACE,
            "time": {"direction": "backward"},
        },
        {"leeway": adrift(None, -5.0, -2.0)},
        ("leeway_downwind", "leeway_crosswind", "leeway_side"),
        (),
    ),
    ({"boundary": {"bottom": "deposit"}, "diffusion": WALK}, {"bed": options.KeepingBed()}, (), ()),
    (
        {"boundary": {"coast": "strand", "refloat": "1h"}},
        {"shore": options.Refloating(math.log(2.0) / 3600.0)},
        (),
        (STRANDED,),
    ),
    (
        {"behaviour": {"growth": "warmth", "mortality": "0.1 1/day", "lifespan": "30d"}, "field": FIELD},
        {"life": options.Life(30 * 86400.0, options.ConstantRate(0.1 / 86400), options.FieldRate(WARMTH))},
        ("development", "hazard_left"),
        (),
    ),
    (
        {"behaviour": {"mortality": "loss"}, "field": FIELD},
        {"life": options.Life(math.inf, options.FieldRate(AT_NODES), None)},
        ("hazard_left",),
        (),
    ),
]


@pytest.mark.parametrize(("tables", "expected", "columns", "woken"), TABLE)
def test_kernels_get_what_the_run_file_says(
    folder: Path,
    tables: dict[str, Any],
    expected: dict[str, tuple],
    columns: tuple[str, ...],
    woken: tuple[int, ...],
) -> None:
    it = prepared(folder, **tables)
    found = between_frames(it)
    assert found is not None
    walk = None if it.order.walk is None else found.walk
    general = {"seed": 0, "direction": it.order.direction, "walk": walk, "columns": found.columns}
    assert same(found, options.BesideFlow(**{**general, **expected}))
    assert it.order.columns == columns
    assert moving_statuses(it.order) == (ACTIVE, *woken)


@pytest.mark.parametrize(
    ("competency", "when"),
    [
        ({}, options.ByAge(0.0, math.inf)),
        ({"competency": ["1h", "2h"]}, options.ByAge(3600.0, 7200.0)),
        ({"competency": 1.0, "growth": "0.1 1/day"}, options.ByDevelopment(1.0, math.inf)),
    ],
)
def test_kernels_get_the_polygons_over_the_piece(
    folder: Path, competency: dict[str, Any], when: tuple
) -> None:
    it = prepared(folder, behaviour={"settlement": "reefs.geojson", **competency})
    found = between_frames(it)
    assert found is not None
    assert found.settlement is not None
    assert found.settlement.competency == when
    np.testing.assert_array_equal(found.settlement.habitat.code, it.mesh.given["habitat"])
    assert sorted(found.settlement.habitat.outlines.px) == [1000.0, 1000.0, 3000.0, 3000.0]


def test_who_looks_at_the_sun_gets_it(folder: Path, tmp_path: Path) -> None:
    forcing(tmp_path, coordinates="both", lon=-4.0 + MESH.x / 7e4, lat=50.0 + MESH.y / 1.1e5)
    (tmp_path / "own.py").write_text("def rise(sun):\n    return 1e-3 * sun\n")
    swims = {"migration": {"day": 15, "night": 2, "speed": 0.005}}
    plane = {"files": "flow.nc", "time_interpolation": "linear", "coordinates": "projected"}
    for asked, of_own in (
        (swims, False),
        ({"custom": "own.py:rise"}, True),
        ({**swims, "custom": "own.py:rise"}, True),
    ):
        found = between_frames(prepared(tmp_path, forcing=plane, behaviour=asked))
        assert found is not None
        lights = [found.light] if of_own else []
        lights += [found.migration.light] if found.migration is not None else []
        assert (found.light is not None) == of_own
        assert (found.migration is not None) == ("migration" in asked)
        for light in lights:
            np.testing.assert_allclose(np.linalg.norm(light.up, axis=1), 1.0)
            np.testing.assert_allclose(np.linalg.norm(light.sun, axis=1), 1.0)
            assert len(light.sun) == 60


def test_all_at_once_and_what_new_particles_begin_with(folder: Path) -> None:
    asked = {
        "settling": ["1 mm/s", "2 mm/s"], "growth": "warmth", "mortality": "loss", "settlement": "reefs.geojson",
        "custom": "own.py:rise", "state": {"energy": 2.0}, **WIND, **swim("00:30", "04:00"),
    }  # fmt: skip
    shores = {**EROSION, "coast": "strand", "refloat": "1h"}
    it = prepared(folder, behaviour=asked, boundary=shores, diffusion=WALK, field=FIELD)
    found = between_frames(it)
    assert found is not None
    off = [name for name, option in found._asdict().items() if option is None]
    assert off == ["light", "decay", "leeway"]
    assert found.bed is not None
    assert found.own is not None
    assert found.bed.critical == 0.01
    assert found.bed.course.shape == (it.mesh.elements, COURSE)
    assert same(found.own.fields, (AT_NODES,))
    assert found.own[1:] == (1, False)
    assert it.order.columns == ("settling_speed", "development", "hazard_left", "habitat", "energy")
    assert set(it.order.columns) - {"energy"} <= set(RESERVED_NAMES)
    assert moving_statuses(it.order) == (ACTIVE, STRANDED, DEPOSITED)
    new = np.zeros(1000, PARTICLE)
    new["id"] = np.arange(1000)
    state = with_first_columns(new, it.order)["state"]
    assert (state["energy"] == 2.0).all()
    assert (state["habitat"] == -1.0).all()
    assert (state["development"] == 0.0).all()
    assert 0.001 <= state["settling_speed"].min() < state["settling_speed"].max() <= 0.002
    assert state["hazard_left"].mean() == pytest.approx(1.0, abs=0.15)  # of an exponential law


def test_every_behaviour_fills_a_part_of_its_own() -> None:
    parts = [behaviour.option for behaviour in BEHAVIOURS]
    assert len(parts) == len(set(parts))
    assert set(parts) < set(options.BesideFlow._fields)
    costs = [name for behaviour in BEHAVIOURS for name, _ in behaviour.costs]
    assert len(costs) == len(set(costs))
