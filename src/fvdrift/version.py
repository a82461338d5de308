"""The version of fvdrift."""

__version__ = "0.1.0"
