"""Numbers that no water has are refused, with file, variable, time and element; on dry land anything may
stand."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.frames import FrameReader
from fvdrift.forcing.fvcom.series import open_series

from .odd_files import ELEMENTS, NODES, TRIANGLES, OddFile, small_file, u_value

DRY = 7  # element
NODE = 0  # belongs to elements 0 and 12
FILLS = [np.nan, np.inf, 9.96921e36, -1e35]


def with_wet_cells(file: OddFile, dry: tuple[int, ...] = ()) -> OddFile:
    wet = np.ones((3, ELEMENTS), "i4")
    wet[1, list(dry)] = 0
    return file.set("wet_cells", wet, ("time", "nele"))


def bend(file: OddFile, name: str, place: tuple[int, ...], value: float) -> OddFile:
    values = file.values(name).copy()
    values[place] = value
    return file.set(name, values)


def refusal(file: OddFile, folder: Path, name: str, processes: int = 0, **options: float) -> str:
    with open_series([file.write(folder / "a.nc")], **options) as series:  # type: ignore[arg-type]
        series.read(0, [name])
        with (
            FrameReader(series, [name], range(3), wanted=processes) as reader,
            pytest.raises(ForcingError) as caught,
        ):
            list(reader)
    text = str(caught.value)
    assert text.startswith(f"{folder / 'a.nc'}: {name}: ")
    assert "at 2020-05-01T01:00:00Z" in text
    return text


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize("value", FILLS)
@pytest.mark.parametrize(
    ("name", "place", "says"),
    [
        ("u", (1, 2, 5), "in element 6, layer 3"),
        ("v", (1, 0, 0), "in element 1, layer 1"),
        ("zeta", (1, NODE), "in element 1 at node 1"),
        ("omega", (1, 3, 5), "in element 5 at node 6, level 4"),
    ],
)
def test_no_value_in_water(
    tmp_path: Path, name: str, place: tuple[int, ...], says: str, value: float, processes: int
) -> None:
    if processes and value is not FILLS[0]:
        pytest.skip("one value will do")
    for file in (small_file(), with_wet_cells(small_file())):
        text = refusal(bend(file, name, place, value), tmp_path, name, processes)
        assert "has no value (NaN or fill) in water" in text
        assert says in text


@pytest.mark.parametrize(
    ("name", "place"), [("u", (1, 1, DRY)), ("v", (1, 0, DRY)), ("zeta", (1, 0)), ("omega", (1, 2, 0))]
)
@pytest.mark.parametrize("value", [*FILLS, 1e6])
def test_anything_may_stand_on_dry_land(
    tmp_path: Path, name: str, place: tuple[int, ...], value: float
) -> None:
    around = (DRY, *np.flatnonzero((TRIANGLES == NODE).any(axis=1)))
    file = with_wet_cells(bend(small_file(), name, place, value), around)
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        found = series.read(1, [name])[name]
    assert np.isfinite(found).all()
    expected = small_file().values("zeta")[1, [1, 5]] if name == "zeta" else [0.0]  # of a node beside it
    assert found[place[1:]] in ([value] if value == 1e6 else expected)


@pytest.mark.parametrize("name", ["u", "v"])
@pytest.mark.parametrize("speed", [20.5, -31.0, 1e20])
def test_water_faster_than_any(tmp_path: Path, name: str, speed: float) -> None:
    text = refusal(bend(small_file(), name, (1, 1, 3), speed), tmp_path, name)
    assert f"is {speed:.4g} m/s in element 4, layer 2 (more than 20 m/s is beyond reason" in text
    assert "forcing.max_speed" in text


def test_the_bound_of_speed_is_the_users(tmp_path: Path) -> None:
    path = bend(small_file(), "u", (1, 1, 3), 31.0).write(tmp_path / "a.nc")
    with open_series([path], max_speed=40.0) as series:
        assert series.read(1, ["u"])["u"].max() == 31.0
    assert "more than 0.05 m/s" in refusal(small_file(), tmp_path, "u", max_speed=0.05)


def test_a_surface_beyond_reason(tmp_path: Path) -> None:
    assert "is 2e+04 m in element 1 at node 1 and 1 more (more than 5000 m" in refusal(
        bend(bend(small_file(), "zeta", (1, 0), 2e4), "zeta", (1, 3), 9999.0), tmp_path, "zeta"
    )


@pytest.mark.parametrize("value", FILLS)
def test_a_depth_that_is_none_is_refused_at_once_unless_no_element_has_the_node(
    tmp_path: Path, value: float
) -> None:
    file = small_file()
    h = file.values("h").copy()
    h[3] = value
    with pytest.raises(
        ForcingError, match=r"a\.nc: h: has no value .* in water in element 3 at node 4, at 2020-05-01T00"
    ):
        open_series([with_wet_cells(file.set("h", h), (2, 3, 15)).write(tmp_path / "a.nc")])
    h[3] = 10
    file.dims["node"] = NODES + 1
    for name, (dims, values, attributes) in file.variables.items():
        if dims[-1] == "node":
            lone = np.full((*values.shape[:-1], 1), value if name in ("h", "zeta") else 0, values.dtype)
            file.variables[name] = (dims, np.concatenate([values, lone], axis=-1), attributes)
    with open_series([file.write(tmp_path / "b.nc")]) as series:
        assert series.read(1, ["zeta", "h"])["h"][-1] == 0


@pytest.mark.parametrize("format", ["NETCDF4", "NETCDF3_64BIT_OFFSET"])
@pytest.mark.parametrize("flags", [False, True])
def test_a_record_made_but_never_written(tmp_path: Path, format: str, flags: bool) -> None:
    """Times are there, as tools write them first; everything else reads as netCDF's own fill."""
    file = with_wet_cells(small_file()) if flags else small_file()
    path = file.write(tmp_path / "a.nc", format)
    with netCDF4.Dataset(path, "a") as data:
        data["Itime"][3], data["Itime2"][3] = data["Itime"][2], 3 * 3_600_000
        data["Times"][3] = list("2020-05-01T03:00:00.000000")
    with open_series([path]) as series:
        assert len(series.times) == 4
        for name in ("u", "v", "zeta", "omega"):
            with pytest.raises(
                ForcingError, match=f"{name}: holds no value at all .* at 2020-05-01T03:00:00Z"
            ):
                series.read(3, [name])
        if flags:
            says = r"wet_cells: (no element is wet|holds no value at all .*) at 2020-05-01T03:00:00Z"
            with pytest.raises(ForcingError, match=says):
                series.read(3, ["wet"])
        assert np.array_equal(series.read(2, ["u"])["u"], u_value(2))


