"""FVCOM's output as it is found in the wild, as one series of frames. Does not cut the mesh (that is `partition`)."""

from fvdrift.forcing.cover import cover_check, dimension_check
from fvdrift.forcing.frames import FrameReader
from fvdrift.forcing.library import LOCK
from fvdrift.forcing.mirror import VELOCITIES, Mirrored
from fvdrift.forcing.series import Series, open_series

__all__ = ["LOCK", "VELOCITIES", "FrameReader", "Mirrored", "Series", "cover_check", "dimension_check", "open_series"]
