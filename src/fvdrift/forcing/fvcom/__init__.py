"""FVCOM's NetCDF files as one forcing: the only place that knows their variables, times and rules."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