def test_a_sampled_variable_must_have_values_in_water_too(tmp_path: Path) -> None:
    """A temperature of 0 that nobody measured would be written into the tracks."""
    temp = np.full((3, 3, NODES), 10.0, "f4")
    temp[1, 0, 2] = -999
    file = small_file().set("temp", temp, ("time", "siglay", "node"), missing_value=np.float32(-999))
    assert "has no value (NaN or fill) in water in element 2 at node 3, layer 1" in refusal(
        file, tmp_path, "temp"
    )


UNDECLARED = [-99.0, -999.0, -9999.0, -32768.0, 99999.0, 999999.0, 1e20, -1e20, 1e35, 9.96921e36]
AT_NODES = ["zeta", "h", "kh", "km", "viscofh", "temp", "salinity", "tracer"]
AT_ELEMENTS = ["u", "ww", "uwind_speed", "tauc"]


def with_field(name: str) -> OddFile:
    """A file with a variable of three frames that nothing is wrong with."""
    file = small_file()
    if name == "h":
        return file.set("h", np.repeat(file.values("h")[None], 3, axis=0), ("time", "node"))
    if name in file.variables:
        return file
    levels = ("siglev", 4) if name in ("kh", "km") else ("siglay", 3)
    places = ("nele", ELEMENTS) if name in AT_ELEMENTS else ("node", NODES)
    values = 0.001 + 0.0001 * np.random.default_rng(1).random((3, levels[1], places[1])).astype("f4")
    if name in ("uwind_speed", "tauc"):
        return file.set(name, values[:, 0], ("time", places[0]))
    return file.set(name, values, ("time", levels[0], places[0]))


def at(file: OddFile, name: str, place: int) -> tuple[int, ...]:
    return (1, *(0,) * (file.values(name).ndim - 2), place)


@pytest.mark.parametrize("value", UNDECLARED)
@pytest.mark.parametrize("name", [*AT_NODES, *AT_ELEMENTS])
def test_a_mark_that_no_attribute_declares(tmp_path: Path, name: str, value: float) -> None:
    """Wherever it can reach a particle: also at nodes that are dry by now, as what lies between two frames
    counts."""
    file = with_field(name)
    spoilt = bend(file, name, at(file, name, NODE), value)
    text = refusal(spoilt, tmp_path, name)
    assert "in element 1" in text
    assert "(x 42" in text
    around = tuple(np.flatnonzero((TRIANGLES == NODE).any(axis=1)))
    if name in AT_NODES and abs(value) < 1e15:
        assert "at node 1" in refusal(with_wet_cells(spoilt, around), tmp_path, name)


