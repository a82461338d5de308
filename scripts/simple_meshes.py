"""Simple meshes of triangles and columns of sigma levels for generated forcing. Not FVCOM's own grids, and no
files."""

import math
from typing import NamedTuple

import numpy as np


class Mesh(NamedTuple):
    """x, y: float64 (node,) metres; triangles: int64 (element, 3), 0-based, counter-clockwise."""

    x: np.ndarray
    y: np.ndarray
    triangles: np.ndarray


def rectangle(length: float, width: float, *, elements: int, jitter: float = 0.2, seed: int = 1) -> Mesh:
    """About `elements` triangles on [0, length] x [0, width]; inner nodes moved by up to `jitter` of the
    spacing."""
    spacing = math.sqrt(2 * length * width / elements)
    cells = (max(1, round(length / spacing)), max(1, round(width / spacing)))
    return _grid(length, width, cells, jitter=jitter, seed=seed)


def peninsula(
    length: float, width: float, radius: float, *, elements: int, jitter: float = 0.2, seed: int = 1
) -> Mesh:
    """A channel with a half disc of `radius` cut out of the middle of its lower side, its walls streamlines
    of the flow past it.

    Joukowski's map w = z + radius^2 / z takes the water to a half plane: a grid there, mapped back, follows
    the disc. The two corners of the disc are nodes.
    """
    spacing = math.sqrt(2 * length * width / elements)
    spacing = 2 * radius / max(1, round(2 * radius / spacing))
    half = length / 2 + 2 * radius**2 / length  # where the map takes the ends of the channel
    nx, ny = 2 * max(1, round(half / spacing)), max(1, round(width / spacing))
    plain = _grid(nx * spacing, ny * spacing, (nx, ny), jitter=jitter, seed=seed)
    w = plain.x - nx * spacing / 2 + 1j * plain.y
    # this pair of cuts keeps the root outside the disc
    root = np.sqrt(w - 2 * radius) * np.sqrt(w + 2 * radius)
    z = (w + root) / 2
    z = np.where(np.abs(z) < radius * (1 - 1e-9), radius**2 / np.where(z == 0, 1, z), z)
    return Mesh(np.ascontiguousarray(z.real) + length / 2, np.maximum(z.imag, 0.0), plain.triangles)


def _grid(length: float, width: float, cells: tuple[int, int], *, jitter: float, seed: int) -> Mesh:
    nx, ny = cells
    random = np.random.default_rng(seed)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(nx + 1), np.arange(ny + 1)))
    shift_x, shift_y = random.uniform(-jitter, jitter, (2, i.size))
    inner_x, inner_y = (i > 0) & (i < nx), (j > 0) & (j < ny)
    x = length / nx * (i + np.where(inner_x & inner_y, shift_x, 0.0))
    y = width / ny * (j + np.where(inner_x & inner_y, shift_y, 0.0))
    a = (np.arange(ny)[:, None] * (nx + 1) + np.arange(nx)).ravel()
    b, c, d = a + 1, a + nx + 2, a + nx + 1
    # diagonals alternate: with all of them one way the corners of the rectangle would have lone elements
    odd = (((a % (nx + 1)) + a // (nx + 1)) % 2).astype(bool)[:, None]
    first = np.where(odd, np.stack([a, b, d], 1), np.stack([a, b, c], 1))
    second = np.where(odd, np.stack([b, c, d], 1), np.stack([a, c, d], 1))
    return Mesh(x, y, np.concatenate([first, second], axis=1).reshape(-1, 3))


def even_levels(layers: int) -> np.ndarray:
    """Sigma levels (layers + 1,) of even thickness."""
    return -np.linspace(0.0, 1.0, layers + 1)


def uneven_levels(layers: int) -> np.ndarray:
    """Sigma levels (layers + 1,), thin at surface and bed."""
    return -0.5 * (1 - np.cos(np.pi * np.linspace(0.0, 1.0, layers + 1)))


def node_levels(layers: int, x: np.ndarray) -> np.ndarray:
    """Sigma levels (layers + 1, node) that crowd to the surface more and more along x."""
    power = 1 + (x - x.min()) / max(float(np.ptp(x)), 1e-9)
    return -(np.linspace(0.0, 1.0, layers + 1)[:, None] ** power)


def neighbours(triangles: np.ndarray) -> np.ndarray:
    """Elements across the three sides of each, (element, 3), 0-based, -1 at the edge; side k lies opposite
    node k."""
    sides = np.sort(
        np.stack([np.roll(triangles, -1, 1), np.roll(triangles, -2, 1)], axis=2).reshape(-1, 2), axis=1
    )
    order = np.lexsort((sides[:, 1], sides[:, 0]))
    same = np.all(sides[order[1:]] == sides[order[:-1]], axis=1)
    out = np.full(len(sides), -1, np.int64)
    left, right = order[:-1][same], order[1:][same]
    out[left], out[right] = right // 3, left // 3
    return out.reshape(-1, 3)
