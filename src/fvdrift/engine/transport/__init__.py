"""How manager and workers talk: the same interface in one process and over MPI."""

from fvdrift.engine.transport.crew import Crew
from fvdrift.engine.transport.in_process import InProcessCrew

__all__ = ["Crew", "InProcessCrew"]
