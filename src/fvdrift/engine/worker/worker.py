"""A worker: the particles of one run in one subdomain of the mesh, and what it does when the manager speaks.

Mesh and fields are those of its `subdomain_fields`. How messages and particles travel is not known here
(`transport`).
"""

from collections.abc import Callable

import numpy as np

from fvdrift.behaviour import moving_statuses, with_first_columns
from fvdrift.fields import TimeLevel
from fvdrift.forcing import Window
from fvdrift.mesh import Subdomain
from fvdrift.orders import WorkOrder
from fvdrift.process import never, peak_memory
from fvdrift.release import Sites, batch_of
from fvdrift.statistics import KeptNewcomers, Observer
from fvdrift.tools.exact_sum import ExactSum
from fvdrift.tools.particle_arrays import STATUS_NAMES, grown, in_order, together, without
from fvdrift_kernels.state import ACTIVE, GONE, NOT_RELEASED

from ..amounts import sums_by_status
from ..hand_off import Batches, batches_by_owner
from ..invariants import first_breach
from ..messages import Advance, Kept, Release, Restore
from ..report import Report
from .interval import take_interval, waves_of
from .interval_outputs import IntervalOutputs
from .interval_records import IntervalRecords, as_records, by_status
from .own_step import OwnStep
from .release_depth import sunk
from .subdomain_fields import SubdomainFields
from .threads import Blocks


