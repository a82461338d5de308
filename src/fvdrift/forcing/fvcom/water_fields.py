"""Fields of one frame as a run may use them: cleaned, and found to be water, or refused. Not which record of
which file they are (that is `records`)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from fvdrift.errors import ForcingError

from ..fields import Reading, Variable
from ..plausible import BOUNDS, SPEEDS, Fault, fault, flag_fault
from ..stand_ins import StandIns
from ..triangles import position
from .other_units import other_unit
from .records import Records
from .wet_elements import wet_by_depth


class Plane(NamedTuple):
    """The mesh of the files from above. x, y: float64 (node,); triangles: int32 (element, 3)."""

    x: np.ndarray
    y: np.ndarray
    triangles: np.ndarray
    geographic: bool

    def place(self, number: int, location: str = "node") -> str:
        """Where a node or an element lies, as a person writes it."""
        nodes = self.triangles[number] if location == "element" else number
        return position(self.x[nodes].mean(), self.y[nodes].mean(), self.geographic)


class Rules(NamedTuple):
    """How the fields of these files are read. max_speed: m/s, what flows faster is refused; min_depth: m,
    below it elements are dry where the files don't say; has_wet: `wet_cells` say it; has_coefficient:
    `nn_hvc` is there; upside_down: layers are counted from the bed; one_layer: u and v have none, and are
    those of one."""

    max_speed: float
    min_depth: float
    has_wet: bool
    has_coefficient: bool
    upside_down: bool
    one_layer: bool


class WaterFields:
    """variables: fields that can be read, by name."""

    def __init__(
        self, records: Records, plane: Plane, variables: Mapping[str, Variable], rules: Rules
    ) -> None:
        self._records, self._plane, self._variables, self._rules = records, plane, variables, rules
        self._stand_ins = StandIns(plane.triangles, plane.x, plane.y)

    def read(self, frame: int, name: str) -> np.ndarray:
        """As `Forcing.read` has it. Raises ForcingError."""
        if name == "wet":
            return self._wet(frame)
        if name == "h":
            return self.depth(frame)
        if name == "nn_hvc" and self._rules.has_coefficient:
            return self._checked(frame, Variable("nn_hvc", "node", "none", "", ""))
        if name == "zeta" and name not in self._variables:
            return np.zeros(len(self._plane.x), np.float32)
        if name not in self._variables:
            raise ForcingError(
                f"{self._records.file_of(frame).name}: {name}: is not in the file; it has {', '.join(sorted(self._variables))}"
            )
        self._refuse_units(frame, name)
        values = self._checked(frame, self._variables[name])
        vertical = self._variables[name].vertical
        if self._rules.upside_down and vertical != "none":
            values = np.ascontiguousarray(values[::-1])
        return values[None] if values.ndim == 1 and self._rules.one_layer and name in ("u", "v") else values

    def depth(self, frame: int) -> np.ndarray:
        """h, float32 (node,)."""
        return self._checked(frame, Variable("h", "node", "none", "m", ""))

    def refuse(self, frame: int, name: str, location: str, wrong: Fault | None) -> None:
        """Raise ForcingError where something is `wrong`."""
        if wrong is not None:
            where = "" if wrong.place < 0 else f" ({self._plane.place(wrong.place, location)})"
            file, when = self._records.file_of(frame), self._records.when(frame)
            raise ForcingError(f"{file}: {name}: {wrong.says}, at {when}{where}")

    def _refuse_units(self, frame: int, name: str) -> None:
        """Raise ForcingError where the file of a frame says that a variable is in another unit than
        FVCOM's."""
        wrong = other_unit(name, self._records.units(frame, name))
        if wrong:
            raise ForcingError(f"{self._records.file_of(frame).name}: {name}: {wrong}")

    def _checked(self, frame: int, variable: Variable) -> np.ndarray:
        """The values of a variable that is water wherever there is water."""
        reading = self._raw(frame, variable.name)
        triangles, rules = self._plane.triangles, self._rules
        wrong = fault(reading, variable, triangles, lambda: self._wet(frame) == 1, rules.max_speed)
        self.refuse(frame, variable.name, variable.location, wrong)
        if reading.missing is not None and variable.name not in (*SPEEDS, "h"):
            self._stand_ins.fill(reading.values, reading.missing, variable.location == "element")
            if variable.name == "zeta":  # no lower than FVCOM leaves it on land
                lowest = np.float32(rules.min_depth) - self._raw(frame, "h").values
                reading.values[reading.missing] = np.maximum(reading.values, lowest)[reading.missing]
        return reading.values

    def _raw(self, frame: int, name: str) -> Reading:
        return self._records.read(frame, name)

    def _wet(self, frame: int) -> np.ndarray:
        if self._rules.has_wet:
            reading = self._raw(frame, "wet_cells")
            wet: np.ndarray = (reading.values == 1).astype(np.uint8)
            if not wet.any():
                file, when = self._records.file_of(frame), self._records.when(frame)
                raise ForcingError(
                    f"{file}: wet_cells: no element is wet at {when}; was this record ever written?"
                )
            self.refuse(frame, "wet_cells", "element", flag_fault(reading, wet))
            return wet
        h = self._raw(frame, "h").values
        zeta = self._raw(frame, "zeta").values if "zeta" in self._variables else np.zeros_like(h)
        # what is beyond reason is to be found in water, not taken for dry land
        zeta = np.where(zeta < BOUNDS["zeta"].low, np.float32(np.inf), zeta)
        return wet_by_depth(zeta, h, self._plane.triangles, self._rules.min_depth)
