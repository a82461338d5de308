"""Which pair of coordinates serves, and why."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.forcing.fvcom.series import Series, open_series

from .odd_files import NODES, OddFile, X, Y, geographic, small_file


def opened(file: OddFile, folder: Path, **options: str) -> Series:
    return open_series([file.write(folder / "a.nc")], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["zero", "absent", "one place"])
def test_x_y_serve_where_lon_lat_say_nothing(tmp_path: Path, how: str) -> None:
    file = small_file()
    file.attributes["CoordinateSystem"] = "GeoReferenced"  # wrong
    if how == "absent":
        file.drop("lon", "lat")
    elif how == "one place":
        file.set("lon", np.full(NODES, -4.0)).set("lat", np.full(NODES, 50.0))
    with opened(file, tmp_path) as series:
        assert not series.geographic
        assert np.array_equal(series.x, X + 420_000)
        assert series.lon is None
        assert series.why_coordinates.startswith("lon, lat are")


@pytest.mark.parametrize("how", ["zero", "absent"])
def test_lon_lat_serve_where_x_y_say_nothing(tmp_path: Path, how: str) -> None:
    file = geographic(small_file())  # its CoordinateSystem says Cartesian: wrong
    if how == "absent":
        file.drop("x", "y")
    else:
        file.set("x", np.zeros(NODES)).set("y", np.zeros(NODES))
    with opened(file, tmp_path) as series:
        assert series.geographic
        assert np.array_equal(series.y, file.values("lat").astype(float))
        assert np.array_equal(series.lon, series.x)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("system", "expected"), [("GeoReferenced", True), ("Cartesian", False), (None, False)]
)
def test_of_two_real_pairs_the_file_says_which(tmp_path: Path, system: str | None, expected: bool) -> None:
    file = geographic(small_file())
    del file.attributes["CoordinateSystem"]
    if system:
        file.attributes["CoordinateSystem"] = system
    with opened(file, tmp_path) as series:
        assert series.geographic is expected
        assert series.lon is not None
    for wish in ("geographic", "projected"):
        with opened(file, tmp_path, coordinates=wish) as series:
            assert series.geographic is (wish == "geographic")
            assert series.why_coordinates == "the run file asks for it"


@pytest.mark.parametrize("grain", [64.0, 100.0])
def test_coarsely_rounded_x_y_give_way_to_lon_lat(tmp_path: Path, grain: float) -> None:
    random = np.random.default_rng(3)
    x, y = X + random.uniform(-200, 200, NODES), Y + random.uniform(-200, 200, NODES)
    degree = 6_371_000 * np.pi / 180
    file = geographic(small_file()).set("lat", (50 + y / degree).astype("f4"))
    file.set("lon", (-4 + x / (degree * np.cos(np.deg2rad(50)))).astype("f4"))
    exact = file.set("x", (x + 420_000).astype("f4")).set("y", (y + 5_540_000).astype("f4"))
    with opened(exact, tmp_path) as series:
        assert not series.geographic
    file.set("x", grain * np.round((x + 420_000) / grain)).set("y", grain * np.round((y + 5_540_000) / grain))
    with opened(file, tmp_path) as series:
        assert series.geographic
        assert f"x, y are rounded to {grain:.3g} m" in series.why_coordinates


def test_a_regular_mesh_is_not_taken_for_a_rounded_one(tmp_path: Path) -> None:
    with opened(geographic(small_file()), tmp_path) as series:  # x, y are whole kilometres
        assert not series.geographic


def test_a_pair_that_only_repeats_the_other_is_none(tmp_path: Path) -> None:
    file = geographic(small_file())
    file.attributes["CoordinateSystem"] = ""
    with opened(file.set("x", file.values("lon")).set("y", file.values("lat")), tmp_path) as series:
        assert series.geographic
    file = small_file()
    with opened(file.set("lon", file.values("x")).set("lat", file.values("y")), tmp_path) as series:
        assert not series.geographic
        assert series.why_coordinates == "lon, lat are not degrees"


@pytest.mark.parametrize("lon0", [-4.0, 356.0, 237.5])
def test_longitudes_stay_in_the_turn_of_the_file(tmp_path: Path, lon0: float) -> None:
    file = geographic(small_file(), lon0).drop("x", "y")
    with opened(file, tmp_path) as series:
        assert np.array_equal(series.x, file.values("lon").astype(float))
        assert series.nearest_longitude(lon0 - 360) == pytest.approx(lon0)
        assert series.nearest_longitude(lon0 + 360) == pytest.approx(lon0)


@pytest.mark.parametrize("seam", [180.0, 360.0])
def test_longitude_is_continuous_across_the_seam(tmp_path: Path, seam: float) -> None:
    file = geographic(small_file(), 0.0).drop("x", "y")
    whole = file.values("lon").astype("f8") - 0.02
    wrapped = whole % 360 if seam == 360 else (whole + 180 + 180) % 360 - 180
    assert np.ptp(wrapped) > 300
    with opened(file.set("lon", wrapped), tmp_path) as series:
        assert np.ptp(series.x) == pytest.approx(np.ptp(whole), abs=1e-6)
        assert np.allclose((series.x - wrapped + 180) % 360 - 180, 0, atol=1e-9)


def test_no_usable_pair_is_refused(tmp_path: Path) -> None:
    file = small_file().set("x", np.zeros(NODES)).set("y", np.zeros(NODES))
    with pytest.raises(
        ForcingError, match=r"a\.nc: has no usable coordinates: x, y are all zero; lon, lat are all zero"
    ):
        opened(file, tmp_path)
    with pytest.raises(ForcingError, match="has no coordinates"):
        opened(file.drop("x", "y", "lon", "lat"), tmp_path)


def test_a_wish_that_cannot_be_met_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForcingError, match="but lon, lat are all zero"):
        opened(small_file(), tmp_path, coordinates="geographic")
    with pytest.raises(ForcingError, match="but x, y are absent"):
        opened(geographic(small_file()).drop("x", "y"), tmp_path, coordinates="projected")


def test_a_projection_gives_lon_and_lat(tmp_path: Path) -> None:
    with opened(small_file(), tmp_path, projection="EPSG:32630") as series:
        assert not series.geographic
        assert series.lon is not None
        assert series.lat is not None
        assert series.lat[0] == pytest.approx(50.0075, abs=1e-3)  # 5540 km north in UTM
        assert series.lon[0] == pytest.approx(-4.1165, abs=1e-3)  # 80 km west of its meridian, 3 W
        assert np.ptp(series.lon) * 111_195 * np.cos(np.deg2rad(50)) == pytest.approx(4000, rel=0.02)


def test_a_projection_that_contradicts_the_file_is_told(tmp_path: Path) -> None:
    with opened(geographic(small_file()), tmp_path, projection="EPSG:32631") as series:
        assert any("is it this projection?" in note for note in series.notes)


@pytest.mark.parametrize("projection", ["EPSG:4326", "EPSG:99999999", "here"])
def test_a_projection_that_is_none_is_refused(tmp_path: Path, projection: str) -> None:
    with pytest.raises(RunFileError, match=r"forcing\.projection"):
        opened(small_file(), tmp_path, projection=projection)
