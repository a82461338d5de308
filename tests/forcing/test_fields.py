"""Fields of a frame: which there are, and what their numbers become."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.cover import dimension_check
from fvdrift.forcing.fvcom.series import Series, open_series

from .odd_files import ELEMENTS, NODES, TRIANGLES, OddFile, small_file, u_value


def opened(file: OddFile, folder: Path, format: str = "NETCDF4_CLASSIC", **options: object) -> Series:
    return open_series([file.write(folder / "a.nc", format, **options)])


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("NETCDF3_CLASSIC", {}),
        ("NETCDF3_64BIT_OFFSET", {}),
        ("NETCDF3_64BIT_DATA", {}),
        ("NETCDF4_CLASSIC", {}),
        ("NETCDF4", {}),
        ("NETCDF4", {"zlib": True, "complevel": 4, "shuffle": True}),
        ("NETCDF4", {"endian": "big"}),
    ],
)
@pytest.mark.filterwarnings("ignore:endian-ness")
def test_every_format_gives_the_same_native_numbers(tmp_path: Path, format: str, options: dict) -> None:
    with opened(small_file(), tmp_path, format, **options) as series:
        fields = series.read(1, ["u", "zeta", "omega", "h", "wet"])
    assert np.array_equal(fields["u"], u_value(1))
    shapes = {"u": (3, ELEMENTS), "zeta": (NODES,), "omega": (4, NODES), "h": (NODES,), "wet": (ELEMENTS,)}
    for name, shape in shapes.items():
        assert fields[name].shape == shape
        assert fields[name].dtype == (np.uint8 if name == "wet" else np.float32)
        assert fields[name].dtype.isnative
        assert fields[name].flags.c_contiguous


def test_chunks_over_many_records_are_unpacked_once(tmp_path: Path) -> None:
    file = small_file(tuple(range(8)))
    path = tmp_path / "a.nc"
    file.write(path, "NETCDF4")
    with netCDF4.Dataset(path, "a") as data:
        values = file.values("u")
        odd = data.createVariable(
            "wide", "f4", ("time", "siglay", "nele"), zlib=True, chunksizes=(8, 3, ELEMENTS)
        )
        odd[...] = values
    usual = netCDF4.get_chunk_cache()
    # as small beside these chunks as the usual one is beside real ones
    netCDF4.set_chunk_cache(1024, 11, 0.75)
    try:
        with open_series([path]) as series:
            for frame in (0, 7, 3):
                assert np.array_equal(series.read(frame, ["wide"])["wide"], values[frame])
            assert (
                series._records.open_files.dataset(0, "u", "").variables["wide"].get_var_chunk_cache()[0]
                >= values.nbytes
            )
            # one record to a chunk
            assert (
                series._records.open_files.dataset(0, "u", "").variables["u"].get_var_chunk_cache()[0] == 1024
            )
    finally:
        netCDF4.set_chunk_cache(*usual)


def test_double_precision_fields_come_as_single(tmp_path: Path) -> None:
    file = small_file()
    with opened(file.set("u", file.values("u").astype("f8")), tmp_path) as series:
        assert np.array_equal(series.read(2, ["u"])["u"], u_value(2))


@pytest.mark.parametrize(
    "fill", [np.float32(9.96921e36), np.float32(-9999), np.float32(1e37), np.float32(np.nan)]
)
@pytest.mark.parametrize("key", ["_FillValue", "missing_value"])
def test_nan_and_fill_become_zero_where_it_is_dry(tmp_path: Path, fill: np.float32, key: str) -> None:
    file = small_file()
    values, wet = file.values("u").copy(), np.ones((3, ELEMENTS), "i4")
    values[1, 2, 3:6] = fill
    values[1, 0, 0] = np.nan
    wet[1, [0, 3, 4, 5]] = 0
    file.set("u", values, **{key: fill}).set("wet_cells", wet, ("time", "nele"))
    with opened(file, tmp_path) as series:
        expected = u_value(1)
        expected[2, 3:6] = expected[0, 0] = 0
        assert np.array_equal(series.read(1, ["u"])["u"], expected)
        assert np.array_equal(series.read(2, ["u"])["u"], u_value(2))


def test_packed_fields_are_unpacked(tmp_path: Path) -> None:
    raw = np.arange(3 * NODES, dtype="i2").reshape(3, NODES)
    raw[1, 4] = -32767
    wet = np.ones((3, ELEMENTS), "i4")
    wet[1, (TRIANGLES == 4).any(axis=1)] = 0
    file = small_file().set(
        "temp", raw, ("time", "node"), scale_factor=0.01, add_offset=20.0, _FillValue=np.int16(-32767)
    )
    file.set("wet_cells", wet, ("time", "nele"))
    with opened(file, tmp_path) as series:
        expected = (raw[1] * 0.01 + 20).astype("f4")
        expected[4] = expected[3]  # of a node beside it
        assert np.array_equal(series.read(1, ["temp"])["temp"], expected)


def test_optional_fields_serve_where_they_are(tmp_path: Path) -> None:
    names = {
        "ww": ("siglay", "nele"),
        "kh": ("siglev", "node"),
        "viscofh": ("siglay", "node"),
        "wind": ("nele",),
    }
    bare = small_file().drop("omega", "zeta")
    with opened(bare, tmp_path) as series:
        assert series.vertical == "none"
        assert set(series.variables) == {"u", "v"}
        assert not series.has_wet
        assert not series.read(0, ["zeta"])["zeta"].any()
        assert any("has no zeta" in note for note in series.notes)
    full = small_file().drop("omega")
    sizes = {"siglay": 3, "siglev": 4, "node": NODES, "nele": ELEMENTS}
    for number, (name, dims) in enumerate(names.items()):
        full.set(name, np.full((3, *(sizes[d] for d in dims)), number, "f4"), ("time", *dims))
    with opened(full, tmp_path) as series:
        assert series.vertical == "ww"
        found = {name: (v.vertical, v.location) for name, v in series.variables.items() if name in names}
        assert found == {"ww": ("layer", "element"), "kh": ("level", "node"), "viscofh": ("layer", "node"),
                         "wind": ("none", "element")}  # fmt: skip
        for number, name in enumerate(names):
            assert np.all(series.read(2, [name])[name] == number)


def test_what_a_variable_calls_itself_is_kept(tmp_path: Path) -> None:
    with opened(small_file(), tmp_path) as series:
        u = series.variables["u"]
        assert (u.name, u.location, u.vertical) == ("u", "element", "layer")
        assert (u.units, u.long_name) == ("meters s-1", "Eastward Water Velocity")


def test_depth_mean_files_have_no_layers(tmp_path: Path) -> None:
    file = small_file()
    mean = file.values("u").mean(axis=1)
    file.drop("u", "v", "omega", "siglay", "siglev").set("ua", mean, ("time", "nele")).set(
        "va", -mean, ("time", "nele")
    )
    with opened(file, tmp_path) as series:
        assert series.layers == 0
        assert series.siglay is None
        assert series.siglev is None
        assert series.vertical == "none"
        assert np.array_equal(series.read(1, ["va"])["va"], -mean[1])
        dimension_check(series, "2d")
        for kind in ("3d", "surface", "depth"):
            with pytest.raises(
                ForcingError, match=r'depth-averaged velocity \(ua, va\); set advection\.dimension = "2d"'
            ):
                dimension_check(series, kind)


def test_depth_may_change_in_time(tmp_path: Path) -> None:
    file = small_file()
    moving = np.stack([file.values("h") + hour for hour in range(3)])
    with opened(small_file(), tmp_path) as series:
        assert not series.h_varies
        assert np.array_equal(series.read(2, ["h"])["h"], file.values("h"))
    file.drop("h").set("h", moving, ("time", "node"))
    with opened(file, tmp_path) as series:
        assert series.h_varies
        assert np.array_equal(series.h, moving[0].astype(float))
        assert np.array_equal(series.read(2, ["h"])["h"], moving[2])


@pytest.mark.parametrize("kind", ["i4", "i2", "f4"])
def test_wet_cells_are_those_of_the_frame(tmp_path: Path, kind: str) -> None:
    wet = np.ones((3, ELEMENTS), kind)
    wet[1, 5] = 0
    wet[2, 7] = -32767
    with opened(small_file().set("wet_cells", wet, ("time", "nele")), tmp_path) as series:
        assert series.has_wet
        assert "wet_cells" not in series.variables
        assert [int(np.flatnonzero(series.read(i, ["wet"])["wet"] == 0).sum()) for i in range(3)] == [0, 5, 7]
        assert series.read(0, ["wet"])["wet"].dtype == np.uint8


def test_without_wet_cells_elements_are_dry_by_the_rule_of_fvcom(tmp_path: Path) -> None:
    """Wet is what has a surface, at its highest node, more than min_depth above its highest bed."""
    file = small_file()
    depth = file.values("h").copy()
    depth[0] = -21.0  # of two elements that it falls dry with, though mean depths are positive
    zeta = np.zeros((3, NODES), "f4")
    zeta[1, 0] = np.float32(21.05)  # what FVCOM leaves on dry land, to rounding
    zeta[2, 1] = 21.2  # high at one node of one of the two
    path = file.set("h", depth).set("zeta", zeta).write(tmp_path / "a.nc")
    corner = (TRIANGLES == 0).any(axis=1)
    with open_series([path]) as series:
        assert series.read(0, ["wet"])["wet"].dtype == np.uint8
        for frame, dry in ((0, corner), (1, corner), (2, corner & ~(TRIANGLES == 1).any(axis=1))):
            assert np.array_equal(series.read(frame, ["wet"])["wet"] == 0, dry)
    for min_depth, dry in ((0.19, 1), (0.21, 2)):
        with open_series([path], min_depth=min_depth) as series:
            assert np.count_nonzero(series.read(2, ["wet"])["wet"] == 0) == dry


def test_an_unknown_name_is_refused_with_those_there_are(tmp_path: Path) -> None:
    words = r"a\.nc: happiness: is not in the file; it has omega, u, v, zeta"
    with opened(small_file(), tmp_path) as series, pytest.raises(ForcingError, match=words):
        series.read(0, ["happiness"])
