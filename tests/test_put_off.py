"""What rank 0 puts off until other ranks move particles: in order, once, and told to all where it fails."""

import pytest

from fvdrift.engine.messages import Advance
from fvdrift.engine.transport.crew import Crew
from fvdrift.errors import OutputError

MESSAGE = Advance(None, (), None)


class Ranks:
    """Stands for the ranks of a run with three: what they are told and when they are back is written down."""

    first_rank = 1

    def __init__(self) -> None:
        self.told: list[str] = []
        self.talk = self

    def send(self, message: object, rank: int) -> None:
        self.told.append(f"tell {rank}")

    def receive(self, rank: int) -> str:
        self.told.append(f"back {rank}")
        return f"report of {rank}"


@pytest.fixture
def crew() -> Crew:
    pytest.importorskip("mpi4py")
    from fvdrift.engine.transport.mpi import MpiCrew

    made = MpiCrew.__new__(MpiCrew)
    Crew.__init__(made)
    made._roles, made._host, made._away = Ranks(), None, range(1, 3)
    return made


def test_it_is_done_while_they_move_and_once(crew: Crew) -> None:
    told = crew._roles.told
    crew.later(lambda: told.append("first"))
    crew.later(lambda: told.append("second"))
    assert told == []
    assert crew.advance(MESSAGE) == ["report of 1", "report of 2"]
    assert told == ["tell 1", "tell 2", "first", "second", "back 1", "back 2"]
    told.clear()
    crew.advance(MESSAGE)
    assert told == ["tell 1", "tell 2", "back 1", "back 2"]


def test_a_rank_0_that_moves_particles_too_does_it_before(crew: Crew) -> None:
    told = crew._roles.told

    class Host:
        def advance(self, message: Advance) -> list[str]:
            told.append("move")
            return ["own report"]

    crew._host = Host()
    crew.later(lambda: told.append("written"))
    assert crew.advance(MESSAGE) == ["own report", "report of 1", "report of 2"]
    assert told == ["tell 1", "tell 2", "written", "move", "back 1", "back 2"]


def test_what_nobody_explains_is_raised_at_once_while_nobody_listens(crew: Crew) -> None:
    crew.later(lambda: crew._roles.nothing)
    with pytest.raises(AttributeError):
        crew.advance(MESSAGE)
    assert not crew.listening
    assert crew._roles.told == ["tell 1", "tell 2"]


def test_what_fails_is_raised_when_all_listen_again_and_not_tried_again(crew: Crew) -> None:
    told = crew._roles.told

    def fail() -> None:
        assert not crew.listening
        raise OutputError("tracks.nc.part: cannot be written")

    crew.later(fail)
    crew.later(lambda: told.append("of another run"))
    with pytest.raises(OutputError, match="cannot be written"):
        crew.advance(MESSAGE)
    assert told == ["tell 1", "tell 2", "back 1", "back 2"]
    assert crew.listening
    crew.advance(MESSAGE)
    assert told[4:] == ["tell 1", "tell 2", "of another run", "back 1", "back 2"]
