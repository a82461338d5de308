"""One [[statistic]] that a run file asks for, as its kind plans it: when it looks, who counts, where the cells and
polygons are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fvdrift.errors import RunFileError, asked_by
from fvdrift.mesh import Polygons, SectionLines, line_through
from fvdrift.orders import Choice, Looks

from .context import Context
from .places import Boxes, Elements

if TYPE_CHECKING:
    from collections.abc import Callable

    from fvdrift.settings import Statistic

MOST_BYTES = 4 << 30  # of numbers that are kept for one statistic
WHOLE_RUN = 1 << 62  # looks


@dataclass(frozen=True)
class Asked:
    """block: its keys; place: where it stands, for messages; polygons: reads a file of them, each once; read_lines:
    of sections."""

    block: "Statistic"
    place: str
    scene: Context
    looks: Looks
    choice: Choice
    polygons: "Callable[[str], Polygons]"
    read_lines: "Callable[[str], SectionLines]"

    @property
    def name(self) -> str:
        return self.block.title

    @property
    def particles(self) -> range:
        """All of the run."""
        return range(self.scene.total)

    def zones(self) -> Polygons | None:
        """Those of `polygons`; None where the key is not given."""
        return None if self.block.polygons is None else self.areas("polygons")

    def areas(self, key: str) -> Polygons:
        """Those of the file that a key names. Raises RunFileError."""
        with asked_by(f"{self.place}.{key}"):
            return self.polygons(getattr(self.block, key))

    def lines(self) -> SectionLines:
        """Those of the file, or the one through `line`. Raises RunFileError."""
        if self.block.lines is not None:
            with asked_by(f"{self.place}.lines"):
                return self.read_lines(self.block.lines)
        assert self.block.line is not None
        kind = "geographic" if self.scene.geographic else "projected"
        try:
            return line_through(self.block.line, self.scene.to_run, kind)
        except ValueError as error:
            raise RunFileError(f"{self.place}.line: {error}") from None

    def unit(self, variable: str) -> str:
        """As tracks have it; "" where it is not known."""
        axis = "degree" if self.scene.geographic else "m"
        own = {"x": axis, "y": axis, "z": "m", "sigma": "1", "age": "s", "status": "", "dry": ""}
        return own[variable] if variable in own else self.scene.units(variable)

    def cells(self) -> Boxes | Elements:
        """Those of the grid, or the elements. Raises RunFileError."""
        block, scene = self.block, self.scene
        if block.box is None or block.cells is None:
            return Elements(scene.mesh().elements)
        if scene.geographic and block.box[2] - block.box[0] > 360:
            raise RunFileError(
                f"{self.place}.box: goes more than once round the Earth: x1 - x0 is more than 360 degrees"
            )
        return Boxes(*self._on_our_turn(block.box), *block.cells, scene.geographic)

    def together(self, otherwise: int) -> int:
        """Looks in a period. otherwise: where the key is not given."""
        return self.block.period // self.looks.every if self.block.period is not None else otherwise

    def check_size(self, together: int, cells: int, bytes_each: int) -> None:
        """Raise RunFileError where periods of so many looks, with so many cells, are too many to keep."""
        periods = -(-self.looks.number_of // together)
        classes = 1 if self.block.ages is None else len(self.block.ages) - 1
        needed = bytes_each * periods * cells * classes
        if needed > MOST_BYTES:
            raise RunFileError(
                f"{self.place}: {periods:,} periods of {cells:,} cells would take {needed / 1e9:.3g} GB: "
                "take a longer period, or a longer every"
            )

    def _on_our_turn(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box in degrees moved by whole turns to where the run has its longitudes: 230 and -130 are one
        place."""
        x0, y0, x1, y1 = box
        if not self.scene.geographic:
            return box
        middle = np.array([0.5 * (x0 + x1)])
        moved, _ = self.scene.to_run(middle, np.array([0.5 * (y0 + y1)]), "geographic")
        turns = 360.0 * round(float(moved[0] - middle[0]) / 360.0)
        return x0 + turns, y0, x1 + turns, y1
