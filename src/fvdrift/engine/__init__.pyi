from .errands import Errands as Errands
from .errands import OneProcess as OneProcess
from .invariants import InvariantError as InvariantError
from .invariants import write_down as write_down
from .messages import DealtRows as DealtRows
from .messages import Keep as Keep
from .messages import Outfit as Outfit
