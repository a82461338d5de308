from .decomposition import Decomposition as Decomposition
from .decomposition import DecompositionCounts as DecompositionCounts
from .manager import Manager as Manager
from .manager import Row as Row
from .rows import rows_summary as rows_summary
from .tally import Tally as Tally
