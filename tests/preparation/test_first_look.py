"""What a run tells of the numbers of its run file at its start: times beyond its end, depths without water,
rates, thresholds.

The water: 12 h, 10 to 14 m deep, 5 to 15 degC, salinity 35.
"""

import json
import shutil

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.preparation.prepare import prepare_run
from fvdrift.preparation.summary import start_summary
from fvdrift.settings.load import run_file_from
from generate_forcing import Flow, even_levels, rectangle, write_forcing
from tank import HOUR, still

REEF = {
    "type": "FeatureCollection",
    "crs": {"type": "name", "properties": {"name": "EPSG:32630"}},
    "features": [{
        "type": "Feature", "properties": {},
        "geometry": {"type": "Polygon", "coordinates": [[[500, 500], [1500, 500], [1500, 1500], [500, 500]]]},
    }],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bay")
    mesh = rectangle(4000.0, 2000.0, elements=100)
    flow = Flow(
        u=still,
        v=still,
        omega=still,
        kh=still,
        temp=lambda x, y, s, t: 5 + x / 400 + 0 * s,
        salinity=lambda x, y, s, t: 35 + 0 * x * s,
    )
    write_forcing(
        path / "f.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=10 + mesh.x / 1000, siglev=even_levels(2),
        times_us=HOUR * np.arange(13), flow=flow,
    )  # fmt: skip
    with netCDF4.Dataset(path / "f.nc", "a") as file:
        for name, unit in (("part", "1e-3"), ("daily", "1/day"), ("bare", None)):
            file.createVariable(name, "f4", ("time", "node"))[:] = 0.5
            if unit is not None:
                file[name].units = unit
    (path / "reef.geojson").write_text(json.dumps(REEF))
    return path


def warnings(folder, **tables):
    tree = {
        "forcing": {"files": "f.nc"}, "time": {"step": "10min"}, "release": [{"point": [2000.0, 1000.0]}],
        "boundary": {"open": "none"}, "output": {"every": "1h"},
    }  # fmt: skip
    prepared = prepare_run(run_file_from({**tree, **tables}, folder / "run.toml"))
    starts = prepared.source.check()
    return [
        line.removeprefix("warning: ")
        for line in start_summary(prepared, 1, 1, starts)
        if line.startswith("warning: ")
    ]


def behaviour(**keys):
    return {"behaviour": keys}


def counts(**keys):
    return {"statistic": [{"kind": "density", **keys}]}


def water(**layers):
    of_mass = {"release": [{"point": [2000.0, 1000.0], "mass": "1 kg"}]}
    return {**of_mass, "statistic": [{"kind": "concentration", "layers": layers}]}


def decay(**keys):
    return {"release": [{"point": [2000.0, 1000.0], "mass": "1 kg"}], **behaviour(decay=keys)}


SURFACE = {"advection": {"dimension": "surface"}}
SETTLES = {"settlement": "reef.geojson"}
POLYGONS = {"kind": "connectivity", "polygons": "reef.geojson"}


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        (behaviour(competency="2d", **SETTLES), "competency: 2 d, but no particle gets older than 12 h: nobody settles"),
        (behaviour(competency=1.0, growth="1 1/day", **SETTLES), "nobody's is more than 0.5 at the end"),
        (behaviour(lifespan="30d"), "behaviour.lifespan: 30 d, but no particle gets older than 12 h"),
        (behaviour(mortality="0.1 1/day"), None),
        (behaviour(mortality="1e-5 1/day"), "behaviour.mortality: no more than 0.0005 % of all die"),
        ({"boundary": {"open": "none", "coast": "strand", "refloat": "2d"}}, "boundary.refloat: 2 d, but the run lasts 12 h"),
        ({"output": {"every": "1d"}}, "output.every: 1 d, but the run lasts 12 h"),
        ({"release": [{"point": [2000.0, 1000.0], "every": "1d"}]}, "release.0.every: 1 d, but the run lasts 12 h: there is one"),
        ({"checkpoint": {"every": "1d"}}, "checkpoint.every: 1 d, but the run lasts 12 h"),
        ({"alert": [{"when": "mean(temp) > 14", "every": "1d"}]}, "alert.0.every: 1 d"),
        ({"statistic": [{**POLYGONS, "competency": "1d"}]}, "statistic.0.competency: 1 d, but no particle gets older"),
        ({"statistic": [{**POLYGONS, "every": "1d"}]}, "statistic.0.every: 1 d"),
        ({"statistic": [{"kind": "exposure", "period": "1d"}]}, "statistic.0.period: 1 d"),
        ({"statistic": [{"kind": "exposure", "ages": ["0h", "1d", "2d"]}]}, "statistic.0.ages: 1 d"),
        ({"statistic": [{"kind": "exposure", "ages": ["0h", "6h", "1d"]}]}, None),
        (
            {"release": [{"point": [2000.0, 1000.0], "start": "10h"}], **behaviour(lifespan="4h")},
            "behaviour.lifespan: 4 h, but no particle gets older than 2 h",
        ),
        ({"advection": {"depth": "300m"}}, "advection.depth: 300 m, but the deepest water has 14 m"),
        ({"advection": {"depth": "11m"}}, None),
        ({"advection": {"depth": "13m"}}, "advection.depth: 13 m is below the bed at "),
        ({"release": [{"point": [2000.0, 1000.0], "depth": ["200m", "300m"]}]}, "release.0.depth: 200 m, but the deepest water"),
        (
            behaviour(migration={"day": "300m", "night": "2m", "speed": "5 mm/s", "dawn": "06:00", "dusk": "18:00"}),
            "behaviour.migration.day: 300 m, but the deepest water has 14 m (first frame): nobody gets there",
        ),
        ({"alert": [{"when": "min(temp) > 285"}]}, "alert.0.when: min(temp) lies from 5 to 15 degC"),
        ({"alert": [{"when": "min(temp) > 285"}]}, "far from 285; 285 K are 11.85 degC"),
        ({"alert": [{"when": "count(salinity < 0.035) > 0"}]}, "salinity lies from 35 to 35"),
        ({"alert": [{"when": "fraction(temp > 10) > 50"}]}, "fraction(temp > 10) is never 50: it lies from 0 to 1: 50 % is 0.5"),
        ({"alert": [{"when": "count(temp > 10) > 2"}]}, "count(temp > 10) is never 2: it lies from 0 to 1 (there are no more"),
        ({"alert": [{"when": "max(age) > 30"}]}, "max(age) is compared with 30 s: age is in seconds"),
        ({"alert": [{"when": "fraction(age > 10) > 0.5"}]}, "age is compared with 10 s"),
        ({"alert": [{"when": "min(z) > 10"}]}, "min(z) lies from -14 to 0"),
        ({"alert": [{"when": "mean(temp) > 20 or min(z) < -8 or count(salinity < 30) >= 1 or max(age) > 3600"}]}, None),
        (counts(depth=["500m", "600m"]), "statistic.0.depth: 500 m, but the deepest water has 14 m (first frame): nobody"),
        (counts(height=["15m", "16m"]), "statistic.0.height: 15 m, but the deepest water has 14 m"),
        (counts(depth=["13m", "600m"], height=["0m", "50m"]), None),
        (water(depth=["40m", "50m"]), "0.layers: 40 m, but the deepest water has 14 m (first frame): nobody is counted"),
        (water(height=["0m", "5m", "20m", "50m"]), "20 m, but the deepest water has 14 m (first frame): nobody is in"),
        (water(depth=["0m", "5m", "50m"]), None),
        ({**SURFACE, **counts(depth=["1m", "2m"])}, "depth: 1 m, but particles are held at the surface: nobody is counted"),
        ({"advection": {"depth": "5m"}, **counts(depth=["2m", "5m"])}, "depth: 5 m is an edge, and where particles are held"),
        ({"advection": {"depth": "5m"}, **counts(depth=["6m", "8m"])}, "6 m, but particles are held no deeper than 5 m"),
        ({"advection": {"depth": "5m"}, **counts(depth=["0m", "8m"])}, None),
        (counts(status=["stranded"]), "statistic.0.status: no particle of this run gets stranded: nobody is counted"),
        (counts(status=["settled", "deposited"]), "no particle of this run gets settled or deposited"),
        ({"boundary": {"open": "none", "coast": "strand"}, **counts(status=["stranded"])}, None),
        (counts(age=["1d", "2d"]), "statistic.0.age: 1 d, but no particle gets older than 12 h: nobody is counted"),
        (counts(age=["12h", "2d"]), None),
        (counts(where="temp > 285"), "statistic.0.where: temp lies from 5 to 15 degC (by the first frame), far from 285; 285 K"),
        (counts(where="age > 90000"), "statistic.0.where: age is never 90000: it lies from 0 to 43200 s"),
        (counts(where="age > 30"), "statistic.0.where: age is compared with 30 s: age is in seconds"),
        (counts(where="temp > 9 and status == 7"), "where: status is never 7: those count that are active (1), stranded (2)"),
        (counts(status=["active"], where="status == stranded"), "status is never 2: those count that are active (1)"),
        (counts(where="dry == 2"), "statistic.0.where: dry is never 2: it lies from 0 to 1"),
        (counts(where="sigma > 0.5"), "statistic.0.where: sigma is never 0.5: it lies from -1 to 0"),
        (counts(where="x < -5 or y > 9"), "x is never -5: it lies from 0 to 4000 on the mesh, as the run has its coordinates"),
        ({"alert": [{"when": "count(status == 12) > 0"}]}, "status is never 12: those count that are not_released (0)"),
        ({"alert": [{"when": "count(x > -5) > 0"}]}, "alert.0.when: x is never -5: it lies from 0 to 4000 on the mesh"),
        (counts(where="2 < water_depth < 15 and temp > 20 and x > 9 and status != stranded and age > 3600"), None),
        ({"field": [{"name": "joy", "expression": "exp(-((temp - 285) / 3)**2)"}]}, "field.0.expression: temp lies from 5 to 15"),
        ({"field": [{"name": "joy", "expression": "exp(-((temp - 12) / 3)**2) + (temp + 273.15) / 300"}]}, None),
        ({"field": [{"name": "d", "expression": "temp - 10"}], **behaviour(mortality="d")}, "d is in degC, which is no rate"),
        ({"field": [{"name": "d", "expression": "temp - 10"}], **behaviour(mortality="d")}, "d is negative, down to -5 1/day"),
        ({"field": [{"name": "d", "expression": "0.05 * temp"}], **behaviour(mortality="d")}, None),
        ({"field": [{"name": "d", "expression": "1e3 * temp"}], **behaviour(growth="d")}, "d is up to 1.5e+04 1/day"),
        ({"field": [{"name": "d", "expression": "log(temp - 10)"}], **behaviour(growth="d")}, "d has no value at "),
        ({"diffusion": {"horizontal": "100 m2/s"}}, "a step of the walk across goes 346 m, and half of the elements"),
        ({"diffusion": {"horizontal": "1 m2/s"}}, None),
        ({"diffusion": {"vertical": "0.2 m2/s"}}, "in a step the walk goes 15.5 m, and the deepest water has 14 m"),
        ({"diffusion": {"vertical": "0.01 m2/s"}}, None),
    ],
)  # fmt: skip
def test_what_the_run_cannot_do_is_told(folder, tables, says):
    found = warnings(folder, **tables)
    assert any(says in line for line in found) if says else found == [], found


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        (behaviour(mortality="temp"), "behaviour.mortality: temp is in degC, which is no rate"),
        (
            behaviour(mortality="salinity"),
            "behaviour.mortality: salinity is in 1, which is no rate; make a rate per day of it",
        ),
        (behaviour(growth="salinity"), "behaviour.growth: salinity is in 1, which is no rate"),
        (behaviour(growth="part"), "behaviour.growth: part is in 1e-3, which is no rate"),
        (decay(rate="salinity"), "behaviour.decay.rate: salinity is in 1, which is no rate"),
        (
            decay(t90="1d", light=1e-6, attenuation="salinity"),
            "decay.attenuation: salinity is in 1, and is taken in 1/m",
        ),
        (
            decay(t90="1d", light=1e-6, attenuation="0.1 1/m", irradiance="part"),
            "decay.irradiance: part is in 1e-3, and is taken in W/m2",
        ),
        (behaviour(growth="kh"), "behaviour.growth: kh is in m2 s-1, which is no rate"),
        (
            {
                "field": [{"name": "d", "expression": "temp / 100", "units": "1/s"}],
                **behaviour(mortality="d"),
            },
            "d is in 1/s, and is taken per day",
        ),
        (
            {"field": [{"name": "d", "expression": "temp", "units": "degC"}], **behaviour(growth="d")},
            "which is no rate",
        ),
    ],
)
def test_a_variable_of_the_wrong_kind_is_refused(folder, tables, says):
    with pytest.raises(RunFileError, match=r"no rate|per day|is taken in") as error:
        warnings(folder, **tables)
    assert says in str(error.value)


