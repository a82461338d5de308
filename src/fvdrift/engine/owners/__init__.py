"""Who keeps the rows of tracks where they are cut into several stripes: owners on all ranks. Not how records
travel (that is `transport`)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
