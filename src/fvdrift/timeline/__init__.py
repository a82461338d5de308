"""The integer clock, and the intervals from one meeting of the workers to the next. Knows no field."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
