"""The keys of particle behaviour: what they become, what goes with what, and that what is written reads back
the same."""

import datetime
import json
import math
import pickle
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fvdrift.commands.new import run_file_template
from fvdrift.commands.schema import json_schema
from fvdrift.errors import RunFileError
from fvdrift.settings import resolved_keys
from fvdrift.settings.behaviour_values import RESERVED_NAMES, Competency, Custom, Migration
from fvdrift.settings.load import run_file_from
from fvdrift.settings.settling import Grain, Settling
from fvdrift.settings.stokes_law import stokes_speed

RUN = Path("run.toml")
DAY = 86400.0
HOUR_US = 3_600_000_000


def read(text="", **tables):
    """A run file with `text` after its least, or with tables given as TOML would."""
    tree = {"forcing": {"files": "flow.nc"}, "release": [{"point": [1, 2]}], **tomllib.loads(text), **tables}
    run = run_file_from(tree, RUN)
    assert run_file_from(json.loads(json.dumps(resolved_keys(run, whole=True))), RUN) == run
    return run


def behaviour(text="", **keys):
    return read(f"[behaviour]\n{text}").behaviour if text else read(behaviour=keys).behaviour


def problems(text):
    with pytest.raises(RunFileError) as error:
        read(text)
    return [problem.removeprefix("run.toml: ") for problem in error.value.problems]


def test_nothing_is_on_unless_it_is_asked_for():
    run = read()
    asked = run.behaviour
    assert asked.settling == Settling("constant", 0.0, 0.0)
    assert asked.settling.off
    optional = (
        asked.migration,
        asked.mortality,
        asked.growth,
        asked.lifespan,
        asked.settlement,
        asked.competency,
        asked.custom,
    )
    assert optional == (None,) * 7
    assert (asked.windage, asked.windage_depth, asked.wind) == (0.0, 0.1, ("uwind_speed", "vwind_speed"))
    assert asked.state == {}
    assert (run.boundary.refloat, run.boundary.resuspension, run.boundary.roughness) == (None, None, 0.001)
    assert (run.advection.stokes_drift, run.advection.stokes_depth) == (None, None)


@pytest.mark.parametrize(
    ("written", "settling"),
    [
        ('"0.2 mm/s"', Settling("constant", 0.0002, 0.0002)),
        ("-0.001", Settling("constant", -0.001, -0.001)),
        ('["0.1 mm/s", "0.4 mm/s"]', Settling("even", 0.0001, 0.0004)),
        ('["1 mm/s", "-1 mm/s"]', Settling("even", -0.001, 0.001)),
        ('["1 mm/s", 0.001]', Settling("constant", 0.001, 0.001)),
        ('{ mean = "1 mm/s", sd = "0.2 mm/s" }', Settling("normal", 0.001, 0.0002)),
        ('{ mean = "-1 mm/s", sd = 0 }', Settling("constant", -0.001, -0.001)),
    ],
)
def test_settling_is_a_speed_or_a_spread_of_speeds(written, settling):
    asked = behaviour(f"settling = {written}").settling
    assert asked == settling
    assert not asked.off


@pytest.mark.parametrize(
    "written", ["0", '["0 m/s", 0]', "{ mean = 0, sd = 0 }", '{ grain = "1um", density = 1025 }']
)
def test_settling_at_no_speed_is_off(written):
    assert behaviour(f"settling = {written}").settling.off


def test_a_grain_settles_by_stokes_law():
    asked = behaviour('settling = { grain = "0.05 mm", density = "2650 kg/m3" }').settling
    # 1625 * 9.81 * (5e-5)2 / (18 * 0.00122) = 1.81481e-3 m/s
    assert asked.kind == "constant"
    assert asked.first == asked.second == pytest.approx(1.81481e-3, rel=1e-5)
    assert asked.grain == Grain(5e-5, 5e-5, 2650.0, 1025.0, 0.00122)
    other = behaviour(
        'settling = { grain = "50 um", density = "0.95 g/cm3", water_density = "1000 kg/m3", viscosity = "1 mPa s" }'
    ).settling
    assert other.first == pytest.approx(-50 * 9.81 * 25e-10 / 0.018)


