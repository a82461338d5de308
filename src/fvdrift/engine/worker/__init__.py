"""A worker: the particles of one subdomain, and the kernels that move them. Sees no manager and no output."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
