"""The version of fvdrift."""

__version__ = "0.2.0"
