"""Many files as one series of frames: reads one when asked and holds none. Does not read ahead (that is
`frames`)."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import ForcingError
from fvdrift.tools.calendar import format_time
from fvdrift.tools.netcdf.lock import LOCK

from . import coordinates as choice
from .fields import Reading, Variable
from .file import FileHead, head_of, numbered
from .fingerprint import array_fingerprint
from .library import UNREADABLE, expand, told
from .merge import Place, merge
from .one_mesh import OneMesh
from .open_files import OpenFiles
from .other_units import other_unit
from .overlaps import overlaps
from .plausible import BOUNDS, FASTEST, SPEEDS, Fault, fault, flag_fault, no_water
from .stand_ins import StandIns
from .triangles import counter_clockwise, position, refuse_no_surface
from .vertical import Sigma, at_the_surface, holds_one_layer, read_sigma
from .wet_elements import MIN_DEPTH, wet_by_depth

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
    """Frames of the forcing in order of time; see `open_series`. Sizes below: node, element, layer, level =
    layer + 1.

    files: in order of time. times: int64 (frame,) microseconds, strictly increasing. calendar: False when
    counted from the run's own zero. geographic, why_coordinates, x, y, lon, lat: see
    `coordinates.Coordinates`. triangles: int32 (element, 3), 0-based, counter-clockwise in (x, y), elements
    and nodes in the order of the file. h: float64 (node,), at the first frame; h_varies. siglev, siglay:
    float64 (level | layer, node) or None, layers: 0 for files with ua, va only. sigma: what is known of the
    layers, None where there are none; no_layers: why those of the file cannot be used, "" where they can.
    vertical: "omega", "ww" or "none". has_wet: `wet_cells` are in every file; else elements are dry by
    min_depth (m). has_coefficient: `nn_hvc` is in every file. variables: fields that can be sampled, in every
    file. notes: what was repaired or chosen, as sentences. usual_interval, max_gap: microseconds.
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
        self._max_speed, self.min_depth = max_speed, min_depth
        merged = merge(heads)
        self._heads = heads = merged.heads
        self._file, self._in_file = merged.file, merged.record
        first = heads[0]
        self.notes: list[str] = (
            _first_few(notes + [note for head in heads for note in head.times.notes]) + merged.notes
        )
        self.files: tuple[Path, ...] = tuple(head.path for head in heads)
        self.times: np.ndarray = merged.times
        self.time_source: str = ", ".join(dict.fromkeys(head.times.source for head in heads))
        self.calendar: bool = first.times.calendar
        self.usual_interval: int = int(np.median(np.diff(self.times))) if len(self.times) > 1 else 0
        self.max_gap: int = max_gap if max_gap is not None else self.usual_interval * 3 // 2

        numbers = numbered(first)
        chosen = choice.choose(first.pairs, numbers, coordinates, projection, first.name)
        self.geographic: bool = chosen.geographic
        self.why_coordinates: str = chosen.why
        self.x, self.y, self.lon, self.lat = chosen.x, chosen.y, chosen.lon, chosen.lat
        self.notes += chosen.notes
        self.triangles, turned = counter_clockwise(numbers, self.x, self.y)
        self._orientation(turned, numbers, first.name)
        self._stand_ins = StandIns(self.triangles, self.x, self.y)
        refuse_no_surface(self.triangles, self.x, self.y, self.geographic, first.name)

        self.layers: int = first.layers
        self.no_layers: str = ""
        self.variables: dict[str, Variable] = self._common_variables()
        self._open_files = OpenFiles(heads, list(self.variables))
        self.has_wet: bool = all(head.has_wet for head in heads)
        self.has_coefficient: bool = all(head.has_coefficient for head in heads)
        self.h_varies: bool = any(head.h_varies for head in heads)
        self.sigma: Sigma | None = self._read_sigma()
        self._upside_down: bool = self.sigma is not None and self.sigma.upside_down
        self._one_layer: bool = first.surface_field
        self.siglay = None if self.sigma is None else self.sigma.siglay
        self.siglev = None if self.sigma is None else self.sigma.siglev
        self.vertical: str = self._best_vertical()
        if "zeta" not in self.variables:
            lacking = next(head.name for head in heads if "zeta" not in head.variables)
            self.notes.append(f"{lacking}: has no zeta; the surface is taken as 0")
        self.h: np.ndarray = self._depth(0).astype(np.float64)
        if self.h[self.triangles].max() <= 0:
            wrong = no_water(self.h[self.triangles], self._one(0, "zeta")[self.triangles], self.min_depth)
            self._refuse(0, "h", "node", wrong)
        known = tuple(self.variables.values())
        told = overlaps(merged, known, self._record, self.describe_time, self.calendar, self.usual_interval)
        self.notes += _first_few(list(told))

    # what a run asks for

    def read(self, frame: int, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Fields of frame `frame`, each C-contiguous native float32: (node,), (element,), (layer, element),
        (layer | level, node).

        NaN and fill, which may stand on dry land only, become 0 in velocities, else the value of the nearest
        water. "wet" gives uint8 (element,): `wet_cells`, else `wet_by_depth`; "h" gives (node,) also when it
        is constant, "nn_hvc" the coefficient of the horizontal mixing, which is so. Raises ForcingError
        naming file, variable and time for what cannot be read or cannot be water (see `plausible`).
        """
        return {name: self._one(frame, name) for name in names}

    @cached_property
    def mesh_prints(self) -> dict[str, str]:
        """A hash of each part of the mesh: that of a large file does not see every byte. h: at the first
        frame."""
        held = {
            "siglay": self.siglay,
            "siglev": self.siglev,
            "h": self.h,
            "nv": self.triangles,
            "x": self.x,
            "y": self.y,
        }
        return {name: array_fingerprint(values) for name, values in held.items() if values is not None}

    def close(self) -> None:
        """Let go of the files; reading opens them again."""
        self._open_files.close()

    def __enter__(self) -> "Series":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def describe_time(self, time: int) -> str:
        """A time as a person writes it."""
        return format_time(time, self.calendar)

    def file_of(self, frame: int) -> Path:
        """The file that frame `frame` is read from."""
        return self.files[int(self._file[frame])]

    def nearest_longitude(self, lon: Any) -> Any:
        """`lon` (degrees, scalar or array) moved by whole turns to the side on which the mesh has its
        longitudes."""
        return lon if self.lon is None else choice.nearest_longitude(lon, self.lon)

    # reading

    def _one(self, frame: int, name: str) -> np.ndarray:
        if name == "wet":
            return self._wet(frame)
        if name == "h":
            return self._depth(frame)
        if name == "nn_hvc" and self.has_coefficient:
            return self._checked(frame, Variable("nn_hvc", "node", "none", "", ""))
        if name == "zeta" and name not in self.variables:
            return np.zeros(len(self.x), np.float32)
        if name not in self.variables:
            raise ForcingError(
                f"{self.file_of(frame).name}: {name}: is not in the file; it has {', '.join(sorted(self.variables))}"
            )
        self._refuse_units(frame, name)
        values = self._checked(frame, self.variables[name])
        vertical = self.variables[name].vertical
        if self._upside_down and vertical != "none":
            values = np.ascontiguousarray(values[::-1])
        return values[None] if values.ndim == 1 and self._one_layer and name in ("u", "v") else values

    def _refuse_units(self, frame: int, name: str) -> None:
        """Raise ForcingError where the file of a frame says that a variable is in another unit than
        FVCOM's."""
        file = int(self._file[frame])
        wrong = other_unit(name, self._heads[file].variables[name].units)
        if wrong:
            raise ForcingError(f"{self.files[file].name}: {name}: {wrong}")

    def _depth(self, frame: int) -> np.ndarray:
        return self._checked(frame, Variable("h", "node", "none", "m", ""))

    def _checked(self, frame: int, variable: Variable) -> np.ndarray:
        """The values of a variable that is water wherever there is water."""
        reading = self._raw(frame, variable.name)
        wrong = fault(reading, variable, self.triangles, lambda: self._wet(frame) == 1, self._max_speed)
        self._refuse(frame, variable.name, variable.location, wrong)
        if reading.missing is not None and variable.name not in (*SPEEDS, "h"):
            self._stand_ins.fill(reading.values, reading.missing, variable.location == "element")
            if variable.name == "zeta":  # no lower than FVCOM leaves it on land
                lowest = np.float32(self.min_depth) - self._raw(frame, "h").values
                reading.values[reading.missing] = np.maximum(reading.values, lowest)[reading.missing]
        return reading.values

    def _refuse(self, frame: int, name: str, location: str, wrong: Fault | None) -> None:
        if wrong is not None:
            where = "" if wrong.place < 0 else f" ({self._place(wrong.place, location)})"
            raise ForcingError(f"{self.file_of(frame)}: {name}: {wrong.says}, at {self._when(frame)}{where}")

    def _place(self, number: int, location: str = "node") -> str:
        nodes = self.triangles[number] if location == "element" else number
        return position(self.x[nodes].mean(), self.y[nodes].mean(), self.geographic)

    def _raw(self, frame: int, name: str) -> Reading:
        when = self._when(frame)
        try:
            return self._open_files.read(int(self._file[frame]), name, int(self._in_file[frame]), when)
        except UNREADABLE as error:
            raise self._unreadable(self.file_of(frame), when, name, error) from error

    def _wet(self, frame: int) -> np.ndarray:
        if self.has_wet:
            reading = self._raw(frame, "wet_cells")
            wet: np.ndarray = (reading.values == 1).astype(np.uint8)
            if not wet.any():
                raise ForcingError(
                    f"{self.file_of(frame)}: wet_cells: no element is wet at {self._when(frame)}; was this record ever written?"
                )
            self._refuse(frame, "wet_cells", "element", flag_fault(reading, wet))
            return wet
        h = self._raw(frame, "h").values
        zeta = self._raw(frame, "zeta").values if "zeta" in self.variables else np.zeros_like(h)
        # what is beyond reason is to be found in water, not taken for dry land
        zeta = np.where(zeta < BOUNDS["zeta"].low, np.float32(np.inf), zeta)
        return wet_by_depth(zeta, h, self.triangles, self.min_depth)

    def _when(self, frame: int) -> str:
        return self.describe_time(int(self.times[frame]))

    def _unreadable(self, path: Path, when: str, name: str, error: Exception) -> ForcingError:
        return ForcingError(
            f"{path}: {name}: cannot be read at {when} ({told(error)}); is the file damaged or was it changed?"
        )

    # what the files together offer

    def _orientation(self, turned: int, numbers: np.ndarray, name: str) -> None:
        if 0 < turned < len(numbers):
            fewer = min(turned, len(numbers) - turned)
            self.notes.append(
                f"{name}: nv: {fewer} of {len(numbers)} elements run the other way round; turned"
            )
        unused = len(self.x) - np.unique(numbers).size
        if unused:
            self.notes.append(f"{name}: {unused} of {len(self.x)} nodes belong to no element")

    def _common_variables(self) -> dict[str, Variable]:
        heads = self._heads
        held = [{*head.variables, *(("wet_cells",) if head.has_wet else ())} for head in heads]
        without: dict[tuple[str, ...], list[str]] = {}
        for key in sorted(set().union(*held) - set.intersection(*held)):
            lacking = tuple(head.name for head, names in zip(heads, held, strict=True) if key not in names)
            without.setdefault(lacking, []).append(key)
        for files, keys in without.items():
            more = f" and {len(files) - 1} more" if len(files) > 1 else ""
            self.notes.append(f"{', '.join(keys)}: not in every file (not in {files[0]}{more}), so not used")
        return {key: v for key, v in heads[0].variables.items() if all(key in names for names in held)}

    def _read_sigma(self) -> Sigma | None:
        """None where nothing lies in layers, or nothing says where they lie and the depth-mean flow serves
        without them."""
        first = self._heads[0]
        if first.layers == 0:
            return None
        used = np.zeros(first.nodes, bool)
        used[self.triangles] = True
        try:
            with LOCK:
                dataset = self._open_files.dataset(0, "siglay", self._when(0))
                if first.surface_field and not holds_one_layer(dataset, first.node_dim):
                    self.notes.append(
                        f"{first.name}: u, v have no layers: they are taken as the flow at the surface"
                    )
                    return at_the_surface(first.nodes)
                sigma = read_sigma(dataset, first.layers, used, first.node_dim, first.name, self._place)
        except UNREADABLE as error:
            raise self._unreadable(self.files[0], self._when(0), "siglay", error) from error
        except ForcingError as error:
            if not {"ua", "va"} <= set(self.variables):
                raise
            self._leave_out_layers(str(error))
            return None
        self.notes += sigma.notes
        return sigma

    def _leave_out_layers(self, why: str) -> None:
        in_layers = [
            name
            for name, variable in self.variables.items()
            if variable.vertical != "none" or name in ("u", "v")
        ]
        for name in in_layers:
            del self.variables[name]
        self.no_layers = why
        self.layers = 0
        self.notes.append(
            f"{why}; so {', '.join(in_layers)} are not used, and ua, va serve a run of dimension 2d"
        )

    def _best_vertical(self) -> str:
        if self.sigma is None:
            return "none"
        omega, ww = self.variables.get("omega"), self.variables.get("ww")
        if omega is not None and omega.vertical == "level" and omega.location == "node":
            if self.sigma.levels_hold:
                return "omega"
            self.notes.append(
                "omega: its levels do not reach from surface to bed as they are known here, so it is not used"
            )
        return "ww" if ww is not None and ww.vertical == "layer" and ww.location == "element" else "none"

    def _record(self, place: Place, name: str) -> Reading:
        """A record of a file, also one that another replaces. Raises ForcingError."""
        when = self.describe_time(int(self._heads[place.file].times.times[place.record]))
        try:
            return self._open_files.read(place.file, name, place.record, when)
        except UNREADABLE as error:
            raise self._unreadable(self.files[place.file], when, name, error) from error
