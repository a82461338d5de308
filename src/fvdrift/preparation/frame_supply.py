"""What a frame of the files becomes for the workers: which variables are read, what the run makes of them,
and their cut to a subdomain. What a worker derives from its cut is `fields.time_level`.
"""

from dataclasses import dataclass

import numpy as np

from fvdrift.forcing import Fields, TimedFrame
from fvdrift.mesh import InFile

_ELEMENT_FIELDS = ("u", "v", "ua", "va", "ww", "wet")


@dataclass(frozen=True)
class Supply:
    """How frames are read and reduced.

    names: variables to read; kind: "3d", "2d", "surface" or "depth"; on_elements: those sampled that lie on
    elements; thickness: float32 (layer, element), in the order of the files, the share of each layer in the
    column ("2d" only); averaged: variables in layers on nodes, which a 2-D run takes the depth mean of by
    node_thickness, float32 (layer, node).
    """

    names: tuple[str, ...]
    kind: str
    on_elements: frozenset[str]
    thickness: np.ndarray | None = None
    averaged: frozenset[str] = frozenset()
    node_thickness: np.ndarray | None = None

    def reduce(self, raw: Fields) -> Fields:
        """The fields of the whole mesh that the kernels see, still in the order of the files: in a 2-D run u,
        v and what lies in layers on nodes as one layer; every other variable as it is."""
        fields = dict(raw)
        fields |= {name: self._mean(raw[name], self.node_thickness) for name in self.averaged}
        if "ua" in fields and self.kind == "2d":
            fields["u"], fields["v"] = fields["ua"][np.newaxis], fields["va"][np.newaxis]
        elif self.kind == "2d":
            fields |= {name: self._mean(raw[name], self.thickness) for name in ("u", "v")}
        elif self.kind == "surface":
            fields["u"], fields["v"] = raw["u"][:1], raw["v"][:1]
        spare = set() if {"ua", "va"} & self.on_elements else {"ua", "va"}
        return {name: values for name, values in fields.items() if name not in spare}

    @staticmethod
    def _mean(field: np.ndarray, thickness: np.ndarray | None) -> np.ndarray:
        assert thickness is not None
        mean = thickness[0] * field[0]
        for share, layer in zip(thickness[1:], field[1:], strict=True):
            mean += share * layer
        one_layer: np.ndarray = mean[np.newaxis]
        return one_layer

    def cut(self, time: int, fields: Fields, in_file: InFile) -> TimedFrame:
        """The part of a frame that belongs to a subdomain, in its order; in_file: where that stands."""
        elements, nodes = in_file.elements.astype(np.intp), in_file.nodes.astype(np.intp)
        at_elements = self.on_elements | set(_ELEMENT_FIELDS)
        return TimedFrame(
            time,
            {
                name: values.take(elements if name in at_elements else nodes, axis=-1)
                for name, values in fields.items()
            },
        )


def layer_shares(siglev: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thickness of each layer over the depth, float32: mean of the three nodes (layer, element); at nodes
    (layer, node)."""
    shares = siglev[:-1] - siglev[1:]
    return shares[:, triangles].mean(axis=2).astype(np.float32), shares.astype(np.float32)
