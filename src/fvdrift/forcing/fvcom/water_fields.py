"""Fields of one frame as a run may use them: cleaned, and found to be water, or refused. Not which record of
which file they are (that is `records`)."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from fvdrift.errors import ForcingError

from ..fields import Reading, Variable
from ..plausible import BOUNDS, SPEEDS, Fault, fault, flag_fault
from ..stand_ins import StandIns
from ..triangles import position
from .other_units import other_unit
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


class FrameRecords(Protocol):
    """The records of one frame, as whoever has them reads them."""

    @property
    def path(self) -> Path:
        """The file that they are read from."""
        ...

    @property
    def when(self) -> str:
        """The time of the frame, as a person writes it."""
        ...

    def units(self, name: str) -> str:
        """The unit of a variable, as the file has it."""
        ...

    def read(self, name: str) -> Reading:
        """That of a variable. Raises ForcingError."""
        ...


class WaterFields:
    """variables: fields that can be read, by name. Pickled it is those, the mesh and the rules."""

    def __init__(self, plane: Plane, variables: Mapping[str, Variable], rules: Rules) -> None:
        self._plane, self._variables, self._rules = plane, variables, rules

    def __reduce__(self) -> tuple[Any, ...]:
        return WaterFields, (self._plane, self._variables, self._rules)

    def read(self, records: FrameRecords, name: str) -> np.ndarray:
        """As `Forcing.read` has it. Raises ForcingError."""
        if name == "wet":
            return self._wet(records)
        if name == "h":
            return self.depth(records)
        if name == "nn_hvc" and self._rules.has_coefficient:
            return self._checked(records, Variable("nn_hvc", "node", "none", "", ""))
        if name == "zeta" and name not in self._variables:
            return np.zeros(len(self._plane.x), np.float32)
        self._refuse_unknown(records, name)
        self._refuse_units(records, name)
        values = self._checked(records, self._variables[name])
        vertical = self._variables[name].vertical
        if self._rules.upside_down and vertical != "none":
            values = np.ascontiguousarray(values[::-1])
        return values[None] if values.ndim == 1 and self._rules.one_layer and name in ("u", "v") else values

    def stored(self, records: FrameRecords, name: str) -> set[str]:
        """The variables of the file that reading a field may look at. Raises ForcingError for an unknown one."""
        zeta = {"zeta"} & set(self._variables)
        wet = {"wet_cells"} if self._rules.has_wet else {"h", *zeta}
        if name == "wet":
            return wet
        if name == "h":
            return {"h"}
        if name == "zeta":
            return {"zeta", "h", *wet} if zeta else set()
        if name != "nn_hvc" or not self._rules.has_coefficient:
            self._refuse_unknown(records, name)
        return {name, *wet}

    def depth(self, records: FrameRecords) -> np.ndarray:
        """h, float32 (node,)."""
        return self._checked(records, Variable("h", "node", "none", "m", ""))

    def refuse(self, records: FrameRecords, name: str, location: str, wrong: Fault | None) -> None:
        """Raise ForcingError where something is `wrong`."""
        if wrong is not None:
            where = "" if wrong.place < 0 else f" ({self._plane.place(wrong.place, location)})"
            raise ForcingError(f"{records.path}: {name}: {wrong.says}, at {records.when}{where}")

    def _refuse_unknown(self, records: FrameRecords, name: str) -> None:
        if name not in self._variables:
            raise ForcingError(
                f"{records.path.name}: {name}: is not in the file; it has {', '.join(sorted(self._variables))}"
            )

    def _refuse_units(self, records: FrameRecords, name: str) -> None:
        """Raise ForcingError where the file of a frame says that a variable is in another unit than
        FVCOM's."""
        wrong = other_unit(name, records.units(name))
        if wrong:
            raise ForcingError(f"{records.path.name}: {name}: {wrong}")

    def _checked(self, records: FrameRecords, variable: Variable) -> np.ndarray:
        """The values of a variable that is water wherever there is water."""
        reading = records.read(variable.name)
        triangles, rules = self._plane.triangles, self._rules
        wrong = fault(reading, variable, triangles, lambda: self._wet(records) == 1, rules.max_speed)
        self.refuse(records, variable.name, variable.location, wrong)
        if reading.missing is not None and variable.name not in (*SPEEDS, "h"):
            self._stand_ins.fill(reading.values, reading.missing, variable.location == "element")
            if variable.name == "zeta":  # no lower than FVCOM leaves it on land
                lowest = np.float32(rules.min_depth) - records.read("h").values
                reading.values[reading.missing] = np.maximum(reading.values, lowest)[reading.missing]
        return reading.values

    def _wet(self, records: FrameRecords) -> np.ndarray:
        if self._rules.has_wet:
            reading = records.read("wet_cells")
            wet: np.ndarray = (reading.values == 1).astype(np.uint8)
            if not wet.any():
                raise ForcingError(
                    f"{records.path}: wet_cells: no element is wet at {records.when}; was this record ever written?"
                )
            self.refuse(records, "wet_cells", "element", flag_fault(reading, wet))
            return wet
        h = records.read("h").values
        zeta = records.read("zeta").values if "zeta" in self._variables else np.zeros_like(h)
        # what is beyond reason is to be found in water, not taken for dry land
        zeta = np.where(zeta < BOUNDS["zeta"].low, np.float32(np.inf), zeta)
        return wet_by_depth(zeta, h, self._plane.triangles, self._rules.min_depth)

    @cached_property
    def _stand_ins(self) -> StandIns:
        return StandIns(self._plane.triangles, self._plane.x, self._plane.y)
