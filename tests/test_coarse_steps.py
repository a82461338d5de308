"""What a run says of its behaviour and its steps: against the normal law, and against particles that go ashore and get afloat."""

import re

import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift.coarse_steps import coarse_steps
from fvdrift.messages import BehaviourOrder
from fvdrift.preparation import prepare
from fvdrift.settings import load_run_file
from fvdrift.settings.behaviour_values import Settling
from fvdrift.start_story import start_story
from generate_forcing import write_forcing
from simple_meshes import even_levels, rectangle
from tank import HOUR, still
from validation.runs import follow


def said(step=60.0, **asked):
    return list(coarse_steps(BehaviourOrder(**asked), step))


def test_a_normal_spread_says_how_many_go_the_other_way():
    """The normal law: 15.87 % beyond one deviation, 0.00317 % beyond four."""
    assert said(settling=Settling("even", 1e-3, 2e-3)) == []
    (narrow,) = said(settling=Settling("normal", 2e-3, 0.5e-3))
    assert "normal about 2 mm/s, deviation 0.5: 0.0032 % rise" in narrow
    assert "warning" not in narrow
    (broad,) = said(settling=Settling("normal", 1e-3, 1e-3))
    assert broad.startswith("warning: behaviour.settling: ")
    assert "16 % rise; if all are to sink, give two speeds" in broad
    assert "16 % sink; if all are to rise" in said(settling=Settling("normal", -1e-3, 1e-3))[0]
    (even,) = said(settling=Settling("normal", 0.0, 1e-3))
    assert "50 % rise" in even
    assert "warning" not in even


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
        assert told == said(step, refloat=3600.0)
        if few:
            assert told == []
            assert afloat < 0.02
        else:
            assert told[0].startswith("warning: ")
            assert float(re.search(r"(\d+)% of those", told[0])[1]) == pytest.approx(100 * afloat, abs=2)
    enough = float(re.search(r'time.step = "([\d.]+)s"', told[0])[1])
    assert said(enough, refloat=3600.0) == []
    assert len(said(1.1 * enough, refloat=3600.0)) == 1
    prepared = prepare(load_run_file(tmp_path / "run.toml", []))
    assert told[0] in list(start_story(prepared, 1, 1, 0))  # what `fvdrift plan` prints
