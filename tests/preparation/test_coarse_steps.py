"""What a run says of its behaviour and its steps: against the normal law, chords of squares, and what
particles then do."""

import json
import re

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift.behaviour.base import Steps
from fvdrift.behaviour.shore import Shore
from fvdrift.behaviour.sinking import Sinking
from fvdrift.behaviour.windage import Windage
from fvdrift.mesh.polygon_sizes import widths
from fvdrift.mesh.polygons import Polygons
from fvdrift.orders.orders import BehaviourOrder
from fvdrift.preparation.parts_of_steps import bottlenecks
from fvdrift.preparation.prepare import prepare_run
from fvdrift.preparation.summary import start_summary
from fvdrift.settings.load import load_run_file
from fvdrift.settings.settling import Settling
from generate_forcing import write_forcing
from simple_meshes import even_levels, rectangle
from tank import HOUR, still
from validation.runs import follow


def said(step, *behaviours):
    steps = Steps(BehaviourOrder(behaviours), step, None, None, np.zeros(0))
    return [sentence for behaviour in behaviours for sentence in behaviour.in_steps(steps)]


def sinking(*speeds):
    return said(60.0, Sinking(Settling(*speeds)))


def test_a_normal_spread_says_how_many_go_the_other_way():
    """The normal law: 15.87 % beyond one deviation, 0.00317 % beyond four."""
    assert sinking("even", 1e-3, 2e-3) == []
    (narrow,) = sinking("normal", 2e-3, 0.5e-3)
    assert "normal about 2 mm/s, deviation 0.5: 0.0032 % rise" in narrow
    assert "warning" not in narrow
    (broad,) = sinking("normal", 1e-3, 1e-3)
    assert broad.startswith("warning: behaviour.settling: ")
    assert "16 % rise; if all are to sink, give two speeds" in broad
    assert "16 % sink; if all are to rise" in sinking("normal", -1e-3, 1e-3)[0]
    (even,) = sinking("normal", 0.0, 1e-3)
    assert "50 % rise" in even
    assert "warning" not in even


def test_who_passes_the_depth_of_wind_within_a_step_is_told_of():
    sinking = Sinking(Settling("constant", 1e-3, 1e-3))
    assert said(60.0, sinking, Windage(0.03, 0.1)) == []  # 0.06 m
    (told,) = said(600.0, sinking, Windage(0.03, 0.1))
    assert "up to 0.6 m up or down, and wind takes them down to 0.1 m" in told
    assert 'time.step = "100s" would do' in told
    assert said(600.0, sinking) == []
    assert said(600.0, Windage(0.03, 0.1)) == []


REFLOAT = """
    [forcing]
    files = ["onshore.nc"]
    [time]
    step = "{step}s"
    duration = "24h"
    [[release]]
    count = 3000
    box = [1500.0, 500.0, 1900.0, 1500.0]
    [advection]
    coast_gradient = "zero"  # so that the flow takes them ashore, and again
    [boundary]
    open = "none"
    coast = "strand"
    refloat = "1h"
    [output]
    file = "tracks.nc"
    every = "1h"
"""


def test_steps_too_long_for_the_half_life_are_told_with_their_error(tmp_path):
    """Of particles under a flow onto the shore as many are afloat as is told."""
    mesh = rectangle(2000.0, 2000.0, elements=50)
    write_forcing(
        tmp_path / "onshore.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=10.0, siglev=even_levels(2),
        times_us=HOUR * np.arange(25), flow=Flow(u=lambda x, y, s, t: 0.05 + 0 * x * s, v=still, omega=still),
    )  # fmt: skip
    for step, few in ((60, True), (600, False), (3600, False)):
        tracks = follow(tmp_path, REFLOAT.format(step=step))
        afloat = (tracks.status[12:] == 1).mean()
        told = [note for note in tracks.record["notes"] if "boundary.refloat" in note]
        assert told == said(step, Shore(3600.0))
        if few:
            assert told == []
            assert afloat < 0.02
        else:
            assert told[0].startswith("warning: ")
            assert float(re.search(r"(\d+)% of those", told[0])[1]) == pytest.approx(100 * afloat, abs=2)
    enough = float(re.search(r'time.step = "([\d.]+)s"', told[0])[1])
    assert said(enough, Shore(3600.0)) == []
    assert len(said(1.1 * enough, Shore(3600.0))) == 1
    prepared = prepare_run(load_run_file(tmp_path / "run.toml", []))
    assert told[0] in list(start_summary(prepared, 1, 1, None))  # what `fvdrift plan` prints


