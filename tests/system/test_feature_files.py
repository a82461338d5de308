"""Whole runs by GeoPackage and shapefile beside those by the GeoJSON of the same features."""

from pathlib import Path

import numpy as np
import pyogrio
import pytest

from fvdrift.errors import RunFileError
from fvdrift.output.paths import statistics_path
from fvdrift.settings.load import load_run_file
from fvdrift.simulation.roles import run

from .cases import FORCING
from .workshop import ESTUARY, Tree, columns, contents, solve, write_run

HABITATS = ESTUARY / "habitats.geojson"
SIDES = '{"type": "Polygon", "coordinates": [[[-4.2, 49.9], [-4.05, 49.9], [-4.05, 50.2], [-4.2, 50.2], [-4.2, 49.9]]]}'


def tree(habitats: str, sides: str) -> Tree:
    return {
        "forcing": {**FORCING, "projection": "EPSG:32630"}, "time": {"duration": "2h"}, "boundary": {"open": sides},
        "release": [{"file": habitats, "count": 60}],
        "behaviour": {"settlement": habitats, "competency": ["90min", "10d"]},
        "statistic": [{"kind": "connectivity", "polygons": habitats, "sources": habitats}],
    }  # fmt: skip


def copied(source: Path, target: Path, kind: str) -> None:
    told, _, shapes, values = pyogrio.raw.read(source)
    pyogrio.raw.write(target, shapes, values, list(told["fields"]), geometry_type=kind, crs=told["crs"])


def test_a_run_by_other_files_of_the_same_areas_has_the_same_numbers(tmp_path: Path) -> None:
    """Releases, settlement, sources and polygons from a GeoPackage, open sides from a shapefile; and a change of
    what lies beside the shapefile alone is one of the run's input."""
    (tmp_path / "sides.geojson").write_text(SIDES)
    copied(HABITATS, tmp_path / "habitats.gpkg", "Polygon")
    copied(tmp_path / "sides.geojson", tmp_path / "sides.shp", "Polygon")
    one = solve(write_run(tmp_path, tree(str(HABITATS), "sides.geojson")), output="one.nc")
    before = contents(tmp_path)
    other = write_run(tmp_path, tree("habitats.gpkg#habitats", "sides.shp"), "other.toml")
    two = solve(other, "checkpoint.at_end=true", output="two.nc")
    for of in (lambda path: path, statistics_path):
        mine, same = columns(of(one)), columns(of(two))
        assert mine.keys() == same.keys()
        for name, values in mine.items():
            np.testing.assert_array_equal(values, same[name], name)
    assert (columns(one)["habitat"] >= 0).any()
    after = contents(tmp_path)
    assert all(after[name] == before[name] for name in before if name.startswith(("habitats", "sides")))
    (tmp_path / "sides.prj").write_text((tmp_path / "sides.prj").read_text() + " ")
    with pytest.raises(RunFileError, match=r"boundary\.open: sides\.shp has changed since"):
        run(
            load_run_file(other, ["time.duration=3h", "output.file=two.nc"]),
            overwrite=False,
            resume=True,
            quiet=True,
            communicator=None,
        )