class Worker:
    """Holds its particles with the element numbers of its subdomain; they are global only while they
    travel. not_in_water: particles that it placed without success since its last report; newcomers: to be told of
    all that are released, where ranks keep accounts of them."""

    newcomers: KeptNewcomers | None = None

    def __init__(self, order: WorkOrder, fields: SubdomainFields):
        self._order, self._fields = order, fields
        self._time_levels = fields.time_levels(order)
        self._particles = np.empty(0, order.particle_type)
        self._takes_steps = np.isin(np.arange(len(STATUS_NAMES)), moving_statuses(order))  # by status
        self._own = OwnStep(order)
        self._blocks = Blocks(self._own.loop, order.threads, order.cubic, waves_of(order) is not None)
        self._observer = None if order.statistics is None else Observer(order.statistics)
        self._window: Window
        self._begin_count()

    @property
    def _subdomain(self) -> Subdomain:
        return self._fields.subdomain

    def _begin_count(self) -> None:
        self._steps_taken = self._handed_off = self._below_bed = self._started_dry = 0
        self._released = self.not_in_water = 0
        self._begun = ExactSum()
        self._sent = self._received = 0
        self._stuck = 0
        self.cut_short = False
        self._advance_s = 0.0
        self._records = IntervalRecords(self._order.record_type)

    # what the manager says

    def leave_subdomain(self) -> None:
        """Give particles their global elements: the subdomain is about to change."""
        if len(self._particles):
            self._particles["element"] = self._subdomain.elements[self._particles["element"]]

    def enter_subdomain(self, redistribute: bool) -> Batches:
        """Go on in the new subdomain; returns the particles that go to other workers, all where it is to
        `redistribute`."""
        leaving: Batches = {}
        if redistribute:
            owners = self._fields.cuts.owner(self._particles["element"], self._particles["id"])
            away = owners != self._fields.number
            leaving = batches_by_owner(self._particles.take(np.flatnonzero(away)), owners[away])
            self._sent += int(np.count_nonzero(away))
            self._particles = self._particles.take(np.flatnonzero(~away))
        if len(self._particles):
            self._particles["element"] = self._subdomain.local(self._particles["element"])
        return leaving

    def _look_through(self, window: Window) -> None:
        """Use the time levels of this window."""
        self._window = window
        self._fields.look_through(window)

    @property
    def _pair(self) -> tuple[TimeLevel, TimeLevel]:
        return self._time_levels[self._window.first], self._time_levels[self._window.second]

    @property
    def number(self) -> int:
        """Of its subdomain."""
        return self._fields.number

    def owners_of(self, placed: np.ndarray) -> np.ndarray:
        """Which workers own PLACED particles: int64 (particle,)."""
        return self._fields.cuts.owner(placed["element"], placed["id"])

    def take_placed(self, placed: np.ndarray, sites: Sites, window: Window) -> None:
        """Take in new particles of its own that workers have placed, all in the water."""
        batch = batch_of(sites.plan, sites.steps, placed)
        depths = batch.depth_kind, batch.upper, batch.lower
        self.release(Release(batch.particles, *depths, window, amount=batch.amount))

    def release(self, message: Release) -> None:
        """Take new particles in, and find their sigma with the fields of their release time."""
        self._look_through(message.window)
        particles = np.require(message.particles, requirements="W")  # what came by MPI may not be written to
        if self.newcomers is not None:
            self.newcomers.add(*(particles[name].copy() for name in ("id", "x", "y")))
        particles["element"] = self._subdomain.local(particles["element"])
        self._released += len(particles)
        found = sunk(particles, message, self._pair, self._subdomain.mesh, self._order.seed)
        self._below_bed += found.below_bed
        self._started_dry += found.dry
        if message.amount is not None:
            self._begun.add(message.amount)
        begun = with_first_columns(particles, self._order, message.amount)
        self._particles = grown(self._particles, begun)

    def restore(self, message: Restore) -> None:
        """Take in particles from a checkpoint, and records of particles that were taken in mid-interval."""
        self._take_in(message.particles)
        for row, of_row in enumerate(message.records):
            here = of_row.copy()
            here["element"] = self._subdomain.local(of_row["element"])
            self._records.add_row(here, row, len(message.records))

    def start_interval(self, message: Advance) -> None:
        """Prepare one interval; who moves no more in it is recorded already."""
        self._look_through(message.window)
        self._interval = take_interval(
            message, self._order, self._own.kind, self._subdomain, time_levels=self._time_levels
        )
        self._in_order = False
        if message.closing:
            self._records.add(as_records(self._particles, self._interval.outputs, self._order.record_type))
        elif not message.again:
            self._rest()

    def _rest(self) -> None:
        """Particles that move no more stay as they are to the end: their clock and their records need no
        steps."""
        p = self._particles
        resting = np.flatnonzero((p["status"] > ACTIVE) & ~self._takes_steps[p["status"]])
        if not len(resting):
            return
        records = as_records(p.take(resting), self._interval.outputs, self._order.record_type)
        gone = p["status"][resting] >= GONE
        records["status"][1:, gone] = -1
        p["clock"][resting] = self._interval.last_clock
        if len(records):
            p["clock"][resting[gone]] = -1
        self._records.add(records)

    # the rounds of an interval (see `hand_off`)

    def integrate(self, asked: Callable[[], bool] = never) -> Batches:
        """Take all moving particles as far as they can be taken here, or until it is `asked` to stop; returns
        those that others have to take on."""
        moving = self._moving()
        self._stuck, self.cut_short = 0, False
        if not len(moving):
            return {}
        p = self._particles
        records = self._records.blank(self._interval.outputs, len(moving))
        with self._own.blamed(p):
            rest = self._subdomain.mesh, self._interval.frames, self._interval.steps
            physics = self._interval.physics
            done = self._blocks.advance(p, moving, records, physics=physics, rest=rest, asked=asked)
        self.cut_short = not done.all
        self._steps_taken += done.steps
        self._advance_s += done.cpu_s
        self._records.add(records)
        return self._leaving(moving)

    def _moving(self) -> np.ndarray:
        """The places of all particles that are to move, neighbours beside each other.

        At the first time in an interval particles are put into this order themselves. So they lie in the
        order of their elements when they are moved, recorded and sampled, and are nearly in order the next
        time: then sorting is quick.
        """
        p = self._particles
        # at the end of the interval they have no step to take, but a record
        starting = p["status"] == NOT_RELEASED
        to_move = starting | (self._takes_steps[p["status"]] & (p["clock"] < self._interval.steps.clock[-1]))
        moving = np.flatnonzero(to_move)
        element, clock = p["element"][moving], p["clock"][moving]
        # mostly: then one key does, in two thirds of the time
        alike = len(clock) > 0 and bool((clock == clock[0]).all())
        moving = moving.take(np.argsort(element, kind="stable") if alike else np.lexsort((element, clock)))
        if self._in_order:
            return moving
        self._in_order = True
        order = moving if to_move.all() else np.concatenate((moving, np.flatnonzero(~to_move)))
        self._particles = in_order(p, order)
        return np.arange(len(moving))

    def _leaving(self, moving: np.ndarray) -> Batches:
        """Of the particles just moved, those that could not be taken to the end: out of here, by owner."""
        p = self._particles
        clock = p["clock"][moving]
        left = moving[
            (p["status"][moving] == ACTIVE) & (clock >= 0) & (clock < self._interval.steps.clock[-1])
        ]
        if not len(left):
            return {}
        elements = self._subdomain.elements[p["element"][left]]
        owners = self._fields.cuts.owner(elements, p["id"][left])
        away = owners != self._fields.number
        self._stuck = int(np.count_nonzero(~away))
        travelling = p.take(left[away])
        travelling["element"] = elements[away]
        self._handed_off += len(travelling)
        self._sent += len(travelling)
        self._particles = without(p, left[away])
        return batches_by_owner(travelling, owners[away])

    def absorb(self, arrivals: np.ndarray) -> None:
        """Take in particles from other workers."""
        self._received += len(arrivals)
        self._take_in(arrivals)

    def _take_in(self, particles: np.ndarray) -> None:
        particles = particles.take(np.arange(len(particles)))
        particles["element"] = self._subdomain.local(particles["element"])
        self._particles = grown(self._particles, particles)

    # what it reports

    def report(self, rounds: int, stopped: bool = False) -> Report:
        """The interval in numbers and records; particles that were recorded for the last time go. Of an
        interval that was stopped half done only the numbers."""
        self._particles = without(self._particles, np.flatnonzero(self._particles["clock"] < 0))
        all_came = not (self._stuck or stopped)
        breach = first_breach(
            self._subdomain, self._particles, self._interval.last_clock if all_came else None, self.number
        )
        sound = breach is None  # else sampling could read beyond the arrays
        told = sound and not stopped
        unreported = self._records
        portions = self._records.portions(self._interval.outputs) if told else []
        outputs = IntervalOutputs(
            order=self._order,
            observer=self._observer,
            interval=self._interval,
            subdomain=self._subdomain,
            pair=self._pair,
            ground=lambda: self._fields.ground,
        )
        alerts = [self._order.alerts[number] for number in self._interval.message.alerts if told]
        report = Report(
            steps=_of_one(self._steps_taken),
            stuck=_of_one(self._stuck),
            sent=_of_one(self._sent),
            received=_of_one(self._received),
            peak_memory_bytes=_of_one(peak_memory()),
            hand_offs=self._handed_off,
            rounds=rounds,
            below_bed=self._below_bed,
            counts=by_status(self._particles if sound else self._particles[:0]),
            records=[[columns] for columns in outputs.columns([together(row) for row in portions])]
            if self._order.tracks
            else [],
            fates=[np.sum([by_status(portion) for portion in row], axis=0) for row in portions],
            statistics=outputs.answers(portions),
            alerts=[outputs.partials(alert, self._particles) for alert in alerts],
            advance_s=self._advance_s,
            breach=breach,
            stopped=stopped,
            started_dry=self._started_dry,
            released=self._released,
            not_in_water=self.not_in_water,
            amounts=[sums_by_status(row, carried[0]) for row in portions]
            if (carried := self._order.amounts)
            else [],
            begun=self._begun.total,
            on_dry=outputs.on_dry(self._particles) if told else 0,
        )
        self._begin_count()
        if stopped:
            self._records = unreported
        return report

    def keep(self) -> Kept:
        """All that this worker holds."""
        particles = self._particles.copy()
        if len(particles):
            particles["element"] = self._subdomain.elements[particles["element"]]
        held = self._records.rows(self._interval.outputs) if self._records else []
        records = [row.copy() for row in held]
        for row in records:
            row["element"] = self._subdomain.elements[row["element"]]
        return Kept(particles, records)

    def moving_elements(self) -> np.ndarray:
        """Global elements of all moving particles."""
        moving: np.ndarray = self._subdomain.elements[
            self._particles["element"][self._particles["status"] <= ACTIVE]
        ]
        return moving


def _of_one(number: int) -> np.ndarray:
    """By worker, of this one."""
    return np.array([number], np.int64)
