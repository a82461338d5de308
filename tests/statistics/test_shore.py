"""Who comes ashore where: truth from plain loops over records, and distances by shapely."""

from collections import defaultdict
from math import fsum
from pathlib import Path

import numpy as np
import pytest
import shapely

from fvdrift.errors import RunFileError
from fvdrift.mesh.coast import coast_of
from fvdrift.settings.load import run_file_from
from fvdrift_kernels.state import ACTIVE, DEAD, DEPOSITED, STRANDED

from .world import (
    World,
    asked,
    numbers_of,
    plan_of,
    square_mesh,
    still,
    wandering,
    write_boxes,
)


def ashore(seed: int) -> World:
    """Wandering, and whoever is stranded lies a billionth off some side of the coast; many get afloat again."""
    world, coast = wandering(seed), coast_of(square_mesh())
    random = np.random.default_rng(seed)
    row, particle = np.nonzero((world.status == STRANDED) & np.isfinite(world.x))
    side, share = random.integers(0, len(coast), len(row)), random.uniform(0.1, 0.9, len(row))
    dx, dy = np.diff(coast.x).ravel()[side], np.diff(coast.y).ravel()[side]
    world.x[row, particle] = coast.x[side, 0] + share * dx - 1e-9 * dy
    world.y[row, particle] = coast.y[side, 0] + share * dy + 1e-9 * dx
    again = random.random(len(row)) < 0.5  # half of those lie where they lay
    for r, p in zip(row[again], particle[again], strict=True):
        if r and world.status[r - 1, p] == STRANDED:
            world.x[r, p], world.y[r, p] = world.x[r - 1, p], world.y[r - 1, p]
    return world


def sides_at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    coast = coast_of(square_mesh())
    lines = shapely.linestrings(np.stack([coast.x, coast.y], axis=-1))
    return shapely.distance(shapely.points(x, y)[:, None], lines).argmin(axis=1)


def by_hand(world: World, segment_of: np.ndarray, count: int, stride: int = 1, releases: str = "abc"):
    """there (look, segment), first (release, segment), landings, youngest by segment; of the masses of those there and
    of the first lists of the same shapes."""
    looks = range(0, len(world.x), stride)
    there, first = np.zeros((len(looks), count), int), np.zeros((3, count), int)
    landings, youngest = np.zeros(count, int), np.full(count, np.nan)
    masses = defaultdict[tuple[int, int], list[float]](list), defaultdict[tuple[int, int], list[float]](list)
    before: dict[int, int] = {}
    ever: set[int] = set()
    for look, row in enumerate(looks):
        now = {}
        lying = np.flatnonzero((world.status[row] == STRANDED) & np.isfinite(world.x[row]))
        for p, side in zip(lying, sides_at(world.x[row, lying], world.y[row, lying]), strict=True):
            if world.names[world.release[p]] not in releases:
                continue
            now[p] = s = int(segment_of[side])
            there[look, s] += 1
            masses[0][look, s].append(world.more["mass"][row, p])
            if before.get(p) != s:
                landings[s] += 1
                youngest[s] = np.nanmin([youngest[s], (row - world.born[p]) * 3600.0])
                if p not in ever:
                    first[world.release[p], s] += 1
                    masses[1][world.release[p], s].append(world.more["mass"][row, p])
                ever.add(p)
        before = now
    return there, first, landings, youngest, masses


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_a_plain_loop(seed) -> None:
    world, coast = ashore(seed), coast_of(square_mesh())
    it = numbers_of(world, [{"kind": "shore"}])
    there, first, landings, youngest, masses = by_hand(world, np.arange(len(coast)), len(coast))
    assert landings.sum() > first.sum() > 100
    np.testing.assert_array_equal(it["shore_ashore"], there)
    np.testing.assert_array_equal(it["shore_beached"], first)
    np.testing.assert_array_equal(it["shore_landings"], landings)
    np.testing.assert_array_equal(it["shore_youngest"], youngest)
    reached = np.where((there > 0).any(axis=0), (there > 0).argmax(axis=0) * 3600.0, np.nan)
    np.testing.assert_array_equal(it["shore_first_arrival"], reached)
    np.testing.assert_allclose(it["shore_ashore_per_km"], there / coast.length * 1e3)
    np.testing.assert_allclose(it["shore_landings_per_km"], landings / coast.length * 1e3)
    np.testing.assert_array_equal(it["shore_side_x"], coast.x)
    for name, of_each in zip(("ashore", "beached"), masses, strict=True):
        expected = np.zeros(it[f"shore_{name}"].shape)
        for index, values in of_each.items():
            expected[index] = fsum(values)
        np.testing.assert_array_equal(it[f"shore_{name}_mass"], expected)
    np.testing.assert_allclose(it["shore_ashore_mass_per_km"], it["shore_ashore_mass"] / coast.length * 1e3)
    alone = landings == 1
    assert ((it["shore_mean_age"] <= youngest) & (it["shore_mean_age"] > youngest - 3600))[alone].all()


