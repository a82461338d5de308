"""Tracks as KML: a folder a release, and in it a gx:Track a trajectory, which Google Earth plays. Written line by line."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from .lines import Line, lines_of, lonlat, on_globe, time_text
from .records import Records

# Okabe and Ito's, as KML has them: alpha, blue, green, red
COLOURS = ("ff009fe6", "ffe9b456", "ff739e00", "ff42e4f0", "ffb27200", "ff005ed5", "ffa779cc", "ffffffff")
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2" '
    'xmlns:gx="http://www.google.com/kml/ext/2.2">\n<Document><name>{}</name>\n'
)
_STYLE = (
    '<Style id="release-{0}"><IconStyle><color>{1}</color><scale>0.4</scale><Icon><href>'
    "http://maps.google.com/mapfiles/kml/shapes/shaded_dot.png</href></Icon></IconStyle><LabelStyle><scale>0</scale>"
    "</LabelStyle><LineStyle><color>{1}</color><width>2</width></LineStyle></Style>\n"
)
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(records: Records, path: Path) -> int:
    """Write a Document; how many records there are. Raises OSError, RunFileError."""
    axes, count = lonlat(records), 0
    releases = list(records.each_release())
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD.format(_text(records.tracks.title)))
        for number, _, _ in releases:
            file.write(_STYLE.format(number, COLOURS[number % len(COLOURS)]))
        for number, name, ids in releases:
            file.write(f"<Folder><name>{_text(name)}</name>\n")
            for line in lines_of(records, axes, ids=ids):
                file.writelines(_placemark(records, line, number))
                count += len(line.times)
            file.write("</Folder>\n")
        file.write("</Document></kml>\n")
    return count


def _placemark(records: Records, line: Line, release: int) -> Iterator[str]:
    first, last = (time_text(records, time) for time in (line.times[0], line.times[-1]))
    told = {"trajectory": str(line.number), "status": line.status, "start": first, "end": last}
    yield f"<Placemark><name>{line.number}</name><styleUrl>#release-{release}</styleUrl><ExtendedData>"
    for name, value in told.items():
        yield f'<Data name="{name}"><value>{_text(value)}</value></Data>'
    yield "</ExtendedData>"
    pieces = on_globe(line)
    track, several = (_track, "gx:MultiTrack") if records.dated else (_line, "MultiGeometry")
    opening, closing = (f"<{several}>", f"</{several}>") if len(pieces) > 1 else ("", "")
    yield opening + "".join(track(records, piece) for piece in pieces) + closing
    yield "</Placemark>\n"


def _track(records: Records, line: Line) -> str:
    when = "".join(f"<when>{time_text(records, time)}</when>" for time in line.times)
    where = "".join(f"<gx:coord>{x:.7f} {y:.7f} 0</gx:coord>" for x, y in zip(line.x, line.y, strict=True))
    return f"<gx:Track><altitudeMode>clampToGround</altitudeMode>{when}{where}</gx:Track>"


def _line(records: Records, line: Line) -> str:
    """Where times are no dates that Google Earth could play."""
    where = " ".join(f"{x:.7f},{y:.7f},0" for x, y in zip(line.x, line.y, strict=True))
    where += " " + where if len(line.times) == 1 else ""
    return f"<LineString><altitudeMode>clampToGround</altitudeMode><coordinates>{where}</coordinates></LineString>"


def _text(value: str) -> str:
    return escape(_NO_XML.sub("?", value))
