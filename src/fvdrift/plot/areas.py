"""The polygons that particles settle in, on the map. Where their file is, `origin` knows."""

from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import FvdriftError
from fvdrift.forcing import Forcing
from fvdrift.mesh import Polygons, conversion, read_polygons

from .map_base import Extent
from .page import plain

COLOUR = "#00664b"  # darker than the mark of what has settled
NAMED = 12  # polygons: more names would hide the map


def areas_of(path: Path | None, series: Forcing, projection: str | None) -> Polygons | None:
    """The polygons of a file in the coordinates of the run; None where it is not there, or can't be read any more."""
    if path is None:
        return None
    try:
        return read_polygons(path, conversion(series, projection, ""))
    except (FvdriftError, OSError, ValueError):  # a picture can do without
        return None


def in_view(areas: Polygons, extent: Extent) -> list[int]:
    """Which of them reach into an extent."""
    found = []
    for number in range(len(areas.names)):
        x, y = areas.area(number).x, areas.area(number).y
        if x.max() >= extent[0] and x.min() <= extent[1] and y.max() >= extent[2] and y.min() <= extent[3]:
            found.append(number)
    return found


def draw_areas(axes: Any, areas: Polygons, extent: Extent, *, names: bool = True) -> None:
    """Outlines with a pale fill, and their names where they are few."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline
    from matplotlib.patheffects import withStroke

    seen = in_view(areas, extent)
    for number in seen:
        area = areas.area(number)
        rings = [
            np.stack([area.x[a:b], area.y[a:b]], axis=1)
            for a, b in zip(area.first, area.first[1:], strict=False)
        ]
        outline = Outline.make_compound_path(
            *(Outline(np.concatenate([r, r[:1]]), closed=True) for r in rings)
        )
        axes.add_patch(
            PathPatch(
                outline, facecolor=(*_rgb(COLOUR), 0.10), edgecolor=COLOUR, lw=0.9, ls=(0, (5, 1.5)), zorder=3,
                gid=f"area {areas.names[number]}",
            )
        )  # fmt: skip
        if names and len(seen) <= NAMED:
            top = rings[0][rings[0][:, 1].argmax()]
            axes.annotate(
                plain(areas.names[number]), (rings[0][:, 0].mean(), top[1]), xytext=(0, 2),
                textcoords="offset points", ha="center", fontsize=6.5, color=COLOUR, zorder=7, annotation_clip=True,
                path_effects=[withStroke(linewidth=1.8, foreground="white")],
            )  # fmt: skip


def area_handle(areas: Polygons | None, extent: Extent) -> list[Any]:
    """The line of a legend, where some are in sight."""
    from matplotlib.patches import Patch

    if areas is None or not in_view(areas, extent):
        return []
    return [
        Patch(
            facecolor=(*_rgb(COLOUR), 0.10), edgecolor=COLOUR, lw=0.9, ls=(0, (3, 1)), label="settlement area"
        )
    ]


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    found: tuple[float, float, float] = to_rgb(colour)
    return found
