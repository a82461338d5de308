from .checking import Checking as Checking
from .crew import Crew as Crew
from .errands import MpiErrands as MpiErrands
from .in_process import InProcessCrew as InProcessCrew
from .mpi import MpiCrew as MpiCrew
from .mpi import call_off as call_off
from .mpi import serve as serve
from .traffic import described as described
