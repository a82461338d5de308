"""Releases from the tracks of an earlier run."""

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.mesh.shapes import DEPTH_KINDS
from fvdrift.output.tracks import TrackWriter

from .conftest import HOUR, START

NAN = np.nan
X = np.array(
    [[1.0, 1.1, 1.2], [NAN, 2.1, 2.2], [3.0, 3.1, NAN], [NAN, NAN, NAN], [5.0, NAN, NAN], [6.0, 6.1, NAN]]
)
STATUS = np.array([[1, 1, 1], [0, 1, 2], [1, 5, 5], [0, 0, 0], [6, 6, 6], [1, 4, 4]], np.int8)


@pytest.fixture
def tracks(tmp_path):
    """Six particles: active, stranded, exited, never started, dead, settled."""

    def write(geographic):
        writer = TrackWriter(
            tmp_path / "old.nc",
            trajectories=6,
            times_us=START + HOUR * np.arange(3),
            release_index=np.array([0, 1, 0, 1, 0, 1], np.int32),
            release_names=["port", "sea"],
            coordinates=TrackCoordinates(geographic),
        )
        for row in range(3):
            x = X[:, row]
            status = STATUS[:, row]
            columns = {"x": x, "y": x + 50, "z": -x, "sigma": -x / 10, "status": status, "dry": 0 * status}
            writer.write_row(row, columns)
        writer.finish()

    return write


def test_each_goes_on_from_its_last_position_at_its_height(tracks, planned):
    tracks(geographic=False)
    plan = planned({"file": "old.nc", "count": 2})
    points = plan.shapes[0]
    assert points.x.tolist() == [1.2, 2.2, 6.1]
    assert points.y.tolist() == [51.2, 52.2, 56.1]
    assert plan.total == 6
    depths = plan.depths_of(0)
    assert {DEPTH_KINDS[kind] for kind in depths.kind} == {"sigma"}
    np.testing.assert_allclose(depths.upper, [-0.12, -0.12, -0.22, -0.22, -0.61, -0.61])
    assert (plan.born_of(np.arange(6)) == START).all()
    assert "3 of 6 trajectories are left out" in plan.notes[0]


def test_names_go_on_unless_the_block_has_its_own(tracks, planned):
    tracks(geographic=False)
    plan = planned({"file": "old.nc", "start": "1h"})
    assert [plan.names[i] for i in plan.release_of(np.arange(3))] == ["port", "sea", "sea"]
    assert (plan.born_of(np.arange(3)) == START + HOUR).all()
    plan = planned({"file": "old.nc", "name": "second"})
    assert plan.names == ["second"]


def test_geographic_tracks_go_into_a_projected_run(tracks, planned):
    tracks(geographic=True)
    plan = planned({"file": "old.nc"}, to_run=lambda x, y, kind: (x * (10 if kind == "geographic" else 1), y))
    np.testing.assert_allclose(plan.shapes[0].x, [12, 22, 61])
    with pytest.raises(RunFileError, match="not a file of tracks"):
        planned({"file": "old.nc", "coordinates": "projected"})


def test_other_files_are_refused_by_name(planned, tmp_path):
    import netCDF4

    with pytest.raises(RunFileError, match=r"old\.nc: there is no such file"):
        planned({"file": "old.nc"})
    (tmp_path / "old.nc").write_text("not NetCDF")
    with pytest.raises(RunFileError, match=r"old\.nc: cannot be read as tracks"):
        planned({"file": "old.nc"})
    with netCDF4.Dataset(tmp_path / "forcing.nc", "w") as file:
        file.createDimension("node", 3)
        file.createVariable("x", "f4", ("node",))
    with pytest.raises(RunFileError, match=r"forcing\.nc: is not a file of tracks"):
        planned({"file": "forcing.nc"})
