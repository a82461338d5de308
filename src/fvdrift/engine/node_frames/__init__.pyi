from .frame_share import FrameShare as FrameShare
from .frame_share import Outcome as Outcome
from .frame_share import State as State
from .layout import FrameLayout as FrameLayout
from .layout import FramePlaces as FramePlaces
from .sharing import shares as shares
