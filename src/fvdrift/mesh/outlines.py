"""Outlines and lines of a file or a run file, in the coordinates of the run: in one piece, on every turn of
longitude that counts. Not how they are read.

Longitudes are as they are written: from -30 to 179 a side goes 209 degrees, as RFC 7946 has it. But many
files write 179 and -179 for the two ends of a side across the date line. A side of more than 180 degrees is
taken as written in a ring that goes round the right way then (outer ones counter-clockwise), across the date
line in one that does so only then; in doubt it is refused.
"""

from collections.abc import Sequence

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.tools.crs import GEOGRAPHIC, in_degrees

from . import shapes
from .coordinates import ToRun, refuse_no_degrees, vertices_in_run

# degrees: hardly anybody means a side that is longer, or one across the date line that is written shorter
WIDEST = 270.0
PIECES = 32  # of a projected side, followed round the Earth
# degrees, metres: a longer side is no more straight in other coordinates (a degree is 100 m off the
# parallel); a tenth of it is, to a metre
LONG_DEGREES, LONG_METRES = 1.0, 1e5
MOST_STEPS = 4000  # of a side: 0.1 degrees all round the Earth
FARTHEST_STEP = 1e6  # metres: a tenth of what is long grows to that only where a projection is torn

Rings = Sequence[np.ndarray]


def area_in_run(to_run: ToRun, parts: Sequence[Rings], coordinates: str) -> shapes.Polygon:
    """An area of parts, each its rings, float64 (vertex, 2). Raises ValueError; RunFileError where the run
    has no such coordinates."""
    found = [rings for part in parts for rings in _on_turns(to_run, _part_in_run(to_run, part, coordinates))]
    return shapes.polygon(found)


def box_in_run(to_run: ToRun, box: Sequence[float], coordinates: str) -> shapes.Polygon:
    """A box [x0, y0, x1, y1], x0 below x1: in degrees it goes east from x0. Raises as `area_in_run`."""
    ring = shapes.box_ring(*box)
    if not in_degrees(coordinates):
        return area_in_run(to_run, [[ring]], coordinates)
    refuse_no_degrees(ring[:, 0], ring[:, 1])
    if np.ptp(ring[:, 0]) > 360:
        raise ValueError(
            f"it goes {np.ptp(ring[:, 0]):g} degrees of longitude, more than once round the Earth"
        )
    return shapes.polygon(_on_turns(to_run, [_at_its_longitudes(to_run, ring, coordinates)]))


def lines_in_run(to_run: ToRun, lines: Sequence[np.ndarray], coordinates: str) -> shapes.Line:
    """Broken lines, float64 (vertex, 2) each. Raises as `area_in_run`."""
    found = []
    for line in lines:
        if in_degrees(coordinates):
            refuse_no_degrees(line[:, 0], line[:, 1])
            moved = _at_its_longitudes(to_run, _line_in_one_piece(line), coordinates, closed=False)
        else:
            moved = _followed(to_run, line, coordinates, closed=False)
        found += [copy for (copy,) in _on_turns(to_run, [moved])]
    return shapes.line(found)


def _part_in_run(to_run: ToRun, rings: Rings, coordinates: str) -> list[np.ndarray]:
    if in_degrees(coordinates):
        for ring in rings:
            refuse_no_degrees(ring[:, 0], ring[:, 1])
        pieces = [_ring_in_one_piece(ring, hole=number > 0) for number, ring in enumerate(rings)]
        moved = [_at_its_longitudes(to_run, ring, coordinates) for ring in pieces]
    else:
        moved = [_followed(to_run, ring, coordinates, closed=True) for ring in rings]
    if not _run_in_degrees(to_run) or all(map(np.array_equal, moved, rings)):
        return moved
    # each ring is in one piece; holes go to the turn that their outer ring is on
    outer = _middle(moved[0])
    return [ring + [360 * np.round((outer - _middle(ring)) / 360), 0] for ring in moved]


def _middle(ring: np.ndarray) -> float:
    return 0.5 * float(ring[:, 0].min() + ring[:, 0].max())


def _ring_in_one_piece(ring: np.ndarray, *, hole: bool) -> np.ndarray:
    """A ring in degrees, as written or with its longitudes across the date line."""
    lon = ring[:, 0]
    wide = float(np.ptp(lon))
    if wide >= 360:
        raise ValueError(
            f"an outline goes round all {wide:g} degrees of longitude: cut it into parts that do not"
        )
    longest = float(np.abs(np.diff(lon, append=lon[0])).max())
    if longest <= 180:
        return ring
    x, y = lon - lon[0], ring[:, 1] - ring[0, 1]
    right_way = (float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) > 0) != hole
    short = _short_ways(np.append(lon, lon[0]))
    if right_way and longest < WIDEST:
        return ring
    if not right_way and longest >= WIDEST and short[-1] == short[0]:
        return np.column_stack([short[:-1], ring[:, 1]])
    raise ValueError(
        f"a side of an outline goes {longest:g} degrees of longitude as it is written, {360 - longest:g} the other way "
        "round: put corners between its ends, or write 190 rather than -170 where it crosses the date line"
    )