@pytest.mark.parametrize("name", [*AT_NODES, *AT_ELEMENTS])
def test_where_it_reaches_nothing_it_may_stand(tmp_path: Path, name: str) -> None:
    """In dry elements, and at nodes that no element has; declared at dry nodes too."""
    file = with_field(name)
    if name in AT_ELEMENTS:
        file = with_wet_cells(bend(file, name, at(file, name, DRY), -999), (DRY,))
    else:
        if name != "h":  # which is known on land too
            around = tuple(np.flatnonzero((TRIANGLES == NODE).any(axis=1)))
            values = bend(file, name, at(file, name, NODE), -999).values(name)
            file = with_wet_cells(file.set(name, values, missing_value=np.float32(-999)), around)
        file.dims["node"] = NODES + 1
        for key, (dims, values, attributes) in file.variables.items():
            if dims[-1] == "node":
                lone = np.full((*values.shape[:-1], 1), -9999 if key == name else 0, values.dtype)
                file.variables[key] = (dims, np.concatenate([values, lone], axis=-1), attributes)
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.isfinite(series.read(1, [name])[name]).all()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("zeta", [-8.0, 0.0]), ("zeta", [173.9, 174.6]), ("zeta", [998.5, 999.0]), ("h", [-5.0, 30.0]), ("h", [-0.3, 11_000.0]),
        ("h", [998.0, 999.0]), ("kh", [0.0, 1e-6]), ("kh", [0.0, 99.0]), ("temp", [-2.0, 31.0]), ("salinity", [0.0, 300.0]),
        ("salinity", [-0.02, 34.0]), ("viscofh", [0.0, 1e5]), ("uwind_speed", [-60.0, 60.0]), ("tracer", [99_998.0, 99_999.0]),
        ("tracer", [-1e6, 1e12]),
    ],
)  # fmt: skip
def test_numbers_that_nature_has_are_read(tmp_path: Path, name: str, values: list[float]) -> None:
    file = with_field(name)
    given = np.linspace(*values, file.values(name).size).reshape(file.values(name).shape).astype("f4")
    with open_series([file.set(name, given).write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(series.read(1, [name])[name], given[1])


@pytest.mark.parametrize("name", ["kh", "km", "viscofh"])
@pytest.mark.parametrize("value", [-1e-6, -0.5])
def test_negative_mixing(tmp_path: Path, name: str, value: float) -> None:
    file = with_field(name)
    text = refusal(bend(file, name, (1, 2, NODE), value), tmp_path, name)
    assert "(less than -1e-12 m2/s is beyond reason)" in text


@pytest.mark.parametrize("h", [-20.0, 0.0])
def test_a_bed_that_leaves_no_water(tmp_path: Path, h: float) -> None:
    file = small_file().set("h", np.full(NODES, h, "f4"))
    zeta = file.values("zeta")
    with pytest.raises(
        ForcingError, match=r"a\.nc: h: is .* leaves no water .*positive downwards\), at 2020-05-01T00:00:00Z"
    ):
        open_series([file.set("zeta", 0 * zeta).write(tmp_path / "a.nc")])
    # a lake above the datum
    with open_series([file.set("zeta", zeta - h + 5).write(tmp_path / "b.nc")]) as series:
        assert series.read(0, ["wet"])["wet"].all()


def test_a_surface_far_below_any_is_not_taken_for_dry_land(tmp_path: Path) -> None:
    assert "is -700.5 m in element 1 at node 1 (less than -500 m" in refusal(
        bend(small_file(), "zeta", (1, NODE), -700.5), tmp_path, "zeta"
    )


@pytest.mark.parametrize("kind", ["i4", "f4"])
@pytest.mark.parametrize("value", [-999, 2, -32768, 99999, 1e35, np.nan])
def test_flags_that_are_none(tmp_path: Path, kind: str, value: float) -> None:
    if kind == "i4" and not abs(value) < 1e9:
        pytest.skip("no whole number")
    wet = np.ones((3, ELEMENTS), kind)
    wet[1, 4] = value
    file = small_file().set("wet_cells", wet, ("time", "nele"))
    with (
        open_series([file.write(tmp_path / "a.nc")]) as series,
        pytest.raises(ForcingError, match=r"wet_cells: .* in element 5, at 2020-05-01T01:00:00Z \(x 42"),
    ):
        series.read(1, ["wet"])
    declared = file.set("wet_cells", wet, missing_value=wet.dtype.type(value))
    with open_series([declared.write(tmp_path / "b.nc")]) as series:
        assert np.flatnonzero(series.read(1, ["wet"])["wet"] == 0).tolist() == [4]
