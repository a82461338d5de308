"""Every way to release, from the run file to the first record of the tracks."""

import json
from pathlib import Path

import numpy as np
import pytest

from .cases import EVERYWHERE, FORCING, OPEN
from .lookup import Lookup
from .workshop import ESTUARY, Tree, columns, record, solve, write_run

POINT = [433000.0, 5547000.0]
PROJECTION = {**FORCING, "projection": "EPSG:32630"}


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(ESTUARY / "estA_0001.nc", ESTUARY / "estA_0002.nc")


def released(folder: Path, *blocks: Tree, forcing: Tree = FORCING, **tables: Tree) -> tuple[dict[str, np.ndarray], dict]:
    """Tracks and record of half an hour, recorded every ten minutes."""
    tree = {
        "forcing": forcing, "time": {"start": "2h", "duration": "30min"}, "boundary": OPEN, "release": list(blocks),
        "output": {"every": "10min", "variables": ["zeta", "water_depth"]}, **tables,
    }  # fmt: skip
    tracks = solve(write_run(folder, tree), output="released.nc")
    return columns(tracks), record(tracks)


def in_the_water(lookup: Lookup, tracks: dict[str, np.ndarray]) -> bool:
    places = zip(tracks["x"][:, 0], tracks["y"][:, 0], strict=True)
    return all(lookup.weights(x, y)[1].min() > -1e-9 for x, y in places)


def test_a_point_and_a_disc(tmp_path: Path, lookup: Lookup) -> None:
    tracks, _ = released(tmp_path, {"point": POINT, "count": 3}, {"point": POINT, "count": 400, "radius": "500m"})
    assert tracks["x"].shape == (403, 4)
    assert (tracks["x"][:3, 0] == POINT[0]).all()
    assert (tracks["y"][:3, 0] == POINT[1]).all()
    away = np.hypot(tracks["x"][3:, 0] - POINT[0], tracks["y"][3:, 0] - POINT[1])
    assert away.max() <= 500
    assert np.mean(away < 500 / np.sqrt(2)) == pytest.approx(0.5, abs=0.1)  # evenly over the disc, not along its radius
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
    assert [tracks["release_name"][i] for i in tracks["release"]] == ["farm"] * 2 + ["outfall"] + ["farm"] * 3 + ["rest"]
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
        {"type": "Polygon", "coordinates": [outer, hole], "of": {"name": "zone", "count": 200, "depth": "surface"}},
        {"type": "MultiPoint", "coordinates": [list(to_degrees(*POINT))] * 2, "of": {"name": "sites", "count": 3, "sigma": -0.2}},
        {"type": "LineString", "coordinates": outer[:2], "of": {}},
    ]
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": {k: f[k] for k in ("type", "coordinates")}, "properties": f["of"]} for f in features
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
    before, _ = released(tmp_path, {"box": [420000.0, 5541900.0, 421000.0, 5552100.0], "count": 60, "depth": "surface"})
    (tmp_path / "released.nc").rename(tmp_path / "before.nc")
    gone = before["status"][:, -1] == 5
    assert 0 < gone.sum() < 60
    tracks, said = released(tmp_path, {"file": "before.nc"}, {"file": "before.nc", "count": 2})
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
    assert np.abs(np.sort(sigma[0]) + (199.5 - np.arange(200)) / 200).max() < 0.15  # Kolmogorov, far below 1e-3
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
