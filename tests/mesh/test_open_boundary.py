"""Which outer sides are open, and where water flows through those that are not."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.mesh.open_boundary import (
    flow_through_coast,
    inside,
    read_obc_nodes,
    sides_between,
    sides_in_polygon,
)
from fvdrift.mesh.shapes import polygon
from simple_meshes import even_levels, rectangle

LENGTH, WIDTH = 4000.0, 2000.0


@pytest.fixture(scope="module")
def mesh() -> meshes.WholeMesh:
    made = rectangle(LENGTH, WIDTH, elements=100, seed=2)
    levels = np.repeat(even_levels(2)[:, None], len(made.x), axis=1)
    return meshes.build(
        made.x, made.y, made.triangles, levels, 0.5 * (levels[1:] + levels[:-1]), geographic=False
    )


def ends(mesh: meshes.WholeMesh, e: int, i: int) -> np.ndarray:
    corners = mesh.corners[e, [(i + 1) % 3, (i + 2) % 3]]
    return np.stack([mesh.x[corners], mesh.y[corners]], axis=1)


@pytest.mark.parametrize(
    "text",
    [
        "OBC Node Number = 3\n1 4 1\n2 7 1\n3 2 1\n",
        "1 4\n2 7\n3 2\n",
        "! number node type\n\n 1  4  1\n 2  7  1\r\n 3  2  1",
    ],
)
def test_nodes_of_an_obc_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "case_obc.dat").write_text(text)
    assert read_obc_nodes(tmp_path / "case_obc.dat", 10).tolist() == [3, 6, 1]


@pytest.mark.parametrize(
    ("text", "says"),
    [("OBC Node Number = 0\n", "no open boundary nodes"), ("1 11 1\n", "line 1"), ("1 4 1\n2 0 1\n", "line 2"),
     ("1 4.5 1\n", "line 1"), ("", "no open boundary nodes"), ("7\n", "line 1")],
)  # fmt: skip
def test_an_obc_file_that_is_none(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "case_obc.dat"
    path.write_text(text)
    with pytest.raises(RunFileError, match=says) as error:
        read_obc_nodes(path, 10)
    assert str(path) in str(error.value)
    assert "boundary.open" in str(error.value)
    assert len(error.value.problems) == 1


def test_sides_between_nodes_are_outer_sides_with_both_ends_among_them(mesh: meshes.WholeMesh) -> None:
    left = np.flatnonzero(mesh.x < 1e-9)
    sides = sides_between(mesh, mesh.file_node[left])
    assert sides.sum() == len(left) - 1
    for e, i in np.argwhere(sides):
        assert mesh.beyond[e, i] < 0
        assert (ends(mesh, e, i)[:, 0] < 1e-9).all()
    everywhere = sides_between(mesh, mesh.file_node)
    assert everywhere.sum() == (mesh.beyond < 0).sum()


def test_sides_in_a_polygon_are_those_whose_middle_is(mesh: meshes.WholeMesh) -> None:
    sides = sides_in_polygon(
        mesh, polygon([[np.array([[-1, -1], [1, -1], [1, WIDTH / 2], [-1, WIDTH / 2]])]])
    )
    middles = np.array([ends(mesh, e, i).mean(axis=0) for e, i in np.argwhere(sides)])
    assert (middles[:, 0] < 1e-9).all()
    assert (middles[:, 1] < WIDTH / 2).all()
    assert len(middles) == np.count_nonzero(np.diff(np.sort(mesh.y[mesh.x < 1e-9])).cumsum() < WIDTH / 2)


def test_inside_a_polygon_with_a_bay() -> None:
    bay = np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], float)
    x, y = np.array([1, 2, 2, 3, 5, -1]), np.array([1, 0.5, 3, 1, 1, 0])
    for ring in (bay, bay[::-1]):
        assert inside(polygon([[ring]]), x, y).tolist() == [True, True, False, True, False, False]


def test_inside_parts_that_overlap_and_have_holes() -> None:
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], float)
    area = polygon([[square, 1 + square / 2], [square + 2]])
    x = np.array([0.5, 1.5, 2.5, 3.5, 5.5, 6.5])
    assert inside(area, x, x).tolist() == [True, False, True, True, True, False]


def test_flow_through_the_coast_names_the_strongest(mesh: meshes.WholeMesh) -> None:
    u, v = np.full((2, mesh.elements), 0.5), np.zeros((2, mesh.elements))
    found = flow_through_coast(mesh, u, v)
    assert {round(x) for x, _, _ in found} == {0, round(LENGTH)}
    assert len(found) == 2 * (np.count_nonzero(mesh.x < 1e-9) - 1)
    flows = [flow for _, _, flow in found]
    assert flows == sorted(flows, reverse=True)
    assert sum(flows) == pytest.approx(2 * 0.5 * WIDTH)
    assert flow_through_coast(mesh, 0.04 * u / 0.5, v) == []  # slower than is worth a word
    left = polygon([[np.array([[-1, -1], [1, -1], [1, WIDTH + 1], [-1, WIDTH + 1]])]])
    closed = mesh.with_open_sides(sides_in_polygon(mesh, left))
    assert {round(x) for x, _, _ in flow_through_coast(closed, u, v)} == {round(LENGTH)}
