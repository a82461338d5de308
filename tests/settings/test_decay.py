"""The keys of what particles carry, and of its decay: what they become, and that what is written reads back the same."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from fvdrift.errors import RunFileError
from fvdrift.settings import resolved_keys
from fvdrift.settings.amounts import AmountRate, amount_rate_of, mass_of
from fvdrift.settings.decay import Decay
from fvdrift.settings.load import run_file_from
from fvdrift.settings.model import RunFile

RUN = Path("run.toml")


def read(decay: Any = None, **release: Any) -> RunFile:
    behaviour = {} if decay is None else {"behaviour": {"decay": decay}}
    tree = {"forcing": {"files": "flow.nc"}, "release": [{"point": [1, 2], **release}], **behaviour}
    run = run_file_from(tree, RUN)
    assert run_file_from(json.loads(json.dumps(resolved_keys(run, whole=True))), RUN) == run
    return run


def problem(decay: Any) -> str:
    with pytest.raises(RunFileError) as error:
        read(decay)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "kilograms"),
    [
        ("2 kg", 2.0),
        ("5 g", 0.005),
        ("1 t", 1000.0),
        ("3 tonnes", 3000.0),
        ("7 mg", 7e-6),
        ("4 ug", 4e-9),
        (2.5, 2.5),
    ],
)
def test_masses_are_in_kg(text: Any, kilograms: float) -> None:
    assert mass_of(text) == kilograms
    assert read(mass=text).release[0].mass == kilograms


@pytest.mark.parametrize(
    ("text", "kind", "per_second"),
    [
        ("0.5 kg/h", "mass", 0.5 / 3600), ("2 kg/s", "mass", 2.0), ("1 t/day", "mass", 1000 / 86400), ("3 g s-1", "mass", 0.003),
        ("1e6 1/h", "number", 1e6 / 3600), ("12 /min", "number", 0.2), ("4e12 s-1", "number", 4e12),
        ("5 1/d", "number", 5 / 86400),
    ],
)  # fmt: skip
def test_rates_are_of_masses_or_of_numbers(text: str, kind: str, per_second: float) -> None:
    assert amount_rate_of(text) == AmountRate(kind, pytest.approx(per_second, rel=1e-15))
    assert read(every="1h", rate=text).release[0].rate == amount_rate_of(text)


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        ({"half_life": "1d"}, math.log(2.0) / 86400), ({"t90": "12h"}, math.log(10.0) / 43200),
        ({"rate": "0.5 1/day"}, 0.5 / 86400),
        ({"rate": "k_dark"}, "k_dark"), ({"rate": 0}, 0.0),
    ],
)  # fmt: skip
def test_a_decay_is_one_rate(given: Any, rate: float | str) -> None:
    decay = read(given, mass=1.0).behaviour.decay
    assert decay == Decay(rate if isinstance(rate, str) else pytest.approx(rate, rel=1e-15))


def test_light_has_its_own_keys() -> None:
    bright = read({"t90": "1d", "light": "1 m2/MJ", "attenuation": "0.4 1/m"}, number=1e6).behaviour.decay
    assert bright is not None
    assert bright[1:] == (1e-6, 1000.0, 0.4)
    named = read(
        {"rate": "k", "light": "2e-7 m2/J", "attenuation": "kd", "irradiance": "short_wave"}, mass=1.0
    )
    assert named.behaviour.decay == Decay("k", 2e-7, "short_wave", "kd")
    dim = read(
        {"rate": 0, "light": 1e-7, "attenuation": "40 m-1", "irradiance": "0.8 kW m-2"}, mass=1.0
    ).behaviour.decay
    assert dim == Decay(0.0, 1e-7, 800.0, 40.0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("1d", "must be a table"),
        ({"half_lif": "1h"}, "behaviour.decay.half_lif: unknown key (did you mean half_life?)"),
        ({}, "needs one of half_life, t90 and rate"),
        ({"half_life": "1d", "t90": "1d"}, "half_life and t90 are given: keep one of them"),
        ({"half_life": "0s"}, "half_life"),
        ({"rate": "-1 1/day"}, 'behaviour.decay.rate: "-1 1/day" must be at least 0'),
        ({"rate": "1 m/s"}, "or write the name of what gives it per day"),
        ({"t90": "1d", "light": "1 m2/MJ"}, "behaviour.decay.attenuation: is missing"),
        ({"t90": "1d", "attenuation": "1 1/m"}, "attenuation needs light"),
        ({"t90": "1d", "light": 0, "attenuation": 0}, "must be above 0"),
        ({"t90": "1d", "ligth": "1 m2/MJ"}, "unknown key (did you mean light?)"),
        ({"t90": float("nan")}, "is not a duration"),
    ],
)
def test_a_decay_that_cannot_be_is_refused(given: Any, told: str) -> None:
    assert told in problem(given)
