from .files import finish_comparison as finish_comparison
from .plan import Comparison as Comparison
from .plan import Wish as Wish
from .plan import notes_of as notes_of
from .plan import plan_comparison as plan_comparison
from .plan import tracks_path as tracks_path
