"""Who reads the frames of a run: the ranks of each node, where that is worth it and all can; else rank 0."""

from typing import NamedTuple

from fvdrift.engine.transport import Crew
from fvdrift.forcing import seen_files
from fvdrift.preparation import SharedForcing

from ..frame_messages import ReadByNodes
from .frames_of_nodes import FramesOfNodes


class OnNodes(NamedTuple):
    """frames: None where rank 0 reads them; said: sentences about who does."""

    frames: FramesOfNodes | None
    said: list[str]


def open_on_nodes(crew: Crew, shared: SharedForcing, needed: range) -> OnNodes:
    """Have the ranks of each node read the frames of these numbers, if that is worth it."""
    if not crew.others or shared.parallel.forcing == "manager":
        return OnNodes(None, [])
    series, supply = shared.series, shared.supply
    if series.locate(needed.start, supply.names) is None:
        return OnNodes(None, ["Frames: read by rank 0: only the library can read these files"])
    places = (4 if shared.cubic else 2) + 1
    reading = crew.read_by_nodes(
        ReadByNodes(series.reader(), supply, supply.layout(series), seen_files(series.files), places)
    )
    if reading.why_not:
        return OnNodes(None, [f"Frames: read by rank 0: {reading.why_not}"])
    return OnNodes(
        FramesOfNodes(crew, reading, shared, needed, places),
        [f"Frames: read by the ranks of each node, once {reading.said}"],
    )
