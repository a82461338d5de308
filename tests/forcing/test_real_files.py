"""FVCOM's own files: the estuary that comes with fvdrift, and files from public repositories where they are
at hand."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import open_series
from fvdrift.forcing.triangles import signed_area


def test_the_estuary(estuary: Path) -> None:
    with open_series([str(estuary / "estA_000?.nc")], projection="EPSG:32630") as series:
        assert np.array_equal(np.diff(series.times), np.full(12, 3_600_000_000))
        assert series.describe_time(int(series.times[0])) == "2024-05-01T12:00:00Z"
        assert (len(series.x), len(series.triangles), series.layers) == (1562, 2850, 10)
        assert not series.geographic
        assert series.vertical == "omega"
        assert series.has_wet
        assert signed_area(series.triangles, series.x, series.y).min() > 0
        assert series.lat is not None
        assert 50 < series.lat.mean() < 50.2
        fields = series.read(6, ["u", "wet", "omega", "zeta"])
        assert 0 < np.count_nonzero(fields["wet"] == 0) <= 656
        assert series.name_of(6) == "estA_0002.nc"
        assert fields["omega"].shape == (11, 1562)
        assert np.abs(fields["u"]).max() < 3


@pytest.mark.parametrize("files", ["estA_000?.nc", "estA_10min.nc"])
def test_without_wet_cells_the_estuary_is_as_wet_as_fvcom_had_it(estuary: Path, files: str) -> None:
    with open_series([str(estuary / files)]) as series:
        said = [series.read(i, ["wet"])["wet"] for i in range(len(series.times))]
        series.has_wet = False
        for i, wet in enumerate(said):
            assert np.array_equal(series.read(i, ["wet"])["wet"], wet)


def test_the_estuary_every_ten_minutes(estuary: Path) -> None:
    with open_series([estuary / "estA_10min.nc", estuary / "estA_0001.nc"]) as series:
        assert len(series.times) == 21
        assert set(np.diff(series.times)) == {600_000_000, 3_600_000_000}
        assert not any("disagree" in note for note in series.notes)


def test_san_francisco_bay(wild: Path) -> None:
    with open_series([wild / "sfbofs_3h.nc"]) as series:
        assert series.geographic
        assert (len(series.x), len(series.triangles), series.layers) == (551, 903, 20)
        assert np.array_equal(np.diff(series.times), [3_600_000_000] * 2)
        assert series.x.min() > 237
        assert signed_area(series.triangles, series.x, series.y).min() > 0
        assert series.vertical == "none"
        assert np.abs(series.read(2, ["u"])["u"]).max() < 1


def test_lake_erie(wild: Path) -> None:
    with open_series([wild / "leofs.nc"]) as series:
        assert series.geographic
        assert "rounded to 64 m" in series.why_coordinates
        assert series.column == pytest.approx((-0.9, -1), abs=1e-3)
        assert series.describe_time(int(series.times[0])) == "2022-07-20T18:00:00Z"


@pytest.mark.parametrize("name", ["salish.2dm", "salish_grd.dat", "dirty_grd.dat"])
def test_meshes_as_text_are_refused(wild: Path, name: str) -> None:
    with pytest.raises(ForcingError, match="is not a NetCDF file"):
        open_series([wild / name])
