"""The picture of tracks that is asked for, of those that don't move. How each is drawn is in `maps` and
`section`."""

from .maps import density_map, moment_maps, snapshot_map, track_map
from .page import Page
from .section import section
from .subject import Subject


def still_picture(subject: Subject) -> Page:
    """Drawn as the request in `subject` says. Raises RunFileError."""
    request = subject.request
    if request.section:
        return section(subject)
    if request.density:
        return density_map(subject)
    if request.panels is not None:
        return moment_maps(subject)
    if request.at is not None:
        return snapshot_map(subject)
    return track_map(subject)
