"""Diffusivity where a particle is: linear in the column and in place, as its gradients say."""

import numpy as np
import pytest

from fvdrift_kernels import diffusivity, layer_crossing, reversible_walk
from fvdrift_kernels.jit import kernel_called
from fvdrift_kernels.lanes import LANES, new_blocks
from fvdrift_kernels.options import LevelDiffusivity, NodeDiffusivity
from simple_meshes import node_levels, rectangle, uneven_levels
from tank import Tank


@kernel_called
def across(source, blocks, mesh, e, x, y, sigma, fraction):
    """(K, its slopes in x and y) that the walk across has at a place."""
    q = blocks[0]
    q.element[0], q.x[0], q.y[0], q.sigma[0] = e, x, y, sigma
    return diffusivity.across(source, None, mesh, q, 0, fraction)


@kernel_called
def in_column(source, blocks, mesh, e, x, y, sigma, time):
    """(K, its slope per sigma) that the walk in the column has at a place."""
    q, element = blocks[0], mesh.element[e]
    q.ax[0], q.ay[0], q.bx[0], q.by[0] = element.ax, element.ay, element.bx, element.by
    q.element[0], q.s[0], q.x0[0], q.y0[0] = e, sigma, x - element.xc, y - element.yc
    for l in range(LANES):
        q.margin[l] = 1.0
    q.margin[0] = -1.0
    diffusivity.find_stretches(source, q, 0, mesh, time, True)
    return diffusivity.on_stretch(q, 0, q.s[0]), q.k_slope[0]


@pytest.mark.parametrize("levels", ["uneven", "sloping"])
def test_the_walk_in_the_column_has_the_k_of_its_place(levels):
    """Not that of the mean levels of the element, on whose other sides they would be others."""
    mesh = rectangle(1000.0, 500.0, elements=60)
    tank = Tank(mesh, sigma=uneven_levels(6) if levels == "uneven" else node_levels(6, mesh.x))
    kh = np.ascontiguousarray(1e-2 * (1 - 2 * tank.sigma) * (1 + tank.whole.x / 1000), np.float32)
    pace = np.zeros((3, tank.whole.elements), np.float32)
    source, blocks, random = LevelDiffusivity(kh, kh, pace, pace), new_blocks(1), np.random.default_rng(5)
    for e in range(tank.whole.elements):
        place, nodes = random.dirichlet((1.0, 1.0, 1.0)), tank.whole.corners[e]
        x, y, sigma = place @ tank.whole.x[nodes], place @ tank.whole.y[nodes], -random.random()
        k, slope = in_column(source, blocks, tank.piece.mesh, e, x, y, np.float32(sigma), np.float32(0.5))
        # levels and K times (1 + x / 1000) are each linear in an element, their product is so to this
        near = 5e-3 if levels == "sloping" else 1e-5
        np.testing.assert_allclose(k, 1e-2 * (1 - 2 * sigma) * (1 + x / 1000), rtol=near)
        np.testing.assert_allclose(slope, -2e-2 * (1 + x / 1000), rtol=3e-2 if levels == "sloping" else 1e-4)


@kernel_called
def crossed(source, blocks, mesh, e, x, y, sigma, way, depth):
    """(sigma, K and its slope per sigma there) of a walker after a move of `way` m that no chance refuses, and of
    the same after it has gone back by itself."""
    q, time = blocks[0], np.float32(0.5)
    in_column(source, blocks, mesh, e, x, y, sigma, time)
    q.sigma[0], q.depth[0], q.per_depth[0], q.part[0], q.count[0] = sigma, depth, 1.0 / depth, 10.0, 1
    reversible_walk.stand_side_by_side(source, q, mesh, time)
    k = q.walk_k_above[0] + q.walk_k_slope[0] * q.walk_off[0]
    q.walk_way[0], q.walk_k[0], q.walk_slope[0] = way, k, q.walk_k_slope[0] / depth
    q.walk_words[0, 0] = q.walk_words[1, 0] = 0
    layer_crossing.cross_layers(source, q, np.uint64(1), mesh, time, np.uint64(0))
    end = layer_crossing.sigma_of(q, 0)
    there = q.walk_k_above[0] + q.walk_k_slope[0] * q.walk_off[0]
    slope = q.walk_k_slope[0]
    layer_crossing.put_walker(source, q, 0, sigma, mesh, time)
    back = q.walk_k_above[0] + q.walk_k_slope[0] * q.walk_off[0]
    return end, there, slope, layer_crossing.sigma_of(q, 0), back, q.walk_k_slope[0]


