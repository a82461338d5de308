"""Which rank is which worker, and what each rank has for it: communicators, its host, what it owns of tracks."""

from collections.abc import Sequence

from mpi4py import MPI

from fvdrift.engine.owners import Owners
from fvdrift.engine.worker import rehearse
from fvdrift.orders import WorkOrder
from fvdrift.process import Waiting, kernel_cache
from fvdrift.release import PLACED, Sites

from ..frame_messages import ReadByNodes
from ..messages import Outfit
from .alarm import MpiAlarm
from .crew import Host
from .exchange import MpiExchange
from .in_turn import in_turn
from .links import MpiLinks
from .node_reading import NodeReading
from .parcels import Parcels
from .placing import PlacingHost, Words
from .seats import seats_of
from .statistics import StatisticsHost
from .talk import Talk, traffic_of


class Roles:
    """Which rank is which worker, and the communicators for it."""

    def __init__(self, communicator: MPI.Comm, outfit: Outfit, alarm: MpiAlarm):
        self._communicator, self._alarm, self._waiting = communicator, alarm, Waiting(alarm.look)
        self.traffic = traffic_of(communicator)
        self.talk = Talk(communicator, self.traffic, self._waiting)
        self.first_rank = 0 if outfit.shared else 1
        self.workers = communicator.size - self.first_rank
        works = communicator.rank >= self.first_rank
        self.among_workers = communicator.Split(0 if works else MPI.UNDEFINED, communicator.rank)
        self.owners = self._owners(communicator, outfit)

    def _owners(self, communicator: MPI.Comm, outfit: Outfit) -> Owners:
        """What this rank owns of tracks; all call it together."""
        if outfit.mark is None or not any(outfit.rows):
            return Owners((), [], 0, MpiLinks(communicator, self._waiting, self.traffic), self._alarm.asked)
        links = MpiLinks(communicator.Dup(), self._waiting, self.traffic)
        return Owners(
            outfit.rows,
            seats_of(communicator, outfit.mark),
            communicator.rank,
            links,
            self._alarm.asked,
            dedicated=not outfit.shared,
        )

    def host(self, orders: Sequence[WorkOrder]) -> Host:
        traffic = self.traffic.among(range(self.first_rank, self.first_rank + self.workers))
        exchanges = [
            MpiExchange(self.among_workers, order.particle_type, self._waiting, traffic) for order in orders
        ]
        host = Host([self.among_workers.rank], orders, exchanges, self._alarm, self.owners)
        host.statistics = StatisticsHost(host, Parcels(self.among_workers, self._waiting, traffic))
        return host

    def read_by_nodes(self, order: ReadByNodes, host: Host | None) -> NodeReading:
        """This rank's part in it; all call it together. host: None where it moves no particles."""
        reading = NodeReading(self._communicator, order, self._alarm.asked, self._waiting)
        if host is not None:
            host.reading = reading
        return reading

    def placing(self, host: Host, sites: Sequence[Sites | None]) -> PlacingHost | None:
        """What places the new particles of this rank's share; None where rank 0 shares none out."""
        if not any(sites):
            return None
        words = Words(self.among_workers, self._waiting)
        traffic = self.traffic.among(range(self.first_rank, self.first_rank + self.workers))
        exchange = MpiExchange(self.among_workers, PLACED, self._waiting, traffic, "releases")
        return PlacingHost(host.workers_of_members(0), sites, words, exchange)


def rehearse_in_turn(communicator: MPI.Comm, outfit: Outfit) -> int:
    """On every node one rank compiles what is not compiled yet, then the others load it; how many there are
    on this one."""
    on_node = communicator.Split_type(MPI.COMM_TYPE_SHARED)
    kernel_cache.share(on_node)
    in_turn(on_node, lambda: rehearse(outfit.orders, outfit.geographic))
    return on_node.size
