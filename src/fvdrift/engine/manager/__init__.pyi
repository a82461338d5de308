from .decomposition import Decomposition as Decomposition
from .decomposition import DecompositionCounts as DecompositionCounts
from .manager import Manager as Manager
from .row_queue import Row as Row
from .row_queue import RowQueue as RowQueue
