"""Residence times and connectivity of whole runs where both are known exactly, either way in time: worked out
of the tracks by plain counting, and by the [[statistic]]s of the same runs.

Nothing here is random, and nobody lies on a boundary of zones at a record: so all is asked for exactly.
"""

import json

import netCDF4
import numpy as np
import pytest

from analytic_flows import Flow
from generate_forcing import write_forcing, write_obc
from simple_meshes import Mesh, even_levels, rectangle
from tank import SECOND, still

from .runs import STATUS, Tracks, follow, write_points

HOUR = 3600 * SECOND
SPEED, CELLS, CELL = 0.5, 10, 1800.0  # m/s; m: the way of an hour
LENGTH = CELLS * CELL
CENTRE, TURN = 10_000.0, 2 * np.pi / 86_400.0
BOTH_WAYS = pytest.mark.parametrize("direction", ["forward", "backward"])


def tracks_in(
    folder, mesh: Mesh, flow: Flow, x, y, *, hours: int, step: str, every: str, direction: str, more=""
) -> Tracks:
    write_forcing(
        folder / "flow.nc", x=mesh.x, y=mesh.y, triangles=mesh.triangles, h=20.0, siglev=even_levels(4),
        times_us=HOUR * np.arange(hours + 1), flow=flow, double=True,
    )  # fmt: skip
    points = write_points(folder / "points.csv", x=x, y=y, sigma=-np.random.default_rng(3).random(len(x)))
    return follow(folder, f"""
        [forcing]
        files = ["flow.nc"]
        [time]
        start = "0h"
        end = "{hours}h"
        step = "{step}"
        direction = "{direction}"
        [[release]]
        file = "{points}"
        [boundary]
        {more}
        [output]
        file = "tracks.nc"
        every = "{every}"
    """)  # fmt: skip


