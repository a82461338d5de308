"""Where in its shape each particle starts: points, discs, lines, areas. Not how deep (that is `release`).

A place depends on (seed, id) alone: attempt k takes the k-th pair of random numbers of that particle, until
one lies in the shape and in the water. Particles for which none does get element -1.
"""

import math
from typing import NamedTuple

import numpy as np

from .jit import chosen_by_type, entry_point, kernel, kernel_called
from .locate import find_element, local_coordinates
from .philox import RELEASE, random_words, two_uniforms, uniform_from_word, use_word

MOST_ATTEMPTS = 100_000  # water that is 1/10 000 of the box round a shape is missed once in 22 000 times
DEGREES = 180.0 / (math.pi * 6371000.0)  # of latitude in a metre, on FVCOM's sphere
RADIANS = math.pi / 180.0


@kernel
def _chances(seed, particle, attempt):
    return two_uniforms(seed, particle, attempt, use_word(RELEASE, 0, 0))


class Water(NamedTuple):
    """What an area is filled with evenly. depth: float64 (node,) m, 0 on land; deepest: no less than any in
    the area."""

    depth: np.ndarray
    deepest: float


@chosen_by_type
def _taken(water, mesh, element, x, y, seed, particle, attempt):
    """Whether a place in the mesh is one to start at: as likely as there is `water` below it; all alike for
    None."""


@_taken.when(None)
def _all_alike(water, mesh, element, x, y, seed, particle, attempt):
    return True


@_taken.when(Water)
def _by_depth(water, mesh, element, x, y, seed, particle, attempt):
    first, second, third = local_coordinates(mesh.element[element], x, y)
    a, b, c = mesh.corners[element]
    here = first * water.depth[a] + second * water.depth[b] + third * water.depth[c]
    return (
        uniform_from_word(random_words(seed, particle, attempt, use_word(RELEASE, 0, 1))[0]) * water.deepest
        < here
    )


@kernel
def crossed_beyond(px, py, i, before, x, y):
    """Whether the way from (x, y) to ever greater x crosses the side of a ring from vertex `before` to `i`.

    A side has its lower end, not its upper: a way through a vertex crosses there once, or twice where it only
    touches.
    """
    if (py[i] > y) == (py[before] > y):
        return False
    return x < px[i] + (y - py[i]) * (px[before] - px[i]) / (py[before] - py[i])


@kernel
def inside_area(px, py, first, part, x, y):
    """Whether an odd number of the rings of any part go round (x, y).

    px, py: vertices; ring i is first[i] to first[i + 1], of part part[i]; rings of one part stand together.
    """
    inside = False
    for ring in range(len(part)):
        if inside and part[ring] != part[ring - 1]:
            return True
        before = first[ring + 1] - 1
        for i in range(first[ring], first[ring + 1]):
            if crossed_beyond(px, py, i, before, x, y):
                inside = not inside
            before = i
    return inside


@kernel_called
def in_disc(mesh, grid, seed, particle, x0, y0, radius, geographic):
    """A place within `radius` metres of (x0, y0), in the water: (x, y, element); (x0, y0, -1) if there is
    none."""
    per_metre_x = per_metre_y = 1.0
    if geographic:
        per_metre_y = DEGREES
        per_metre_x = DEGREES / max(math.cos(y0 * RADIANS), 1e-9)  # at a pole any longitude will do
    for attempt in range(MOST_ATTEMPTS):
        a, b = _chances(seed, particle, attempt)
        across, along = 2.0 * a - 1.0, 2.0 * b - 1.0
        if across * across + along * along <= 1.0:
            x = x0 + across * radius * per_metre_x
            y = y0 + along * radius * per_metre_y
            element = find_element(mesh, grid, x, y)
            if element >= 0:
                return x, y, element
    return x0, y0, -1


@entry_point
def scatter_points(mesh, grid, seed, first_id, offset, px, py, end, radius, geographic, x, y, element):
    """Places of len(x) particles from `first_id` on, at points that each have their own number of particles.

    offset: number, among the particles of all points, of the first; px, py: float64 (point,); end: int64
    (point,) particles of all points up to and with this one; radius: metres, 0 for exactly there; x, y,
    element: filled. A particle without water within the radius gets its point and element -1. Returns how
    many have a place.
    """
    placed = 0
    dry = -1
    point = np.searchsorted(end, offset, side="right")
    for i in range(len(x)):
        while end[point] <= offset + i:
            point += 1
        x[i], y[i], element[i] = px[point], py[point], -1
        if radius == 0.0:
            element[i] = find_element(mesh, grid, x[i], y[i])
        elif point != dry:
            x[i], y[i], element[i] = in_disc(
                mesh, grid, seed, first_id + i, px[point], py[point], radius, geographic
            )
        if element[i] >= 0:
            placed += 1
        else:
            dry = point  # no need to look 100 000 times for each of its particles
    return placed


