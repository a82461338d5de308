"""Exports as other programs read them: DuckDB, pandas, dask, VTK, and the schemas of KML. What is in tracks is taken
from the netCDF file."""

import datetime
import json
import re
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from tests.export.conftest import HOUR, KINDS, NAMES, ROWS, START, STATUSES, truth, write_tracks

from fvdrift.cli import main
from fvdrift.export import parquet

pytestmark = pytest.mark.extras


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    return {kind: write_tracks(folder / f"{kind.split()[0]}.nc", kind) for kind in KINDS}


@pytest.fixture
def tracks(_made):
    return _made.__getitem__


def export(path: Path, to: str, *options: str) -> Path:
    made = path.with_suffix(f".{to}")
    assert main(["export", str(path), "--to", to, "--overwrite", "--quiet", *options]) == 0
    return made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gone", [False, True])
def test_duckdb_reads_the_records_of_the_file(tracks, kind, gone, monkeypatch):
    import duckdb

    monkeypatch.setattr(parquet, "PART", 60)
    monkeypatch.setattr(parquet.Records.slabs, "__kwdefaults__", {"whole": False, "values": 70})
    made = export(tracks(kind), "parquet", *(["--gone"] if gone else []))
    assert len(list(made.iterdir())) > 1
    expected = truth(tracks(kind), gone=gone)
    columns = list(expected[0])
    order = "DESC" if kind == "backward" else "ASC"
    with duckdb.connect() as base:
        base.sql("SET TimeZone = 'UTC'")
        found = base.sql(
            f"SELECT {', '.join(columns)} FROM '{made}/*.parquet' ORDER BY trajectory, time {order}"
        ).fetchall()
        kinds = dict(
            base.sql(f"SELECT column_name, column_type FROM (DESCRIBE FROM '{made}/*.parquet')").fetchall()
        )
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    if kind != "no calendar":
        rows = [row | {"time": row["time"].astimezone(datetime.UTC)} for row in rows]
    assert rows == expected
    assert kinds["time"] == ("DOUBLE" if kind == "no calendar" else "TIMESTAMP WITH TIME ZONE")
    assert kinds["dry"] == "BOOLEAN"
    assert kinds["temp"] == "FLOAT"


def test_pandas_and_dask_read_parquet_with_its_units(tracks):
    import dask.dataframe
    import pandas
    from pyarrow.parquet import read_schema

    made, expected = export(tracks("projected"), "parquet"), truth(tracks("projected"))
    frame = pandas.read_parquet(made)
    assert len(frame) == len(expected)
    assert list(frame.release.cat.categories) == NAMES
    assert str(frame.time.dtype) == "datetime64[us, UTC]"
    assert frame.attrs["units"]["z"] == "m"
    mean = dask.dataframe.read_parquet(made).z.mean().compute()
    assert mean == pytest.approx(np.mean([row["z"] for row in expected]))
    schema = read_schema(made / "part-00000.parquet")
    assert schema.field("temp").metadata[b"units"] == b"degC"
    assert schema.metadata[b"title"].decode() == "Río & sea"
    assert json.loads(schema.metadata[b"run_file"])["forcing"]["projection"] == "EPSG:32630"


