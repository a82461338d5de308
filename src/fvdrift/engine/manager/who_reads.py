"""Who reads the frames of a run: the ranks of each node, where that is worth it and all can; else rank 0."""

from typing import NamedTuple

from fvdrift.engine.transport import Crew
from fvdrift.forcing import seen_files
from fvdrift.preparation import AHEAD, SharedForcing, Sizes, cannot_read, forcing_said, shared_out

from ..frame_messages import ReadByNodes
from .frames_of_nodes import FramesOfNodes


class OnNodes(NamedTuple):
    """frames: None where rank 0 reads them; said: sentences about who does."""

    frames: FramesOfNodes | None
    said: list[str]


def open_on_nodes(crew: Crew, shared: SharedForcing, of: Sizes, needed: range) -> OnNodes:
    """Have the ranks of each node read the frames of these numbers, if that is worth it. of: the runs together."""
    if not crew.others:
        return OnNodes(None, [])
    wish, series, supply = shared.parallel, shared.series, shared.supply
    on = shared_out(wish, crew.others + 1, of, per_node=crew.beside + 1)
    if on.forcing == "manager":
        why = cannot_read(of, on) if wish.forcing == "nodes" else ""
        return OnNodes(None, [forcing_said("manager", of, why)])
    places = of.window + AHEAD
    order = ReadByNodes(series.reader(), supply, supply.layout(series), seen_files(series.files), places)
    reading = crew.read_by_nodes(order)
    if reading.why_not:
        return OnNodes(None, [forcing_said("manager", of, reading.why_not)])
    frames = FramesOfNodes(crew, reading, shared, needed, places)
    return OnNodes(frames, [forcing_said("nodes", of, reading.trouble)])
