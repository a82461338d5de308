"""What a frame of the files becomes for the workers: which variables are read, what the run makes of them, and their cut
to a piece. What a worker derives from its cut is `level`.
"""

from dataclasses import dataclass

import numpy as np

from .mesh import WholeMesh
from .messages import Fields, TimedFrame
from .piece import Piece

_ELEMENT_FIELDS = ("u", "v", "ua", "va", "ww", "wet")


@dataclass(frozen=True)
class Supply:
    """How frames are read and reduced.

    names: variables to read; kind: "3d", "2d", "surface" or "depth"; on_elements: those sampled that lie on elements;
    thickness: float32 (layer, element), in the order of the files, the share of each layer in the column ("2d" from layers
    only).
    """

    names: tuple[str, ...]
    kind: str
    on_elements: frozenset[str]
    thickness: np.ndarray | None

    def reduce(self, raw: Fields) -> Fields:
        """The fields of the whole mesh that the kernels see, still in the order of the files: u, v with one layer in a
        2-D run; every variable of the samples as it is."""
        fields = dict(raw)
        if "ua" in fields and self.kind == "2d":
            fields["u"], fields["v"] = fields["ua"][np.newaxis], fields["va"][np.newaxis]
        elif self.kind == "2d":
            fields["u"], fields["v"] = self._mean(raw["u"]), self._mean(raw["v"])
        elif self.kind == "surface":
            fields["u"], fields["v"] = raw["u"][:1], raw["v"][:1]
        return {name: values for name, values in fields.items() if name not in ("ua", "va") or name in self.on_elements}

    def _mean(self, field: np.ndarray) -> np.ndarray:
        assert self.thickness is not None
        mean = self.thickness[0] * field[0]
        for share, layer in zip(self.thickness[1:], field[1:], strict=True):
            mean += share * layer
        return mean[np.newaxis]

    def cut(self, time: int, fields: Fields, whole: WholeMesh, piece: Piece) -> TimedFrame:
        """The part of a frame that belongs to a piece, in its order."""
        elements, nodes = whole.file_element[piece.elements], whole.file_node[piece.nodes]
        at_elements = self.on_elements | set(_ELEMENT_FIELDS)
        return TimedFrame(
            time, {name: values.take(elements if name in at_elements else nodes, axis=-1) for name, values in fields.items()}
        )


def layer_shares(siglev: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Thickness of each layer over the depth, mean of the three nodes: float32 (layer, element)."""
    shares = siglev[:-1] - siglev[1:]
    return shares[:, triangles].mean(axis=2).astype(np.float32)
