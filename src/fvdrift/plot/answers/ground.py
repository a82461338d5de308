"""Under the maps of statistics: the water of the forcing, or else the mesh that is in the file. Nothing is drawn here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import ForcingError

from ..origin import origin
from ..request import PlotRequest
from ..water import Water, open_forcing, outer_sides, water_of
from .answer_file import Answers


class _Told(NamedTuple):
    path: Path
    attributes: dict[str, Any]
    geographic: bool


def ground_of(answers: Answers, request: PlotRequest, say: Callable[[str], None]) -> Water | None:
    """None where there is neither, which is told. Raises ForcingError for forcing that was asked for."""
    told = _Told(answers.tracks, answers.attributes, answers.geographic)
    found = origin(told, list(request.forcing))
    why = found.why
    if found.files:
        try:
            series = open_forcing(found)
            try:
                return water_of(series, found.boundary, found.projection)
            finally:
                series.close()
        except ForcingError as error:
            if request.forcing:
                raise
            why = str(error)
    mesh = mesh_of(answers)
    if mesh is None:
        say(f"without coast: {why}; --forcing FILE ... says where it is")
    return mesh


def mesh_of(answers: Answers) -> Water | None:
    """The mesh in the file (UGRID), flat and all its outer sides coast; None where it has none."""
    variables = answers.dataset.variables
    if "mesh" not in variables:
        return None
    said = variables["mesh"].attrs
    x, y = (np.asarray(variables[name].values, float) for name in str(said["node_coordinates"]).split())
    corners = np.asarray(variables[str(said["face_node_connectivity"])].values).astype(np.int32)
    nothing = np.empty((0, 2), np.int32)
    return Water(x, y, corners, np.zeros(len(x)), outer_sides(corners, len(x)), nothing)
