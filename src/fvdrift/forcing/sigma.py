"""The column of water as layers: which there are, and where they lie. Not how files tell of them."""

from typing import NamedTuple

import numpy as np

END = 1e-3  # of the column: outermost levels this near surface and bed are meant to be there
_UPPERMOST = -0.25  # middle of the upper one of two layers, the thickest that a surface layer is


class Sigma(NamedTuple):
    """siglay: float64 (layer, node), siglev: float64 (level, node), from 0 at the surface down to -1.

    bounds: float64 (level,) mean sigma between which each layer lies, as far as that is known: 0 and -1 at
    the ends where the layers are the whole column. adjoining: each layer is known to begin where the one
    above it ends.
    """

    siglay: np.ndarray
    siglev: np.ndarray
    bounds: np.ndarray
    adjoining: bool

    @property
    def top(self) -> float:
        """Mean sigma of the upper end of the layers."""
        return float(self.bounds[0])

    @property
    def bottom(self) -> float:
        """Mean sigma of their lower end."""
        return float(self.bounds[-1])

    @property
    def at_surface(self) -> bool:
        """Whether the uppermost layer is that at the surface."""
        return self.top > -END

    @property
    def at_bed(self) -> bool:
        """Whether the lowest layer is that at the bed."""
        return self.bottom < -1 + END

    @property
    def near_surface(self) -> bool:
        """Whether the uppermost layer serves as the flow at the surface: one of unknown thickness where it
        may be that."""
        return self.at_surface or (
            len(self.siglay) == 1 and not self.adjoining and float(self.siglay.mean()) >= _UPPERMOST
        )

    @property
    def whole(self) -> bool:
        """Whether the layers reach from surface to bed."""
        return self.at_surface and self.at_bed

    @property
    def gives_mean(self) -> bool:
        """Whether the mean over the layers is that over the depth."""
        return self.whole and self.adjoining

    @property
    def told(self) -> str:
        """Which layers there are, in words."""
        count = len(self.siglay)
        if self.top == self.bottom == 0:
            return "the flow at the surface"
        if count == 1 and not self.adjoining:
            return f"one layer, at sigma {_short(float(self.siglay.mean()))}"
        if self.whole:
            return f"{count} layers" if self.adjoining else f"{count} layers, perhaps not all that lie there"
        where = f"between sigma {_short(self.top)} and {_short(self.bottom)}"
        if count == 1:
            return f"one layer, {where}"
        return (
            f"the {count} layers {where}"
            if self.adjoining
            else f"{count} layers {where}, perhaps not all that lie there"
        )


def _short(sigma: float) -> str:
    return f"{sigma + 0.0:.3g}"
