"""What a run says of the steps of its walk across: against closed forms over a sloping bed."""

import re

import numpy as np
import pytest

from fvdrift.mesh import whole_mesh as meshes
from fvdrift.orders.orders import WalkOrder
from fvdrift.preparation.stride import diffusivity, stride
from simple_meshes import even_levels, rectangle

LENGTH = 6000.0


def said(step, k=60.0, *, rise=16.0, by_area=False, horizontal=None):
    """Over a bed from 4 m on; k: m2/s, or of x."""
    mesh = rectangle(LENGTH, 2000.0, elements=4000)
    sigma = np.repeat(even_levels(2)[:, None], len(mesh.x), axis=1)
    whole = meshes.build(
        mesh.x, mesh.y, mesh.triangles, sigma, 0.5 * (sigma[1:] + sigma[:-1]), geographic=False
    )
    raw = {"zeta": np.zeros(len(mesh.x), np.float32), "wet": np.ones(len(mesh.triangles), np.uint8)}
    raw |= {name: np.zeros((2, len(mesh.triangles)), np.float32) for name in ("u", "v")}
    if callable(k):
        raw["viscofh"] = np.stack([k(mesh.x)] * 2).astype(np.float32)
    order = WalkOrder("reversible", None, horizontal or ("viscofh" if callable(k) else k), 1.0, by_area)
    depth = (4.0 + rise * mesh.x / LENGTH).astype(np.float32)[whole.file_node]
    return list(
        stride(whole, order, diffusivity(whole, order, raw), raw["wet"][whole.file_element] > 0, depth, step)
    )


def step_told(lines):
    return float(re.search(r'time.step = "([\d.]+)s"', lines[1]).group(1))


def test_a_step_that_is_short_for_the_slope_is_told_without_a_warning():
    """99 % of the water is deeper than 4.45 m: sqrt(2 K dt) D' / D = 85 m x 16 m / 6 km / 4.45 m."""
    (line,) = said(60.0)
    assert "goes 84.9 m in a step" in line
    assert float(re.search(r"than ([\d.]+)%", line).group(1)) == pytest.approx(5.1, abs=0.2)


def test_a_step_that_is_too_long_for_the_slope_is_told_with_the_one_that_would_do():
    lines = said(600.0)
    assert lines[1].startswith("warning: in 9% of the water")  # sqrt(2 K dt) D' / D > 0.1 where D < 7.16 m
    assert step_told(lines) == pytest.approx((0.1 * 4.45 / (16 / LENGTH)) ** 2 / 120.0, rel=0.1)
    assert len(said(step_told(lines))) == 1


def test_the_change_of_diffusivity_counts_too_and_the_bed_not_where_even_is_by_area():
    varies = said(600.0, lambda x: 20.0 + 100.0 * x / LENGTH, rise=0.0)
    # K'/sqrt(K) is largest where K is least: 1 % of the water has K < 21
    assert step_told(varies) == pytest.approx(
        (0.1 / (np.sqrt(2 * 21.0) * 100.0 / LENGTH / 21.0)) ** 2, rel=0.1
    )
    assert said(600.0, lambda x: 20.0 + 100.0 * x / LENGTH, by_area=True)[1:] == varies[1:]
    assert len(said(600.0, by_area=True)) == 1


def test_without_water_or_mixing_there_is_nothing_to_warn_of():
    assert len(said(600.0, horizontal="smagorinsky")) == 1
    assert said(600.0, rise=-16.0 * LENGTH) == [] or len(said(600.0, 0.0)) == 1
