"""What particles are asked to do beside drifting: what workers are ordered, and what is refused with a
sentence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fvdrift.behaviour import with_first_columns
from fvdrift.behaviour.life import Life
from fvdrift.errors import RunFileError
from fvdrift.orders.variable import Sample
from fvdrift.preparation.summary import start_summary
from fvdrift_kernels.state import PARTICLE
from preparation.test_prepare import forcing, prepared

HERE = [[1000.0, 500.0], [3000.0, 500.0], [3000.0, 1500.0], [1000.0, 1500.0], [1000.0, 500.0]]
FIELD = [{"name": "warmth", "expression": "temp - 10"}, {"name": "loss", "expression": "salinity / 35"}]


def geojson(folder: Path, ring: list[list[float]]) -> str:
    crs = {"type": "name", "properties": {"name": "EPSG:32630"}}
    feature = {
        "type": "Feature",
        "properties": {"name": "reef"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (folder / "reefs.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
    )
    return "reefs.geojson"


def test_nothing_is_ordered_where_nothing_is_asked(tmp_path: Path) -> None:
    assert prepared(tmp_path).order.behaviour is None
    # a bed that keeps, without anything but the flow to bring particles there, and a wind that moves nobody
    idle = prepared(
        tmp_path, boundary={"bottom": "deposit"}, behaviour={"windage_depth": "1m", "settling": 0}
    )
    assert idle.order.behaviour is None
    assert idle.order.columns == ()


def test_a_wind_that_does_not_reach_the_depth_all_are_held_at_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match=r"behaviour.windage: moves what is less than 0.1 m deep"):
        prepared(tmp_path, advection={"depth": "0.5 m"}, behaviour={"windage": "2 %"})
    with pytest.raises(RunFileError) as refused:  # there is no wind in these files
        prepared(tmp_path, advection={"depth": "0.5 m"}, behaviour={"windage": "2 %", "windage_depth": "1 m"})
    assert "m deep" not in str(refused.value)


def test_development_may_begin_at_release_and_counts_in_what_is_told(tmp_path: Path) -> None:
    """A tenth a day leads from 0.9 to 0.95 in half a day, and from 0 to nowhere near 1."""
    place = geojson(tmp_path, HERE)
    for begin, competency, told in ((0.9, 0.9, False), (0.0, 0.9, True)):
        it = prepared(
            tmp_path,
            behaviour={
                "growth": "0.1 1/day", "development": begin, "settlement": place, "competency": competency,
            },
        )  # fmt: skip
        new = with_first_columns(np.zeros(3, PARTICLE), it.order)
        assert (new["state"]["development"] == begin).all()
        assert any("nobody settles" in line for line in start_summary(it, 1, 1, None)) == told


def test_what_is_looked_at_is_read_and_what_is_carried_can_be_written(tmp_path: Path) -> None:
    it = prepared(
        tmp_path, field=FIELD, output={"variables": ["development", "hazard_left"]},
        behaviour={
            "growth": "warmth", "mortality": "loss", "settling": ["1 mm/s", "2 mm/s"],
            "settlement": geojson(tmp_path, HERE), "competency": 1.0,
        },
    )  # fmt: skip
    assert {"temp", "salinity"} <= set(it.supply.names)
    assert "warmth" not in it.supply.names
    assert it.order.columns == ("settling_speed", "development", "hazard_left", "habitat")
    assert it.order.behaviour is not None
    life = it.order.behaviour.part(Life)
    assert life is not None
    assert life.growth == Sample("warmth", "node", "layer")
    assert it.variables == ("development", "hazard_left", "habitat")
    assert set(it.mesh.given["habitat"].tolist()) == {-2, -1}  # some are off it, others at its sides
    (said,) = [line for line in start_summary(it, 1, 1, None) if "habitat" in line]
    assert said == (
        "each sinking or rising at its own speed; growth by warmth; mortality by loss; settling in 1 habitat(s)"
    )


def test_a_habitat_off_the_mesh_is_told(tmp_path: Path) -> None:
    far = [[x + 1e5, y] for x, y in HERE]
    it = prepared(tmp_path, behaviour={"settlement": geojson(tmp_path, far)})
    assert any("reef" in note and "touches no element" in note for note in it.notes)


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"behaviour": {"mortality": "tmep"}},
        "behaviour.mortality: there is no variable or [[field]] 'tmep' (did you mean temp?)",
    ),
    ({"behaviour": {"growth": "ww"}}, "behaviour.growth: ww is given on elements, not on nodes"),
    ({"behaviour": {"windage": 0.02}}, "behaviour.wind: the forcing has no 'uwind_speed'"),
    (
        {"behaviour": {"windage": 0.02, "wind": ["u", "v"]}},
        "behaviour.wind: u is given on layers: that is no wind",
    ),
    (
        {"behaviour": {"windage": 0.02}, "advection": {"dimension": "2d"}},
        "behaviour.windage: acts at the surface, which a 2-D run doesn't have",
    ),
    *(
        (
            {"behaviour": {"leeway": "PIW-1"}, "advection": kept},
            'behaviour.leeway: is of what floats: set advection.dimension = "surface", or a held advection.depth of at most 1 m',
        )
        for kept in ({}, {"dimension": "2d"}, {"depth": 5})
    ),
    (
        {"behaviour": {"leeway": "PIW-1", "windage": 0.02}, "advection": {"dimension": "surface"}},
        "behaviour.leeway: is the push of the wind, as is behaviour.windage: keep one of them",
    ),
    (
        {"behaviour": {"leeway": "PIW-1"}, "advection": {"depth": 0.5}},
        "behaviour.wind: the forcing has no 'uwind_speed'",
    ),
    (
        {"behaviour": {"settling": 1e-3}, "advection": {"dimension": "surface"}},
        "behaviour.settling: needs a 3-D run",
    ),
    (
        {"behaviour": {"migration": {"day": 9, "night": 1, "speed": 1e-3}}, "advection": {"depth": 5}},
        "behaviour.migration: needs a 3-D run",
    ),
    (
        {"behaviour": {"migration": {"day": 9, "night": 1, "speed": 1e-3}}},
        "behaviour.migration: the forcing has no longitude and latitude, so where the sun is is not known; give dawn and dusk",
    ),
    (
        {"behaviour": {"lifespan": 9}, "time": {"direction": "backward"}},
        "behaviour.lifespan: has no meaning in a backward run",
    ),
    (
        {"boundary": {"coast": "strand", "refloat": "1h"}, "time": {"direction": "backward"}},
        "boundary.refloat: has no meaning in a backward run",
    ),
    *(
        (
            {"boundary": {"bottom": "deposit"}, "advection": kept},
            'boundary.bottom = "deposit": needs a 3-D run',
        )
        for kept in ({"dimension": "surface"}, {"dimension": "2d"}, {"depth": 5})
    ),
    *(
        (
            {"behaviour": {"custom": "own.py:rise"}, "advection": kept},
            "own.py:1: rise returns a motion up or down",
        )
        for kept in ({"dimension": "surface"}, {"dimension": "2d"}, {"depth": 5})
    ),
    (
        {"behaviour": {"custom": "own.py:die"}, "time": {"direction": "backward"}},
        "own.py:3: die returns a status, which has no meaning in a backward run",
    ),
    ({"advection": {"stokes_drift": ["us", "vs"]}}, "advection.stokes_drift: the forcing has no 'us'"),
    (
        {"advection": {"stokes_drift": ["temp", "v"]}},
        "advection.stokes_drift: temp is given on nodes, not on elements",
    ),
    (
        {"advection": {"stokes_drift": ["u", "v"], "dimension": "2d"}},
        "advection.stokes_drift: u is given in layers",
    ),
    ({"behaviour": {"settlement": "nowhere.geojson"}}, "nowhere.geojson: cannot be read"),
    ({"behaviour": {"custom": "none.py:swim"}}, "behaviour.custom"),
]


@pytest.mark.parametrize(("tables", "sentence"), REFUSED)
def test_what_cannot_be_is_refused_by_its_key(tmp_path: Path, tables: dict[str, Any], sentence: str) -> None:
    (tmp_path / "own.py").write_text(
        "def rise():\n    return 1e-3\ndef die():\n    return 0.0, 0.0, 0.0, 6\n"
    )
    with pytest.raises(RunFileError) as refused:
        prepared(tmp_path, **tables)
    assert len(refused.value.problems) == 1 or sentence in refused.value.problems[0]
    assert sentence in str(refused.value)


def test_a_drift_of_the_surface_wants_to_know_how_deep_it_goes(tmp_path: Path) -> None:
    forcing(tmp_path, wind=(5.0, 2.0))
    drift = {"stokes_drift": ["uwind_speed", "vwind_speed"]}
    with pytest.raises(
        RunFileError, match=r"uwind_speed is given at the surface only; give advection\.stokes_depth"
    ):
        prepared(tmp_path, advection=drift)
    deep = prepared(tmp_path, advection={**drift, "stokes_depth": "3m"}).order.stokes
    assert deep is not None
    assert deep.depth == 3.0
    surface = prepared(tmp_path, advection={**drift, "dimension": "surface"})
    assert surface.order.stokes is not None
    assert surface.order.stokes.depth is None
    assert {"uwind_speed", "vwind_speed"} <= surface.supply.on_elements


def test_waves_beside_what_was_measured_among_waves_are_told(tmp_path: Path) -> None:
    forcing(tmp_path, wind=(5.0, 2.0))
    waves = {"dimension": "surface", "stokes_drift": ["uwind_speed", "vwind_speed"]}
    it = prepared(tmp_path, advection=waves, behaviour={"leeway": "PIW-1"})
    told = list(start_summary(it, 1, 1, None))
    assert any("behaviour.leeway: was measured among waves" in line for line in told)
    assert any("leeway of PIW-1 by uwind_speed, vwind_speed" in line for line in told)


def test_columns_are_no_variables_of_the_water(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def swim(state):\n    return state.temp\n")
    with pytest.raises(RunFileError, match=r"behaviour\.state: temp is a variable of the forcing"):
        prepared(tmp_path, behaviour={"custom": "own.py:swim", "state": {"temp": 1.0}})


CARRIED = [{"count": 4, "box": [1000.0, 500.0, 3000.0, 1500.0], "mass": "2 kg"}]


def test_what_particles_carry_is_recorded_exactly(tmp_path: Path) -> None:
    it = prepared(tmp_path, release=CARRIED)
    assert it.order.columns == ("mass",)
    assert [(each.name, each.units, each.kind) for each in it.output_variables] == [("mass", "kg", "f8")]
    assert it.order.behaviour is not None
    assert it.order.behaviour.parts == ()
    assert any("2 kg in all" in line for line in start_summary(it, 1, 1, None))
    decaying = prepared(tmp_path, release=CARRIED, behaviour={"decay": {"half_life": "1h"}})
    assert decaying.order.amounts == ("mass", "mass_released")
    by_field = prepared(tmp_path, release=CARRIED, field=FIELD, behaviour={"decay": {"rate": "warmth"}})
    assert by_field.order.amounts == ("mass",)
    assert "temp" in by_field.supply.names


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ({"behaviour": {"decay": {"t90": "1d"}}}, "behaviour.decay: particles carry nothing"),
        (
            {"release": CARRIED, "behaviour": {"decay": {"rate": "tmep"}}},
            "behaviour.decay.rate: there is no variable or [[field]] 'tmep' (did you mean temp?)",
        ),
        ({"release": CARRIED, "behaviour": {"decay": {"rate": "temp"}}}, "temp is in degC, which is no rate"),
        (
            {
                "release": CARRIED,
                "behaviour": {
                    "decay": {"t90": "1d", "light": 1e-6, "attenuation": "temp", "irradiance": "salinity"}
                },
            },
            "attenuation: temp is in degC, and is taken in 1/m",
        ),
        (
            {"release": CARRIED, "time": {"direction": "backward"}, "behaviour": {"decay": {"t90": "1d"}}},
            "behaviour.decay: has no meaning in a backward run",
        ),
        (
            {"release": CARRIED, "field": [{"name": "mass", "expression": "2 * temp"}]},
            "field.0 (mass): particles carry a mass: take another name",
        ),
    ],
)
def test_amounts_that_cannot_be_are_refused(tmp_path: Path, tables: dict[str, Any], told: str) -> None:
    with pytest.raises(RunFileError) as caught:
        prepared(tmp_path, **tables)
    assert told in str(caught.value)
