"""Expressions a person writes in a run file, such as "exp(-((temp - 12) / 3)**2)": read, checked, evaluated.

Nothing here runs as Python, and reading needs neither Numba nor the kernels. Knows no variable of FVCOM."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
