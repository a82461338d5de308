"""Many files as one series of frames: what they hold together, and a frame of it when one is asked for. Holds
none, and does not read ahead (that is `frames`)."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.netcdf.lock import LOCK

from ..fields import Variable
from ..fingerprint import array_fingerprint
from ..library import UNREADABLE, expand
from ..located import LocatedFrame
from ..plausible import FASTEST, no_water
from ..sigma import Sigma
from ..triangles import counter_clockwise, refuse_no_surface
from . import coordinates as choice
from .file import FileHead, head_of, numbered
from .file_reader import FileReader
from .merge import merge
from .offer import best_vertical, common_variables, mesh_notes, without_layers
from .one_mesh import OneMesh
from .overlaps import overlaps
from .records import Records, unreadable
from .vertical import FileLayers, at_the_surface, holds_one_layer, read_sigma
from .water_fields import Plane, Rules, WaterFields
from .wet_elements import MIN_DEPTH

_MOST_NOTES = 20


def open_series(
    files: Sequence[Path | str],
    *,
    coordinates: str = "auto",
    projection: str | None = None,
    max_gap: int | None = None,
    max_speed: float = FASTEST,
    min_depth: float = MIN_DEPTH,
) -> "Series":
    """Open FVCOM output as one series. files: paths and globs, in any order. max_gap: microseconds, None: 1.5
    usual intervals. max_speed: m/s, what flows faster is refused. min_depth: m, see `wet_by_depth`.

    Raises ForcingError, naming file and variable, for what cannot be read, and RunFileError for an unknown
    projection.
    """
    paths = expand(files)
    heads: list[FileHead] = []
    mesh = OneMesh()
    notes: list[str] = []
    for path in paths:
        head = head_of(path, mesh.look)
        if head is None:
            notes.append(f"{path.name}: holds no records; left out")
        else:
            heads.append(head)
    if not heads:
        raise ForcingError(f"{paths[0]}: holds no records; the forcing is empty")
    return Series(heads, notes, coordinates, projection, max_gap, max_speed, min_depth)


def _first_few(notes: list[str]) -> list[str]:
    """Notes on single files: a thousand files with one and the same flaw need no thousand sentences."""
    more = len(notes) - _MOST_NOTES
    return (
        notes
        if more <= 0
        else [*notes[:_MOST_NOTES], f"{more} more notes of this kind on other files are left out"]
    )


class Series:
    """Frames of FVCOM's files in order of time, a `Forcing`; see `open_series`.

    Beside what that offers: time_source: where the times come from; usual_interval: microseconds.
    """

    def __init__(
        self,
        heads: list[FileHead],
        notes: list[str],
        coordinates: str,
        projection: str | None,
        max_gap: int | None,
        max_speed: float,
        min_depth: float,
    ) -> None:
        merged = merge(heads)
        heads, first = merged.heads, merged.heads[0]
        self.notes: list[str] = (
            _first_few(notes + [note for head in heads for note in head.times.notes]) + merged.notes
        )
        self.files: tuple[Path, ...] = tuple(head.path for head in heads)
        self.times: np.ndarray = merged.times
        self.time_source: str = ", ".join(dict.fromkeys(head.times.source for head in heads))
        self.calendar: bool = first.times.calendar
        self.usual_interval: int = int(np.median(np.diff(self.times))) if len(self.times) > 1 else 0
        self.max_gap: int = max_gap if max_gap is not None else self.usual_interval * 3 // 2
        self._take_mesh(first, coordinates, projection)

        variables, told = common_variables(heads)
        self.notes += told
        self._records = Records(merged, list(variables))
        self.no_layers: str = ""
        layers = self._read_layers(first, variables)
        if self.no_layers:
            variables, told = without_layers(variables, self.no_layers)
            self.notes += told
        self._take_layers(layers, variables)
        self.variables: Mapping[str, Variable] = variables

        self.min_depth = min_depth
        self.has_wet: bool = all(head.has_wet for head in heads)
        self.has_coefficient: bool = all(head.has_coefficient for head in heads)
        upside_down = layers is not None and layers.upside_down
        rules = Rules(
            max_speed, min_depth, self.has_wet, self.has_coefficient, upside_down, first.surface_field
        )
        self._fields = WaterFields(self._plane, variables, rules)
        self._take_depth(heads)
        read = self._records.at
        differ = overlaps(
            merged, tuple(variables.values()), read, self.describe_time, self.calendar, self.usual_interval
        )
        self.notes += _first_few(list(differ))

    def _take_mesh(self, first: FileHead, coordinates: str, projection: str | None) -> None:
        numbers = numbered(first)
        chosen = choice.choose(first.pairs, numbers, coordinates, projection, first.name)
        self.geographic: bool = chosen.geographic
        self.why_coordinates: str = chosen.why
        self.x, self.y, self.lon, self.lat = chosen.x, chosen.y, chosen.lon, chosen.lat
        self.triangles, turned = counter_clockwise(numbers, self.x, self.y)
        self.notes += [*chosen.notes, *mesh_notes(turned, numbers, len(self.x), first.name)]
        refuse_no_surface(self.triangles, self.x, self.y, self.geographic, first.name)
        self._plane = Plane(self.x, self.y, self.triangles, self.geographic)

    def _read_layers(self, first: FileHead, variables: Mapping[str, Variable]) -> FileLayers | None:
        """None where nothing lies in layers, or nothing says where they lie (`no_layers`) and the depth-mean
        flow serves without them."""
        if first.layers == 0:
            return None
        used = np.zeros(first.nodes, bool)
        used[self.triangles] = True
        try:
            with LOCK:
                dataset = self._records.first_file("siglay")
                if first.surface_field and not holds_one_layer(dataset, first.node_dim):
                    told = f"{first.name}: u, v have no layers: they are taken as the flow at the surface"
                    return at_the_surface(first.nodes, told)
                return read_sigma(dataset, first.layers, used, first.node_dim, first.name, self._plane.place)
        except UNREADABLE as error:
            raise unreadable(self.files[0], self._records.when(0), "siglay", error) from error
        except ForcingError as error:
            if not {"ua", "va"} <= set(variables):
                raise
            self.no_layers = str(error)
            return None

    def _take_layers(self, layers: FileLayers | None, variables: Mapping[str, Variable]) -> None:
        self.sigma: Sigma | None = None if layers is None else layers.sigma
        self.layers: int = 0 if layers is None else len(layers.sigma.siglay)
        self.siglay = None if layers is None else layers.sigma.siglay
        self.siglev = None if layers is None else layers.sigma.siglev
        self.vertical, told = best_vertical(layers, variables)
        self.notes += [*([] if layers is None else layers.notes), *told]

    def _take_depth(self, heads: Sequence[FileHead]) -> None:
        self.h_varies: bool = any(head.h_varies for head in heads)
        if "zeta" not in self.variables:
            lacking = next(head.name for head in heads if "zeta" not in head.variables)
            self.notes.append(f"{lacking}: has no zeta; the surface is taken as 0")
        records = self._records.of(0)
        self.h: np.ndarray = self._fields.depth(records).astype(np.float64)
        if self.h[self.triangles].max() <= 0:
            zeta = self._fields.read(records, "zeta")[self.triangles]
            self._fields.refuse(records, "h", "node", no_water(self.h[self.triangles], zeta, self.min_depth))

    @property
    def name(self) -> str:
        return self.files[0].name

    @cached_property
    def packed(self) -> bool:
        """Whether u of the first file is deflated."""
        with LOCK:
            file = self._records.first_file("u")
            found = [file.variables[name].filters() or {} for name in ("u", "ua") if name in file.variables]
        return any(filters.get("zlib", False) for filters in found)

    @cached_property
    def mesh_prints(self) -> dict[str, str]:
        """That of a large file does not see every byte, so the mesh has its own. h: at the first frame."""
        held = {
            "siglay": self.siglay,
            "siglev": self.siglev,
            "h": self.h,
            "nv": self.triangles,
            "x": self.x,
            "y": self.y,
        }
        return {name: array_fingerprint(values) for name, values in held.items() if values is not None}

    def read(self, frame: int, names: Sequence[str]) -> dict[str, np.ndarray]:
        """See `Forcing.read`. NaN and fill, which may stand on dry land only, become 0 in velocities, else
        the value of the nearest water. Raises ForcingError naming file, variable and time for what cannot be
        read or cannot be water (see `plausible`).
        """
        records = self._records.of(frame)
        return {name: self._fields.read(records, name) for name in names}

    def locate(self, frame: int, names: Sequence[str]) -> LocatedFrame | None:
        records = self._records.of(frame)
        stored = set[str]().union(*(self._fields.stored(records, name) for name in names))
        return self._records.locate(frame, names, sorted(stored, key=lambda name: name not in names))

    def reader(self) -> FileReader:
        return FileReader(self._fields)

    def describe_time(self, time: int) -> str:
        return self._records.describe_time(time)

    def name_of(self, frame: int) -> str:
        """The name of the file that a frame is read from."""
        return self._records.file_of(frame).name

    def nearest_longitude(self, lon: Any) -> Any:
        return lon if self.lon is None else choice.nearest_longitude(lon, self.lon)

    def close(self) -> None:
        """Let go of the files; reading opens them again."""
        self._records.open_files.close()

    def __enter__(self) -> "Series":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
