"""Job scripts: what to ask a scheduler for, and a template for each. Starts nothing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
