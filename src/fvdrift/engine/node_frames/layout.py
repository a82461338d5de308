"""How frames lie in a stretch of memory: each in a place, all fields of a place one after the other."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fvdrift.forcing import Fields

_ALIGNED = 64  # bytes: the lines of a cache, so that ranks that fill two fields don't share one


class FrameLayout:
    """Of every frame the same. fields: by name, its dtype and shape; nbytes: of a place."""

    def __init__(self, fields: Mapping[str, tuple[Any, tuple[int, ...]]]):
        self.fields = {name: (np.dtype(kind), tuple(shape)) for name, (kind, shape) in fields.items()}
        self._begin: dict[str, int] = {}
        self.nbytes = 0
        for name in self.fields:
            self._begin[name] = self.nbytes
            self.nbytes += -(-self.nbytes_of(name) // _ALIGNED) * _ALIGNED

    def nbytes_of(self, name: str) -> int:
        """Of one field."""
        kind, shape = self.fields[name]
        return int(kind.itemsize * np.prod(shape, dtype=np.int64))

    def views(self, place: np.ndarray) -> Fields:
        """The fields of a frame that lies in `place`: uint8 (nbytes,)."""
        found = {}
        for name, (kind, shape) in self.fields.items():
            begin = self._begin[name]
            found[name] = place[begin : begin + self.nbytes_of(name)].view(kind).reshape(shape)
        return found


class FramePlaces:
    """Some places for frames of a layout, one after the other."""

    def __init__(self, layout: FrameLayout, memory: np.ndarray):
        """memory: uint8, as many places as there is room for."""
        self.layout = layout
        places = memory[: len(memory) // layout.nbytes * layout.nbytes].reshape(-1, layout.nbytes)
        self._to_fill = [layout.views(place) for place in places]
        places = places.view()
        places.flags.writeable = False
        self._to_take = [layout.views(place) for place in places]

    def __len__(self) -> int:
        return len(self._to_fill)

    def fields(self, place: int) -> Fields:
        """What lies there, for who takes of it: the arrays cannot be written to."""
        return self._to_take[place]

    def to_fill(self, place: int) -> Fields:
        """The same, for who fills it."""
        return self._to_fill[place]
