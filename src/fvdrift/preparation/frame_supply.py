"""What a frame of the files becomes for the workers: which variables are read, what the run makes of them,
and their cut to a subdomain. What a worker derives from its cut is `fields.time_level`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fvdrift.forcing import Fields, Forcing, TimedFrame
from fvdrift.mesh import InFile

_ELEMENT_FIELDS = ("u", "v", "ua", "va", "ww", "wet")


@dataclass(frozen=True)
class Supply:
    """How frames are read and reduced.

    names: variables to read; kind: "3d", "2d", "surface" or "depth"; on_elements: those sampled that lie on
    elements; thickness: float32 (layer, element) or (layer, 1), in the order of the files, the share of each layer
    in the column, where a 2-D run takes the mean flow of u and v; averaged: variables in layers on nodes, which a
    2-D run takes the depth mean of by node_thickness, float32 (layer, node) or (layer, 1).
    """

    names: tuple[str, ...]
    kind: str
    on_elements: frozenset[str]
    thickness: np.ndarray | None = None
    averaged: frozenset[str] = frozenset()
    node_thickness: np.ndarray | None = None

    @property
    def reduced(self) -> tuple[str, ...]:
        """The fields of the whole mesh that the kernels see, by name."""
        spare = set() if {"ua", "va"} & self.on_elements else {"ua", "va"}
        names = (*self.names, "u", "v") if self._by_mean_flow else self.names
        return tuple(name for name in dict.fromkeys(names) if name not in spare)

    def field(self, name: str, read: Callable[[str], np.ndarray]) -> np.ndarray:
        """One of `reduced`, still in the order of the files: in a 2-D run u, v and what lies in layers on nodes as
        one layer; every other variable as it is. read: gives a variable as the files have it."""
        if name in self.averaged:
            return self._mean(read(name), self.node_thickness)
        if name not in ("u", "v") or self.kind in ("3d", "depth"):
            return read(name)
        if self.kind == "surface":
            return read(name)[:1]
        return read(f"{name}a")[np.newaxis] if self._by_mean_flow else self._mean(read(name), self.thickness)

    def reduce(self, raw: Fields) -> Fields:
        """All of `reduced`, of a whole frame of the files."""
        return {name: self.field(name, raw.__getitem__) for name in self.reduced}

    def layout(self, forcing: Forcing) -> dict[str, tuple[np.dtype, tuple[int, ...]]]:
        """Kind and shape of all of `reduced`, by name; nothing is read."""
        return {
            name: (np.dtype(np.uint8 if name == "wet" else np.float32), self._shape(name, forcing))
            for name in self.reduced
        }

    def _shape(self, name: str, forcing: Forcing) -> tuple[int, ...]:
        known = forcing.variables.get(name)
        on_elements = name in _ELEMENT_FIELDS if known is None else known.location == "element"
        places = len(forcing.triangles) if on_elements else len(forcing.x)
        if name in ("u", "v"):
            return (forcing.layers if self.kind in ("3d", "depth") else 1), places
        if known is None or known.vertical == "none":
            return (places,)
        layers = 1 if name in self.averaged else forcing.layers
        return layers + (known.vertical == "level"), places

    @property
    def _by_mean_flow(self) -> bool:
        """Whether the files give the flow of a 2-D run."""
        return self.kind == "2d" and "ua" in self.names

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


def together(supplies: Sequence[Supply]) -> Supply:
    """What all of runs of one kind on one forcing need."""
    with_mean = next((supply for supply in supplies if supply.averaged), supplies[0])
    return replace(
        with_mean,
        names=tuple(dict.fromkeys(name for supply in supplies for name in supply.names)),
        on_elements=frozenset[str]().union(*(supply.on_elements for supply in supplies)),
        averaged=frozenset[str]().union(*(supply.averaged for supply in supplies)),
    )


def layer_shares(siglev: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thickness of each layer over the depth, float32: mean of the three nodes (layer, element); at nodes
    (layer, node). Where it is the same everywhere, for one place: every rank that reads frames has it."""
    shares = siglev[:-1] - siglev[1:]
    if (shares == shares[:, :1]).all():
        shares, triangles = shares[:, :1], np.zeros((1, 3), np.int32)
    return shares[:, triangles].mean(axis=2).astype(np.float32), shares.astype(np.float32)
