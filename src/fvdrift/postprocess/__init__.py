"""What is made of finished runs: statistics of tracks, a run repeated from them, the summary of an ensemble.
Knows no worker."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
