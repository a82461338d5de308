"""The files of a run, opened and described: its tracks, and the global attributes of whatever it writes."""

import json

from fvdrift.behaviour import Settlement
from fvdrift.engine import DealtRows
from fvdrift.engine.checkpoint import KeptRows
from fvdrift.orders import BehaviourOrder
from fvdrift.output import TracksRequest, TrackWriter
from fvdrift.preparation import Preparation
from fvdrift.settings import resolved_keys
from fvdrift.version import __version__

from .start import Start


def open_tracks(start: Start) -> TrackWriter:
    """The writer of the tracks, with the rows that a checkpoint counts on. Raises OutputError."""
    # whether what is there may go was decided where the run began
    before = None if start.checkpoint is None else KeptRows(start.checkpoint.archives).before(start.path)
    return TrackWriter.of(tracks_request(start), before)


def tracks_request(start: Start) -> TracksRequest:
    """What tracks there are to be."""
    prepared = start.prepared
    own = {"vertical_motion": prepared.order.vertical, "habitats": _habitats(prepared.order.behaviour)}
    return TracksRequest(
        path=start.path.absolute(),
        trajectories=prepared.releases.total,
        times_us=prepared.order.direction * prepared.timeline.rows,
        coordinates=prepared.coordinates,
        releases=prepared.releases,
        variables=prepared.output_variables,
        direction=prepared.order.direction,
        attributes={**attributes(prepared), **own},
        calendar=prepared.series.calendar,
    )


def dealt_rows(start: Start, *, shared_out: bool = False) -> DealtRows | None:
    """The tracks, where owners on all ranks write them: their rows are many, or they are `shared_out` among ranks
    with those of other members."""
    prepared = start.prepared
    if not prepared.order.tracks:
        return None
    stripes = prepared.stripes
    return DealtRows(tracks_request(start), stripes) if len(stripes) > 1 or shared_out else None


def attributes(prepared: Preparation) -> dict[str, str]:
    """Global attributes of whatever a run writes."""
    run_file = prepared.run_file
    return {
        "title": run_file.title or "Particle tracks",
        "source": f"fvdrift {__version__}, from FVCOM output",
        "run_file": json.dumps(resolved_keys(run_file), ensure_ascii=False),
        "seed": str(run_file.seed),
        "forcing_files": " ".join(file.name for file in prepared.series.files),
    }


def _habitats(behaviour: BehaviourOrder | None) -> str:
    """What the numbers in the column `habitat` stand for."""
    settlement = None if behaviour is None else behaviour.part(Settlement)
    names = () if settlement is None else settlement.polygons.names
    return "; ".join(f"{number}: {name}" for number, name in enumerate(names))
