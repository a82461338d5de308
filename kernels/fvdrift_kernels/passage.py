"""Which polygons a straight way leads through, and where it enters and leaves them. Not who goes there, or
when."""

from .habitat import holder
from .jit import entry_point, kernel, kernel_called

# of a way: pieces shorter than that are rounding's, as between two polygons that share a side
SLIVER = 1e-12
TOUCH = 1e-9  # of a side: who goes through a corner must not slip between the two sides that meet there


@kernel
def _band_of(outlines, y):
    bands = len(outlines.first) - 1
    return int(min(max((y - outlines.y0) * outlines.per_y, 0.0), bands - 1.0))


@kernel_called
def _crossings(outlines, x, y, dx, dy, crossing):
    """Fill `crossing` with the places, from 0 to 1, where the way from (x, y) by (dx, dy) meets a side,
    ascending; returns how many there are, and whether it ends so near a side that its end may be in another
    polygon than what comes before.

    A side that lies in several bands may be met several times at one place.
    """
    low, high = _band_of(outlines, min(y, y + dy)), _band_of(outlines, max(y, y + dy))
    left, right = min(x, x + dx), max(x, x + dx)
    count, at_side = 0, False
    for j in range(outlines.first[low], outlines.first[high + 1]):
        i = outlines.side[j]
        before = outlines.before[i]
        ax, ay = outlines.px[before], outlines.py[before]
        bx, by = outlines.px[i], outlines.py[i]
        if max(ax, bx) < left or min(ax, bx) > right:
            continue
        ex, ey = bx - ax, by - ay
        across = dx * ey - dy * ex
        if across == 0.0:
            continue
        place = ((ax - x) * ey - (ay - y) * ex) / across
        along = ((ax - x) * dy - (ay - y) * dx) / across
        if not (0.0 < place < 1.0 + SLIVER and -TOUCH <= along <= 1.0 + TOUCH):
            continue
        at_side |= place > 1.0 - SLIVER
        if place < 1.0:
            k = count
            while k > 0 and crossing[k - 1] > place:
                crossing[k] = crossing[k - 1]
                k -= 1
            crossing[k] = place
            count += 1
    return count, at_side


@entry_point
def cut_ways(outlines, x0, y0, x1, y1, crossing, way, end, code):
    """Cut ways from (x0, y0) to (x1, y1), float64 (way,), into pieces that lie in one polygon, the lowest
    that counts, or in none; the last piece of each way is its end alone, where it has come to.

    crossing: float64, room for as many places as `outlines.side` has sides; filled, as far as they reach:
    way: int64 (piece,) number of the way, in their order; end: float64 (piece,) share of the way at which the
    piece ends; code: int32 (piece,) number of the polygon, or -1. Returns how many pieces there are; no less,
    where there is no room for them all.
    """
    pieces = 0
    for k in range(len(x0)):
        x, y = x0[k], y0[k]
        dx, dy = x1[k] - x, y1[k] - y
        crossings, at_side = _crossings(outlines, x, y, dx, dy, crossing)
        begin, first = 0.0, pieces
        for c in range(crossings + 1):
            until = crossing[c] if c < crossings else 1.0
            known = first < pieces <= len(way)  # what comes before can be gone on with
            if until - begin <= SLIVER:
                if c == crossings and known:
                    end[pieces - 1] = until
                if c < crossings or known:
                    continue
            middle = 0.5 * (begin + until)
            inside = holder(outlines, 0, x + middle * dx, y + middle * dy)
            begin = until
            if known and code[pieces - 1] == inside:
                end[pieces - 1] = until
                continue
            if pieces < len(way):
                way[pieces], end[pieces], code[pieces] = k, until, inside
            pieces += 1
        if pieces < len(way):
            inside = holder(outlines, 0, x1[k], y1[k]) if at_side else code[pieces - 1]
            way[pieces], end[pieces], code[pieces] = k, 1.0, inside
        pieces += 1
    return pieces
