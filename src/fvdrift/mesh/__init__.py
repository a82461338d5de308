"""The mesh, its coordinates, shapes on it, and its subdomains. Knows no time and no particle."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
