"""How manager and workers talk: the same interface in one process and over MPI."""

from .crew import Crew
from .in_process import InProcessCrew

__all__ = ["Crew", "InProcessCrew"]