@kernel_called
def in_polygon(mesh, grid, seed, particle, px, py, first, part, box, water, geographic):
    """A place inside the area and in the water: (x, y, element); (nan, nan, -1) if there is none.

    box: (x0, x1, y0, y1) round all that comes into question; water: None, or what to fill evenly.
    """
    x0, x1, y0, y1 = box
    # on the sphere equal areas are equal steps in the sine of latitude
    low, high = (math.sin(y0 * RADIANS), math.sin(y1 * RADIANS)) if geographic else (y0, y1)
    for attempt in range(MOST_ATTEMPTS):
        a, b = _chances(seed, particle, attempt)
        x = x0 + a * (x1 - x0)
        y = low + b * (high - low)
        if geographic:
            y = math.asin(y) / RADIANS
        if inside_area(px, py, first, part, x, y):
            element = find_element(mesh, grid, x, y)
            if element >= 0 and _taken(water, mesh, element, x, y, seed, particle, attempt):
                return x, y, element
    return math.nan, math.nan, -1


@kernel_called
def _fill_area(mesh, grid, seed, first_id, px, py, first, part, water, geographic, x, y, element):
    # only where there is mesh: a box round half an ocean costs no more
    x0, x1, y0, y1 = px[0], px[0], py[0], py[0]
    for i in range(len(px)):
        x0, x1, y0, y1 = min(x0, px[i]), max(x1, px[i]), min(y0, py[i]), max(y1, py[i])
    x0, x1 = max(x0, grid.x0), min(x1, grid.x0 + grid.columns / grid.per_x)
    y0, y1 = max(y0, grid.y0), min(y1, grid.y0 + grid.rows / grid.per_y)
    box = (x0, x1, y0, y1)
    x[:], y[:], element[:] = math.nan, math.nan, -1
    if not (x0 < x1 and y0 < y1):
        return 0
    for i in range(len(x)):
        x[i], y[i], element[i] = in_polygon(
            mesh, grid, seed, first_id + i, px, py, first, part, box, water, geographic
        )
        if element[i] < 0:
            return i
    return len(x)


@entry_point
def scatter_polygon(mesh, grid, seed, first_id, px, py, first, part, geographic, x, y, element):
    """Places of len(x) particles from `first_id` on, evenly over the water part of an area.

    px, py, first, part: rings as in `inside_area`; x, y, element: filled. The first particle without a place
    ends the search: it and all after it get nan and element -1. Returns how many have a place.
    """
    return _fill_area(mesh, grid, seed, first_id, px, py, first, part, None, geographic, x, y, element)


@entry_point
def scatter_by_volume(mesh, grid, seed, first_id, px, py, first, part, water, geographic, x, y, element):
    """As `scatter_polygon`, but evenly over the volume of the water. water: Water."""
    return _fill_area(mesh, grid, seed, first_id, px, py, first, part, water, geographic, x, y, element)


@entry_point
def line_lengths(px, py, geographic, length):
    """Fill `length`, float64 (piece,): metres of all pieces up to and with each. px, py: (piece, 2), their
    ends."""
    total = 0.0
    for i in range(len(length)):
        dx = px[i, 1] - px[i, 0]
        dy = py[i, 1] - py[i, 0]
        if geographic:
            dx *= math.cos(0.5 * (py[i, 0] + py[i, 1]) * RADIANS) / DEGREES
            dy /= DEGREES
        total += math.sqrt(dx * dx + dy * dy)
        length[i] = total


@entry_point
def scatter_line(mesh, grid, seed, first_id, px, py, length, x, y, element):
    """Places of len(x) particles from `first_id` on, evenly along the water part of a line.

    px, py: float64 (piece, 2), both ends of each straight piece; length: from `line_lengths`; x, y, element:
    filled. Ends at the first particle without a place, as `scatter_polygon` does. Returns how many have one.
    """
    x[:], y[:], element[:] = math.nan, math.nan, -1
    for i in range(len(x)):
        for attempt in range(MOST_ATTEMPTS):
            a, _ = _chances(seed, first_id + i, attempt)
            along = a * length[-1]
            piece = min(np.searchsorted(length, along, side="right"), len(length) - 1)
            before = length[piece - 1] if piece > 0 else 0.0
            part = min((along - before) / (length[piece] - before), 1.0)
            x[i] = px[piece, 0] + part * (px[piece, 1] - px[piece, 0])
            y[i] = py[piece, 0] + part * (py[piece, 1] - py[piece, 0])
            element[i] = find_element(mesh, grid, x[i], y[i])
            if element[i] >= 0:
                break
        if element[i] < 0:
            x[i], y[i] = math.nan, math.nan
            return i
    return len(x)
