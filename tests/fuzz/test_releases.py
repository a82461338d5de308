"""Whatever a file of release points, lines or areas holds, it is released from or refused in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fvdrift.errors import RunFileError
from release.conftest import planned  # noqa: F401  (a fixture)

from .budget import cases

ROWS = b"lon,lat,depth,time,count,name\n-4.1,50.2,5m,2020-05-01T01:00:00Z,3,river\n-4.2,50.1,,,,\n-4,50,[2m],1h,1e3,\xc3\xa9\n"
AREAS = json.dumps({"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"name": "a", "count": 5, "depth": "3m"},
     "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 0]], [[1, 1], [2, 1], [2, 2], [1, 1]]]}},
    {"type": "Feature", "properties": {"sigma": -0.5}, "geometry": {"type": "MultiPoint", "coordinates": [[1, 2, 3], [3, 4]]}},
    {"type": "Feature", "properties": None, "geometry": {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1], [2, 2]]]}},
]}).encode()  # fmt: skip
ODD = [b"\0", b"\xff", b'"', b"'", b",", b"\n", b"\r", b"1e309", b"9" * 400, b"-", b"[" * 300, b"{", b"nan", b"inf", b"null",
       b"\xef\xbb\xbf", "٣".encode(), b"1_0", b"0x1", b" ", b"\t", b"true", b"-0"]  # fmt: skip


@st.composite
def damaged(draw, content: bytes) -> bytes:
    """A few pieces taken out, put in or said twice."""
    for _ in range(draw(st.integers(1, 5))):
        first = draw(st.integers(0, len(content)))
        last = min(len(content), first + draw(st.sampled_from([0, 0, 1, 2, 10])))
        put = draw(st.sampled_from(ODD) | st.binary(max_size=4) | st.just(content[first:last] * 2))
        content = content[:first] + put + content[last:]
    return content


def released_or_refused(plan, path) -> None:
    try:
        found = plan({"file": path.name, "coordinates": "geographic"})
    except RunFileError as error:
        problems = error.problems
    else:
        assert 0 < found.total <= 10**11
        assert len(found.release_of([0])) == 1
        return
    assert problems
    assert all(str(path) in problem or "release.0" in problem for problem in problems)


@cases(300)
@given(damaged(ROWS))
def test_any_rows(planned, tmp_path, content: bytes) -> None:  # noqa: F811
    path = tmp_path / "sites.csv"
    path.write_bytes(content)
    released_or_refused(planned, path)


@cases(300)
@given(damaged(AREAS))
def test_any_areas(planned, tmp_path, content: bytes) -> None:  # noqa: F811
    path = tmp_path / "zones.geojson"
    path.write_bytes(content)
    released_or_refused(planned, path)


@cases(100)
@given(st.binary(max_size=300) | damaged(b" Ok 3\n1 4 1\n2 5 1\n3 6 1\n"))
def test_any_open_boundary(tmp_path, content: bytes) -> None:
    from fvdrift.mesh.open_boundary import read_obc_nodes

    path = tmp_path / "a_obc.dat"
    path.write_bytes(content)
    said = str(path)
    try:
        assert read_obc_nodes(path, 100).max() < 100
    except RunFileError as error:
        said = str(error)
    assert str(path) in said


def test_what_is_not_damaged_is_released_from(planned, tmp_path) -> None:  # noqa: F811
    """Else the others might test nothing."""
    (tmp_path / "zones.geojson").write_bytes(AREAS)
    assert planned({"file": "zones.geojson", "coordinates": "geographic"}).total == 5 + 2 + 1
    (tmp_path / "sites.csv").write_bytes(b"\n".join(ROWS.split(b"\n")[:3]))
    assert planned({"file": "sites.csv", "coordinates": "geographic"}).total == 3 + 1
    (tmp_path / "sites.csv").write_bytes(ROWS)
    with pytest.raises(RunFileError):
        planned({"file": "sites.csv", "coordinates": "geographic"})
