"""Statistics over all particles: while a run goes on, or from its tracks, with the same numbers. Does not
know who moves."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
