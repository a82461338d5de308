"""The seam: what a run asks of whatever gives it water. FVCOM's files answer it (`fvcom`); so can anything
else."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .fields import Variable
from .frame import Fields
from .located import LocatedFrame
from .sigma import Sigma


class Forcing(Protocol):
    """Frames of water on one triangular mesh, in order of time.

    Sizes below: node, element, layer, level = layer + 1. Nodes and elements are numbered as the source has
    them. Times and durations are whole microseconds.
    """

    # where it comes from

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """The files it is read from, in order of time: a run may be resumed while they are the same."""
        ...

    @property
    def packed(self) -> bool:
        """Whether fields have to be inflated when they are read."""
        ...

    @property
    def notes(self) -> list[str]:
        """What was repaired or chosen, as sentences."""
        ...

    @property
    def mesh_prints(self) -> dict[str, str]:
        """A hash of each part of the mesh, by name: a run may be resumed while they are the same."""
        ...

    # its time

    @property
    def times(self) -> np.ndarray:
        """int64 (frame,), strictly increasing."""
        ...

    @property
    def calendar(self) -> bool:
        """Whether times are dates; else they count from a zero of their own."""
        ...

    @property
    def max_gap(self) -> int:
        """Between frames farther apart a run cannot pass."""
        ...

    def describe_time(self, time: int) -> str:
        """A time as a person writes it."""
        ...

    def name_of(self, frame: int) -> str:
        """What messages call the source of a frame."""
        ...

    # its mesh

    @property
    def geographic(self) -> bool:
        """Whether x, y are degrees; else they are metres."""
        ...

    @property
    def why_coordinates(self) -> str:
        """Why these, in a few words."""
        ...

    @property
    def x(self) -> np.ndarray:
        """float64 (node,), longitudes continuous over the mesh."""
        ...

    @property
    def y(self) -> np.ndarray:
        """float64 (node,)."""
        ...

    @property
    def lon(self) -> np.ndarray | None:
        """float64 (node,), degrees; None where they are not known."""
        ...

    @property
    def lat(self) -> np.ndarray | None:
        """float64 (node,), degrees; None where they are not known."""
        ...

    def nearest_longitude(self, lon: Any) -> Any:
        """`lon` (degrees, scalar or array) moved by whole turns to the side on which the mesh has its
        longitudes."""
        ...

    @property
    def triangles(self) -> np.ndarray:
        """int32 (element, 3), nodes from 0, counter-clockwise in (x, y)."""
        ...

    @property
    def h(self) -> np.ndarray:
        """Metres of water below the zero level, float64 (node,), at the first frame."""
        ...

    @property
    def h_varies(self) -> bool:
        """Whether the bed moves."""
        ...

    # its layers

    @property
    def layers(self) -> int:
        """0 where there is a depth-mean flow only."""
        ...

    @property
    def sigma(self) -> Sigma | None:
        """What is known of the layers; None where there are none."""
        ...

    @property
    def siglay(self) -> np.ndarray | None:
        """float64 (layer, node), that of `sigma`."""
        ...

    @property
    def siglev(self) -> np.ndarray | None:
        """float64 (level, node), that of `sigma`."""
        ...

    @property
    def no_layers(self) -> str:
        """Why layers that are there cannot be used; "" where they can."""
        ...

    # its fields

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Fields that every frame has, and that can be sampled, by name."""
        ...

    @property
    def vertical(self) -> str:
        """Which of them gives the vertical motion: "omega", "ww" or "none"."""
        ...

    @property
    def has_wet(self) -> bool:
        """Whether the source says which elements are wet; else that follows from min_depth."""
        ...

    @property
    def min_depth(self) -> float:
        """Metres of water, below which elements are dry."""
        ...

    @property
    def has_coefficient(self) -> bool:
        """Whether "nn_hvc" can be read."""
        ...

    def read(self, frame: int, names: Sequence[str]) -> Fields:
        """Fields of a frame, each C-contiguous native float32: (node,), (element,), (layer, element), (layer
        | level, node). All numbers are finite.

        Beside `variables`: "wet" gives uint8 (element,), 1 where there is water; "zeta" gives the surface
        (node,), 0 where nothing is known of it; "h" gives (node,) also when it is constant; "nn_hvc" the
        coefficient of the horizontal mixing (node,). Threads read side by side. Raises ForcingError for what
        cannot be read.
        """
        ...

    def locate(self, frame: int, names: Sequence[str]) -> LocatedFrame | None:
        """Where the numbers lie that fields of a frame are read from, for `reader`; None where they can only be
        read here. Raises ForcingError for a name that is not known, and ChangedError where the files are not
        what they were."""
        ...

    def reader(self) -> "FieldReader":
        """What reads frames that were located."""
        ...

    def close(self) -> None:
        """Let go of what it is read from; reading takes it up again."""
        ...


class FieldReader(Protocol):
    """Reads located frames in any process that sees the files. It can be pickled; most of that is arrays of the
    mesh, which protocol 5 leaves out of band."""

    def read(self, located: LocatedFrame, name: str) -> np.ndarray:
        """A field, one of those that the frame was located for, bit by bit as `Forcing.read` gives it.

        Raises ForcingError with the same sentences, and ChangedError where the file is not in the state in which
        it was looked at, before or after.
        """
        ...

    def close(self) -> None:
        """Let go of what it reads from; reading takes it up again."""
        ...
