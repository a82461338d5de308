"""Many files as one series of frames."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import open_series

from .odd_files import ELEMENTS, HOUR, START, TRIANGLES, small_file, u_value


def hours(times: np.ndarray) -> list[float]:
    return ((times - START) / HOUR).tolist()


def test_files_in_any_order_are_one_series(tmp_path: Path) -> None:
    late = small_file((3, 4, 5)).write(tmp_path / "a.nc")
    early = small_file((0, 1, 2)).write(tmp_path / "b.nc")
    with open_series([late, early]) as series:
        assert hours(series.times) == [0, 1, 2, 3, 4, 5]
        assert [path.name for path in series.files] == ["b.nc", "a.nc"]
        for frame in (4, 1, 5, 0):  # back and forth between the files
            assert np.array_equal(series.read(frame, ["u"])["u"], u_value(frame))


def test_globs_are_expanded_and_a_file_named_twice_is_one(tmp_path: Path) -> None:
    for number in range(3):
        small_file((number,)).write(tmp_path / f"run_{number}.nc")
    with open_series([str(tmp_path / "run_*.nc"), tmp_path / "run_1.nc"]) as series:
        assert hours(series.times) == [0, 1, 2]
        assert series.notes == []


def test_a_glob_without_match_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForcingError, match=r"none_\*\.nc: matches no file"):
        open_series([str(tmp_path / "none_*.nc")])
    with pytest.raises(ForcingError, match=r"absent\.nc: cannot be read"):
        open_series([tmp_path / "absent.nc"])
    with pytest.raises(ForcingError, match="is a folder"):
        open_series([tmp_path])


def test_last_record_of_one_file_may_be_the_first_of_the_next(tmp_path: Path) -> None:
    a = small_file((0, 1, 2)).write(tmp_path / "a.nc")
    b = small_file((2, 3)).write(tmp_path / "b.nc")
    with open_series([a, b]) as series:
        assert hours(series.times) == [0, 1, 2, 3]
        assert series.name_of(2) == "b.nc"
        assert not any("disagree" in note for note in series.notes)


@pytest.mark.parametrize("turned", [False, True])
def test_of_overlapping_files_the_later_one_serves_and_a_difference_is_told(
    tmp_path: Path, turned: bool
) -> None:
    a = small_file((0, 1, 2, 3)).write(tmp_path / "a.nc")
    later = small_file((2, 3, 4))
    b = later.set("u", later.values("u") + 5).write(tmp_path / "b.nc")
    with open_series([b, a] if turned else [a, b]) as series:
        assert hours(series.times) == [0, 1, 2, 3, 4]
        assert np.array_equal(series.read(2, ["u"])["u"], u_value(2) + 5)
        assert np.array_equal(series.read(1, ["u"])["u"], u_value(1))
        assert any("a.nc and b.nc disagree at 2020-05-01T02:00:00Z" in note for note in series.notes)


def test_a_time_twice_in_one_file_keeps_the_later_record(tmp_path: Path) -> None:
    file = small_file((0, 1, 1, 2))
    file.values("u")[2] += 7
    with open_series([file.write(tmp_path / "a.nc")]) as series:
        assert hours(series.times) == [0, 1, 2]
        assert np.array_equal(series.read(1, ["u"])["u"], u_value(1) + 7)


def test_files_of_different_meshes_are_refused(tmp_path: Path) -> None:
    a = small_file().write(tmp_path / "a.nc")
    other = small_file((3, 4))
    numbers = other.values("nv").copy()
    numbers[:, 0], numbers[:, 1] = other.values("nv")[:, 1], other.values("nv")[:, 0]
    with pytest.raises(ForcingError, match=r"b\.nc: nv: differs from that of a\.nc"):
        open_series([a, other.set("nv", numbers).write(tmp_path / "b.nc")])
    moved = small_file((3, 4))
    with pytest.raises(ForcingError, match=r"b\.nc: x: differs"):
        open_series([a, moved.set("x", moved.values("x") + 500).write(tmp_path / "b.nc")])
    fewer = small_file((3, 4))
    fewer.dims["nele"] = ELEMENTS - 1
    fewer.set("nv", fewer.values("nv")[:, 1:])
    for name in ("u", "v"):
        fewer.set(name, fewer.values(name)[..., 1:])
    with pytest.raises(ForcingError, match=r"b\.nc: has 23 elements, a\.nc has 24"):
        open_series([a, fewer.write(tmp_path / "b.nc")])


def test_dates_and_idealised_times_do_not_mix(tmp_path: Path) -> None:
    a = small_file().write(tmp_path / "a.nc")
    b = (
        small_file()
        .drop("Times", "Itime", "Itime2")
        .set("time", np.arange(3.0), units="days since 0.0", format="")
    )
    with pytest.raises(ForcingError, match="one has dates, the other counts"):
        open_series([a, b.write(tmp_path / "b.nc")])


def test_a_file_without_records_is_left_out(tmp_path: Path) -> None:
    empty = small_file((0,))
    for name, (dims, values, attributes) in empty.variables.items():
        if dims[0] == "time":
            empty.variables[name] = (dims, values[:0], attributes)
    b = empty.write(tmp_path / "empty.nc")
    a = small_file().write(tmp_path / "a.nc")
    with open_series([a, b]) as series:
        assert len(series.times) == 3
        assert any("empty.nc: holds no records" in note for note in series.notes)
    with pytest.raises(ForcingError, match="holds no records"):
        open_series([b])


def test_a_variable_in_some_files_only_is_not_offered(tmp_path: Path) -> None:
    a = small_file().write(tmp_path / "a.nc")
    b = small_file((3, 4)).drop("omega").write(tmp_path / "b.nc")
    with open_series([a, b]) as series:
        assert "omega" not in series.variables
        assert series.vertical == "none"
        assert any(note.startswith("omega: not in every file (not in b.nc)") for note in series.notes)


def test_files_without_wet_cells_that_take_them_from_all_are_named(tmp_path: Path) -> None:
    def flagged(name: str, *hours: float) -> Path:
        return (
            small_file(hours)
            .set("wet_cells", np.ones((2, ELEMENTS), "i4"), ("time", "nele"))
            .write(tmp_path / name)
        )

    a, d = flagged("a.nc", 0, 1), flagged("d.nc", 6, 7)
    b, c = (
        small_file((2 * i, 2 * i + 1)).drop("zeta").write(tmp_path / f"{name}.nc")
        for i, name in ((1, "b"), (2, "c"))
    )
    with open_series([a, b, c, d]) as series:
        assert not series.has_wet
        assert "wet_cells, zeta: not in every file (not in b.nc and 1 more), so not used" in series.notes
        assert "b.nc: has no zeta; the surface is taken as 0" in series.notes
    with open_series([a, d]) as series:
        assert series.has_wet
        assert not any("not in every file" in note for note in series.notes)


def test_a_flaw_of_many_files_is_not_told_a_hundred_times(tmp_path: Path) -> None:
    for number in range(40):
        file = small_file((2 * number, 2 * number + 1))
        texts = file.values("Times").copy()
        texts[1] = b" "
        file.set("Times", texts).write(tmp_path / f"run_{number:02d}.nc")
    with open_series([str(tmp_path / "run_*.nc")]) as series:
        empty = [note for note in series.notes if "Times is empty" in note]
        assert len(empty) == 20
        assert any(note.startswith("20 more notes of this kind") for note in series.notes)


def test_nothing_of_many_files_stays_open(tmp_path: Path) -> None:
    for number in range(8):
        small_file((number,)).write(tmp_path / f"run_{number}.nc")
    with open_series([str(tmp_path / "run_*.nc")]) as series:
        for frame in range(8):
            assert np.array_equal(series.read(frame, ["u"])["u"], u_value(frame))
            assert len(series._records.open_files._open) <= 2
        series.close()
        assert np.array_equal(series.read(0, ["v"])["v"], -u_value(0))  # reading opens again


def test_elements_and_nodes_keep_the_order_of_the_file(tmp_path: Path) -> None:
    with open_series([small_file().write(tmp_path / "a.nc")]) as series:
        assert np.array_equal(np.sort(series.triangles, axis=1), np.sort(TRIANGLES, axis=1))
        assert series.triangles.dtype == np.int32
