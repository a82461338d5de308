"""A subdomain is the whole mesh with other numbers: same geometry, same neighbours, and an end where it
ends."""

import numpy as np
import pytest

from fvdrift.mesh import whole_mesh as meshes
from fvdrift.mesh.partition import Surroundings
from fvdrift.mesh.subdomain import Subdomain, cut_subdomain
from fvdrift_kernels.state import COAST, END_OF_PIECE, OPEN
from simple_meshes import even_levels, node_levels, rectangle


def build(geographic: bool = False, sigma: str = "even") -> meshes.WholeMesh:
    mesh = rectangle(3.0 if geographic else 3000.0, 1.5 if geographic else 1500.0, elements=400, seed=5)
    levels = (
        np.repeat(even_levels(3)[:, None], len(mesh.x), axis=1) if sigma == "even" else node_levels(3, mesh.x)
    )
    layers, y = 0.5 * (levels[1:] + levels[:-1]), mesh.y + (50.0 if geographic else 0.0)
    whole = meshes.build(
        mesh.x, y, mesh.triangles, levels, layers, geographic=geographic, coast_gradient="impermeable"
    )
    is_open = np.stack(
        [np.all(whole.x[np.roll(whole.corners, -i - 1, axis=1)[:, :2]] < 1e-9, axis=1) for i in range(3)],
        axis=1,
    )
    return whole.with_open_sides(is_open)


def piece_of(whole: meshes.WholeMesh, owned: tuple[int, int], distance: float, rings: int = 0) -> Subdomain:
    return cut_subdomain(
        whole, Surroundings(whole), np.arange(whole.nodes, dtype=np.float32), owned, distance, rings
    )


@pytest.mark.parametrize("rings", [0, 1, 2])
@pytest.mark.parametrize("sigma", ["even", "node"])
def test_a_subdomain_is_the_whole_with_other_numbers(rings: int, sigma: str) -> None:
    whole = build(sigma=sigma)
    piece = piece_of(whole, (100, 180), 150.0, rings)
    elements, nodes, usable = piece.elements, piece.nodes, piece.usable
    assert (np.diff(elements) > 0).all()
    assert (np.diff(nodes) > 0).all()
    assert np.isin(np.arange(100, 180), elements[usable]).all()
    np.testing.assert_array_equal(nodes[piece.mesh.corners], whole.corners[elements])
    np.testing.assert_array_equal(piece.x, whole.x[nodes])
    np.testing.assert_array_equal(piece.h, nodes)
    for name in ("xc", "yc", "ax", "ay", "bx", "by", "tolerance"):
        np.testing.assert_array_equal(piece.mesh.element[name], whole.element[name][elements])
    for row, e in enumerate(elements):
        level = piece.mesh.half[row * piece.mesh.half_step]
        np.testing.assert_array_equal(level, whole.half[e if len(whole.half) > 1 else 0].astype(np.float32))
    for i in range(3):
        there = piece.mesh.element[f"beyond{i}"]
        for row, e in enumerate(elements):
            beyond = whole.beyond[e, i]
            if beyond < 0:
                assert there[row] == beyond
            elif beyond in elements[usable]:
                assert elements[there[row]] == beyond
            else:
                assert there[row] == END_OF_PIECE
    assert {int(side) for side in whole.beyond[whole.beyond < 0]} == {COAST, OPEN}
    np.testing.assert_array_equal(piece.local(elements), np.arange(len(elements)))


def test_where_a_particle_may_be_all_stencils_are_whole() -> None:
    whole = build()
    for rings in (0, 1, 2):
        piece = piece_of(whole, (100, 180), 150.0, rings)
        for row in np.flatnonzero(piece.usable):
            for j in range(3):
                expected = whole.stencil[f"n{j}"][piece.elements[row]]
                assert piece.elements[piece.mesh.stencil[f"n{j}"][row]] == expected
            for name in ("coastal", "x0", "x1", "x2", "y0", "y1", "y2"):
                assert piece.mesh.stencil[name][row] == whole.stencil[name][piece.elements[row]]


def test_rings_are_all_elements_round_the_nodes() -> None:
    """One for what elements give to nodes; two where what nodes then have goes into elements again."""
    whole = build()
    usable = piece_of(whole, (100, 180), 150.0).elements[piece_of(whole, (100, 180), 150.0).usable]
    expected = usable
    for rings in (1, 2):
        expected = np.flatnonzero(np.isin(whole.corners, whole.corners[expected]).any(axis=1))
        piece = piece_of(whole, (100, 180), 150.0, rings)
        np.testing.assert_array_equal(piece.elements, expected)
        np.testing.assert_array_equal(piece.elements[piece.usable], usable)


def test_an_empty_subdomain_and_the_whole() -> None:
    whole = build()
    nothing = piece_of(whole, (0, 0), 100.0)
    assert len(nothing.elements) == len(nothing.nodes) == len(nothing.mesh.element) == 0
    for rings in (0, 1, 2):
        assert len(piece_of(whole, (0, 0), 100.0, rings).elements) == 0
        everything = piece_of(whole, (0, whole.elements), 0.0, rings)
        assert everything.usable.all()
        assert not (np.stack([everything.mesh.element[f"beyond{i}"] for i in range(3)]) == END_OF_PIECE).any()


def test_degrees_go_with_their_elements() -> None:
    whole = build(geographic=True)
    piece = piece_of(whole, (50, 90), 1e4)
    assert piece.metric is not None
    assert whole.metric is not None
    np.testing.assert_array_equal(piece.metric.scale, whole.metric.scale[piece.elements])
    np.testing.assert_array_equal(piece.metric.secant, whole.metric.secant[piece.elements])
    assert piece_of(build(), (50, 90), 1e4).metric is None
