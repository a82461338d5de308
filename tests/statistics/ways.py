"""Straight ways from look to look, cut by boxes in closed form (Liang & Barsky 1984, ACM Transactions on
Graphics 3, 1)."""

from collections.abc import Iterator, Sequence

import numpy as np

from .world import World

Box = tuple[float, float, float, float]
Piece = tuple[float, float, int]  # seconds of begin and end, number of the box or -1


def shares(a: tuple[float, float], b: tuple[float, float], box: Box) -> tuple[float, float]:
    """From and to which share the way from a to b is in the box; (1, 0) where it is not."""
    low, high = 0.0, 1.0
    for axis in (0, 1):
        step, near, far = b[axis] - a[axis], box[axis], box[axis + 2]
        if step == 0:
            if not near <= a[axis] <= far:
                return 1.0, 0.0
            continue
        first, second = sorted(((near - a[axis]) / step, (far - a[axis]) / step))
        low, high = max(low, first), min(high, second)
    return (low, high) if low < high else (1.0, 0.0)


def pieces(world: World, particle: int, boxes: Sequence[Box], stride: int = 1) -> Iterator[Piece]:
    """Of one particle that is never gone, from its release to the last look; the first of several boxes
    counts."""
    hour = world.every / 1e6
    born = int(world.born[particle])
    rows = [born, *(row for row in range(0, len(world.x), stride) if row > born)]
    if not range(0, len(world.x), stride) or rows[-1] % stride:
        return
    place = np.column_stack([world.x[:, particle], world.y[:, particle]])
    for before, row in zip(rows[:-1], rows[1:], strict=True):
        inside = [shares(tuple(place[before]), tuple(place[row]), box) for box in boxes]
        cuts = sorted({0.0, 1.0, *(cut for pair in inside if pair[0] < pair[1] for cut in pair)})
        for low, high in zip(cuts[:-1], cuts[1:], strict=True):
            middle = 0.5 * (low + high)
            code = next((k for k, (first, last) in enumerate(inside) if first < middle < last), -1)
            yield hour * (before + low * (row - before)), hour * (before + high * (row - before)), code


def stretches(world: World, particle: int, boxes: Sequence[Box], stride: int = 1) -> list[Piece]:
    """Pieces that follow one another in one box are one."""
    joined: list[Piece] = []
    for begin, end, code in pieces(world, particle, boxes, stride):
        if joined and joined[-1][2] == code:
            joined[-1] = (joined[-1][0], end, code)
        else:
            joined.append((begin, end, code))
    return joined
