"""A frame of a subdomain made ready for the kernels, and sampled along tracks. Does not know where frames
come from."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
