"""How manager and workers talk: the same interface in one process and over MPI."""

from .in_process import InProcessCrew
from .interface import Crew

__all__ = ["Crew", "InProcessCrew"]
