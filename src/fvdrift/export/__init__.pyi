from .exports import export_tracks as export_tracks
from .frame import frame_of as frame_of
from .records import Records as Records
from .selection import wanted as wanted