def test_what_the_page_says_works(tracks, tmp_path, monkeypatch):
    """Its SQL and its Python, on tracks of that name."""
    import duckdb

    (tmp_path / "results").mkdir()
    path = tmp_path / "results" / "quickstart.nc"
    path.write_bytes(tracks("projected").read_bytes())
    monkeypatch.chdir(tmp_path)
    export(path, "parquet")
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    (query,) = re.findall(r"^```sql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    ends = {row["trajectory"]: (row["release"], row["status"]) for row in truth(path)}
    expected = Counter(ends.values())
    assert {(release, status): count for release, status, count in duckdb.sql(query).fetchall()} == expected
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(block, {})


def read_vtk(path: Path):
    """Points, cells (lists of numbers of points) and arrays of a .vtu."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

    reader = vtkXMLUnstructuredGridReader()
    reader.SetFileName(str(path))
    reader.Update()
    assert reader.GetErrorCode() == 0
    grid = reader.GetOutput()
    points = vtk_to_numpy(grid.GetPoints().GetData()) if grid.GetNumberOfPoints() else np.empty((0, 3))
    cells = [[grid.GetCell(n).GetPointId(k) for k in range(grid.GetCell(n).GetNumberOfPoints())]
             for n in range(grid.GetNumberOfCells())]  # fmt: skip
    kinds = {grid.GetCellType(n) for n in range(grid.GetNumberOfCells())}
    data = grid.GetPointData()
    arrays = {data.GetArrayName(n): vtk_to_numpy(data.GetArray(n)) for n in range(data.GetNumberOfArrays())}
    return points, cells, kinds, arrays


def collection(path: Path) -> list[tuple[float, str]]:
    import xml.etree.ElementTree as ET

    return [(float(each.get("timestep")), each.get("file")) for each in ET.parse(path).iter("DataSet")]


@pytest.mark.parametrize("kind", ["projected", "degrees", "backward"])
def test_vtk_reads_points_in_time_and_whole_lines(tracks, kind):
    from pyproj import Transformer

    made, expected = export(tracks(kind), "vtk"), truth(tracks(kind))
    if kind == "degrees":
        to_metres = Transformer.from_crs("EPSG:4326", "EPSG:32630", always_xy=True).transform
        for row in expected:
            row["x"], row["y"] = to_metres(row["lon"], row["lat"])
    steps = collection(made / "points.pvd")
    assert [seconds for seconds, _ in steps] == [3600.0 * row for row in range(ROWS)]
    times = sorted({row["time"] for row in expected})
    for (_, name), time in zip(steps, times, strict=True):
        points, cells, kinds, arrays = read_vtk(made / name)
        rows = [row for row in expected if row["time"] == time]
        np.testing.assert_allclose(points, [[row["x"], row["y"], row["z"]] for row in rows], rtol=1e-12)
        assert (len(cells), kinds) == (len(rows), {1})
        assert list(arrays["trajectory"]) == [row["trajectory"] for row in rows]
        assert [STATUSES[code] for code in arrays["status"]] == [row["status"] for row in rows]
        assert [NAMES[code] for code in arrays["release"]] == [row["release"] for row in rows]
        temp = [np.nan if row["temp"] is None else row["temp"] for row in rows]
        np.testing.assert_array_equal(arrays["temp"], np.array(temp, np.float32))
        np.testing.assert_allclose(arrays["time"], time.timestamp(), rtol=1e-15)
    ((_, name),) = collection(made / "lines.pvd")
    points, cells, kinds, arrays = read_vtk(made / name)
    assert kinds == {4}
    np.testing.assert_allclose(points, [[row["x"], row["y"], row["z"]] for row in expected], rtol=1e-12)
    for cell in cells:
        assert len({int(arrays["trajectory"][point]) for point in cell}) == 1
    assert len(cells) == len({row["trajectory"] for row in expected})
    assert (made / "names.csv").read_text(encoding="utf-8").splitlines()[:3] == [
        "column,value,name", 'release,0,"Río <1>"', 'release,1,"sea & ""sky"""']  # fmt: skip


def test_a_time_with_nobody_is_an_empty_file_for_vtk(tracks, tmp_path):
    path = tmp_path / "late.nc"
    path.write_bytes(tracks("degrees").read_bytes())
    with netCDF4.Dataset(path, "a") as file:
        file["lon"][:, 0] = np.nan
    (_, name), *_ = collection(export(path, "vtk") / "points.pvd")
    points, cells, _, _ = read_vtk(tmp_path / "late.vtk" / name)
    assert (len(points), cells) == (0, [])


@pytest.mark.parametrize("kind", ["degrees", "no calendar", "antimeridian", "backward"])
def test_kml_follows_its_schemas(tracks, kind):
    """OGC's for KML 2.2, and Google's for gx, as fastkml brings them."""
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(files("fastkml") / "schema" / "kml22gx.xsd")))
    document = etree.parse(export(tracks(kind), "kml"))
    schema.assertValid(document)


def write_large(path: Path, particles: int, rows: int) -> None:
    """Tracks in the chunks of a run, block by block."""
    from fvdrift.output.chunks import chunk_shape

    chunks = chunk_shape(particles, rows)
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (
            ("trajectory", particles),
            ("obs", rows),
            ("release_index", 1),
            ("name_length", 1),
        ):
            file.createDimension(name, size)
        file.createVariable("trajectory", "i8", ("trajectory",))[:] = np.arange(particles)
        file.createVariable("release", "i4", ("trajectory",))[:] = 0
        file.createVariable("release_name", "S1", ("release_index", "name_length"))[:] = b"a"
        columns = {
            name: file.createVariable(
                name, kind, ("trajectory", "obs"), zlib=True, complevel=1, chunksizes=chunks
            )
            for name, kind in (
                ("time", "f8"),
                ("x", "f8"),
                ("y", "f8"),
                ("z", "f8"),
                ("status", "i1"),
                ("temp", "f4"),
            )
        }
        columns["time"].units = "seconds since 1970-01-01"
        columns["status"].flag_meanings = " ".join(STATUSES)
        for first in range(0, particles, 20 * chunks[0]):
            number = np.arange(first, min(first + 20 * chunks[0], particles))[:, None]
            values = {"time": START / 1e6 + HOUR / 1e6 * np.arange(rows), "x": number + 10.0 * np.arange(rows),
                      "y": number * 0.5 + np.arange(rows), "z": -1.0, "status": 1, "temp": 12.5}  # fmt: skip
            for name, variable in columns.items():
                variable[first : first + len(number)] = np.broadcast_to(values[name], (len(number), rows))


PEAK = """
import sys
from pathlib import Path
from fvdrift.cli import main
assert main(["export", sys.argv[1], "--to", sys.argv[2], "--quiet", "--overwrite"]) == 0
# getrusage would have the peak of the process that started this one
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def test_memory_does_not_grow_with_the_tracks(tmp_path):
    """4e6 records of 24 bytes and more are 130 MB in the file alone, unpacked."""
    import duckdb

    peaks = []
    for name, particles in (("small", 8_000), ("large", 80_000)):
        write_large(tmp_path / f"{name}.nc", particles, 50)
        done = subprocess.run([sys.executable, "-c", PEAK, str(tmp_path / f"{name}.nc"), "parquet"],
                              check=True, capture_output=True, text=True)  # fmt: skip
        peaks.append(int(done.stdout) / 1024)
    print(f"peak of 4e5 records {peaks[0]:.0f} MB, of 4e6 records {peaks[1]:.0f} MB")
    assert peaks[1] < peaks[0] + 80
    ((count, total),) = duckdb.sql(
        f"SELECT count(*), sum(x) FROM '{tmp_path}/large.parquet/*.parquet'"
    ).fetchall()
    number, row = np.arange(80_000.0), np.arange(50.0)
    assert (count, total) == (4_000_000, 50 * number.sum() + 10 * 80_000 * row.sum())
