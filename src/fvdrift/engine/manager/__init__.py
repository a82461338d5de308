"""The manager: who holds which part of the mesh, what it is fed, and what comes back. Computes no step."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
