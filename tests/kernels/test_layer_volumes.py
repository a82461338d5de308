"""Volumes of water in layers and cells, against polygons of shapely and sums over many small triangles."""

import numpy as np
import pytest
import shapely

from fvdrift.mesh.whole_mesh import build
from fvdrift.statistics.exact_amounts import values_of
from fvdrift.statistics.ground import COLUMN, Ground, Layers, Levels, WaterAtLook, ground_of_mesh
from fvdrift.statistics.places import Boxes, Elements, areas_of
from simple_meshes import rectangle

SCALE = 2.0**20
LAYERS = {
    "depth": Layers("depth", (0.0, 1.5, 4.0, 30.0)),
    "height": Layers("height", (0.5, 2.0, 30.0)),
    "sigma": Layers("sigma", (0.0, 0.25, 1.0)),
    "column": COLUMN,
}


@pytest.fixture(scope="module")
def ground() -> Ground:
    """A square of 100 m."""
    mesh = rectangle(100.0, 100.0, elements=120)
    corners = mesh.triangles.astype(np.int32)
    count = len(corners)
    return Ground(
        np.arange(count, dtype=np.int32), mesh.x, mesh.y, corners, areas_of(mesh.x, mesh.y, corners, None), np.arange(count)
    )  # fmt: skip


@pytest.fixture(scope="module")
def levels(ground: Ground) -> Levels:
    """A bed that rises above the surface; some elements are dry in both time levels, some in one."""
    random = np.random.default_rng(5)
    first = (7.0 - 0.09 * ground.x + random.normal(0, 0.5, len(ground.x))).astype(np.float32)
    second = (first + random.normal(0, 0.3, len(first))).astype(np.float32)
    wet = (random.random((2, len(ground.corners))) > 0.2).astype(np.uint8)
    return Levels(first, second, wet[0], wet[1], 0.3)


