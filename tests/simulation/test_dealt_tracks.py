"""What rank 0 tells the owners of rows, and in what order."""

from fvdrift.engine.owners import Done
from fvdrift.simulation.dealt_tracks import DealtTracks


class Listening:
    """A crew that only hears."""

    def __init__(self):
        self.told = []

    def by_all(self, order):
        self.told.append(type(order).__name__)
        return Done(write_s=1.0).plus(Done(write_s=2.0))


def test_all_have_found_the_rows_there_are_before_anybody_makes_a_file():
    """One rank's new part file was taken for that of the earlier start by a rank that looked later: its rows were
    gone, in one run of three."""
    crew = Listening()
    tracks = DealtTracks((None, None), crew, 0, None)
    assert crew.told == ["FindRows", "OpenTracks"]
    assert tracks.write_s == 3.0
