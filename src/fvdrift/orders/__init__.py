"""What workers are asked to do, as plain data that can travel. Knows neither who asks nor who does it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
