"""All that a run needs to be resumed, in one file. Does not know when it is written."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