@pytest.mark.parametrize("levels", [pytest.param("uneven", marks=pytest.mark.validation), "sloping"])
def test_who_has_crossed_layers_has_the_k_of_the_place_it_came_to(levels):
    """And of where its own motion takes it from there, before the next part of the step."""
    mesh = rectangle(1000.0, 500.0, elements=2)
    tank = Tank(mesh, sigma=uneven_levels(6) if levels == "uneven" else node_levels(6, mesh.x))
    kh = np.ascontiguousarray(1e-2 * (1.5 - tank.sigma), np.float32)
    pace = np.zeros((3, tank.whole.elements), np.float32)
    source, blocks, random = LevelDiffusivity(kh, kh, pace, pace), new_blocks(1), np.random.default_rng(6)
    far = 0
    for start in -random.random(40):
        at = (0, 400.0, 200.0) if start > -0.5 else (1, 600.0, 300.0)
        way = random.choice([-1, 1]) * random.uniform(2.0, 15.0)
        end, k, slope, again, back, before = crossed(
            source, blocks, tank.piece.mesh, *at, start, np.float32(way), 10.0
        )
        assert -1 <= end <= 0
        far += abs(end - start) > 0.2
        np.testing.assert_allclose([k, back], [1e-2 * (1.5 - end), 1e-2 * (1.5 - start)], rtol=1e-4)
        np.testing.assert_allclose([slope, before], -1e-2, rtol=1e-3)
        assert again == start
    assert far > 15
    for start in (0.0, *tank.sigma[1:-1, 0], -1.0) if levels == "uneven" else (0.0, -1.0):
        start = float(np.float32(start))
        for way in (0.0, 1e-12, -1e-12):  # on a level, and nowhere to go
            end = crossed(source, blocks, tank.piece.mesh, 0, 400.0, 200.0, start, np.float32(way), 10.0)[0]
            assert end == pytest.approx(start, abs=1e-6)


@pytest.mark.parametrize("levels", ["uneven", "sloping"])
def test_it_is_linear_between_layers_and_constant_beyond_them(levels):
    """K = 2 - 18 sigma + x/100 + y/50 in the files' layers; between them the same, with its own gradient at
    one sigma."""
    mesh = rectangle(1000.0, 500.0, elements=60)
    tank = Tank(mesh, sigma=uneven_levels(6) if levels == "uneven" else node_levels(6, mesh.x))
    w, layers = tank.whole, 0.5 * (tank.sigma[1:] + tank.sigma[:-1])
    first = np.ascontiguousarray(2 - 18 * layers + w.x / 100 + w.y / 50, np.float32)
    source, blocks = NodeDiffusivity(first, 3 * first), new_blocks(1)
    random = np.random.default_rng(3)
    for e in range(w.elements):
        place, nodes = random.dirichlet((1.0, 1.0, 1.0)), w.corners[e]
        x, y = place @ w.x[nodes], place @ w.y[nodes]
        high, low = layers[0, nodes].min(), layers[-1, nodes].max()
        for sigma in (high, *random.uniform(low, high, 4), low):
            k, kx, ky = across(source, blocks, tank.piece.mesh, e, x, y, sigma, 0.25)
            np.testing.assert_allclose(k, 1.5 * (2 - 18 * sigma + x / 100 + y / 50), rtol=2e-6)
            np.testing.assert_allclose([kx, ky], [0.015, 0.03], atol=2e-5)
        k, _, _ = across(source, blocks, tank.piece.mesh, e, x, y, 0.0, 0.0)
        np.testing.assert_allclose(k, place @ first[0, nodes], rtol=1e-6)
