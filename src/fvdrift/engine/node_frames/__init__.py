"""Frames that lie once on each node: how they lie in its memory, who of its ranks reads what of them, and when.
Not whose memory it is, nor how ranks agree (that is `transport`)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
