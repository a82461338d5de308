from .batch import Batch as Batch
from .batch import ReleaseSource as ReleaseSource
from .batch import Starts as Starts
from .batch import no_batch as no_batch
from .plan import ReleasePlan as ReleasePlan
from .plan import plan_releases as plan_releases
from .water import WaterInTime as WaterInTime
from .water import WaterThen as WaterThen