def write_boxes(path, corners) -> str:
    """A GeoJSON file of boxes x0, y0, x1, y1 in the coordinates of the run; returns its path as TOML has
    it."""
    rings = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]] for x0, y0, x1, y1 in corners]
    features = [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}} for ring in rings]
    crs = {"type": "name", "properties": {"name": "EPSG:32630"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return json.dumps(str(path))


def statistics(folder) -> dict[str, np.ndarray]:
    """What the run in a folder has found."""
    with netCDF4.Dataset(folder / "tracks.stats.nc") as data:
        return {name: variable[...] for name, variable in data.variables.items()}


def connectivity(first: np.ndarray, last: np.ndarray, zones: int) -> np.ndarray:
    """(zone, zone + 1): the part of what was in a zone at first that is in each at last; in the last column,
    in none of them."""
    pairs = np.bincount(first * (zones + 1) + last, minlength=zones * (zones + 1)).reshape(zones, zones + 1)
    return pairs / pairs.sum(axis=1, keepdims=True)


def all_from_each_to(zone: np.ndarray) -> np.ndarray:
    """The connectivity where all of zone i goes to zone[i]."""
    return np.eye(len(zone) + 1)[zone]


def channel(folder, direction: str) -> tuple[np.ndarray, Tracks]:
    """Ways (m) that particles have before them at first, evenly over a channel open at both ends, and their
    tracks.

    Backward they go to the end that the water came from. Records at every step, 1 min.
    """
    mesh, count = rectangle(LENGTH, 2000.0, elements=800), 1000
    write_obc(folder / "ends.dat", np.flatnonzero((mesh.x < 1) | (mesh.x > LENGTH - 1)))
    flow = Flow(u=lambda x, y, s, t: SPEED + 0 * x * s, v=still, omega=still)
    x = (np.arange(count) + 0.5) / count * LENGTH
    y = np.random.default_rng(4).uniform(1, 1999, count)
    cells = write_boxes(
        folder / "cells.json", [(k * CELL, -1.0, (k + 1) * CELL, 2001.0) for k in range(CELLS)]
    )
    asked = "".join(f"""
        [[statistic]]
        kind = "connectivity"
        name = "after_{minutes}"
        polygons = {cells}
        sources = {cells}
        competency = ["{minutes}min", "{minutes}min"]""" for minutes in (30, *range(60, 60 * CELLS + 1, 60)))  # fmt: skip
    tracks = tracks_in(
        folder, mesh, flow, x, y, hours=CELLS + 1, step="1min", every="1min", direction=direction,
        more=f"""open = "ends.dat"
        [[statistic]]
        kind = "flushing"{asked}""",
    )  # fmt: skip
    return (LENGTH - x if direction == "forward" else x), tracks


@pytest.fixture(scope="module")
def through(tmp_path_factory):
    """The run through the channel in a direction, made once: the way ahead, tracks, and the folder."""
    made = {}

    def found(direction):
        if direction not in made:
            folder = tmp_path_factory.mktemp(direction)
            made[direction] = (*channel(folder, direction), folder)
        return made[direction]

    return found


@BOTH_WAYS
def test_r1_the_time_in_a_channel_is_the_way_ahead_over_the_speed(through, direction):
    """Of each particle, to the minute of the records; L / 2u in the mean. A flow faster by half a percent is
    told apart."""
    ahead, tracks, _ = through(direction)
    time, known = np.abs(tracks.time), ahead / SPEED
    out = tracks.status == STATUS["exited"]
    assert (out | (tracks.status == STATUS["active"])).all()
    assert out[-1].all()
    after = out.argmax(axis=0)  # the record before which it left
    late, early = np.count_nonzero(time[after - 1] >= known), np.count_nonzero(time[after] <= known)
    faster = np.count_nonzero(time[after - 1] >= known / 1.005)
    mean, error = (time[after] - 30).mean(), 4 * 60 / np.sqrt(12 * len(known))
    print(f"\nR1 {direction}: mean residence {mean:.2f} s ({LENGTH / (2 * SPEED):.0f} +- {error:.0f}); of {len(known)} left late "
          f"{late} (0), early {early} (0); late for a flow 0.5 % faster {faster} (over 500)", end="")  # fmt: skip
    assert late == early == 0
    assert abs(mean - LENGTH / (2 * SPEED)) < error
    assert faster > 500


@BOTH_WAYS
def test_r1_cells_as_long_as_the_way_of_an_hour_are_connected_by_a_shift(through, direction):
    """After 1, 2 ... h; not after half an hour, and not if the cells are a percent longer. Cells count the
    way the water goes."""
    _, tracks, _ = through(direction)
    way = tracks.x if direction == "forward" else LENGTH - tracks.x
    inside = tracks.status != STATUS["exited"]

    def found(minutes: int, length: float) -> np.ndarray:
        cell = np.full(way.shape, CELLS)
        cell[inside] = (way[inside] // length).astype(int)
        return connectivity(cell[0], cell[minutes], CELLS)

    for hours in range(1, CELLS + 1):
        shift = all_from_each_to(np.minimum(np.arange(CELLS) + hours, CELLS))
        np.testing.assert_array_equal(found(60 * hours, CELL), shift)
    stay, shift = (all_from_each_to(np.arange(CELLS) + k) for k in (0, 1))
    np.testing.assert_array_equal(found(30, CELL), 0.5 * (stay + shift))
    longer = found(60, 1.01 * CELL)
    print(f"\nR1 {direction}: shifts exactly after 1 to {CELLS} h; after half an hour {np.unique(found(30, CELL))} (0, a half); "
          f"longer cells {longer[0, :2]} (no shift)", end="")  # fmt: skip
    assert not np.array_equal(longer, shift)


@BOTH_WAYS
def test_r1_statistics_give_the_mean_time_and_the_shifts(through, direction):
    """The same from the [[statistic]]s: the part that is left falls in a line, and shifts are exact, with
    what has left lost."""
    ahead, _, folder = through(direction)
    found = statistics(folder)
    minutes, part = found["flushing_elapsed"] / 60, found["flushing_fraction_kept"][:, 0]
    np.testing.assert_array_equal(part, [(ahead > SPEED * 60 * k).mean() for k in minutes])
    mean, known = found["flushing_mean_residence_time"].item(), LENGTH / (2 * SPEED)
    folding = found["flushing_e_folding_time"].item()
    print(f"\nR1 {direction}: mean residence {mean:.2f} s ({known:.0f}), e-folding {folding:.1f} s "
          f"({(1 - np.exp(-1)) * LENGTH / SPEED:.1f})", end="")  # fmt: skip
    assert abs(mean - known) < 60
    assert abs(folding - (1 - np.exp(-1)) * LENGTH / SPEED) < 60
    step = 1 if direction == "forward" else -1
    for hours in range(1, CELLS + 1):
        matrix, lost = found[f"after_{60 * hours}_connectivity"], found[f"after_{60 * hours}_lost"]
        shift = np.eye(CELLS, k=step * hours)
        np.testing.assert_array_equal(matrix[:CELLS], shift)
        np.testing.assert_array_equal(lost[:CELLS], 1 - shift.sum(axis=1))
        assert found[f"after_{60 * hours}_particles"][CELLS] == 0  # nobody came from elsewhere
    half = 0.5 * (np.eye(CELLS) + np.eye(CELLS, k=step))
    np.testing.assert_array_equal(found["after_30_connectivity"][:CELLS], half)


@BOTH_WAYS
def test_r2_a_quarter_turn_permutes_the_quadrants(tmp_path, direction):
    """After 1 to 4 quarters; backward the other way round. An eighth leaves half of each where it was."""
    mesh = rectangle(2 * CENTRE, 2 * CENTRE, elements=800)
    flow = Flow(
        u=lambda x, y, s, t: -TURN * (y - CENTRE) + 0 * s, v=lambda x, y, s, t: TURN * (x - CENTRE) + 0 * s, omega=still
    )  # fmt: skip
    r, angle = np.meshgrid(np.linspace(500.0, 9500.0, 10), 2 * np.pi * (np.arange(400) + 0.5) / 400)
    x, y = CENTRE + (r * np.cos(angle)).ravel(), CENTRE + (r * np.sin(angle)).ravel()
    quadrants = write_boxes(tmp_path / "quadrants.json", [
        (CENTRE, CENTRE, 2e4, 2e4), (0, CENTRE, CENTRE, 2e4), (0, 0, CENTRE, CENTRE), (CENTRE, 0, 2e4, CENTRE),
    ])  # fmt: skip
    # turned as a whole: the walls are no coast of this flow
    asked = '\n[advection]\ncoast_gradient = "neighbours"\n' + "".join(f"""
        [[statistic]]
        kind = "connectivity"
        name = "after_{hours}"
        polygons = {quadrants}
        sources = {quadrants}
        competency = ["{hours}h", "{hours}h"]""" for hours in (3, 6, 12, 18, 24))  # fmt: skip
    tracks = tracks_in(
        tmp_path, mesh, flow, x, y, hours=24, step="5min", every="3h", direction=direction, more=asked
    )
    assert (tracks.status == STATUS["active"]).all()
    quadrant = np.floor(np.arctan2(tracks.y - CENTRE, tracks.x - CENTRE) / (np.pi / 2)).astype(int) % 4
    sense = 1 if direction == "forward" else -1

    def turned(quarters: int) -> np.ndarray:
        return all_from_each_to((np.arange(4) + sense * quarters) % 4)

    for quarters in range(1, 5):
        np.testing.assert_array_equal(connectivity(quadrant[0], quadrant[2 * quarters], 4), turned(quarters))
    eighth = connectivity(quadrant[0], quadrant[1], 4)
    print(
        f"\nR2 {direction}: a permutation exactly, four times; after an eighth turn {np.unique(eighth)} (0, a half)",
        end="",
    )
    np.testing.assert_array_equal(eighth, 0.5 * (turned(0) + turned(1)))
    found = statistics(tmp_path)
    for quarters in range(1, 5):
        np.testing.assert_array_equal(
            found[f"after_{6 * quarters}_connectivity"][:4], turned(quarters)[:, :4]
        )
    np.testing.assert_array_equal(found["after_3_connectivity"][:4], eighth[:, :4])
    assert not np.array_equal(turned(1), turned(-1))
