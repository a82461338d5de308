"""The files of a run, opened and described: its tracks, and the global attributes of whatever it writes."""

import json

from fvdrift.behaviour import Settlement
from fvdrift.orders import BehaviourOrder
from fvdrift.output import TrackWriter
from fvdrift.preparation import Preparation
from fvdrift.settings import resolved_keys
from fvdrift.version import __version__

from .start import Start


def open_tracks(start: Start) -> TrackWriter:
    """The writer of the tracks, with the rows that a checkpoint counts on. Raises OutputError."""
    prepared = start.prepared
    own = {"vertical_motion": prepared.order.vertical, "habitats": _habitats(prepared.order.behaviour)}
    return TrackWriter(
        start.path,
        trajectories=prepared.releases.total,
        times_us=prepared.order.direction * prepared.timeline.rows,
        release_index=prepared.releases.release_of,
        release_names=prepared.releases.names,
        coordinates=prepared.coordinates,
        variables=prepared.output_variables,
        release_time=lambda ids: prepared.order.direction * prepared.releases.born_of(ids),
        attributes={**attributes(prepared), **own},
        calendar=prepared.series.calendar,
        overwrite=True,  # whether what is there may go was decided where the run began
        before=start.rows,
    )


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
