"""Tracks in the forms that other programs read: tables, lines on maps, files of ParaView. Knows tracks as `plot` reads
them, and neither runs nor the forcing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
