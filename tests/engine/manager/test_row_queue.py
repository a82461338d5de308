"""Rows that wait until other ranks move particles: written in order, once, and told to all where that fails."""

from typing import Any

import pytest

from fvdrift.engine.manager.row_queue import Row, RowQueue
from fvdrift.engine.messages import Advance
from fvdrift.engine.report import Report
from fvdrift.engine.transport.crew import Crew
from fvdrift.errors import OutputError

MESSAGE = Advance(None, (), None)  # type: ignore[arg-type]
REPORT = Report.__new__(Report)  # nobody looks into it


class Ranks:
    """Stands for the ranks of a run with three: what they are told and when they are back is written down."""

    first_rank = 1

    def __init__(self) -> None:
        self.told: list[str] = []
        self.talk = self

    def tell_all(self, message: object) -> None:
        self.told.append("tell all")

    def say_together(self, own: object, plus: object) -> Report:
        self.told.append("all back" if own is None else f"{own} and all back")
        return REPORT


class Output:
    """The sink of a run."""

    def __init__(self, crew: Any, name: str, error: Exception | None = None):
        self._crew, self.name, self._error = crew, name, error

    def write(self, row: Row) -> None:
        if self._error is not None:
            assert not self._crew.listening
            raise self._error
        self._crew._roles.told.append(f"{self.name} {row.number}")


def row(number: int) -> Row:
    return Row(number, time=0, closing=False, parts=[], fates={}, said=[])


@pytest.fixture
def crew() -> Crew:
    pytest.importorskip("mpi4py")
    from fvdrift.engine.owners import Owners
    from fvdrift.engine.transport.alone import NoLinks
    from fvdrift.engine.transport.mpi import MpiCrew
    from fvdrift.process import never

    made = MpiCrew.__new__(MpiCrew)
    made._roles, made._host, made._away = Ranks(), None, range(1, 3)
    made.owners = Owners((), [], 0, NoLinks(), never)
    return made


def test_they_are_written_while_ranks_move_and_once(crew: Crew) -> None:
    told, queue = crew._roles.told, RowQueue()
    output = Output(crew, "row")
    queue.put(output, [row(0)])
    queue.put(output, [row(1), row(2)])
    assert told == []
    assert queue.write_while_moving(crew, MESSAGE) is REPORT
    assert told == ["tell all", "row 0", "row 1", "row 2", "all back"]
    told.clear()
    queue.write_while_moving(crew, MESSAGE)
    assert told == ["tell all", "all back"]


def test_a_rank_0_that_moves_particles_too_writes_before(crew: Crew) -> None:
    told, queue = crew._roles.told, RowQueue()

    class Host:
        def advance(self, message: Advance) -> str:
            told.append("move")
            return "own report"

    crew._host = Host()
    queue.put(Output(crew, "row"), [row(0)])
    assert queue.write_while_moving(crew, MESSAGE) is REPORT
    assert told == ["tell all", "row 0", "move", "own report and all back"]


def test_rows_of_one_run_can_be_written_before(crew: Crew) -> None:
    told, queue = crew._roles.told, RowQueue()
    first, second = Output(crew, "first"), Output(crew, "second")
    queue.put(first, [row(0)])
    queue.put(second, [row(0)])
    queue.write_those_of(second)
    assert told == ["second 0"]
    queue.write()
    assert told == ["second 0", "first 0"]


def test_what_nobody_explains_is_raised_at_once_while_nobody_listens(crew: Crew) -> None:
    queue = RowQueue()
    queue.put(Output(crew, "row", AttributeError("nothing")), [row(0)])
    with pytest.raises(AttributeError):
        queue.write_while_moving(crew, MESSAGE)
    assert not crew.listening
    assert crew._roles.told == ["tell all"]


def test_what_fails_is_raised_when_all_listen_again_and_not_tried_again(crew: Crew) -> None:
    told, queue = crew._roles.told, RowQueue()
    queue.put(Output(crew, "row", OutputError("tracks.nc.part: cannot be written")), [row(0)])
    queue.put(Output(crew, "of another run"), [row(0)])
    with pytest.raises(OutputError, match="cannot be written"):
        queue.write_while_moving(crew, MESSAGE)
    assert told == ["tell all", "all back"]
    assert crew.listening
    queue.write_while_moving(crew, MESSAGE)
    assert told[2:] == ["tell all", "of another run 0", "all back"]
