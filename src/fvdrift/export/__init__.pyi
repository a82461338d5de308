from .exports import export_tracks as export_tracks
from .formats import format_of as format_of
from .frame import frame_of as frame_of
from .records import Records as Records
from .selection import Wanted as Wanted
from .selection import wanted as wanted
