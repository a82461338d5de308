"""Pictures of what statistics found: of NAME.stats.nc, of the summary of an ensemble, or of a dataset of either."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
