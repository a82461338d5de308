"""Points, boxes, lines and polygons of a run file: how they are read. Readers are as those of `readers`."""

from collections.abc import Callable

from fvdrift.tools.quantity import shown

from .readers import number, text, whole

MOST_LONGITUDE = 540.0  # degrees, as meshes may have: half a turn beyond 0..360


def _numbers(value: object, count: int, names: str) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or len(value) != count:
        raise ValueError(f"{shown(value)} must be {names}")
    return tuple(number(item) for item in value)


def point(value: object) -> tuple[float, float]:
    """[x, y]."""
    x, y = _numbers(value, 2, "[x, y]")
    return x, y


def box(value: object) -> tuple[float, float, float, float]:
    """[x0, y0, x1, y1], from west to east and from south to north."""
    x0, y0, x1, y1 = _numbers(value, 4, "[x0, y0, x1, y1]")
    if not x0 < x1:
        hint = f" (x1 = {x1 + 360:g} where the box goes on beyond the date line or Greenwich)"
        hint = hint if x0 < x1 + 360 and max(abs(x0), abs(x1)) <= 360 else ""
        raise ValueError(f"x0 = {x0:g} must be below x1 = {x1:g}{hint}")
    if not y0 < y1:
        raise ValueError(f"y0 = {y0:g} must be below y1 = {y1:g}")
    return x0, y0, x1, y1


def _vertices(least: int, what: str) -> Callable[[object], tuple[tuple[float, float], ...]]:
    def read(value: object) -> tuple[tuple[float, float], ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{shown(value)} must be a list of points, [[x, y], [x, y], ...]")
        points = tuple(point(item) for item in value)
        distinct = len(set(points))
        if distinct < least:
            raise ValueError(f"{what} needs at least {least} different points, not {distinct}")
        return points

    return read


polygon = _vertices(3, "a polygon")
line = _vertices(2, "a line")


def open_boundary(value: object) -> str | tuple[tuple[float, float], ...]:
    """A file name, "none", or a polygon."""
    return text(value) if isinstance(value, str) else polygon(value)


def cells_of(value: object) -> tuple[int, int]:
    """Two numbers of columns and rows, from 1 up."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{shown(value)} must be [columns, rows]")
    columns, rows = (whole(1, 10**6)(item) for item in value)
    return columns, rows
