"""The part files of a run that goes on, as pictures read them: all of them as one."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output import files_in_turn
from fvdrift.output.paths import part_path
from fvdrift.output.stripe_owner import StripeOwner
from fvdrift.output.stripes import Stripes
from fvdrift.output.tracks_request import TracksRequest
from fvdrift.plot.track_file import TrackFile

IDS, ROWS, WRITTEN = 50, 6, 4


class Releases:
    names = ("early", "later")

    def release_of(self, ids: np.ndarray) -> np.ndarray:
        return (ids >= 30).astype(np.int32)

    def born_of(self, ids: np.ndarray) -> np.ndarray:
        return ids * 1_000_000


def place(row: int, ids: np.ndarray) -> np.ndarray:
    return 1000.0 * row + ids


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Path]:
    """Of four stripes of two owners; the second is a row behind."""
    request = TracksRequest(
        path=tmp_path / "tracks.nc", trajectories=IDS, times_us=3_600_000_000 * np.arange(ROWS),
        coordinates=TrackCoordinates(False), releases=Releases(), variables=(), direction=1, attributes={},
    )  # fmt: skip
    stripes = Stripes(IDS, ROWS, 16, 10**6)
    for mine, rows in (([0, 2], WRITTEN + 1), ([1, 3], WRITTEN)):
        owner = StripeOwner(request, stripes, mine)
        for row in range(rows):
            columns = {}
            for stripe in mine:
                ids = np.array(stripes.ids(stripe))
                at, flags = place(row, ids), np.ones(len(ids), np.int8)
                columns[stripe] = {
                    "x": at, "y": -at, "z": -at, "sigma": 0 * at - 0.5, "status": flags, "dry": 0 * flags
                }  # fmt: skip
            owner.write_row(row, columns)
        owner.sync()
        owner.close()
    assert part_path(request.path, 3).exists()
    return part_path(request.path)


@pytest.mark.parametrize("most_open", [64, 1])
def test_part_files_of_all_stripes_are_read_as_one(
    part: Path, most_open: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_in_turn, "MOST_OPEN", most_open)
    with TrackFile(part) as tracks:
        assert (tracks.trajectories, tracks.observations) == (IDS, WRITTEN)
        assert list(tracks.release) == [0] * 30 + [1] * 20
        ids = np.array([0, 15, 16, 31, 40, 48, 49])
        read = tracks.read(("x", "y"), ids, range(0, WRITTEN, 3))
        assert np.array_equal(read["x"], place(np.array([0, 3]), ids[:, None]))
        assert np.array_equal(read["y"], -read["x"])
        assert np.array_equal(tracks.born(ids), ids * 1_000_000)


def test_a_part_file_that_was_cut_is_refused_by_its_name(part: Path) -> None:
    second = part.with_name("tracks.nc.part-0002")
    os.truncate(second, second.stat().st_size - 100)
    with pytest.raises(RunFileError, match=r"tracks\.nc\.part-0002: is damaged or was cut"):
        TrackFile(part)


def test_a_part_file_that_is_missing_is_refused_by_its_name(part: Path) -> None:
    part.with_name("tracks.nc.part-0002").unlink()
    with pytest.raises(
        RunFileError, match=r"tracks\.nc\.part-0002: is missing: tracks\.nc\.part is read from"
    ):
        TrackFile(part)


def test_a_part_file_of_another_cut_is_refused_by_its_name(part: Path) -> None:
    part.with_name("tracks.nc.part-0003").replace(part.with_name("tracks.nc.part-0001"))
    with pytest.raises(
        RunFileError, match=r"tracks\.nc\.part-0001: does not go on from the trajectories before"
    ):
        TrackFile(part)
