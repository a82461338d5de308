"""What a run leaves behind: tracks, the record of the run, their names; and tracks that come back.
Moves nothing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
