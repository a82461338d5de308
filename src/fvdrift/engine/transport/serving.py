"""What ranks above 0 do: what the manager says until it says stop."""

from mpi4py import MPI

from fvdrift.engine.owners import Deal, OwnersOrder
from fvdrift.process import AgreedError, Signals, broadcast

from ..frame_messages import BeginFrame, ReadFrames, TakePlaced
from ..messages import (
    Advance,
    CountBytes,
    Keep,
    Kept,
    KeptBeside,
    Stop,
    TakeSubdomain,
    Weigh,
    Weight,
)
from ..release_messages import PlaceByAll, ReleaseByAll
from ..report import Report
from .alarm import MpiAlarm
from .checking import before_the_crew
from .crew import Host
from .node_reading import take_placed
from .placing import PlacingHost
from .rank_roles import Roles, rehearse_in_turn
from .statistics_messages import OfStatistics
from .take_up import TakeUp, the_first


def serve(communicator: MPI.Comm, signals: Signals) -> int:
    """A worker's life, on ranks above 0: do what the manager says until it says stop; returns the exit code
    it gives."""
    outfit, sites = before_the_crew(communicator)
    if isinstance(outfit, Stop):
        return _leave(outfit)
    rehearse_in_turn(communicator, outfit)
    roles = Roles(communicator, outfit, MpiAlarm(communicator, signals))
    host = roles.host(outfit.orders)
    try:
        return _listen(communicator.rank, roles, host, roles.placing(host, sites))
    finally:
        if host.reading is not None:
            host.reading.close()
        roles.owners.close()


def _listen(rank: int, roles: Roles, host: Host, placing: PlacingHost | None) -> int:
    while True:
        message = roles.talk.hear()
        if isinstance(message, Stop):
            return _leave(message)
        if isinstance(message, Advance):
            report = host.advance(message)
            records = report.set_apart(rank - roles.first_rank)
            roles.talk.say_together(report, Report.plus)
            if records is not None:
                roles.talk.send(records)
        elif isinstance(message, PlaceByAll) and placing is not None:
            roles.talk.sum_on_first(host.place(message, roles.talk.shared(), placing))
        elif isinstance(message, ReleaseByAll) and placing is not None:
            host.release(message, roles.talk.shared(), placing)
        elif isinstance(message, Weigh):
            roles.talk.say_together(host.weigh(), Weight.plus)
        elif isinstance(message, Keep):
            kept = host.store(message, rank)
            roles.talk.say_together(KeptBeside((None if isinstance(kept, Kept) else kept,)), KeptBeside.plus)
            if isinstance(kept, Kept):
                roles.talk.send(kept)
        elif isinstance(message, OwnersOrder):
            done = roles.owners.do(message)
            if not isinstance(message, Deal):
                roles.talk.say_together(done, type(done).plus)
        elif isinstance(message, CountBytes):
            roles.talk.sum_of_traffic()
        elif isinstance(message, ReadFrames):
            roles.read_by_nodes(roles.talk.shared(), host)
        elif isinstance(message, BeginFrame) and host.reading is not None:
            host.reading.begin(message)
        elif isinstance(message, TakePlaced) and host.reading is not None:
            take_placed(message, host.reading, host)
        elif isinstance(message, TakeUp):
            roles.talk.say_together(host.take_up(message), the_first)
        elif isinstance(message, TakeSubdomain) and message.redistribute:
            host.redistribute([message])
        elif isinstance(message, OfStatistics) and host.statistics is not None:
            answer = host.statistics.do(message)
            if answer is not None:
                roles.talk.send(answer)
        else:
            host.tell(0, message)


def _leave(stop: Stop) -> int:
    if stop.error:
        raise AgreedError(stop.error, stop.exit_code)
    return stop.exit_code


def call_off(communicator: MPI.Comm, exit_code: int, error: str) -> None:
    """Let the other ranks leave before there is a crew: what `serve` waits for first."""
    broadcast(communicator, Stop(exit_code, error))