@pytest.mark.parametrize("density", [2650.0, 900.0])
def test_diameters_evenly_spread_have_roots_of_speeds_evenly_spread(density):
    asked = behaviour(settling={"grain": ["0.1 mm", "0.05 mm"], "density": density}).settling
    assert asked.kind == "grain"
    assert not asked.off
    for share in (0.0, 0.3, 1.0):
        root = asked.first + share * (asked.second - asked.first)
        assert root * abs(root) == pytest.approx(
            stokes_speed(5e-5 + share * 5e-5, density, 1025.0, 0.00122), rel=1e-12
        )


@pytest.mark.parametrize(
    ("written", "dawn", "dusk"),
    [
        ("", None, None),
        (', dawn = "06:00", dusk = "20:30"', 6 * HOUR_US, 20 * HOUR_US + HOUR_US // 2),
        # an ocean where day spans midnight UTC
        (', dawn = "18:00Z", dusk = "6:00:00.5"', 18 * HOUR_US, 6 * HOUR_US + 500_000),
        (", dawn = 00:00:00, dusk = 23:59:59.999999", 0, 24 * HOUR_US - 1),
    ],
)
def test_migration_goes_by_the_sun_or_by_the_clock(written, dawn, dusk):
    asked = behaviour(f'migration = {{ day = "20m", night = 2, speed = "5 mm/s"{written} }}').migration
    assert asked == Migration(20.0, 2.0, 0.005, dawn, dusk)


@pytest.mark.parametrize("key", ["mortality", "growth"])
@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ('"0.1 1/day"', 0.1 / DAY),
        ('"0.1/day"', 0.1 / DAY),
        ('"1/h"', 1 / 3600),
        ('"2 1/s"', 2.0),
        ("0", 0.0),
        ('"deaths_per_day"', "deaths_per_day"),
    ],
)
def test_a_rate_is_per_second_or_a_name(key, written, rate):
    asked = getattr(behaviour(f"{key} = {written}"), key)
    assert asked == (rate if isinstance(rate, str) else pytest.approx(rate, rel=1e-15))
    assert type(asked) is type(rate)


@pytest.mark.parametrize(
    ("written", "competency"),
    [
        ('"10 days"', Competency("age", 10 * DAY, math.inf)),
        ('["10d", "480 h"]', Competency("age", 10 * DAY, 20 * DAY)),
        ('"0 s"', Competency("age", 0.0)),
        ("1.0", Competency("development", 1.0, math.inf)),
        ("[1, 1.5]", Competency("development", 1.0, 1.5)),
    ],
)
def test_competency_is_by_age_or_by_development(written, competency):
    assert (
        behaviour(f'competency = {written}\ngrowth = "0.1 1/day"\nsettlement = "reefs.geojson"').competency
        == competency
    )


@pytest.mark.parametrize(("written", "share"), [('"3 %"', 0.03), ("0.03", 0.03), ("0", 0.0), ('"20%"', 0.2)])
def test_windage_is_a_share_of_the_wind(written, share):
    assert behaviour(f"windage = {written}").windage == share


