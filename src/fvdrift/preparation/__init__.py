"""All that a run needs, put together and checked before the first step. Moves no particle."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
