"""Every way to release, from the run file to the first record of the tracks."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fvdrift.cli import main
from fvdrift.errors import ForcingError, RunFileError
from fvdrift.forcing.fvcom.series import Series
from fvdrift.output.paths import statistics_path

from .cases import EVERYWHERE, FORCING, OPEN
from .lookup import Lookup
from .workshop import ESTUARY, Tree, columns, digest, record, solve, write_run

POINT = [433000.0, 5547000.0]
PROJECTION = {**FORCING, "projection": "EPSG:32630"}


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(ESTUARY / "estA_0001.nc", ESTUARY / "estA_0002.nc")


def released(
    folder: Path, *blocks: Tree, forcing: Tree = FORCING, **tables: Tree
) -> tuple[dict[str, np.ndarray], dict]:
    """Tracks and record of half an hour, recorded every ten minutes."""
    tree = {
        "forcing": forcing, "time": {"start": "2h", "duration": "30min"}, "boundary": OPEN, "release": list(blocks),
        "output": {"every": "10min", "variables": ["zeta", "water_depth"]},
    } | tables  # fmt: skip
    tracks = solve(write_run(folder, tree), output="released.nc")
    return columns(tracks), record(tracks)


def in_the_water(lookup: Lookup, tracks: dict[str, np.ndarray]) -> bool:
    places = zip(tracks["x"][:, 0], tracks["y"][:, 0], strict=True)
    return all(lookup.weights(x, y)[1].min() > -1e-9 for x, y in places)


def test_a_point_and_a_disc(tmp_path: Path, lookup: Lookup) -> None:
    tracks, _ = released(
        tmp_path, {"point": POINT, "count": 3}, {"point": POINT, "count": 400, "radius": "500m"}
    )
    assert tracks["x"].shape == (403, 4)
    assert (tracks["x"][:3, 0] == POINT[0]).all()
    assert (tracks["y"][:3, 0] == POINT[1]).all()
    away = np.hypot(tracks["x"][3:, 0] - POINT[0], tracks["y"][3:, 0] - POINT[1])
    assert away.max() <= 500
    # evenly over the disc, not along its radius
    assert np.mean(away < 500 / np.sqrt(2)) == pytest.approx(0.5, abs=0.1)
    assert in_the_water(lookup, tracks)
    assert tracks["release_name"].tolist() == ["1", "2"]
    assert tracks["release"].tolist() == [0] * 3 + [1] * 400


def test_a_box_over_land_uses_its_water(tmp_path: Path, lookup: Lookup) -> None:
    tracks, said = released(tmp_path, {"box": EVERYWHERE, "count": 500})
    x, y = tracks["x"][:, 0], tracks["y"][:, 0]
    assert ((x >= EVERYWHERE[0]) & (x <= EVERYWHERE[2]) & (y >= EVERYWHERE[1]) & (y <= EVERYWHERE[3])).all()
    assert in_the_water(lookup, tracks)
    assert said["counts"][0]["released"] == 500


def test_a_polygon_and_a_line(tmp_path: Path) -> None:
    corners = [[432000.0, 5546000.0], [435000.0, 5546000.0], [433500.0, 5548000.0]]
    ends = [[432000.0, 5546500.0], [434000.0, 5546500.0], [434000.0, 5547000.0]]
    tracks, _ = released(tmp_path, {"polygon": corners, "count": 300}, {"line": ends, "count": 250})
    x, y = tracks["x"][:, 0], tracks["y"][:, 0]
    up = (y[:300] - 5546000) / 2000
    assert ((up >= 0) & (x[:300] >= 432000 + 1500 * up - 1e-6) & (x[:300] <= 435000 - 1500 * up + 1e-6)).all()
    on_first, on_second = np.abs(y[300:] - 5546500) < 1e-6, np.abs(x[300:] - 434000) < 1e-6
    assert (on_first | on_second).all()
    assert on_second.sum() == pytest.approx(50, abs=20)  # a fifth of the length


def test_a_csv_file_with_depth_time_count_and_name(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text(
        "x,y,depth,time,count,name\n"
        "433000,5547000,2m,2024-05-01T14:00:00Z,2,farm\n"
        "433500,5547000,bottom,2024-05-01T14:10:10Z,1,outfall\n"  # rounded to 14:10
        "433000,5547500,surface,2024-05-01 14:20,3,farm\n"
        "433000,5547500,,,1,\n"
    )
    tracks, said = released(tmp_path, {"file": "sites.csv", "name": "rest", "depth": "1m"})
    assert tracks["x"].shape == (7, 4)
    assert [tracks["release_name"][i] for i in tracks["release"]] == ["farm"] * 2 + ["outfall"] + [
        "farm"
    ] * 3 + ["rest"]
    first = [0, 0, 1, 2, 2, 2, 0]
    np.testing.assert_array_equal(np.argmax(np.isfinite(tracks["x"]), axis=1), first)
    below = tracks["zeta"][range(7), first] - tracks["z"][range(7), first]
    depth = tracks["water_depth"][range(7), first]
    np.testing.assert_allclose(below, [2, 2, depth[2], 0, 0, 0, 1], atol=1e-5)
    assert any("1 of 4 release times were rounded" in note for note in said["notes"])


def test_a_csv_file_in_degrees(tmp_path: Path) -> None:
    import pyproj

    lon, lat = pyproj.Transformer.from_crs("EPSG:32630", "EPSG:4326", always_xy=True).transform(*POINT)
    (tmp_path / "sites.csv").write_text(f"lon,lat\n{lon!r},{lat!r}\n{lon + 360!r},{lat!r}\n")
    tracks, _ = released(tmp_path, {"file": "sites.csv"}, forcing=PROJECTION)
    np.testing.assert_allclose(tracks["x"][:, 0], POINT[0], atol=1e-3)
    np.testing.assert_allclose(tracks["y"][:, 0], POINT[1], atol=1e-3)
    np.testing.assert_allclose(tracks["lon"][:, 0], lon, atol=1e-8)


def test_geojson(tmp_path: Path) -> None:
    import pyproj

    to_degrees = pyproj.Transformer.from_crs("EPSG:32630", "EPSG:4326", always_xy=True).transform

    def ring(x0: float, y0: float, x1: float, y1: float) -> list:
        return [list(to_degrees(x, y)) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))]

    outer, hole = ring(432000, 5546000, 434000, 5548000), ring(432500, 5546500, 433500, 5547500)
    features = [
        {
            "type": "Polygon",
            "coordinates": [outer, hole],
            "of": {"name": "zone", "count": 200, "depth": "surface"},
        },
        {
            "type": "MultiPoint",
            "coordinates": [list(to_degrees(*POINT))] * 2,
            "of": {"name": "sites", "count": 3, "sigma": -0.2},
        },
        {"type": "LineString", "coordinates": outer[:2], "of": {}},
    ]
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": {k: f[k] for k in ("type", "coordinates")}, "properties": f["of"]}
            for f in features
        ],
    }
    (tmp_path / "zones.geojson").write_text(json.dumps(content))
    tracks, _ = released(tmp_path, {"file": "zones.geojson", "count": 10, "name": "else"}, forcing=PROJECTION)
    x, y = tracks["x"][:, 0], tracks["y"][:, 0]
    assert len(x) == 200 + 6 + 10
    zone = slice(0, 200)
    assert ((x[zone] > 431990) & (x[zone] < 434010) & (y[zone] > 5545990) & (y[zone] < 5548010)).all()
    assert not ((np.abs(x[zone] - 433000) < 490) & (np.abs(y[zone] - 5547000) < 490)).any()
    assert (tracks["sigma"][zone, 0] == 0).all()
    np.testing.assert_allclose(x[200:206], POINT[0], atol=1e-3)
    assert (tracks["sigma"][200:206, 0] == -0.2).all()
    assert tracks["release_name"].tolist() == ["zone", "sites", "else"]


def test_earlier_tracks(tmp_path: Path) -> None:
    """From where each was last, at the same height; who left is left out, and it is said."""
    before, _ = released(
        tmp_path, {"box": [420000.0, 5541900.0, 421000.0, 5552100.0], "count": 60, "depth": "surface"}
    )
    (tmp_path / "released.nc").rename(tmp_path / "before.nc")
    gone = before["status"][:, -1] == 5
    assert 0 < gone.sum() < 60
    tracks, said = released(
        tmp_path, {"file": "before.nc"}, {"file": "before.nc", "count": 2, "name": "twice"}
    )
    kept = int((~gone).sum())
    assert len(tracks["x"]) == 3 * kept
    for name in ("x", "y", "sigma"):
        np.testing.assert_array_equal(tracks[name][:kept, 0], before[name][~gone, -1])
        np.testing.assert_array_equal(tracks[name][kept:, 0], np.repeat(before[name][~gone, -1], 2))
    assert any(f"{gone.sum()} of 60 trajectories are left out" in note for note in said["notes"])


def test_depths(tmp_path: Path) -> None:
    given = ["uniform", "surface", "bottom", "5m", ["2m", "3m"], ["1000m", "2000m"], "1000m"]
    blocks = [{"point": POINT, "count": 200, "depth": depth, "name": str(depth)} for depth in given]
    tracks, said = released(tmp_path, *blocks, {"point": POINT, "count": 200, "sigma": -0.3})
    sigma, z = tracks["sigma"][:, 0].reshape(8, 200), (tracks["zeta"] - tracks["z"])[:, 0].reshape(8, 200)
    # Kolmogorov, far below 1e-3
    assert np.abs(np.sort(sigma[0]) + (199.5 - np.arange(200)) / 200).max() < 0.15
    assert (sigma[1] == 0).all()
    assert (sigma[2] == -1).all()
    np.testing.assert_allclose(z[3], 5, atol=1e-5)
    assert ((z[4] > 2 - 1e-5) & (z[4] < 3 + 1e-5)).all()
    assert np.std(z[4]) > 0.2
    assert (sigma[5:7] == -1).all()
    assert (sigma[7] == -0.3).all()
    assert said["released_below_bed"] == 400


def test_repeated_releases_are_not_each_other(tmp_path: Path) -> None:
    """In a box every one starts elsewhere, at every release time."""
    tracks, _ = released(tmp_path, {"box": EVERYWHERE, "count": 20, "every": "1min", "until": "150min"})
    assert len(tracks["x"]) == 31 * 20
    first = np.argmax(np.isfinite(tracks["x"]), axis=1)
    assert len(np.unique(tracks["x"][range(620), first])) == 620


def test_the_seed_moves_only_what_is_random(tmp_path: Path) -> None:
    blocks = [{"point": POINT, "count": 5, "depth": "3m"}, {"box": EVERYWHERE, "count": 5}]
    one, _ = released(tmp_path, *blocks)
    other, _ = released(tmp_path, *blocks, seed=1)
    np.testing.assert_array_equal(one["x"][:5], other["x"][:5])
    assert (one["x"][5:] != other["x"][5:]).all()


def test_a_release_in_a_dry_element_waits(tmp_path: Path, lookup: Lookup) -> None:
    wet = lookup.field["wet_cells"]
    e = int(np.flatnonzero((wet[8] == 0) & (wet[9] == 0) & (wet[11] == 1) & (wet[12] == 1))[0])
    place = {"point": [lookup.xc[e], lookup.yc[e]], "depth": "1m", "count": 2}
    tracks, _ = released(tmp_path, place, time={"start": "8h", "end": "12h"})
    assert (tracks["dry"][:, :7] == 1).all()
    assert (tracks["status"] == 1).all()
    assert (tracks["x"][:, :7] == tracks["x"][:, :1]).all()
    assert (tracks["dry"][:, -1] == 0).all()
    assert (tracks["x"][:, -1] != tracks["x"][:, 0]).all()


def test_starts_below_the_bed_and_on_dry_sand_are_counted(tmp_path: Path) -> None:
    """Against depth and dryness in the first row of the tracks."""
    block = {"box": EVERYWHERE, "count": 600, "depth": "12m"}
    tracks, said = released(tmp_path, block, time={"duration": "20min"})
    shallow, dry = int((tracks["water_depth"][:, 0] < 12).sum()), int(tracks["dry"][:, 0].sum())
    assert shallow > 100
    assert dry > 10
    assert said["released_below_bed"] == shallow
    assert said["released_dry"] == dry
    assert any(
        note.startswith(f"warning: {shallow} of them are to start below the bed") for note in said["notes"]
    )
    assert any(
        note.startswith(f"{dry} of them start in elements that are dry then") for note in said["notes"]
    )
    tracks, said = released(tmp_path, {**block, "depth": "uniform", "wet": True}, time={"duration": "20min"})
    assert said["released_below_bed"] == said["released_dry"] == tracks["dry"][:, 0].sum() == 0
    assert not any("are dry then" in note or "below the bed" in note for note in said["notes"])


@pytest.mark.parametrize("wet", [False, True])
def test_a_frame_that_cannot_be_read_is_met_where_the_run_comes_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wet: bool
) -> None:
    """Not before the run, where starts are counted by the water of later releases: what was done till then is
    kept."""
    before = Series.read

    def broken(self: Series, frame: int, names: Sequence[str]) -> dict[str, np.ndarray]:
        if frame > 4:
            raise ForcingError("frame 5: is damaged")
        return before(self, frame, names)

    monkeypatch.setattr(Series, "read", broken)
    block = {"box": EVERYWHERE, "count": 40, "every": "1h", "wet": wet}
    with pytest.raises(ForcingError, match="frame 5"):
        released(tmp_path, block, time={"duration": "8h"}, output={"every": "1h"})
    said = record(tmp_path / "released.nc")
    assert len(said["counts"]) == 4
    assert any("dry then (by the first frame)" in note for note in said["notes"]) != wet


@pytest.mark.parametrize("counted", [10**6, 0])
def test_starts_are_counted_at_the_time_of_each_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: int
) -> None:
    """By the fields of its time, between frames too; of very many it is an estimate, and is said to be
    one."""
    monkeypatch.setattr("fvdrift.preparation.summary.MOST_COUNTED", counted)
    block = {"box": EVERYWHERE, "count": 400, "every": "40min", "depth": ["5m", "20m"]}
    _, said = released(tmp_path, block, time={"duration": "2h"}, output={"every": "20min"})
    numbers = [
        int(re.sub(r"\D", "", note.partition(" of them")[0])) for note in said["notes"] if " of them " in note
    ]
    assert len(numbers) == 2
    expected = [said["released_dry"], said["released_below_bed"]]
    assert min(expected) > 20
    assert (numbers == expected) == bool(counted)
    assert sum("(by the first frame)" in note for note in said["notes"]) == (0 if counted else 2)


@pytest.mark.parametrize("spread", ["area", "volume"])
def test_wet_leaves_sand_out_at_the_time_of_each_release(tmp_path: Path, spread: str) -> None:
    block = {"box": EVERYWHERE, "count": 400, "every": "30min", "spread": spread}
    hours = {"time": {"duration": "2h"}, "output": {"every": "10min", "variables": ["uwind_speed"]}}
    anywhere, _ = released(tmp_path, block, **hours)
    wet, _ = released(tmp_path, {**block, "wet": True}, **hours)
    at, ids = 3 * (np.arange(2000) // 400), np.arange(2000)  # each in the row of its release
    was_dry = anywhere["dry"][ids, at] == 1
    assert was_dry.sum() > (10 if spread == "area" else 0)  # flats hold little water
    wind = anywhere["uwind_speed"]
    # m/s, as everywhere in the files: on dry flats and between frames too
    assert (wind[np.isfinite(anywhere["x"])] == 5.0).all()
    assert not wet["dry"][ids, at].any()
    for axis in ("x", "y"):
        np.testing.assert_array_equal(wet[axis][ids, at][~was_dry], anywhere[axis][ids, at][~was_dry])
        assert (wet[axis][ids, at][was_dry] != anywhere[axis][ids, at][was_dry]).all()
    sand = [float(anywhere[axis][ids, at][was_dry][0]) for axis in ("x", "y")]
    with pytest.raises(RunFileError, match=r"not in the water of their release time \(wet = true\)"):
        released(tmp_path, {"point": sand, "wet": True}, **hours)
    left, said = released(
        tmp_path, {"point": sand, "wet": True, "allow_outside": True}, {"point": POINT}, **hours
    )
    assert (left["status"][0] == 0).all()
    assert said["not_in_water"] == 1


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_tracks_tell_who_started_in_wet_elements_between_records(tmp_path: Path, direction: str) -> None:
    """To the bytes of the run, by the water of each release."""
    block = {"box": EVERYWHERE, "count": 400, "every": "20min", "wet": True}
    statistic = {"kind": "exposure", "box": EVERYWHERE, "cells": [40, 40]}
    when = {"start": "8h", "duration": "2h", "direction": direction}
    anywhere, _ = released(tmp_path, {**block, "wet": False}, time=when)
    began = 2 * (np.arange(2800) // 400)  # the row of the release
    began = 12 - began if direction == "backward" else began
    assert (anywhere["dry"][np.arange(2800), began] == 1)[began % 6 != 0].sum() > 5
    released(tmp_path, block, time=when, statistic=[statistic], output={"every": "1h"})
    tracks = tmp_path / "released.nc"
    assert main(["stats", str(tracks), "-o", str(tmp_path / "from.nc")]) == 0
    assert digest(tmp_path / "from.nc") == digest(statistics_path(tracks))


def test_how_many_start_by_features_is_said(tmp_path: Path) -> None:
    squares = [
        [[432000.0 + i, 5546000.0], [432500.0 + i, 5546000.0], [432500.0 + i, 5546500.0]]
        for i in (0, 1000, 2000)
    ]
    areas = [{"type": "Polygon", "coordinates": [[*ring, ring[0]]]} for ring in squares]
    features = [{"type": "Feature", "properties": {}, "geometry": area} for area in areas]
    (tmp_path / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    tracks, said = released(
        tmp_path, {"file": "areas.geojson", "count": 7, "coordinates": "projected"}, forcing=PROJECTION
    )
    assert len(tracks["x"]) == 21
    assert any("3 features, 21 particles at each release time (count = 7" in note for note in said["notes"])