def test_the_other_keys_become_what_is_used_inside():
    run = read(
        """
        [advection]
        stokes_drift = ["u_stokes", "v_stokes"]
        stokes_depth = "5m"
        [behaviour]
        lifespan = "30d"
        settlement = "reefs.geojson"
        windage_depth = "50 cm"
        wind = ["U10", "V10"]
        custom = "own/my_larvae.py:swim"
        [behaviour.state]
        energy = 1
        appetite = -0.5
        [boundary]
        coast = "strand"
        refloat = "12h"
        bottom = "deposit"
        resuspension = "1 cm/s"
        roughness = "2 mm"
        """
    )
    assert (run.advection.stokes_drift, run.advection.stokes_depth) == (("u_stokes", "v_stokes"), 5.0)
    asked = run.behaviour
    assert (asked.lifespan, asked.settlement) == (720 * HOUR_US, "reefs.geojson")
    assert asked.custom == Custom("own/my_larvae.py", "swim")
    assert (asked.windage_depth, asked.wind) == (0.5, ("U10", "V10"))
    assert list(asked.state.items()) == [("energy", 1.0), ("appetite", -0.5)]
    assert all(type(start) is float for start in asked.state.values())
    assert (run.boundary.refloat, run.boundary.resuspension, run.boundary.roughness) == (
        12 * HOUR_US,
        0.01,
        0.002,
    )
    assert pickle.loads(pickle.dumps(run)) == run


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[behaviour]\nsettling = "12 m/s"', 'behaviour.settling: "12 m/s" is no speed of settling'),
        (
            "[behaviour]\nsettling = [1]",
            'behaviour.settling: [1] is not a range of speeds: it has two ends, ["0.1 mm/s"',
        ),
        ("[behaviour]\nsettling = {}", "behaviour.settling.grain: is missing"),
        ("[behaviour]\nsettling = { mean = 1 }", "behaviour.settling.sd: is missing"),
        ("[behaviour]\nsettling = { mean = 0, sd = -1 }", "behaviour.settling.sd: -1 must not be negative"),
        (
            "[behaviour]\nsettling = { men = 0, sd = 1 }",
            "behaviour.settling.men: unknown key (did you mean mean?)",
        ),
        (
            "[behaviour]\nsettling = { grain = 1e-4, density = 2000, sd = 1 }",
            "behaviour.settling: mean and sd describe",
        ),
        (
            "[behaviour]\nsettling = { grain = 0, density = 2000 }",
            "behaviour.settling.grain: 0 must be longer than 0 m",
        ),
        (
            "[behaviour]\nsettling = { grain = [1], density = 2000 }",
            "behaviour.settling.grain: [1] is not a range of diameters",
        ),
        (
            "[behaviour]\nsettling = { grain = 1e-4, density = 2.65 }",
            "behaviour.settling.density: 2.65 is not a density from 10 to 30000 kg/m3",
        ),
        (
            "[behaviour]\nsettling = { grain = 1e-4, density = 2000, viscosity = 1e-6 }",
            "behaviour.settling.viscosity: 1e-06 is not a viscosity from 0.0001 to 1 Pa s",
        ),
        (
            '[behaviour]\nsettling = { grain = ["0.1 mm", "0.2 mm"], density = 2650 }',
            "behaviour.settling.grain: a grain of 0.2 mm has the Reynolds number 4.88, and Stokes' law holds below about 1: "
            "give its speed instead, 20 mm/s by Ferguson & Church (2004)",
        ),
        ('[behaviour]\nmigration = "20m"', 'behaviour.migration: "20m" must be a table: { day = "20m"'),
        (
            "[behaviour]\nmigration = { day = 1, nigth = 2 }",
            "behaviour.migration.nigth: unknown key (did you mean night?)",
        ),
        ("[behaviour]\nmigration = { day = 1, nigth = 2 }", "behaviour.migration.night: is missing"),
        ("[behaviour]\nmigration = { day = 1, nigth = 2 }", "behaviour.migration.speed: is missing"),
        (
            "[behaviour]\nmigration = { speed = 0 }",
            "behaviour.migration.speed: 0 must be above 0 and below 10 m/s",
        ),
        (
            '[behaviour]\nmigration = { dawn = "06:00" }',
            "behaviour.migration: dawn and dusk go together: give both, or neither",
        ),
        (
            '[behaviour]\nmigration = { dawn = "24:00" }',
            'behaviour.migration.dawn: "24:00" is not a time of day',
        ),
        ("[behaviour]\nmigration = { dawn = 6 }", "behaviour.migration.dawn: 6 is not a time of day"),
        (
            '[behaviour]\nmigration = { day = 9, night = 1, speed = 1, dawn = "06:00", dusk = 06:00:00 }',
            "behaviour.migration: dawn and dusk are both 06:00",
        ),
        ('[behaviour]\nmortality = "-1/day"', 'behaviour.mortality: "-1/day" must be at least 0'),
        (
            '[behaviour]\nmortality = "10 %/day"',
            'behaviour.mortality: "10 %/day": "%/day" is not a unit of a rate (known: 1/s, 1/h, 1/day); or write the name',
        ),
        ('[behaviour]\ngrowth = "if"', 'behaviour.growth: "if" is not a name'),
        ("[behaviour]\nlifespan = 0", "behaviour.lifespan: 0 must be longer than 0 s"),
        ('[behaviour]\ncompetency = "10d"', "behaviour: competency needs settlement"),
        (
            '[behaviour]\ncompetency = 1.0\nsettlement = "a.geojson"',
            "behaviour.competency: a plain number is a development",
        ),
        (
            '[behaviour]\ncompetency = ["10d", 20]',
            "behaviour.competency: ['10d', 20] must be two ages in quotes, or two numbers",
        ),
        (
            '[behaviour]\ncompetency = ["20d", "10d"]',
            'behaviour.competency: "10d" is before "20d": write the earlier one first',
        ),
        ("[behaviour]\ncompetency = -1", "behaviour.competency: -1 must not be negative"),
        ("[behaviour]\ndevelopment = 0.5", "behaviour: development needs growth"),
        (
            '[behaviour]\ngrowth = "0.1 1/day"\ndevelopment = -1',
            "behaviour.development: -1 is not a number from 0 to 1e+09",
        ),
        (
            "[behaviour]\nwindage = 0.3",
            "behaviour.windage: 0.3 is not a share of the wind speed from 0 to 0.2",
        ),
        (
            '[behaviour]\nwindage = "0.03"',
            'behaviour.windage: "0.03" is not a share of the wind speed from 0 to 0.2: write 0.03',
        ),
        ("[behaviour]\nwindage_depth = 0", "behaviour.windage_depth: 0 must be longer than 0 m"),
        ('[behaviour]\nwind = "u"', 'behaviour.wind: "u" must be two names'),
        ('[behaviour]\nwind = ["u", "u"]', 'behaviour.wind: "u" is there twice'),
        (
            '[behaviour]\ncustom = "swim.py"',
            'behaviour.custom: "swim.py" must name a Python file and a function in it',
        ),
        (
            '[behaviour]\ncustom = ".py:swim"',
            'behaviour.custom: ".py:swim" must name a Python file and a function in it',
        ),
        ('[behaviour]\ncustom = "larvae.py:1swim"', 'behaviour.custom: "1swim" is not a name'),
        ("[behaviour]\nstate = 1", "behaviour.state: 1 must be a table of names and numbers"),
        ("[behaviour]\nstate = { energy = 1 }", "behaviour.state: needs custom"),
        ("[behaviour.state]\nenergy = inf", "behaviour.state.energy: inf is not a number I can use"),
        ('[behaviour.state]\n"a b" = 1', 'behaviour.state."a b": "a b" is not a name'),
        ('[boundary]\nrefloat = "6h"', 'boundary.refloat: needs coast = "strand"'),
        ('[boundary]\nresuspension = "1 cm/s"', 'boundary.resuspension: needs bottom = "deposit"'),
        (
            '[boundary]\nbottom = "deposit"\nresuspension = 0',
            "boundary.resuspension: 0 must be above 0 and below 10 m/s",
        ),
        ("[boundary]\nroughness = -1", "boundary.roughness: -1 must be longer than 0 m"),
        ('[advection]\nstokes_drift = ["u"]', "advection.stokes_drift: ['u'] must be two names"),
        ('[advection]\nstokes_depth = "5m"', "advection: stokes_depth needs stokes_drift"),
        ("[behaviour]\nsetling = 1", "behaviour.setling: unknown key (did you mean settling?)"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text, sentence):
    found = problems(text)
    assert any(problem.startswith(sentence) for problem in found), found
    assert all("\n" not in problem and len(problem) < 300 for problem in found)


