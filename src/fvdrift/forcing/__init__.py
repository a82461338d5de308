"""The water that carries particles, frame by frame: `Forcing` says what that is, FVCOM's files give it. Does not
know that the mesh is cut."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
