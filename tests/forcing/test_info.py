"""`fvdrift info` says what is in the forcing."""

import json
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.commands import info
from fvdrift.forcing.fvcom.series import open_series

from .odd_files import geographic, small_file


def test_it_tells_what_a_run_will_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = small_file((0, 1, 2, 5)).write(tmp_path / "a.nc")
    assert info.main([path], False) == 0
    text = capsys.readouterr().out
    for words in (
        "20 nodes, 24 elements, sides 1e+03 to 1.41e+03 m", "projected: lon, lat are all zero",
        "2020-05-01T00:00:00Z to 2020-05-01T05:00:00Z, 4 frames, usually every 1 h (1 h to 3 h)", "from Times",
        "2020-05-01T02:00:00Z to 2020-05-01T05:00:00Z (3 h)",
        "3 layers, uneven (0.1 to 0.6 of the depth), the same at all nodes",
        "omega (m/s", "dry where h + zeta < 0.05 m",
    ):  # fmt: skip
        assert words in text
    assert max(len(line) for line in text.splitlines()) < 120


def test_each_side_counts_once() -> None:
    path = Path(__file__).parents[2] / "configs" / "estuary" / "estA_0001.nc"
    with netCDF4.Dataset(path) as file:
        x, y, triangles = (np.asarray(file[name][...], float) for name in ("x", "y", "nv"))
    corners = triangles.T.astype(int) - 1
    pairs = {frozenset((int(t[i]), int(t[i - 1]))) for t in corners for i in range(3)}
    lengths = sorted(float(np.hypot(x[a] - x[b], y[a] - y[b])) for a, b in map(tuple, pairs))
    twice = [float(np.hypot(x[t[i]] - x[t[i - 1]], y[t[i]] - y[t[i - 1]])) for t in corners for i in range(3)]
    with open_series([path]) as series:
        side = info.describe(series)["mesh"]["side"]
    assert (side["least"], side["median"], side["most"]) == pytest.approx(
        (lengths[0], np.median(lengths), lengths[-1])
    )
    assert abs(np.median(twice) - side["median"]) > 0.1  # the control: with inner sides counted twice


def test_json_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = geographic(small_file()).drop("x", "y", "omega")
    file.attributes["CoordinateSystem"] = "GeoReferenced"
    path = file.write(tmp_path / "a.nc")
    assert info.main([path], True) == 0
    found = json.loads(capsys.readouterr().out)
    with open_series([path]) as series:
        assert found == json.loads(json.dumps(info.describe(series)))
    assert found["coordinates"]["integrate_in"] == "geographic"
    assert found["mesh"]["side"]["least"] == pytest.approx(1000, rel=2e-3)
    assert found["mesh"]["area_km2"] == pytest.approx(12, rel=2e-3)
    assert found["time"]["interval"] == 3600
    assert found["time"]["gaps"] == []
    assert [v["name"] for v in found["variables"]] == ["zeta", "u", "v"]
    assert {v["name"]: v["serves"] for v in found["variables"]}["u"] == "velocity"


def test_depth_mean_files_and_single_records_are_told(tmp_path: Path) -> None:
    file = small_file((0,))
    mean = file.values("u").mean(axis=1)
    file.drop("u", "v", "omega", "siglay", "siglev").set("ua", mean, ("time", "nele")).set(
        "va", mean, ("time", "nele")
    )
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        text = info.render(info.describe(series))
    assert "depth-mean flow only (ua, va)" in text
    assert "1 frame" in text