@pytest.mark.parametrize("name", RESERVED_NAMES)
def test_the_names_of_what_particles_have_anyway_are_taken(name):
    found = problems(f'[behaviour]\ncustom = "larvae.py:swim"\nstate = {{ {name} = 1.0 }}')
    assert found == [f"behaviour.state.{name}: is a name that fvdrift uses itself: choose another"]


def test_a_wrong_neighbour_is_the_only_one_to_blame():
    found = problems(
        '[boundary]\ncoast = "stand"\nrefloat = "6h"\n[behaviour]\ncustom = 3\nstate = { energy = 1 }'
    )
    assert [problem.split(": ")[0] for problem in found] == ["behaviour.custom", "boundary.coast"]


def test_inline_tables_can_be_laid_over(tmp_path):
    from fvdrift.settings.load import load_run_file

    path = tmp_path / "run.toml"
    path.write_text('[forcing]\nfiles = "flow.nc"\n[[release]]\npoint = [1, 2]\n')
    run = load_run_file(
        path,
        [
            "behaviour.settling.mean=1 mm/s",
            "behaviour.settling.sd=0.1 mm/s",
            "behaviour.custom=larvae.py:swim",
            "behaviour.state.energy=2",
        ],
    )
    assert run.behaviour.settling == Settling("normal", 0.001, 0.0001)
    assert run.behaviour.state == {"energy": 2.0}


