"""Half layers and the layers they lie between: which one holds a sigma, without tolerance."""

import numpy as np
import pytest

from fvdrift_kernels import layers
from fvdrift_kernels.jit import kernel_called
from simple_meshes import rectangle, uneven_levels
from tank import Tank

half_layer, layer_pair = kernel_called(layers.half_layer), kernel_called(layers.layer_pair)


@pytest.fixture(scope="module")
def mesh():
    return Tank(rectangle(100.0, 100.0, elements=20), sigma=uneven_levels(4)).piece.mesh


def test_every_sigma_lies_in_one_half_layer_above_or_on_its_lower_end(mesh):
    row = mesh.half[0]
    for h in range(len(row) - 1):
        middle = np.float32(0.5 * (row[h] + row[h + 1]))
        for guess in range(len(row) - 1):
            assert half_layer(mesh, 0, middle, guess) == h
            assert half_layer(mesh, 0, row[h + 1], guess) == h
            if h:
                assert half_layer(mesh, 0, np.nextafter(row[h], np.float32(-2)), guess) == h
                assert half_layer(mesh, 0, row[h], guess) == h - 1


@pytest.mark.parametrize(("sigma", "half"), [(0.0, 0), (0.5, 0), (-1.0, 7), (-1.5, 7)])
def test_surface_and_bed_are_in_the_outermost(mesh, sigma, half):
    assert {half_layer(mesh, 0, np.float32(sigma), guess) for guess in range(8)} == {half}


def test_half_layers_lie_between_their_layers():
    pairs = [layer_pair(half, 4) for half in range(8)]
    assert pairs == [(0, 0), (0, 1), (0, 1), (1, 2), (1, 2), (2, 3), (2, 3), (3, 3)]
    assert [layer_pair(half, 1) for half in range(2)] == [(0, 0), (0, 0)]