def test_a_polygon_is_as_wide_as_chords_through_it_are_on_average():
    """pi A / P: of a square a side of 0.785, with a hole or with a second part as many more sides."""
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])

    def of(*polygons, x0=0.0, y0=0.0):
        rings = [ring for polygon in polygons for ring in polygon]
        px, py = np.concatenate(rings).T
        first, ring = (np.cumsum([0, *(len(each) for each in them)]) for them in (rings, polygons))
        return Polygons(("a",) * len(polygons), px + x0, py + y0, first, ring, np.array(parts, np.int32))

    hole = 0.5 * square[::-1] + 0.25
    parts = [0, 1, 1, 2, 3]
    found = widths(
        of([1000 * square], [1000 * square, 1000 * hole], [1000 * square, 500 * hole + 3000]), False
    )
    parts = [0, 1]
    overlapping = widths(of([1000 * square, 1000 * hole]), False)
    np.testing.assert_allclose(overlapping, [np.pi * 1.25e6 / 6000])  # parts, not a hole
    parts = [0]
    np.testing.assert_allclose(
        found, [1000 * np.pi / 4, np.pi * 0.75e6 / 6000, np.pi * (1e6 + 0.0625e6) / 5000]
    )
    degrees = widths(of([np.array([2e-2, 1e-2]) * square], x0=-4.0, y0=59.995), True)
    side = 1e-2 * np.pi * 6_371_000 / 180
    np.testing.assert_allclose(degrees, side * np.pi / 4, rtol=1e-3)


SETTLE = """
    [forcing]
    files = ["passing.nc"]
    [time]
    step = "{step}s"
    duration = "6h"
    [[release]]
    count = 1000
    box = [500.0, 500.0, 1500.0, 1500.0]
    [behaviour]
    settlement = "reef.geojson"
    [boundary]
    open = "none"
    [output]
    file = "tracks.nc"
    every = "1h"
"""


def test_steps_that_cross_a_habitat_are_told(tmp_path):
    """At 0.5 m/s over a strip of 300 m: all settle in steps of 10 min, about half in steps of 20, a sixth in
    steps of an hour."""
    mesh = rectangle(20_000.0, 2000.0, elements=100)
    write_forcing(
        tmp_path / "passing.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=10.0, siglev=even_levels(2),
        times_us=HOUR * np.arange(7), flow=Flow(u=lambda x, y, s, t: 0.5 + 0 * x * s, v=still, omega=still),
    )  # fmt: skip
    strip = [[5000, -10], [5300, -10], [5300, 2010], [5000, 2010], [5000, -10]]
    crs = {"type": "name", "properties": {"name": "EPSG:32630"}}
    feature = {
        "type": "Feature",
        "properties": {"name": "reef"},
        "geometry": {"type": "Polygon", "coordinates": [strip]},
    }
    (tmp_path / "reef.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
    )
    wide = np.pi * 300 * 2020 / (2 * 2320)
    for step, all_settle in ((60, True), (1200, False), (3600, False)):
        tracks = follow(tmp_path, SETTLE.format(step=step))
        told = [note for note in tracks.record["notes"] if note.startswith("warning: behaviour.settlement")]
        share = (tracks.status[-1] == 4).mean()
        assert share == 1.0 if all_settle else share < 0.7
        assert len(told) == (not all_settle)
    assert "up to 1800 m where habitats are (first frame), and 1 of 1 are so narrow" in told[0]
    assert f"('reef': {wide:.4g} m on average)" in told[0]
    enough = float(re.search(r'time.step = "([\d.]+)s"', told[0])[1])
    assert enough == pytest.approx(0.5 * wide / 0.5, rel=0.05)


PASS = """
    [forcing]
    files = ["still.nc"]
    [time]
    step = "{step}s"
    [[release]]
    point = [500.0, 400.0]
    count = 4000
    depth = [10.2, 19.9]
    [diffusion]
    vertical = "kh"
    horizontal = "0.1 m2/s"
    [output]
    file = "tracks.nc"
    every = "1h"
"""


def test_bottlenecks_that_are_too_thin_for_a_step_are_told(tmp_path):
    """K = 1e-4 m2/s on one of 41 levels, 5e-3 on the others: as an independent solver has it 0.179 come up
    past it in an hour."""
    mesh = rectangle(1000.0, 1000.0, elements=2)

    def kh(x, y, s, t):
        return np.where(np.abs(s + 0.5) < 0.01, 1e-4, 5e-3) + 0 * x

    write_forcing(
        tmp_path / "still.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=20.0, siglev=even_levels(40),
        times_us=HOUR * np.arange(2), flow=Flow(u=still, v=still, omega=still, kh=kh),
    )  # fmt: skip
    for step, right in ((10, True), (600, False)):
        tracks = follow(tmp_path, PASS.format(step=step))
        told = [note for note in tracks.record["notes"] if "bottlenecks" in note]
        share = (tracks.sigma[-1] > -0.5).mean()
        assert abs(share - 0.18) < 0.035 if right else share < 0.09
        assert len(told) == (not right)
    assert told[0].startswith("warning: diffusion.vertical: in 100% of the wet elements")
    assert 'in 100% at half the pace or less; time.step = "150s" leaves 100% and 0%' in told[0]
    prepared = prepare_run(load_run_file(tmp_path / "run.toml", []))
    assert told[0] in list(start_summary(prepared, 1, 1, None))  # what `fvdrift plan` prints
    assert list(bottlenecks(np.array([0.0] * 99 + [10.0]), 60.0)) == []  # one in a hundred
