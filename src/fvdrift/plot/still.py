"""The picture of tracks that is asked for, of those that don't move. How each is drawn is in `maps` and `section`."""

from fvdrift.plot.maps import density_map, snapshot_map, track_map
from fvdrift.plot.page import Page
from fvdrift.plot.section import section
from fvdrift.plot.subject import Subject


def still(subject: Subject) -> Page:
    """Drawn as the request in `subject` says. Raises RunFileError."""
    request = subject.request
    if request.section:
        return section(subject)
    if request.density:
        return density_map(subject)
    if request.at is not None:
        return snapshot_map(subject)
    return track_map(subject)
