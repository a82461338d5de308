"""fvdrift follows particles through the stored output of FVCOM."""

__version__ = "0.1.0"
