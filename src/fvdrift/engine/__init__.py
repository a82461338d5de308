"""Who moves particles: a manager, its workers, and what travels between them. Writes no tracks and reads no
run file."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
