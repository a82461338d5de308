"""Rows of an earlier start: in records or finished tracks, believed only where every byte of them is as it
was written."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import Interrupted, OutputError
from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output.conventions import OutputVariable
from fvdrift.output.earlier_rows import EarlierRows
from fvdrift.output.paths import part_path
from fvdrift.output.tracks import Before, TrackWriter

ROWS, COUNT = 5, 300


def writer(
    path: Path, rows: int = ROWS, count: int = COUNT, before: Before | None = None, title: str = "one"
) -> TrackWriter:
    return TrackWriter(
        path, trajectories=count, times_us=np.arange(rows) * 10**6, release_index=np.zeros(count, np.int32), release_names=["a"],
        coordinates=TrackCoordinates(False), variables=[OutputVariable("temp", "degC", "temperature")],
        attributes={"title": title}, before=before, overwrite=True,
    )  # fmt: skip


def row(number: int, count: int = COUNT) -> dict[str, np.ndarray]:
    random = np.random.default_rng(number)
    values = {name: random.random(count) for name in ("x", "y", "z", "sigma")}
    values |= {"status": random.integers(0, 6, count).astype(np.int8), "dry": np.zeros(count, np.int8)}
    return values | {"temp": random.random(count).astype(np.float32)}


def half_written(path: Path) -> np.ndarray:
    written = writer(path)
    for number in range(3):
        written.write_row(number, row(number))
    sums = written.sync()
    written.write_row(3, row(3))  # behind the checkpoint: not counted
    written.close()
    return sums


def names(path: Path) -> list[str]:
    probe = writer(path.with_name("probe.nc"))
    probe.close()
    return probe.column_names


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    return tmp_path / "tracks.nc"


def finished(path: Path) -> bytes:
    written = writer(path)
    for number in range(ROWS):
        written.write_row(number, row(number))
    written.finish()
    return path.read_bytes()


def test_gone_on_with_they_are_the_file_of_a_run_without_a_break(tracks: Path) -> None:
    sums = half_written(tracks)
    rows = EarlierRows(tracks)
    assert not rows.finished
    assert rows.holds(names(tracks), sums)
    again = writer(tracks, before=Before(rows, sums))
    for number in range(3, ROWS):
        again.write_row(number, row(number))
    again.finish()
    assert tracks.read_bytes() == finished(tracks.with_name("whole.nc"))


@pytest.mark.parametrize("share", np.linspace(0.05, 0.95, 7))
def test_a_byte_that_changed_in_a_row_that_counts_is_found(share: float, tracks: Path) -> None:
    sums = half_written(tracks)
    columns = names(tracks)
    data = bytearray(part_path(tracks).read_bytes())
    x0 = row(1)["x"].astype(">f8").tobytes()
    at = data.find(x0) + int(share * len(x0))
    data[at] ^= 4
    part_path(tracks).write_bytes(data)
    assert not EarlierRows(tracks).holds(columns, sums)
    assert EarlierRows(tracks).holds(columns, sums[:1])


def test_rows_behind_those_that_count_do_not_matter(tracks: Path) -> None:
    sums = half_written(tracks)
    assert EarlierRows(tracks).holds(names(tracks), sums)
    assert not EarlierRows(tracks).holds(names(tracks)[:-1], sums)
    assert not EarlierRows(tracks).holds(names(tracks)[:-1], sums[:, :-1][::-1])


def test_what_is_no_file_of_records_holds_nothing(tracks: Path) -> None:
    sums = half_written(tracks)
    columns = names(tracks)
    for content in (b"", b"CDF\x05" + bytes(30), bytes(1000)):
        part_path(tracks).write_bytes(content)
        assert not EarlierRows(tracks).holds(columns, sums)
    part_path(tracks).unlink()
    assert EarlierRows(tracks).path is None
    assert not EarlierRows(tracks).holds(columns, sums)
    assert EarlierRows(tracks).holds(columns, sums[:0])
    with pytest.raises(OutputError):
        next(EarlierRows(tracks).rows(columns, 1))


def test_finished_tracks_hold_them_too_and_a_longer_run_with_more_particles_takes_them(tracks: Path) -> None:
    whole = writer(tracks)
    for number in range(ROWS):
        whole.write_row(number, row(number))
    sums = whole.sync()
    whole.finish()
    rows = EarlierRows(tracks)
    assert rows.finished
    assert rows.holds(names(tracks), sums)
    more = writer(tracks, ROWS + 2, COUNT + 40, Before(rows, sums), title="longer")
    for number in (ROWS, ROWS + 1):
        more.write_row(number, row(number, COUNT + 40))
    more.finish()
    rows.close()
    longer = EarlierRows(tracks)
    found = list(longer.rows(["x", "status", "temp"], ROWS + 2))
    for number in range(ROWS):
        np.testing.assert_array_equal(found[number]["x"][:COUNT], row(number)["x"])
        assert np.isnan(found[number]["x"][COUNT:]).all()
        assert (found[number]["status"][COUNT:] == 0).all()
    np.testing.assert_array_equal(found[-1]["temp"], row(ROWS + 1, COUNT + 40)["temp"])
    assert longer.attribute("title") == "longer"
    longer.close()


def test_packing_that_is_stopped_leaves_the_records_and_a_place_to_go_on_from(tracks: Path) -> None:
    written = writer(tracks)
    for number in range(ROWS):
        written.write_row(number, row(number))
    with pytest.raises(Interrupted):
        written.finish(lambda: True)
    sums = written.sync()
    written.close()
    assert not tracks.exists()
    assert [path.name for path in tracks.parent.iterdir()] == [part_path(tracks).name]
    writer(tracks, before=Before(EarlierRows(tracks), sums)).finish()
    assert tracks.read_bytes() == finished(tracks.with_name("whole.nc"))


@pytest.mark.parametrize("ended", [False, True])
def test_a_file_of_other_particles_is_not_taken_for_theirs(tracks: Path, ended: bool) -> None:
    """Those who are not in it had no places before: they would seem to be new."""
    if ended:
        finished(tracks)
    else:
        half_written(tracks)
    columns, later = names(tracks), range(COUNT, COUNT + 1)
    rows = EarlierRows(tracks, trajectories=COUNT + 1)
    with pytest.raises(OutputError, match=r"tracks\.nc(\.part)?: holds (other|300) trajectories"):
        next(rows.rows(columns, 3, ids=later))
    rows.close()
    rows = EarlierRows(tracks, trajectories=COUNT)
    assert next(rows.rows(columns, 3, ids=later))["x"].shape == (0,)
    rows.close()