def _line_in_one_piece(line: np.ndarray) -> np.ndarray:
    longest = float(np.abs(np.diff(line[:, 0], prepend=line[0, 0])).max())
    if longest <= 180:
        return line
    if longest < WIDEST:
        raise ValueError(
            f"a piece of a line goes {longest:g} degrees of longitude as it is written, {360 - longest:g} the other way "
            "round: put a point between its ends, or write 190 rather than -170 where it crosses the date line"
        )
    return np.column_stack([_short_ways(line[:, 0]), line[:, 1]])


def _short_ways(lon: np.ndarray) -> np.ndarray:
    """Longitudes moved by whole turns, each to where it is nearest to the one before."""
    moved: np.ndarray = lon - 360 * np.concatenate([[0.0], np.cumsum(np.round(np.diff(lon) / 360))])
    return moved


def _at_its_longitudes(
    to_run: ToRun, vertices: np.ndarray, coordinates: str, *, closed: bool = True
) -> np.ndarray:
    """Vertices in degrees in the coordinates of the run; where those are degrees too, on the turns they are
    written on."""
    if not _run_in_degrees(to_run):
        return _in_one_plane(to_run, vertices, coordinates, LONG_DEGREES, closed=closed)
    moved = vertices_in_run(to_run, vertices, coordinates)
    moved[:, 0] += 360 * np.round((vertices[:, 0] - moved[:, 0]) / 360)
    return moved


def _in_one_plane(
    to_run: ToRun, vertices: np.ndarray, coordinates: str, long: float, *, closed: bool
) -> np.ndarray:
    """Vertices in the projection of the run, with more of them on long sides."""
    more = _with_steps(vertices, long, closed=closed)
    moved = vertices_in_run(to_run, more, coordinates)
    if len(more) > len(vertices):
        steps = np.diff(np.concatenate([moved, moved[:1]]) if closed else moved, axis=0)
        if np.abs(steps).max() > FARTHEST_STEP:
            raise ValueError(
                "an outline goes where the projection of the run is torn: cut it nearer to the mesh"
            )
    return moved


def _with_steps(vertices: np.ndarray, long: float, *, closed: bool) -> np.ndarray:
    """Vertices, and others in steps of at most a tenth of `long` on sides that are longer."""
    ends = np.concatenate([vertices, vertices[:1]]) if closed else vertices
    side = np.diff(ends, axis=0)
    length = np.abs(side).max(axis=1, initial=0.0)
    pieces = np.where(length > long, np.minimum(np.ceil(10 * length / long), MOST_STEPS), 1).astype(np.int64)
    of = np.repeat(np.arange(len(side)), pieces)
    share = (np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[of]
    found = ends[:-1][of] + share[:, np.newaxis] * side[of]
    return found if closed else np.concatenate([found, ends[-1:]])


def _followed(to_run: ToRun, vertices: np.ndarray, coordinates: str, *, closed: bool) -> np.ndarray:
    """Projected vertices in the coordinates of the run; where those are degrees, longitudes go on along the
    sides."""
    moved = vertices_in_run(to_run, vertices, coordinates)
    if len(vertices) < 2 or np.array_equal(moved, vertices):
        return moved
    if not _run_in_degrees(to_run):
        return _in_one_plane(to_run, vertices, coordinates, LONG_METRES, closed=closed)
    vertices = _with_steps(vertices, LONG_METRES, closed=closed)
    ends = np.concatenate([vertices, vertices[:1]]) if closed else vertices
    share = np.arange(PIECES)[:, np.newaxis] / PIECES
    between = (ends[:-1, np.newaxis] + share * np.diff(ends, axis=0)[:, np.newaxis]).reshape(-1, 2)
    moved = vertices_in_run(to_run, np.concatenate([between, ends[-1:]]), coordinates)
    lon = _short_ways(moved[:, 0])
    if closed and abs(lon[-1] - lon[0]) > 180:
        raise ValueError("an outline goes round a pole: cut it into parts that do not")
    return np.column_stack([lon, moved[:, 1]])[::PIECES][: len(vertices)]


def _on_turns(to_run: ToRun, rings: Rings) -> list[list[np.ndarray]]:
    """Rings, the first of them round the others: as they are, or moved by whole turns to wherever they may
    meet the mesh."""
    if not _run_in_degrees(to_run):
        return [list(rings)]
    lon = rings[0][:, 0]
    ends = np.array([lon.max(), lon.min()])
    nearest, _ = to_run(ends, np.zeros(2), GEOGRAPHIC)
    first, last = np.round((nearest - ends) / 360).astype(int)
    return [[ring + [360.0 * turn, 0.0] for ring in rings] for turn in range(first, last + 1)]


def _run_in_degrees(to_run: ToRun) -> bool:
    """It is, if it leaves longitudes and latitudes as they are but for whole turns."""
    lon, lat = np.array([-90.0, 90.0]), np.array([0.0, 45.0])
    try:
        x, y = to_run(lon, lat, GEOGRAPHIC)
    except RunFileError:
        return False
    turns = (np.asarray(x) - lon) / 360
    return bool((np.asarray(y) == lat).all() and (turns == np.round(turns)).all())
