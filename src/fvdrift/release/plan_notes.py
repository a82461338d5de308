"""What a plan of releases says at the start of a run: depths that are not used, what areas are filled by, and
whose numbers hang on the length of the run."""

from collections.abc import Iterable, Iterator

import numpy as np

from fvdrift.mesh import DEPTH_KINDS, Points, Polygon, Shape
from fvdrift.settings import Depth

from .blocks import Blocks
from .sources import PER_POINT

MOST_NAMED = 6  # releases in a note


def unused_depths(held: Depth | None, events: np.ndarray, shapes: Iterable[Shape]) -> Iterator[str]:
    """A sentence where a release gives another depth than the one its particles are held at."""
    if held is None:
        return
    points = [shape for shape in shapes if isinstance(shape, Points)]
    columns = ("depth_kind", "upper", "lower")
    kinds, upper, lower = (
        np.concatenate([events[c], *(getattr(shape, c) for shape in points)]) for c in columns
    )
    uniform, surface = DEPTH_KINDS.index("uniform"), DEPTH_KINDS.index("surface")
    # "surface", 0 m and sigma 0 are one depth; sigma is never above 0, a depth never below
    at_surface = (kinds == surface) | ((kinds > surface + 1) & (upper == 0) & (lower == 0))
    same = at_surface & (held.upper == 0)
    same |= (kinds == DEPTH_KINDS.index("range")) & (upper == held.upper) & (lower == held.lower)
    if not (same | (kinds == uniform) | (kinds == PER_POINT)).all():
        where = "at the surface" if held.kind == "surface" else f"{held.upper:g} m deep"
        yield f"particles are held {where}: the depths that releases give are not used"


def spread_by(events: np.ndarray, blocks: Blocks) -> Iterator[str]:
    """Which releases fill areas by what."""
    areas = [number for number, shape in enumerate(blocks.shapes) if isinstance(shape, Polygon)]
    filling, names = events[np.isin(events["shape"], areas)], list(blocks.names)
    said = []
    for by_volume, what in ((False, "area"), (True, "volume of still water")):
        found = [
            names[release] for release in np.unique(filling["release"][filling["by_volume"] == by_volume])
        ]
        if found:
            said.append(
                f"by {what}: {', '.join(found[:MOST_NAMED])}" + (" ..." if len(found) > MOST_NAMED else "")
            )
    if said:
        yield f"releases even {'; '.join(said)}"


def unsure_numbers(blocks: Blocks, direction: int) -> Iterator[str]:
    """A sentence where numbers of particles depend on how long the run is."""
    *before, _ = [number for number, events in enumerate(blocks.events) if len(events)]
    lasting = [name for number, name in blocks.lasting if number in before]
    if lasting:
        names = ", ".join(lasting[:MOST_NAMED]) + (" ..." if len(lasting) > MOST_NAMED else "")
        end, key = ("time.end", "until") if direction > 0 else ("time.start", "start")
        yield (
            f"releases that last as long as the run: {names}; with another {end} the particles of releases after them have other "
            f"numbers, so other walks and places (give each of them {key})"
        )
