"""Frames that another process reads from where they were located: the numbers and the sentences of `Forcing.read`."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing import BackwardForcing, ChangedError, FieldReader, Forcing, LocatedFrame, seen_files
from fvdrift.forcing.fvcom.series import open_series

from .odd_files import ELEMENTS, NODES, TRIANGLES, OddFile, small_file, u_value
from .test_changing_files import append, put_in_place

LAND = 0
AROUND = (TRIANGLES == LAND).any(axis=1)


def far(forcing: Forcing) -> FieldReader:
    """As another process has it."""
    return pickle.loads(pickle.dumps(forcing.reader()))


def outcome(read: Callable[[], np.ndarray]) -> tuple[object, ...]:
    """What comes of reading: numbers, or a sentence."""
    try:
        values = read()
    except ForcingError as error:
        return str(error), type(error)
    assert values.flags.c_contiguous
    assert values.flags.writeable
    return values.dtype, values.shape, values.tobytes()


def names_of(forcing: Forcing) -> list[str]:
    names = {*forcing.variables, "zeta", "h", "wet", *(["nn_hvc"] if forcing.has_coefficient else [])}
    return sorted(names)


def sentences(forcing: Forcing) -> list[str]:
    """What is said of fields that cannot be read; all are the same here and there."""
    reader, found = far(forcing), []
    for frame in range(len(forcing.times)):
        names = names_of(forcing)
        whole = forcing.locate(frame, names)
        for name in names:
            located = pickle.loads(pickle.dumps(forcing.locate(frame, [name])))
            assert isinstance(located, LocatedFrame)
            assert located.frame == frame
            here = outcome(lambda frame=frame, name=name: forcing.read(frame, [name])[name])
            for of in (located, whole):
                assert outcome(lambda of=of, name=name: reader.read(of, name)) == here, (frame, name)
            found += [here[0]] if isinstance(here[0], str) else []
    return found


def on_land() -> OddFile:
    """Values that are none at a dry node and in dry elements."""
    file, wet = small_file(), np.ones((3, ELEMENTS), "i4")
    wet[1, AROUND] = 0
    for name, value in (("u", np.nan), ("omega", 1e36), ("zeta", np.nan)):
        values = file.values(name).copy()
        values[1][..., AROUND if name == "u" else LAND] = value
        file.set(name, values)
    temp = 10 + 0.1 * np.arange(3 * 3 * NODES, dtype="f4").reshape(3, 3, NODES)
    temp[1, :, LAND] = -999
    file.set("temp", temp, ("time", "siglay", "node"), missing_value=np.float32(-999))
    return file.set("wet_cells", wet, ("time", "nele"))


def packed_as_integers() -> OddFile:
    file = on_land()
    for name, scale, offset in (
        ("u", 1e-4, 0.1),
        ("zeta", 0.001, 0.5),
        ("h", 0.1, 10.0),
        ("temp", 0.01, 20.0),
    ):
        dims, values, _ = file.variables[name]
        kept = np.isfinite(values) & (values > -900)
        raw = np.where(kept, np.round((np.where(kept, values, 0) - offset) / scale), -32767).astype("i2")
        packing = {"scale_factor": scale, "add_offset": offset, "_FillValue": np.int16(-32767)}
        file.drop(name).set(name, raw, dims, **packing)
    return file


def upside_down() -> OddFile:
    file = small_file()
    for name in ("siglay", "siglev"):
        file.set(name, file.values(name)[::-1])
    return file


def one_layer() -> OddFile:
    """At the surface, and nothing says so."""
    file = small_file().drop("omega")
    for name in ("u", "v"):
        file.variables[name] = (("time", "nele"), file.values(name)[:, 0], {})
    return file.drop("siglay", "siglev")


def depth_mean() -> OddFile:
    file = small_file()
    mean = file.values("u").mean(axis=1)
    file.drop("u", "v", "omega", "siglay", "siglev")
    return file.set("ua", mean, ("time", "nele")).set("va", -mean, ("time", "nele"))


def moving_bed() -> OddFile:
    h = np.stack([small_file().values("h") + hour for hour in range(3)])
    return small_file().drop("h").set("h", h, ("time", "node"))


def fixed_time(make: Callable[[], OddFile] = on_land) -> OddFile:
    """In one piece each: nothing can be appended."""
    file = make()
    file.dims["time"] = len(file.values("u"))
    return file


FILES: dict[str, Callable[[], OddFile]] = {
    "as it is": small_file,
    "values on land": on_land,
    "packed": packed_as_integers,
    "upside down": upside_down,
    "one layer": one_layer,
    "depth mean": depth_mean,
    "no zeta": lambda: small_file().drop("zeta"),
    "moving bed": moving_bed,
    "one record": lambda: fixed_time(lambda: small_file((2,))),
    "double": lambda: small_file().set("u", small_file().values("u").astype("f8")),
    "coefficient": lambda: small_file().set("nn_hvc", np.full(NODES, 0.2, "f4"), ("node",)),
    "flags with a fraction": lambda: on_land().set("wet_cells", on_land().values("wet_cells").astype("f4")),
}
STORED = {"plain": {}, "deflated": {"zlib": True}, "not shuffled": {"zlib": True, "shuffle": False}}


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("kind", FILES)
def test_fields_are_the_same(tmp_path: Path, kind: str, stored: str) -> None:
    with open_series([FILES[kind]().write(tmp_path / "a.nc", **STORED[stored])]) as series:
        assert sentences(series) == []
        assert sentences(BackwardForcing(series)) == []


@pytest.mark.parametrize("make", [on_land, packed_as_integers])
def test_records_that_lie_in_one_piece(tmp_path: Path, make: Callable[[], OddFile]) -> None:
    file = fixed_time(make)
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert sentences(series) == []
    # deflated together, they are inflated together
    with open_series([file.write(tmp_path / "b.nc", zlib=True)]) as series:
        assert series.locate(1, ["u"]) is None


def test_the_numbers_are_those_of_the_record(tmp_path: Path) -> None:
    """And not the same wrong ones here and there."""
    with open_series([small_file().write(tmp_path / "a.nc", zlib=True)]) as series:
        for forcing, sign in ((series, 1), (BackwardForcing(series), -1)):
            for frame in range(3):
                located = forcing.locate(frame, ["u"])
                assert located is not None
                expected = sign * u_value(frame if sign > 0 else 2 - frame)
                assert np.array_equal(far(forcing).read(located, "u"), expected)


def held_in(folder: Path) -> int:
    """Files of a folder that this process has open."""
    return sum(
        os.path.realpath(f"/proc/self/fd/{number}").startswith(str(folder))
        for number in os.listdir("/proc/self/fd")
    )


def test_a_reader_holds_two_files_until_it_is_closed(tmp_path: Path) -> None:
    paths = [small_file((hour,)).write(tmp_path / f"{hour}.nc") for hour in range(4)]
    with open_series(paths) as series:
        located, reader = [series.locate(frame, ["u"]) for frame in range(4)], far(series)
    assert held_in(tmp_path) == 0
    for frame in (0, 1, 2, 3, 0):
        found = located[frame]
        assert found is not None
        assert np.array_equal(reader.read(found, "u"), u_value(frame))
    assert held_in(tmp_path) == 2
    reader.close()
    assert held_in(tmp_path) == 0


def test_the_estuary(estuary: Path) -> None:
    with open_series([str(estuary / "estA_000?.nc")]) as series:
        reader = far(series)
        for frame in (0, 6, 12):
            located = series.locate(frame, names_of(series))
            assert located is not None
            for name, values in series.read(frame, names_of(series)).items():
                assert np.array_equal(reader.read(located, name), values)


def test_files_that_overlap(tmp_path: Path) -> None:
    paths = []
    for number, hours in enumerate(((0, 1, 2), (2, 3), (4,), (5, 6))):
        file = small_file(hours)
        paths.append(file.write(tmp_path / f"{number}.nc", zlib=number % 2 > 0))
    with open_series(paths) as series:
        assert len(series.times) == 7
        assert sentences(series) == []
        assert sentences(BackwardForcing(series)) == []


def spoilt(name: str, place: tuple[int, ...], value: float) -> OddFile:
    file = on_land()
    file.values(name)[place] = value
    return file


WRONG: dict[str, tuple[Callable[[], OddFile], str]] = {
    "no value in water": (lambda: spoilt("u", (2, 1, 7), np.nan), "u: has no value (NaN or fill) in water"),
    "beyond reason": (lambda: spoilt("v", (2, 0, 7), 99.5), "v: is 99.5 m/s in element 8, layer 1"),
    "a mark": (lambda: spoilt("temp", (2, 0, 7), 9999), "temp: is 9999 degrees C"),
    "no flag": (lambda: spoilt("wet_cells", (2, 7), 5), "wet_cells: is neither 0 nor 1 in element 8"),
    "all dry": (lambda: spoilt("wet_cells", (2,), 0), "wet_cells: no element is wet at 2020-05-01T02"),
}


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_water_is_told_alike(tmp_path: Path, kind: str, stored: str) -> None:
    make, says = WRONG[kind]
    with open_series([make().write(tmp_path / "a.nc", **STORED[stored])]) as series:
        assert any(says in sentence for sentence in sentences(series))


@pytest.mark.parametrize("name", ["u", "zeta", "wet_cells"])
def test_a_record_that_was_never_written_is_told_alike(tmp_path: Path, name: str) -> None:
    path = on_land().write(tmp_path / "a.nc", zlib=True)
    with netCDF4.Dataset(path, "a") as data:
        data["Itime"][3], data["Itime2"][3] = data["Itime"][2], 3 * 3_600_000
        data["Times"][3] = list("2020-05-01T03:00:00.000000")
        for other in {"u", "v", "omega", "zeta", "temp", "wet_cells"} - {name}:
            data[other][3] = data[other][2]
    with open_series([path]) as series:
        found = sentences(series)
        says = f"a.nc: {name}: holds no value at all (was this record ever written?), at 2020-05-01T03:00:00Z"
        assert found
        assert all(says in sentence for sentence in found)


def test_another_unit_and_an_unknown_name_are_told_alike(tmp_path: Path) -> None:
    a = small_file().set("kh", np.full((3, 4, NODES), 0.1, "f4"), ("time", "siglev", "node"), units="cm2 s-1")
    with open_series([a.write(tmp_path / "a.nc")]) as series:
        assert any("kh: is in" in sentence for sentence in sentences(series))
        words = r"a\.nc: happiness: is not in the file; it has kh, omega, u, v, zeta"
        with pytest.raises(ForcingError, match=words):
            series.locate(0, ["u", "happiness"])


def test_damage_is_told_alike(tmp_path: Path) -> None:
    path = small_file().write(tmp_path / "a.nc", zlib=True)
    with open_series([path]) as series:
        located = series.locate(1, ["u"])
        assert located is not None
        (_, offset, nbytes), content = located.records["u"].pieces[0], bytearray(path.read_bytes())
    content[offset + 2 : offset + nbytes] = b"\xff" * (nbytes - 2)
    path.write_bytes(content)
    with open_series([path]) as series:
        assert any("u: cannot be read at 2020-05-01T01:00:00Z (a chunk" in said for said in sentences(series))


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("NETCDF3_CLASSIC", {}),
        ("NETCDF3_64BIT_DATA", {}),
        ("NETCDF4", {"endian": "big"}),
        ("NETCDF4", {"fletcher32": True}),
        ("NETCDF4", {"compression": "zstd"}),
    ],
)
@pytest.mark.filterwarnings("ignore:endian-ness")
def test_what_only_the_library_reads_is_not_located(tmp_path: Path, format: str, options: dict) -> None:
    with open_series([small_file().write(tmp_path / "a.nc", format, **options)]) as series:
        assert series.locate(1, ["u"]) is None
        assert np.array_equal(series.read(1, ["u"])["u"], u_value(1))


def test_a_file_with_something_before_it_is_read_right(tmp_path: Path) -> None:
    path = small_file().write(tmp_path / "a.nc")
    path.write_bytes(bytes(512) + path.read_bytes())
    with open_series([path]) as series:
        assert np.array_equal(series.read(1, ["u"])["u"], u_value(1))
        assert series.locate(1, ["u"]) is None  # from where offsets count differs between versions of HDF5


def test_attributes_that_cannot_be_followed_are_told_by_reading(tmp_path: Path) -> None:
    file = small_file().set("temp", np.full((3, NODES), 9, "i2"), ("time", "node"), scale_factor="large")
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert series.locate(1, ["u", "temp"]) is None
        with pytest.raises(ForcingError, match="scale_factor is large"):
            series.read(1, ["temp"])
        assert series.locate(1, ["u"]) is not None


def test_a_file_that_has_changed_is_not_read(tmp_path: Path) -> None:
    path = small_file().write(tmp_path / "a.nc")
    with open_series([path]) as series:
        located, reader = series.locate(1, ["u"]), far(series)
        assert located is not None
        assert np.array_equal(reader.read(located, "u"), u_value(1))
        os.utime(path)
        with pytest.raises(
            ChangedError, match=r"a\.nc: u: cannot be read at 2020-05-01T01:00:00Z: the file was"
        ):
            reader.read(located, "u")
        path.unlink()
        with pytest.raises(ChangedError, match=r"the file was removed after the run began"):
            reader.read(located, "u")


def test_a_file_that_changes_while_it_is_read_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_file().write(tmp_path / "a.nc")
    with open_series([path]) as series:
        located, reader = series.locate(1, ["u"]), far(series)
        assert located is not None
        preadv = os.preadv

        def read_then_change(*given):
            count = preadv(*given)
            path.write_bytes(path.read_bytes() + b"x")
            return count

        monkeypatch.setattr(os, "preadv", read_then_change)
        with pytest.raises(ChangedError, match="the file was written over"):
            reader.read(located, "u")


@pytest.mark.parametrize("stored", STORED)
def test_a_file_that_fvcom_appends_to_is_located_again(tmp_path: Path, stored: str) -> None:
    path = small_file().write(tmp_path / "a.nc", **STORED[stored])
    with open_series([path]) as series:
        reader = far(series)
        before = series.locate(1, ["u", "omega"])
        assert before is not None
        assert np.array_equal(reader.read(before, "u"), u_value(1))
        series.close()  # the library would not let another dataset of this process write to it
        for hour in range(3, 12):
            append(path, hour)
        with pytest.raises(ChangedError):
            reader.read(before, "u")
        assert sentences(series) == []
        for frame in range(3):
            again = series.locate(frame, ["u"])
            assert again is not None
            assert np.array_equal(reader.read(again, "u"), u_value(frame))


@pytest.mark.parametrize("stored", STORED)
def test_a_file_that_another_run_wrote_over_is_found_out(tmp_path: Path, stored: str) -> None:
    """With the same times and more records, as if it had been appended to."""
    path = small_file().write(tmp_path / "a.nc", **STORED[stored])
    with open_series([path]) as series:
        assert series.locate(1, ["u"]) is not None
        other = small_file(tuple(range(12)))
        other.set("u", other.values("u") + np.float32(0.5))
        put_in_place(path, other.write(tmp_path / "b.nc", **STORED[stored]))
        with pytest.raises(ChangedError, match=r"a\.nc: u: cannot be read .* the file was written over"):
            series.locate(1, ["u"])


def test_the_arrays_of_the_mesh_can_be_left_out_of_a_pickle(tmp_path: Path) -> None:
    """So that the processes of a node share them."""
    with open_series([small_file().write(tmp_path / "a.nc")]) as series:
        arrays: list[pickle.PickleBuffer] = []
        pickle.dumps(series.reader(), 5, buffer_callback=arrays.append)
        assert sum(buffer.raw().nbytes for buffer in arrays) == NODES * 16 + ELEMENTS * 12


def test_who_sees_another_file_says_so(tmp_path: Path) -> None:
    paths = [small_file((hour,)).write(tmp_path / f"{hour}.nc") for hour in range(8)]
    paths.append(small_file(tuple(range(8, 308))).write(tmp_path / "8.nc"))
    seen = pickle.loads(pickle.dumps(seen_files(paths)))
    assert [file.path.name for file in seen.files] == [f"{hour}.nc" for hour in (0, 2, 4, 6, 8)]
    assert seen.missed() == ""
    append(paths[8], 308)
    assert seen.missed() == ""  # it has grown
    other = small_file((4,))
    other.set("u", other.values("u") + 1).write(paths[4])
    assert "4.nc: is another file here" in seen.missed()
    paths[0].unlink()
    assert "0.nc: cannot be read here (No such file or directory)" in seen.missed()
