"""The keys of [behaviour], declared once. What their values are is in `behaviour_values`; nothing moves
here."""

from collections.abc import Iterator, Set

from pydantic import ValidationInfo, field_validator

from . import key_types as kinds
from .behaviour_values import Competency
from .settling import Settling
from .table import Table, key


class Behaviour(Table):
    """What particles do beside being carried."""

    settling: kinds.SettlingSpeeds = key(
        "Speed of sinking, positive down; negative: rising. One for all; or two, that particles are evenly spread between; or "
        '{ mean = "1 mm/s", sd = "0.2 mm/s" }, a normal spread; or { grain = "0.1 mm", density = "2650 kg/m3" } by Stokes\' law '
        "(grain may be two diameters; with water_density, viscosity where they are not 1025 kg/m3, 0.00122 Pa s).",
        Settling("constant", 0.0, 0.0),
        example='"0.2 mm/s"',
        unit="m/s",
    )
    migration: kinds.OptionalMigration = key(
        "Daily migration: the depths below the surface that particles swim to by day and by night, and how fast; day lasts from "
        'dawn to dusk where they are given (UTC, such as dawn = "06:00"), else as long as the sun is up.',
        None,
        example='{ day = "20m", night = "2m", speed = "5 mm/s" }',
        unit="m, m/s",
        when_absent="no migration",
    )
    mortality: kinds.OptionalRate = key(
        "Rate of dying: a value, or the name of a variable on nodes or a [[field]] that gives it per day.",
        None,
        example='"0.1 1/day"',
        unit="1/s",
        when_absent="no dying",
    )
    growth: kinds.OptionalRate = key(
        "Development gained in time: a value, or the name of a variable on nodes or a [[field]] that gives it per day.",
        None,
        example='"0.05 1/day"',
        unit="1/s",
        when_absent="no development",
    )
    development: kinds.OptionalDevelopment = key(
        "Development at release, for those that are not released at its beginning.",
        None,
        example="0.5",
        when_absent="0",
    )
    lifespan: kinds.OptionalDuration = key(
        "Age at which particles die.", None, example='"30d"', unit="s", when_absent="they live on"
    )
    settlement: kinds.OptionalText = key(
        "File of the polygons (GeoJSON, shapefile, GeoPackage) that particles settle in when they are competent.",
        None,
        example='"reefs.geojson"',
        when_absent="they settle nowhere",
    )
    competency: kinds.OptionalCompetency = key(
        'When particles can settle: from an age in quotes or a plain number of development on ("10d" or 1.0), or between two of '
        "them, both included.",
        None,
        example='["10d", "20d"]',
        when_absent="at any age",
    )
    decay: kinds.OptionalDecay = key(
        "Decay of the mass or number that particles carry: one of half_life, t90 (the time in which nine tenths go) and rate, "
        "a value or the name of a variable on nodes or a [[field]] that gives it per day. Where light adds to it: light, the "
        "decay by a dose of it; attenuation of light in the water; and irradiance at the surface, of a sun in the zenith (1000 "
        "W/m2), or the name of a variable that gives it.",
        None,
        example='{ t90 = "2d", light = "0.5 m2/MJ", attenuation = "0.4 1/m" }',
        unit="s, 1/s, m2/J, W/m2, 1/m",
        when_absent="what particles carry stays",
    )
    windage: kinds.Windage = key(
        "Share of the wind speed that moves particles at the surface, 0 to 0.2.", 0.0, example='"3 %"'
    )
    windage_depth: kinds.PositiveLength = key(
        "Depth at which windage has fallen to nothing, evenly from the surface.",
        0.1,
        example='"0.1 m"',
        unit="m",
    )
    leeway: kinds.OptionalLeeway = key(
        "Drift by the wind of an object at the surface that is searched for: its class (docs/leeway.md lists them), "
        '{ class = "PIW-1", jibing = "0.04 1/h", side = "both" }, or in place of class lines of your own, downwind, right and '
        'left, each { slope = "0.96 %", offset = "0 cm/s", sd = "12 cm/s" } (left is right mirrored where it is not given). '
        "Each particle has deviations of its own, lies right or left of the wind by lot, and jibes at the rate jibing.",
        None,
        example='"PIW-1"',
        unit="m/s, 1/s",
        when_absent="none",
    )
    wind: kinds.Pair = key(
        "The variables that hold the wind towards x and y.",
        ("uwind_speed", "vwind_speed"),
        example='["uwind_speed", "vwind_speed"]',
    )
    custom: kinds.OptionalCustom = key(
        "A behaviour of your own: a Python file, and the function in it that moves one particle.",
        None,
        example='"my_larvae.py:swim"',
        when_absent="none",
    )
    state: kinds.State = key(
        "The numbers that custom keeps for each particle, with their values at release.",
        {},
        example="{ energy = 1.0 }",
        when_absent="no numbers",
    )

    @classmethod
    def conflicts(cls, given: Set[str]) -> Iterator[str]:
        if "competency" in given and "settlement" not in given:
            yield "competency needs settlement, the file of the polygons to settle in"
        if "development" in given and "growth" not in given:
            yield "development needs growth, by which it goes on"

    @field_validator("competency")
    @classmethod
    def _development_grows(cls, competency: Competency, info: ValidationInfo) -> Competency:
        if competency.by == "development" and "growth" in info.data and info.data["growth"] is None:
            raise ValueError(
                'a plain number is a development, which needs growth (an age stands in quotes, "10d")'
            )
        return competency

    @field_validator("state")
    @classmethod
    def _state_has_a_user(cls, state: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        if state and "custom" in info.data and info.data["custom"] is None:
            raise ValueError("needs custom, the behaviour that these numbers are for")
        return state
