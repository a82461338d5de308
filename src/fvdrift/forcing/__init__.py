"""FVCOM's output as it is found in the wild, as one series of frames. Does not cut the mesh (that is `partition`)."""

from fvdrift.tools.netcdf.lock import LOCK

from .backward import VELOCITIES, BackwardSeries
from .cover import cover_check, dimension_check
from .frames import FrameReader
from .series import Series, open_series

__all__ = ["LOCK", "VELOCITIES", "FrameReader", "Mirrored", "Series", "cover_check", "dimension_check", "open_series"]
