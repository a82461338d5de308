"""The settings of a run: what a run file may hold, checked before anything else is loaded. Opens no
forcing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
