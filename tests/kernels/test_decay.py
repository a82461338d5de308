"""Decay in one step and in many, against closed forms; in plain Python, as the compiled loop calls it."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from fvdrift_kernels import decay as in_loop
from fvdrift_kernels.behaviour_options import (
    ClearSky,
    ConstantRate,
    Decay,
    FieldRate,
    FieldValue,
    Light,
    OfMass,
    OfNumber,
    SteadyDecay,
    Sunlight,
)
from fvdrift_kernels.decay import decay_in_step
from fvdrift_kernels.geometry import fill_elements
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.state import ACTIVE, DEAD, DEPOSITED, ELEMENT, EXITED, STRANDED, Mesh, stencil_type
from fvdrift_kernels.sun import sun_directions, verticals

DEPTH = 8.0
EQUINOX = int(np.datetime64("2021-03-20T09:37", "us").astype(np.int64))
DAY = 86400.0


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    """One element."""
    element = np.zeros(1, ELEMENT).view(np.recarray)
    corners = np.array([[0, 1, 2]], np.int32)
    fill_elements(
        np.array([0.0, 9, 0]), np.array([0.0, 0, 9]), corners, np.full((1, 3), -1, np.int32), element
    )
    return Mesh(element, np.zeros(1, stencil_type()), corners, np.float32([[0.0, -0.5, -1.0]]), 0)


FRAMES = SimpleNamespace(depth0=np.full(3, DEPTH, np.float32), depth1=np.full(3, DEPTH, np.float32))


def even(value: float) -> NodeField:
    return NodeField(*np.full((2, 1, 3), value, np.float32), 0)


def steps_of(lengths: list[float]) -> SimpleNamespace:
    ends = np.concatenate(([0], np.round(np.cumsum(lengths) * 1e6))).astype(np.int64)
    return SimpleNamespace(time=ends, length=np.array(lengths), fraction=np.zeros(len(ends)))


def left(decaying, mesh, lengths, *, sigma: float = 0.0, name: str = "mass", begin: float = 3.0) -> float:
    """What is left of `begin` after these steps."""
    state = SimpleNamespace(**{name: begin, f"{name}_released": begin})
    p, steps = SimpleNamespace(state=state, born=0), steps_of(lengths)
    q = SimpleNamespace(home=[0], x=[2.0], y=[2.0], sigma=[sigma])
    for i in range(len(lengths)):
        decay_in_step(decaying, q, 0, p, mesh, FRAMES, steps, i)
    return getattr(state, name)


@pytest.mark.parametrize("lengths", [[3600.0] * 30, [60.0] * 1800, [7.0, 1793.0] * 60])
def test_a_steady_decay_is_exact_whatever_the_steps(mesh, lengths) -> None:
    k = math.log(10.0) / 7e4
    assert left(SteadyDecay(OfMass(), k), mesh, lengths) == 3.0 * math.exp(-k * 108000.0)
    assert left(SteadyDecay(OfNumber(), k), mesh, lengths, name="number", begin=1e9) == 1e9 * math.exp(
        -k * 108000.0
    )


def test_a_rate_of_a_variable_is_per_day_and_never_negative(mesh) -> None:
    k = 0.75  # exact in single precision
    found = left(Decay(OfMass(), FieldRate(even(k)), None), mesh, [600.0] * 100)
    assert found == pytest.approx(3.0 * math.exp(-k * 60000.0 / DAY), rel=1e-13)
    assert left(Decay(OfMass(), FieldRate(even(-k)), None), mesh, [600.0]) == 3.0


@pytest.mark.parametrize("sigma", [0.0, -0.25, -1.0])
def test_light_falls_off_with_depth(mesh, sigma) -> None:
    dark, dose, surface, attenuation = 1e-6, 5e-7, 640.0, 0.25
    rate = dark + dose * surface * math.exp(-attenuation * -sigma * DEPTH)
    for fades in (ConstantRate(attenuation), FieldValue(even(attenuation))):
        light = Light(dose, FieldValue(even(surface)), fades)
        found = left(Decay(OfMass(), ConstantRate(dark), light), mesh, [300.0] * 40, sigma=sigma)
        assert found == pytest.approx(3.0 * math.exp(-rate * 12000.0), rel=1e-12)


@pytest.mark.parametrize("latitude", [0.0, 50.0, -60.0])
def test_the_sun_of_a_day(mesh, latitude) -> None:
    """At the equinox the sun is up half the day, and the sine of its elevation is cos(latitude) times the cosine of the
    hour angle: over the day it sums up to cos(latitude) * 86400 s / pi. At midnight nothing is added."""
    n, dark, dose, zenith, attenuation, sigma = 288, 2e-6, 4e-8, 900.0, 0.1, -0.5
    times, up, sun = (
        EQUINOX + 300_000_000 * np.arange(1 - n // 2, n // 2 + 1),
        np.empty((1, 3)),
        np.empty((n, 3)),
    )
    verticals(np.array([37.6]), np.array([latitude]), up)  # noon is then
    sun_directions(times, sun)
    light = Light(dose, ClearSky(zenith, Sunlight(up, sun)), ConstantRate(attenuation))
    found = left(Decay(OfMass(), ConstantRate(dark), light), mesh, [300.0] * n, sigma=sigma)
    lit = (
        dose
        * zenith
        * math.exp(-attenuation * 0.5 * DEPTH)
        * math.cos(math.radians(latitude))
        * DAY
        / math.pi
    )
    assert -math.log(found / 3.0) == pytest.approx(dark * DAY + lit, rel=1e-3)
    night = Light(dose, ClearSky(zenith, Sunlight(up, sun[:12])), ConstantRate(attenuation))
    dim = left(Decay(OfMass(), ConstantRate(dark), night), mesh, [300.0] * 12)
    assert dim == pytest.approx(3.0 * math.exp(-dark * 3600.0), rel=1e-13)


def test_who_decays_in_a_step(mesh, monkeypatch) -> None:
    """Whoever has taken it, also to its end, and whoever lies; not who begins later, has gone before, or is handed
    on."""
    #        moves, ends in it, ended before, stranded before, deposited now, begins later, handed on
    status = [ACTIVE, DEAD, EXITED, STRANDED, DEPOSITED, ACTIVE, ACTIVE]
    begin, done = [0, 0, 0, 0, 0, 6, 0], [5, 5, 3, 0, 5, 6, 4]
    q = SimpleNamespace(
        status=status, begin=begin, done=done, home=[0] * 7, x=[2.0] * 7, y=[2.0] * 7, sigma=[0.0] * 7
    )
    particles = [
        SimpleNamespace(state=SimpleNamespace(mass=1.0, mass_released=1.0), born=0) for _ in range(7)
    ]
    of = particles, np.arange(7), 0
    monkeypatch.setattr(in_loop, "decay_lane", getattr(in_loop.decay_lane, "py_func", in_loop.decay_lane))
    in_loop.decay(Decay(OfMass(), ConstantRate(0.5), None), q, of, mesh, FRAMES, steps_of([1.0] * 6), 4)
    assert [p.state.mass < 1.0 for p in particles] == [True, True, False, True, True, False, False]
