"""FVCOM's output as it is found in the wild, as one series of frames. Does not know that the mesh is cut."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
