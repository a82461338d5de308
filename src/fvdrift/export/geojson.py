"""Tracks as GeoJSON (RFC 7946): a line a trajectory, with the time of each of its positions. Written line by line."""

import json
from pathlib import Path

from .lines import Line, lines_of, lonlat, on_globe, time_text
from .records import Records


def write(records: Records, path: Path) -> int:
    """Write a FeatureCollection; how many records there are. Raises OSError, RunFileError."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for number, line in enumerate(lines_of(records, lonlat(records))):
            file.write(",\n" if number else "\n")
            json.dump(_feature(records, line), file, ensure_ascii=False)
            count += len(line.times)
        file.write("\n]}\n")
    return count


def _feature(records: Records, line: Line) -> dict[str, object]:
    pieces = on_globe(line)
    places = [[[round(x, 7), round(y, 7)] for x, y in zip(p.x, p.y, strict=True)] for p in pieces]
    times = [[time_text(records, time) for time in piece.times] for piece in pieces]
    properties = {
        "trajectory": line.number,
        "release": line.release,
        "status": line.status,
        "start": times[0][0],
        "end": times[-1][-1],
    }
    where: object
    when: object
    if len(pieces) > 1:
        kind, where, when = "MultiLineString", places, times
    elif len(line.times) > 1:
        kind, where, when = "LineString", places[0], times[0]
    else:  # a line has two positions at least
        kind, where, when = "Point", places[0][0], times[0]
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": where},
        "properties": {**properties, "times": when},
    }
