"""The files of a run, opened and described: its tracks, and the global attributes of whatever it writes."""

import json

import numpy as np

from fvdrift.behaviour import Settlement
from fvdrift.engine import DealtRows
from fvdrift.engine.checkpoint import KeptRows
from fvdrift.orders import BehaviourOrder
from fvdrift.output import KEYWORDS, TracksRequest, TrackWriter, place_of, time_of
from fvdrift.preparation import Preparation
from fvdrift.settings import resolved_keys
from fvdrift.tools.netcdf.classic_header import Attribute
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


def attributes(prepared: Preparation) -> dict[str, Attribute]:
    """Global attributes of whatever a run writes; those that the run file gives stand in place of what is known."""
    run_file, series, rows = prepared.run_file, prepared.series, prepared.timeline.rows
    described = {
        "title": run_file.title or "Particle tracks",
        "summary": _summary(prepared),
        "keywords": KEYWORDS,
        "source": f"fvdrift {__version__}, from FVCOM output",
        "run_file": json.dumps(resolved_keys(run_file), ensure_ascii=False),
        "seed": str(run_file.seed),
        "forcing_files": " ".join(file.name for file in prepared.series.files),
    }
    times = _times(prepared, series.describe_time(int(rows[-1])))
    return {**described, **_place(prepared), **times, **run_file.output.attributes}


def ended_early(prepared: Preparation, last: str) -> dict[str, str]:
    """Those that are others where the last record is not of the time that was planned. last: its time."""
    planned, found = attributes(prepared), _times(prepared, last)
    given = prepared.run_file.output.attributes
    return {name: text for name, text in found.items() if planned[name] != text and name not in given}


def _summary(prepared: Preparation) -> str:
    backward = " backward in time" if prepared.order.direction < 0 else ""
    kind = {"3d": "3-D", "2d": "depth-mean", "surface": "surface"}.get(
        prepared.run_file.advection.dimension.kind, "horizontal"
    )
    return (
        f"{prepared.releases.total:,} particles that the {kind} flow of stored FVCOM output carries{backward}"
    )


def _times(prepared: Preparation, last: str) -> dict[str, str]:
    """last: time of the last record. Nothing without a calendar."""
    series = prepared.series
    if not series.calendar:
        return {}
    first = series.describe_time(int(prepared.timeline.rows[0]))
    return time_of(first, last, prepared.run_file.output.every)


def _place(prepared: Preparation) -> dict[str, str | float]:
    """Where the mesh is; nothing in metres of which nobody knows where they are."""
    mesh, coordinates = prepared.mesh, prepared.coordinates
    if coordinates.geographic:
        return place_of(mesh.x, mesh.y)
    if coordinates.to_lonlat is None:
        return {}
    outer = mesh.beyond < 0  # what lies outermost in degrees lies at the edge in metres
    ends = [np.roll(mesh.corners, -turn, axis=1)[outer] for turn in (1, 2)]
    nodes = np.unique(np.concatenate(ends))
    return place_of(*map(np.asarray, coordinates.to_lonlat(mesh.x[nodes], mesh.y[nodes])))


def _habitats(behaviour: BehaviourOrder | None) -> str:
    """What the numbers in the column `habitat` stand for."""
    settlement = None if behaviour is None else behaviour.part(Settlement)
    names = () if settlement is None else settlement.polygons.names
    return "; ".join(f"{number}: {name}" for number, name in enumerate(names))
