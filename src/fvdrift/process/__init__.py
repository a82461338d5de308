"""This process among its copies: MPI's launcher, signals, failures, progress, memory. Knows nothing of
particles."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
