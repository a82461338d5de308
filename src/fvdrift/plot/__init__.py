"""Pictures of tracks and of runs. Loads matplotlib, which no other room does; changes no run."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