SPEEDS = st.floats(-0.5, 0.5)
LENGTHS = st.floats(1e-9, 1e4)
PAIRS = st.tuples(SPEEDS, SPEEDS).map(list)
GRAINS = st.fixed_dictionaries(
    {"grain": st.floats(1e-7, 5e-5) | st.tuples(st.floats(1e-7, 5e-5), st.floats(1e-7, 5e-5)).map(list),
     "density": st.floats(500, 3000)},
    optional={"water_density": st.floats(990, 1030), "viscosity": st.floats(1e-3, 2e-3)},
)  # fmt: skip
DURATIONS = st.integers(1, 10**12 - 1).map(lambda count: f"{count} us") | st.integers(1, 10**9).map(
    lambda count: f"{count} s"
)
BEHAVIOURS = st.fixed_dictionaries(
    {"growth": st.floats(0, 0.02)},
    optional={
        "settling": SPEEDS | PAIRS | GRAINS | st.fixed_dictionaries({"mean": SPEEDS, "sd": st.floats(0, 0.5)}),
        "migration": st.fixed_dictionaries(
            {"day": LENGTHS, "night": LENGTHS, "speed": st.floats(1e-9, 1)},
            optional={},
        )
        | st.fixed_dictionaries(
            {
                "day": LENGTHS, "night": LENGTHS, "speed": st.floats(1e-9, 1),
                "dawn": st.times(max_value=datetime.time(11, 59)), "dusk": st.times(min_value=datetime.time(12)),
            }
        ),
        "mortality": st.floats(0, 0.02) | st.just("kh"),
        "lifespan": DURATIONS,
        "windage": st.floats(0, 0.2),
        "windage_depth": st.floats(1e-9, 1e3),
    },
)  # fmt: skip
COMPETENCIES = (
    st.none()
    | DURATIONS
    | st.floats(0, 1e9)
    | st.lists(st.floats(0, 1e9), min_size=2, max_size=2).map(sorted)
)


@given(BEHAVIOURS, COMPETENCIES)
def test_whatever_is_written_reads_back_the_same(keys, competency):
    if competency is not None:
        keys = {**keys, "competency": competency, "settlement": "reefs.geojson"}
    read(behaviour=keys)


def test_the_full_template_runs_with_every_behaviour_key_awake():
    lines = run_file_template("full").split("\n")
    begin, end = (
        next(n for n, line in enumerate(lines) if line.startswith(name))
        for name in ("[behaviour]", "#[[field]]")
    )
    awake = [line.removeprefix("#") if line[1:2].isalpha() else line for line in lines[begin:end]]
    text = (
        "\n".join(awake)
        .replace('coast = "slide"', 'coast = "strand"')
        .replace('bottom = "reflect"', 'bottom = "deposit"')
    )
    run = read(text)
    assert run.behaviour.migration == Migration(20.0, 2.0, 0.005)
    assert run.behaviour.state == {"energy": 1.0}
    assert run.boundary.refloat == 12 * HOUR_US


def test_the_schema_knows_the_inline_tables():
    keys = json_schema()["$defs"]["Behaviour"]["properties"]
    assert keys["migration"]["required"] == ["day", "night", "speed"]
    assert keys["migration"]["additionalProperties"] is False
    forms = [form for form in keys["settling"]["anyOf"] if form.get("type") == "object"]
    assert [form["required"] for form in forms] == [["mean", "sd"], ["grain", "density"]]
    assert (keys["settling"]["default"], keys["windage_depth"]["default"]) == ("0 m/s", "0.1 m")
    assert keys["wind"]["default"] == ["uwind_speed", "vwind_speed"]