def parts_of_triangles(ground: Ground, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Barycentric middles of parts**2 equal triangles, (part, 3)."""
    i, j = (a.ravel() for a in np.meshgrid(np.arange(parts), np.arange(parts)))
    lower = i + j < parts
    upper = i + j < parts - 1
    a = np.concatenate([(i[lower] + 1 / 3) / parts, (i[upper] + 2 / 3) / parts])
    b = np.concatenate([(j[lower] + 1 / 3) / parts, (j[upper] + 2 / 3) / parts])
    return np.stack([a, b, 1 - a - b], axis=1)


def thickness(layers: Layers, depth: np.ndarray) -> np.ndarray:
    """(layer, ...) m of water of each layer in water of a depth."""
    edges = np.array(layers.edges)[(slice(None), *[np.newaxis] * depth.ndim)]
    if layers.by == "sigma":
        return np.diff(edges, axis=0) * np.maximum(depth, 0)
    return np.diff(np.clip(edges, 0, np.maximum(depth, 0)), axis=0)


def dense(water: WaterAtLook, cells: Boxes | Elements, layers: Layers) -> np.ndarray:
    """(layer, cell) m3."""
    said = water.volumes(cells, layers, SCALE)
    found = np.zeros(layers.count * cells.cells)
    assert (np.diff(said["over"]) > 0).all()
    found[said["over"]] = values_of(said["water"], SCALE)
    return found.reshape(layers.count, cells.cells)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("grid", [False, True])
def test_volumes_are_those_of_many_small_triangles(
    ground: Ground, levels: Levels, name: str, grid: bool
) -> None:
    layers = LAYERS[name]
    boxes = Boxes(-20.0, 5.0, 80.0, 95.0, 7, 5, False)
    cells = boxes if grid else Elements(len(ground.corners))
    found = dense(WaterAtLook(ground, levels), cells, layers)
    parts = 100 if grid else 60
    at = parts_of_triangles(ground, parts)
    depth = levels.depth0.astype(float) * 0.7 + levels.depth1.astype(float) * 0.3
    wet = (levels.wet0 | levels.wet1) > 0
    thick = thickness(layers, depth[ground.corners] @ at.T) * wet[:, np.newaxis]
    thick *= (ground.areas / parts**2)[:, np.newaxis]
    if grid:
        x, y = ground.x[ground.corners] @ at.T, ground.y[ground.corners] @ at.T
        cell = boxes.at(x.ravel(), y.ravel())
        expected = np.array(
            [np.bincount(cell[cell >= 0], each.ravel()[cell >= 0], boxes.cells) for each in thick]
        )
        np.testing.assert_allclose(found, expected, rtol=0, atol=6e-3 * expected.max())
    else:
        expected = thick.sum(axis=2)
        np.testing.assert_allclose(found, expected, rtol=0, atol=3e-4 * expected.max())
    assert (found == 0).any() or grid


def test_pieces_are_those_of_shapely(ground: Ground) -> None:
    """Water of one metre everywhere: volumes are areas."""
    boxes = Boxes(-20.0, 5.0, 80.0, 195.0, 9, 13, False)
    one, wet = np.ones(len(ground.x), np.float32), np.ones(len(ground.corners), np.uint8)
    found = dense(WaterAtLook(ground, Levels(one, one, wet, wet, 0.0)), boxes, COLUMN)
    x, y = boxes.edges
    square = shapely.box(0, 0, 100, 100)
    expected = [
        square.intersection(shapely.box(x[i], y[j], x[i + 1], y[j + 1])).area
        for j in range(13)
        for i in range(9)
    ]
    np.testing.assert_allclose(found[0], expected, rtol=1e-13, atol=1e-11)


@pytest.mark.parametrize("name", ["depth", "height", "sigma"])
def test_layers_that_go_through_the_column_add_up_to_it(ground: Ground, levels: Levels, name: str) -> None:
    water = WaterAtLook(ground, levels)
    layers = Layers(name, (0.0, *(e for e in LAYERS[name].edges if e > 0)))
    boxes = Boxes(-20.0, 5.0, 80.0, 95.0, 7, 5, False)
    for cells in (boxes, Elements(len(ground.corners))):
        both = dense(water, cells, layers).sum(axis=0), dense(water, cells, COLUMN)[0]
        np.testing.assert_allclose(*both, rtol=1e-12, atol=1e-12)


def test_a_cone_over_a_sloping_bed_in_closed_form() -> None:
    """One triangle, 6 m deep in one corner, dry land of -3 m in the two others: the shore is at two thirds."""
    x, y, corners = np.array([0.0, 30.0, 0.0]), np.array([0.0, 0.0, 30.0]), np.array([[0, 1, 2]], np.int32)
    ground = Ground(
        np.zeros(1, np.int32), x, y, corners, areas_of(x, y, corners, None), np.zeros(1, np.int64)
    )
    depth, wet = np.array([6.0, -3.0, -3.0], np.float32), np.ones(1, np.uint8)
    water = WaterAtLook(ground, Levels(depth, depth, wet, wet, 1.0))
    # a pyramid of 6 m over half a square of 20 m; the part deeper than 3 m has half its length
    whole = 0.5 * 20 * 20 * 6 / 3
    np.testing.assert_allclose(
        dense(water, Elements(1), Layers("depth", (0.0, 3.0, 9.0)))[:, 0],
        [whole * 7 / 8, whole / 8],
        rtol=1e-14,
    )


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_an_element_is_dry_where_no_frame_that_has_weight_is_wet(ground: Ground, fraction: float) -> None:
    one = np.ones(len(ground.x), np.float32)
    first = np.arange(len(ground.corners)) % 2 == 0
    water = WaterAtLook(
        ground, Levels(one, one, first.astype(np.uint8), (~first).astype(np.uint8) * 15, fraction)
    )
    there = dense(water, Elements(len(first)), COLUMN)[0] > 0
    np.testing.assert_array_equal(there, {0.0: first, 1.0: ~first}.get(fraction, first | True))


def test_boxes_in_degrees_hold_elements_on_any_turn(ground: Ground, levels: Levels) -> None:
    x, areas = ground.x / 100 + 359.5, ground.areas * 111e3
    of = Ground(ground.numbers, x, ground.y / 100, ground.corners, areas, ground.own)
    there = dense(WaterAtLook(of, levels), Boxes(-0.5, 0.0, 0.5, 1.0, 4, 4, True), COLUMN)
    same = dense(WaterAtLook(of, levels), Boxes(359.5, 0.0, 360.5, 1.0, 4, 4, True), COLUMN)
    np.testing.assert_allclose(there, same, rtol=1e-9)
    assert (same > 0).all()
    world = dense(WaterAtLook(of, levels), Boxes(0.0, 0.0, 360.0, 1.0, 2, 1, True), COLUMN)
    np.testing.assert_allclose(world.sum(), same.sum(), rtol=1e-12)


def test_volumes_in_degrees_are_those_between_meridians_and_parallels() -> None:
    plain = rectangle(0.1, 0.1, elements=800)
    levels = np.repeat([[0.0], [-1.0]], len(plain.x), axis=1)
    layers = levels.mean(axis=0, keepdims=True)
    mesh = build(plain.x, 50 + plain.y, plain.triangles, levels, layers, geographic=True)
    ground = ground_of_mesh(mesh)
    two, wet = np.full(mesh.nodes, 2, np.float32), np.ones(mesh.elements, np.uint8)
    boxes = Boxes(0.01, 50.02, 0.09, 50.08, 4, 3, True)
    found = dense(WaterAtLook(ground, Levels(two, two, wet, wet, 0.0)), boxes, COLUMN)
    np.testing.assert_allclose(found[0], 2 * boxes.areas().ravel(), rtol=1e-4)
