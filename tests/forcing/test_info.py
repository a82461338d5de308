"""`fvdrift info` says what is in the forcing."""

import json
from pathlib import Path

import pytest

from fvdrift.commands import info
from fvdrift.forcing import open_series

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
    file.drop("u", "v", "omega", "siglay", "siglev").set("ua", mean, ("time", "nele")).set("va", mean, ("time", "nele"))
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        text = info.render(info.describe(series))
    assert "depth-mean flow only (ua, va)" in text
    assert "1 frame" in text
