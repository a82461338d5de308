"""What particles do beside being carried, as a run file asks for it and as the kernels take it. Moves no
particle."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
