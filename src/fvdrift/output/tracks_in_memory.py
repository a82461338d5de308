"""Tracks in memory, with as much of an open netCDF4 file as reading tracks takes. How they came there is
`returned_tracks`."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray

BOTH = ("trajectory", "obs")


class _Named:
    """What has attributes, as netCDF4 has them: by their names."""

    def __init__(self, attributes: dict[str, Any]):
        self._attributes = attributes

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_attributes"][name]
        except KeyError:
            raise AttributeError(name) from None


class _Column(_Named):
    """One variable of InMemory."""

    def __init__(self, dimensions: tuple[str, ...], values: np.ndarray, attributes: dict[str, Any]):
        super().__init__(attributes)
        self.dimensions, self._values = dimensions, values
        self.shape, self.dtype, self.size = values.shape, values.dtype, values.size

    def __getitem__(self, index: Any) -> np.ndarray:
        chosen: np.ndarray = self._values[index]
        return chosen

    def chunking(self) -> str:
        return "contiguous"


class InMemory(_Named):
    """Tracks in the form of a run. masked: whether somebody took records out."""

    def __init__(self, dataset: "xarray.Dataset", masked: bool):
        super().__init__(dict(dataset.attrs))
        self.masked = masked
        self.dimensions = {str(name): range(size) for name, size in dataset.sizes.items()}
        self.variables = {
            str(name): _Column(tuple(map(str, variable.dims)), variable.values, dict(variable.attrs))
            for name, variable in dataset.variables.items()
        }
        if "time" in self.variables:
            time = self.variables["time"]
            shape = (len(self.dimensions["trajectory"]), len(time[:]))
            self.variables["time"] = _Column(BOTH, np.broadcast_to(time[:], shape), {"units": time.units})

    def __getitem__(self, name: str) -> _Column:
        return self.variables[name]

    def ncattrs(self) -> list[str]:
        return list(self._attributes)

    def getncattr(self, name: str) -> Any:
        return self._attributes[name]