@pytest.mark.parametrize("name", ["daily", "bare", "share"])
def test_a_rate_and_what_says_no_unit_are_taken(folder, name):
    share = {"name": "share", "expression": "salinity / 35"}
    assert warnings(folder, field=[share], **behaviour(growth=name)) == []


def test_a_wind_in_degrees_is_refused(folder, tmp_path):
    """The speed and the direction of a wind, which are not its parts towards x and y."""
    shutil.copy(folder / "f.nc", tmp_path / "f.nc")
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        for name, unit in (("wspeed", "m s-1"), ("wdir", "degrees")):
            file.createVariable(name, "f4", ("time", "nele")).units = unit
            file[name][:] = 7.0
    with pytest.raises(RunFileError, match=r"behaviour.wind: wdir is in degrees, which is no speed"):
        warnings(tmp_path, behaviour={"windage": 0.03, "wind": ["wspeed", "wdir"]})


def test_a_field_that_is_said_to_be_a_rate_is_one(folder):
    field = {"name": "d", "expression": "max(temp - 3, 0)"}
    assert any("no rate" in line for line in warnings(folder, field=[field], **behaviour(mortality="d")))
    for unit in ("1/day", "day-1", "per day", "d^-1"):
        assert warnings(folder, field=[{**field, "units": unit}], **behaviour(mortality="d")) == []


def test_longitudes_of_where_are_those_of_the_mesh(tmp_path):
    """A mesh from 179.99 to 180.046 degrees: -179.95, on the same meridian as 180.05, is off it."""
    mesh = rectangle(4000.0, 2000.0, elements=100)
    degree = np.pi / 180 * 6_371_000.0
    lon, lat = 179.99 + mesh.x / (degree * np.cos(np.radians(50))), 50 + mesh.y / degree
    write_forcing(
        tmp_path / "f.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=10.0, siglev=even_levels(2), lon=lon, lat=lat,
        coordinates="geographic", times_us=HOUR * np.arange(13), flow=Flow(u=still, v=still, omega=still),
    )  # fmt: skip
    release = [{"point": [float(lon.mean()), 50.01]}]
    (said,) = warnings(tmp_path, release=release, **counts(where="x > -179.95"))
    assert said.startswith("statistic.0.where: x is never -179.95: it lies from 179.99")
    assert warnings(tmp_path, release=release, **counts(where="x > 180.01")) == []