def test_segments_of_a_length_are_whole_sides_of_one_coastline() -> None:
    """400 m of coast in sides of about 7 m, cut by 30 m: 13 pieces."""
    world, coast = ashore(5), coast_of(square_mesh())
    it = numbers_of(world, [{"kind": "shore", "length": "30 m"}])
    segment = it["shore_side_segment"]
    assert len(it["shore_segment_length"]) == segment.max() + 1 == 13
    assert (np.diff(segment) >= 0).all()
    lengths = np.bincount(segment, coast.length)
    np.testing.assert_allclose(it["shore_segment_length"], lengths)
    assert np.abs(lengths - 400 / 13).max() < coast.length.max()
    np.testing.assert_allclose(it["shore_segment_along"], np.cumsum(lengths) - lengths, atol=1e-9)
    there, first, landings, *_ = by_hand(world, segment, 13)
    np.testing.assert_array_equal(it["shore_ashore"], there)
    np.testing.assert_array_equal(it["shore_beached"], first)
    np.testing.assert_array_equal(it["shore_landings"], landings)
    # ends and middles lie on the square, half of the segment's coast apart
    ends = np.stack([it["shore_segment_ends_x"], it["shore_segment_ends_y"]], axis=-1)
    np.testing.assert_array_equal(ends[1:, 0], ends[:-1, 1])
    line = shapely.LineString(
        [*zip(coast.x[:, 0], coast.y[:, 0], strict=True), (coast.x[-1, 1], coast.y[-1, 1])]
    )
    along = shapely.line_locate_point(line, shapely.points(it["shore_segment_x"], it["shore_segment_y"]))
    np.testing.assert_allclose(along, np.cumsum(lengths) - 0.5 * lengths, atol=1e-6)


def test_segments_by_polygons_and_what_lies_elsewhere(tmp_path) -> None:
    world, coast = ashore(7), coast_of(square_mesh())
    file = write_boxes(
        tmp_path / "zones.geojson",
        (-1.0, -1.0, 30.0, 101.0),
        (0.0, 40.0, 60.0, 60.0),
        (60.0, -1.0, 101.0, 50.0),
    )
    asking = [{"kind": "shore", "polygons": file, "releases": ["a", "c"], "every": "3h"}]
    it = numbers_of(world, asking)
    *_, last = asked(world, plan_of(world, asking)).findings().summary()
    assert last == '  no side of the coast has its middle in "p1"'
    x, y = coast.middles
    expected = np.select([x < 30, (x > 60) & (y < 50)], [0, 2], 3)
    np.testing.assert_array_equal(it["shore_side_segment"], expected)
    assert it["shore_segment_name"].tolist() == ["p0", "p1", "p2", "elsewhere"]
    assert it["shore_segment_length"][1] == 0
    there, first, landings, youngest, _ = by_hand(world, expected, 4, 3, "ac")
    assert landings[[0, 2, 3]].min() > 3
    np.testing.assert_array_equal(it["shore_ashore"], there)
    np.testing.assert_array_equal(it["shore_beached"], first)
    np.testing.assert_array_equal(it["shore_landings"], landings)
    np.testing.assert_array_equal(it["shore_youngest"], youngest)
    assert np.isnan(it["shore_landings_per_km"][1])


def test_ages_lie_between_the_looks() -> None:
    """All come ashore within one hour, evenly spread over it."""
    count = 2000
    world = still(np.linspace(1, 99, count), 0 * np.linspace(1, 99, count) + 1e-9, 4)
    world.status[2:] = STRANDED
    it = numbers_of(world, [{"kind": "shore", "length": "1 km"}])
    assert it["shore_mean_age"] == pytest.approx(1.5 * 3600, abs=3600 * 3 / np.sqrt(12 * count))
    assert it["shore_youngest"] == 2 * 3600
    assert it["shore_ashore"].ravel().tolist() == [0, 0, count, count, count]


def test_deposits_and_the_dead_do_not_lie_ashore() -> None:
    world = still([10.0, 20.0, 30.0, 40.0], 1e-9, 2)
    world.status[1:] = np.array([ACTIVE, DEPOSITED, DEAD, STRANDED])
    world.status[2, 3] = DEAD
    it = numbers_of(world, [{"kind": "shore", "length": "1 km"}])
    assert it["shore_ashore"].ravel().tolist() == [0, 1, 0]
    assert it["shore_landings"] == it["shore_beached"] == 1


def test_a_person_reads_how_many_and_where() -> None:
    lines = list(
        asked(ashore(1), plan_of(ashore(1), [{"kind": "shore", "length": "100 m"}])).findings().summary()
    )
    it = numbers_of(ashore(1), [{"kind": "shore", "length": "100 m"}])
    came, last = it["shore_beached"].sum(), it["shore_ashore"][-1].sum()
    assert lines[1] == f"  {came:,} particles came ashore; {last:,} lie there at the last sampling time"
    assert lines[2].split()[:4] == ["coastline", "km", "landings", "per"]
    assert lines[3].startswith("  1: 0 to 0.")
    assert len(lines) == 3 + 4


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"status": ["active"]}, 'statistic.0.status: must have "stranded"'),
        ({"polygons": "far.geojson"}, "none of its polygons holds the middle of a side of the coast"),
        ({"length": "1 km", "polygons": "far.geojson"}, "statistic.0.length: goes without polygons"),
        ({"length": "0 m"}, "statistic.0.length"),
        ({"box": [0, 0, 1, 1], "cells": [1, 1]}, 'kind = "shore" has no such key'),
    ],
)
def test_what_cannot_be_is_refused(keys, said, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_boxes(tmp_path / "far.geojson", (500.0, 500.0, 600.0, 600.0))
    with pytest.raises(RunFileError) as caught:
        plan_of(still([1.0], [1.0], 1), [{"kind": "shore", **keys}])
    assert said in str(caught.value)


def test_a_run_whose_coast_holds_nobody_is_refused() -> None:
    tree = {"forcing": {"files": ["a.nc"]}, "release": [{"point": [0, 0]}], "statistic": [{"kind": "shore"}]}
    with pytest.raises(RunFileError, match=r'statistic\.0\.kind: "shore" needs boundary.coast = "strand"'):
        run_file_from(tree, Path("run.toml"))
