"""Meshes that are hard to stay inside of: narrow, cut up, acute. Not flows."""

import numpy as np

from simple_meshes import Mesh, rectangle


def plain() -> Mesh:
    """A rectangle of 1000 m x 500 m."""
    return rectangle(1000.0, 500.0, elements=1000)


def channel(length: float = 4000.0, width: float = 10.0) -> Mesh:
    """A winding channel one cell wide: every element has a side on the coast."""
    along = np.linspace(0.0, length, 401)
    bend = 200.0 * np.sin(along / 300.0)
    slope = 200.0 / 300.0 * np.cos(along / 300.0)
    size = np.hypot(1.0, slope)
    x = np.concatenate([along + 0.5 * width * slope / size, along - 0.5 * width * slope / size])
    y = np.concatenate([bend - 0.5 * width / size, bend + 0.5 * width / size])
    right, n = np.arange(400), 401
    left = right + n
    triangles = np.concatenate(
        [np.stack([right, right + 1, left + 1], 1), np.stack([right, left + 1, left], 1)]
    )
    return Mesh(x, y, triangles)


def ragged(seed: int = 1) -> Mesh:
    """Flat elements with a fifth of them taken out, and three creeks: islands of one element, land and water
    that end in corners below 30 degrees, dead ends, waters that touch in one node."""
    mesh = rectangle(1000.0, 2000.0, elements=1600, seed=seed)
    x, y = mesh.x, 0.25 * mesh.y
    xc, yc = x[mesh.triangles].mean(axis=1), y[mesh.triangles].mean(axis=1)
    kept = np.random.default_rng(seed).random(len(xc)) > 0.2
    wall = (np.abs(xc % 250.0 - 125.0) < 20.0) & (yc > 150.0)
    return without_unused(Mesh(x, y, mesh.triangles[kept & ~wall]))


def without_unused(mesh: Mesh) -> Mesh:
    used, triangles = np.unique(mesh.triangles, return_inverse=True)
    return Mesh(mesh.x[used], mesh.y[used], triangles.reshape(-1, 3))


def corner_angles(mesh: Mesh) -> np.ndarray:
    """Degrees of water round each node of the coast, one number for each stretch of water that meets
    there."""
    sides: dict[tuple[int, int], int] = {}
    for e, (a, b, c) in enumerate(mesh.triangles):
        for pair in ((a, b), (b, c), (c, a)):
            sides[pair] = e
    found = []
    for (a, b), e in sides.items():
        if (b, a) in sides:
            continue
        # from this side of the coast, with the water on its left, round node b to the next one
        total, start, element = 0.0, a, e
        while True:
            third = next(n for n in mesh.triangles[element] if n not in (start, b))
            total += _angle(mesh, b, start, third)
            if (third, b) not in sides or (b, third) not in sides:
                break
            start, element = third, sides[third, b]
        found.append(total)
    return np.array(found)


def _angle(mesh: Mesh, at: int, one: int, other: int) -> float:
    ax, ay = mesh.x[one] - mesh.x[at], mesh.y[one] - mesh.y[at]
    bx, by = mesh.x[other] - mesh.x[at], mesh.y[other] - mesh.y[at]
    return float(np.degrees(np.arctan2(abs(ax * by - ay * bx), ax * bx + ay * by)))


WATERS = {"rectangle": plain, "channel": channel, "ragged": ragged}
