"""What became of all that was released: how much particles of each status carry, and how much has decayed."""

from collections.abc import Sequence
from functools import reduce

from fvdrift.engine.checkpoint import BudgetState
from fvdrift.tools.exact_sum import ExactSum
from fvdrift.tools.particle_arrays import GONE, STATUS_NAMES

from ..amounts import Sums, plus


class Budget:
    """released: exactly, as ExactSum counts; standing: by status at the last row, those that had left by then too."""

    def __init__(self) -> None:
        self.released = 0
        self.standing: Sums = [0] * len(STATUS_NAMES)
        self._left: Sums = [0] * len(STATUS_NAMES)

    def add_row(self, recorded: Sequence[Sums], *, closing: bool) -> None:
        """What is recorded at a row, in parts; closing: beside the others, so that who leaves is recorded once
        more."""
        here = reduce(plus, recorded, [0] * len(STATUS_NAMES))
        self.standing = plus(here, self._left)
        if not closing:
            self._left = [0] * GONE + self.standing[GONE:]

    def state(self) -> BudgetState:
        """For a checkpoint."""
        return {
            "released": hex(self.released),
            "left": [hex(each) for each in self._left],
            "standing": [hex(each) for each in self.standing],
        }

    def restore(self, state: BudgetState) -> None:
        """Go on from there."""
        self.released = int(state["released"], 16)
        self._left, self.standing = ([int(each, 16) for each in state[key]] for key in ("left", "standing"))

    def found(self) -> dict[str, float]:
        """Each rounded once: released, by status, and what is missing: decayed."""
        by_status = {
            name: _value(each) for name, each in zip(STATUS_NAMES, self.standing, strict=True) if each
        }
        return {
            "released": _value(self.released),
            **by_status,
            "decayed": _value(self.released - sum(self.standing)),
        }

    def said(self, kind: str, on_dry: int) -> str:
        """In words: "mass: 12 kg released, 7.1 in the water, 1.2 stranded, 3.7 decayed". on_dry: active particles where it
        is dry, whose share is not known."""
        found = self.found()
        active = "in the water and on dry flats" if on_dry else "in the water"
        unit = " kg" if kind == "mass" else ""
        parts = [
            f"{amount:.4g} {active if name == 'active' else name}"
            for name, amount in found.items()
            if amount and name != "released"
        ]
        return f"{kind}: {found['released']:.4g}{unit} released, {', '.join(parts) or 'nothing left'}"


def _value(total: int) -> float:
    return ExactSum(total=total, count=1).value()
