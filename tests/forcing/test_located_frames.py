"""Frames that another process reads from where they were located: the numbers and the sentences of `Forcing.read`."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing import BackwardForcing, ChangedError, FieldReader, Forcing, LocatedFrame, seen_files
from fvdrift.forcing.fvcom.series import open_series

from .odd_files import ELEMENTS, NODES, TRIANGLES, OddFile, small_file, u_value

DRY, LAND = 5, 0
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
    return [*forcing.variables, "zeta", "h", "wet", *(["nn_hvc"] if forcing.has_coefficient else [])]


def assert_the_same(forcing: Forcing, sentences: bool = False) -> None:
    """sentences: whether something can't be read."""
    reader, found = far(forcing), []
    for frame in range(len(forcing.times)):
        names = names_of(forcing)
        located = pickle.loads(pickle.dumps(forcing.locate(frame, names)))
        assert isinstance(located, LocatedFrame)
        assert located.frame == frame
        for name in names:
            here = outcome(lambda frame=frame, name=name: forcing.read(frame, [name])[name])
            there = outcome(lambda located=located, name=name: reader.read(located, name))
            assert here == there, (frame, name)
            found.append(isinstance(here[0], str))
    assert any(found) == sentences


def on_land(file: OddFile) -> OddFile:
    """With values that are none at a dry node and in dry elements, and what an element has beside velocity."""
    wet = np.ones((3, ELEMENTS), "i4")
    wet[1, AROUND] = 0
    for name, value in (("u", np.nan), ("omega", 1e36), ("zeta", np.nan)):
        values = file.values(name).copy()
        values[1][..., AROUND if name == "u" else LAND] = value
        file.set(name, values)
    temp = 10 + 0.1 * np.arange(3 * 3 * NODES, dtype="f4").reshape(3, 3, NODES)
    temp[1, :, LAND] = -999
    file.set("temp", temp, ("time", "siglay", "node"), missing_value=np.float32(-999))
    return file.set("wet_cells", wet, ("time", "nele"))


FILES: dict[str, Callable[[], OddFile]] = {
    "as it is": small_file,
    "values on land": lambda: on_land(small_file()),
}
STORED = {
    "in chunks": {},
    "deflated": {"zlib": True},
    "not shuffled": {"zlib": True, "shuffle": False},
}


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_fields_are_the_same(tmp_path: Path, make: Callable[[], OddFile], stored: dict) -> None:
    with open_series([make().write(tmp_path / "a.nc", **stored)]) as series:
        assert_the_same(series)
        assert_the_same(BackwardForcing(series))


def test_a_file_that_has_changed_is_not_read(tmp_path: Path) -> None:
    path = small_file().write(tmp_path / "a.nc")
    with open_series([path]) as series:
        located, reader = series.locate(1, ["u"]), far(series)
        assert located is not None
        assert np.array_equal(reader.read(located, "u"), u_value(1))
        path.write_bytes(path.read_bytes() + b"x")
        with pytest.raises(
            ChangedError, match=r"a\.nc: u: cannot be read at 2020-05-01T01:00:00Z: the file was"
        ):
            reader.read(located, "u")


def test_who_sees_another_file_says_so(tmp_path: Path) -> None:
    path = small_file().write(tmp_path / "a.nc")
    seen = pickle.loads(pickle.dumps(seen_files([path])))
    assert seen.missed() == ""
    other = small_file()
    other.set("u", other.values("u") + 1).write(path)
    assert "a.nc: is another file here" in seen.missed()
    path.unlink()
    assert "a.nc: cannot be read here" in seen.missed()
