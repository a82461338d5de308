"""Stored numbers mean what the netCDF4 library reads in them with auto mask and scale, whichever way they are
read here."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fields import clean, stored
from fvdrift.forcing.fvcom.series import open_series
from fvdrift.forcing.lookup import Lookup
from fvdrift.forcing.raw_files import RawFiles
from fvdrift.forcing.stored import meaning, read_double, seen

from .odd_files import DAY, ELEMENTS, HOUR, MJD, NODES, START, TRIANGLES, OddFile, small_file, u_value

TIMES = START + HOUR * np.arange(3)
STORAGE = [
    ("NETCDF4", {"zlib": True, "chunksizes": (1, 4, 5)}),
    ("NETCDF4", {}),
    ("NETCDF4", {"zlib": True, "chunksizes": (3, 4, 5)}),
]
ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"scale_factor": 0.01, "add_offset": 3.0},
    {"scale_factor": -0.5},
    {"add_offset": -7.5},
    {"_FillValue": 7},
    {"missing_value": 7},
    {"missing_value": [7, 9, 11]},
    {"_FillValue": 5, "missing_value": 7, "scale_factor": 0.25},
    {"valid_min": 4},
    {"valid_max": 90, "add_offset": 1.0},
    {"valid_range": [4, 90], "scale_factor": 0.1},
    {"_Unsigned": "true", "scale_factor": 0.5},
    {"_Unsigned": "true", "_FillValue": -1, "valid_range": [3, -9], "scale_factor": 0.5},
]


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "f4", "f8"])
@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=lambda given: "-".join(given) or "none")
def test_numbers_are_those_of_the_library(tmp_path: Path, kind: str, attributes: dict[str, Any]) -> None:
    if kind[0] == "u" and ("_Unsigned" in attributes or attributes.get("_FillValue") == -1):
        pytest.skip("without a sign already")
    raw = (np.arange(60).reshape(3, 4, 5) * 7 % 121 - (0 if kind[0] == "u" else 20)).astype(kind)
    if kind[1] != "1" and not (
        kind[0] == "f" and "_FillValue" in attributes
    ):  # bytes have none by the manual; 1e36 is no water
        raw[1, 0, 0] = np.array([netCDF4.default_fillvals[kind]]).astype(kind)[0]
    written = {
        key: np.array(value, kind) if key.startswith(("_F", "valid", "miss")) else value
        for key, value in attributes.items()
    }
    for number, (format, options) in enumerate(STORAGE):
        path = tmp_path / f"{number}.nc"
        with netCDF4.Dataset(path, "w", format=format) as data:
            for name, size in (("time", 3), ("row", 4), ("place", 5)):
                data.createDimension(name, size)
            fill = written.get("_FillValue")
            variable = data.createVariable("v", kind, ("time", "row", "place"), fill_value=fill, **options)
            variable.set_auto_maskandscale(False)
            variable.setncatts({key: value for key, value in written.items() if key != "_FillValue"})
            variable[...] = raw
        with netCDF4.Dataset(path) as data:
            truth = np.ma.masked_invalid(data["v"][...].astype("f8"))
            data.set_auto_maskandscale(False)
            of = meaning(data["v"])
            assert np.array_equal(np.isnan(read_double(data["v"])), np.ma.getmaskarray(truth))
            assert np.allclose(read_double(data["v"]), truth.filled(np.nan), rtol=1e-7, equal_nan=True)
            for record in range(3):
                with Lookup(data) as lookup:
                    located = lookup.find("v", record)
                assert (located is not None) == (number < 2)
                raw = [] if located is None else [RawFiles().read(path, located)]
                for values in (stored(data["v"], record), *raw):
                    reading = clean(values, of)
                    without = np.ma.getmaskarray(truth[record])
                    assert np.array_equal(
                        without, np.zeros((4, 5), bool) if reading.missing is None else reading.missing
                    )
                    assert np.allclose(reading.values, truth[record].filled(0), rtol=1e-6)
                    assert seen(values, of).dtype.itemsize == np.dtype(kind).itemsize


def as_integers(
    file: OddFile, name: str, kind: str, scale: float, offset: float = 0.0, **attributes: Any
) -> None:
    """Pack a variable of `file`."""
    info = np.iinfo(kind)
    packed = np.round((file.values(name).astype("f8") - offset) / scale)
    assert info.min <= packed.min()
    assert packed.max() <= info.max
    file.set(
        name,
        packed.astype(kind),
        scale_factor=scale,
        **({"add_offset": offset} if offset else {}),
        **attributes,
    )


@pytest.mark.parametrize("format", ["NETCDF4", "NETCDF3_CLASSIC"])
def test_every_variable_is_unpacked(tmp_path: Path, format: str) -> None:
    plain = (
        small_file()
        .set("wet_cells", np.ones((3, ELEMENTS), "i4"), ("time", "nele"))
        .drop("Times", "Itime", "Itime2")
    )
    plain.values("wet_cells")[1, 3] = 0
    packed = (
        small_file()
        .set("wet_cells", plain.values("wet_cells").copy(), ("time", "nele"))
        .drop("Times", "Itime", "Itime2")
    )
    for file in (plain, packed):
        file.set("time", (TIMES - MJD) / DAY)
    as_integers(packed, "x", "i4", 0.5, 420_000.0)
    as_integers(packed, "y", "i4", 0.5, 5_540_000.0)
    as_integers(packed, "h", "i2", 0.1, 10.0)
    for name in ("siglay", "siglev"):
        as_integers(packed, name, "i2", 1 / 30_000, -0.5)
    as_integers(packed, "nv", "i4", 1.0, -5.0)
    as_integers(packed, "wet_cells", "i1", -1.0, 1.0)
    as_integers(packed, "time", "i4", 1 / 24, float(np.round((START - MJD) / DAY)))
    as_integers(packed, "u", "i4", 1e-6)
    as_integers(packed, "zeta", "i2", 0.001, 0.5)
    with (
        open_series([plain.write(tmp_path / "plain.nc", format)]) as a,
        open_series([packed.write(tmp_path / "p.nc", format)]) as b,
    ):
        assert np.array_equal(a.times, b.times)
        assert np.array_equal(a.triangles, b.triangles)
        assert np.allclose(a.x, b.x)
        assert np.allclose(a.y, b.y)
        assert np.allclose(a.h, b.h, atol=1e-5)
        assert np.allclose(a.siglay, b.siglay, atol=2e-5)
        assert np.allclose(a.siglev, b.siglev, atol=2e-5)
        for frame in range(3):
            first, second = (series.read(frame, ["u", "zeta", "wet"]) for series in (a, b))
            assert np.allclose(first["u"], second["u"], atol=1e-6)
            assert np.allclose(first["zeta"], second["zeta"], atol=1e-3)
            assert np.array_equal(first["wet"], second["wet"])


def test_integers_with_an_offset_alone_or_with_nothing_are_fields(tmp_path: Path) -> None:
    file = small_file()
    file.set("zeta", np.arange(3)[:, None] + np.zeros((3, NODES), "i2"), add_offset=-1.0)
    file.set("v", np.full((3, 3, ELEMENTS), 2, "i4"))
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert not any("zeta" in note for note in series.notes)
        assert [float(series.read(frame, ["zeta"])["zeta"].mean()) for frame in range(3)] == [-1, 0, 1]
        assert np.all(series.read(1, ["v"])["v"] == 2)


def test_unsigned_velocity_is_not_negative(tmp_path: Path) -> None:
    file = small_file()
    file.set("u", np.full((3, 3, ELEMENTS), 200, "u1").view("i1"), scale_factor=0.0025, _Unsigned="true")
    for options in ({"zlib": True}, {}):
        with open_series([file.write(tmp_path / "a.nc", "NETCDF4", **options)]) as series:
            assert np.allclose(series.read(1, ["u"])["u"], 0.5)


def test_large_integers_keep_their_digits_beside_an_offset(tmp_path: Path) -> None:
    """Single precision has 24 bits: 2e9 - 2e9 would be off by 128."""
    raw = 2_000_000_000 + np.arange(NODES * 3, dtype="i4").reshape(3, NODES)
    file = small_file().set("zeta", raw, scale_factor=0.01, add_offset=-2e7)
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.allclose(
            series.read(2, ["zeta"])["zeta"], 0.01 * np.arange(2 * NODES, 3 * NODES), atol=1e-6
        )


@pytest.mark.parametrize(
    ("name", "attributes", "words"),
    [
        ("u", {"scale_factor": "fine"}, "u: scale_factor is fine, by which nothing can be unpacked"),
        ("u", {"scale_factor": 0.0}, "u: scale_factor is 0.0"),
        ("zeta", {"add_offset": np.nan}, "zeta: add_offset is nan"),
        ("h", {"scale_factor": [1.0, 2.0]}, "h: scale_factor is"),
        ("time", {"scale_factor": "x"}, "time: scale_factor is x"),
        (
            "nv",
            {"_Unsigned": "perhaps"},
            'nv: _Unsigned is "perhaps", and its numbers are stored with a sign',
        ),
    ],
)
def test_attributes_that_cannot_be_followed_are_refused(
    tmp_path: Path, name: str, attributes: dict, words: str
) -> None:
    file = small_file().drop("Times", "Itime", "Itime2").set("time", (TIMES - MJD) / DAY)
    file.set(name, file.values(name), **attributes)
    with (
        pytest.raises(ForcingError, match=rf"a\.nc: {words}"),
        open_series([file.write(tmp_path / "a.nc", "NETCDF4")]) as series,
    ):
        series.read(0, ["u", "zeta"])


def test_beyond_its_valid_range_a_field_has_no_value(tmp_path: Path) -> None:
    file = small_file().set("u", small_file().values("u"), valid_range=np.array([-1, 0.115], "f4"))
    path = file.write(tmp_path / "a.nc")
    with netCDF4.Dataset(path) as data:
        masked = np.ma.getmaskarray(data["u"][1])
    assert masked[2].all()
    with open_series([path]) as series:
        assert np.array_equal(series.read(0, ["u"])["u"], u_value(0))
        with pytest.raises(
            ForcingError,
            match=r"u: has no value \(NaN, fill or beyond its valid range\) in water in element 1",
        ):
            series.read(1, ["u"])


def test_a_valid_range_hides_what_is_dry_alone(tmp_path: Path) -> None:
    values, wet = small_file().values("u").copy(), np.ones((3, ELEMENTS), "i4")
    values[1, :, 5], wet[1, 5] = 17.0, 0
    file = small_file().set("u", values, valid_max=np.float32(5)).set("wet_cells", wet, ("time", "nele"))
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert np.all(series.read(1, ["u"])["u"][:, 5] == 0)


@pytest.mark.parametrize("name", ["siglay", "siglev"])
def test_levels_beyond_their_valid_range_are_refused(tmp_path: Path, name: str) -> None:
    file = small_file().set(
        name, small_file().values(name), valid_min=np.float32(-1.0), valid_max=np.float32(0.0)
    )
    with open_series([file.write(tmp_path / "sound.nc")]) as series:
        assert series.siglay is not None
    last = small_file().values(name).copy()
    last[-1, 4] = -1.05
    with pytest.raises(
        ForcingError, match=rf"b\.nc: {name}: is -1\.05, beyond its valid range, at node 5, row {len(last)}"
    ):
        open_series([file.set(name, last).write(tmp_path / "b.nc")])


def test_a_mesh_that_moves_is_refused(tmp_path: Path) -> None:
    still = small_file()
    for name in ("x", "siglay"):
        still.set(name, np.repeat(still.values(name)[None], 3, 0), ("time", *still.variables[name][0]))
    with open_series([still.write(tmp_path / "still.nc")]) as series:
        assert np.array_equal(series.x, small_file().values("x"))
    for name, where in (("x", (2, 7)), ("siglay", (2, 1, 7)), ("siglev", (1, 2, 7))):
        moving = small_file()
        values = np.repeat(moving.values(name)[None], 3, 0)
        values[where] += 0.01 * abs(values[where])
        moving.set(name, values, ("time", *moving.variables[name][0]))
        with pytest.raises(
            ForcingError, match=rf"{name}\.nc: {name}: is not the same in record {where[0] + 1} .* node 8"
        ):
            open_series([moving.write(tmp_path / f"{name}.nc")])


def test_a_bed_that_moves_by_another_clock_is_refused(tmp_path: Path) -> None:
    file = small_file()
    file.dims |= {"survey": 2, "one": 1}
    h = file.values("h")
    still = file.drop("h").set("h", h[None], ("one", "node"))
    with open_series([still.write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(series.read(2, ["h"])["h"], h)
    moved = file.drop("h").set("h", np.stack([h, h + 1]), ("survey", "node"))
    with pytest.raises(
        ForcingError,
        match=r"b\.nc: h: has dimensions \(survey, node\): only a bed that lies still, or moves with time",
    ):
        open_series([moved.write(tmp_path / "b.nc")])


def test_numbers_of_elements_with_a_fill_are_refused(tmp_path: Path) -> None:
    numbers = small_file().values("nv").copy()
    numbers[1, 3] = -999
    with pytest.raises(ForcingError, match=r"a\.nc: nv: holds numbers that are no nodes"):
        open_series([small_file().set("nv", numbers, _FillValue=np.int32(-999)).write(tmp_path / "a.nc")])


def test_dry_by_packed_flags(tmp_path: Path) -> None:
    flags = np.zeros((3, ELEMENTS), "i1")
    flags[:, (TRIANGLES == 0).any(axis=1)] = 1
    file = small_file().set("wet_cells", flags, ("time", "nele"), scale_factor=-1.0, add_offset=1.0)
    with open_series([file.write(tmp_path / "a.nc", "NETCDF4", zlib=True)]) as series:
        assert np.array_equal(series.read(1, ["wet"])["wet"], 1 - flags[1])
