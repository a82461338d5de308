"""How a manager and its workers talk: the same crew in one process and over MPI. Knows no physics."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
