"""A worker: the particles of one run in one subdomain of the mesh, and what it does when the manager speaks.

Mesh and fields are those of its `subdomain_fields`. How messages and particles travel is not known here
(`transport`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

from fvdrift.behaviour import (
    OwnBehaviour,
    beside_flow,
    build,
    moving_statuses,
    own_problems,
    unusable,
    with_first_columns,
)
from fvdrift.expression import Partials
from fvdrift.fields import TimeLevel, between, cubic, line, sampled, stokes_drift
from fvdrift.forcing import Fields, Window
from fvdrift.mesh import Subdomain
from fvdrift.orders import AlertOrder, Sample, WorkOrder
from fvdrift.process import never, peak_memory
from fvdrift.statistics import Answers, Observer
from fvdrift.tools.particle_arrays import STATUS_NAMES, for_kernels, together, where
from fvdrift_kernels.integrate import advance
from fvdrift_kernels.options import Euler, HeldDepth, Physics, RungeKutta2, RungeKutta4
from fvdrift_kernels.own import apart
from fvdrift_kernels.philox import signed_seed
from fvdrift_kernels.release import sink_to_depth
from fvdrift_kernels.state import ACTIVE, GONE, NOT_RELEASED, REFLECT, SLIDE, STRAND, Steps

from ..hand_off import Batches, batches_by_owner
from ..invariants import first_breach
from ..messages import Advance, Kept, Release, Report, Restore
from .interval_records import IntervalRecords, as_records
from .subdomain_fields import SubdomainFields
from .threads import Blocks

SCHEMES = {"rk4": RungeKutta4, "rk2": RungeKutta2, "euler": Euler}
COASTS = {"slide": SLIDE, "reflect": REFLECT, "strand": STRAND}


class Worker:
    """Holds its particles with the element numbers of its subdomain; they are global only while they
    travel."""

    def __init__(self, order: WorkOrder, fields: SubdomainFields):
        self._order, self._fields = order, fields
        self._time_levels = fields.time_levels(order)
        self._particles = np.empty(0, order.particle_type)
        self._takes_steps = np.isin(np.arange(len(STATUS_NAMES)), moving_statuses(order))  # by status
        own = None if order.behaviour is None else order.behaviour.part(OwnBehaviour)
        self._own = None if own is None else own.order
        self._own_kind = None if self._own is None else build(self._own)
        loop = advance if self._own is None else apart(advance, self._own.digest)
        self._waves = None if order.stokes is None or order.stokes.in_flow else order.stokes
        self._blocks = Blocks(loop, order.threads, order.cubic, self._waves is not None)
        self._observer = None if order.statistics is None else Observer(order.statistics)
        self._window: Window
        self._begin_count()

    @property
    def _subdomain(self) -> Subdomain:
        return self._fields.subdomain

    def _begin_count(self) -> None:
        self._steps_taken = self._handed_off = self._below_bed = self._started_dry = 0
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

    def release(self, message: Release) -> None:
        """Take new particles in, and find their sigma with the fields of their release time."""
        self._look_through(message.window)
        particles = np.require(message.particles, requirements="W")  # what came by MPI may not be written to
        particles["element"] = self._subdomain.local(particles["element"])
        frames, _ = between(*self._pair)
        fractions = self._fractions(message.times)
        self._below_bed += sink_to_depth(
            for_kernels(particles),
            message.depth_kind,
            message.upper,
            message.lower,
            fractions,
            signed_seed(self._order.seed),
            self._subdomain.mesh,
            frames,
        )
        first, second = ((time_level.wet[particles["element"]] & 1).astype(bool) for time_level in self._pair)
        self._started_dry += int(np.count_nonzero(~((first & (fractions < 1)) | (second & (fractions > 0)))))
        self._particles = together((self._particles, with_first_columns(particles, self._order)))

    def restore(self, message: Restore) -> None:
        """Take in particles from a checkpoint, and records of particles that were taken in mid-interval."""
        self._take_in(message.particles)
        for row, of_row in enumerate(message.records):
            here = of_row.copy()
            here["element"] = self._subdomain.local(of_row["element"])
            self._records.add_row(here, row, len(message.records))

    def start_interval(self, message: Advance) -> None:
        """Prepare one interval: the steps of it, in the units of the kernels."""
        self._look_through(message.window)
        schedule = message.schedule
        self._interval = message
        fractions = self._fractions(schedule.times)
        length = np.diff(schedule.times) / 1e6
        clocks = np.array([schedule.clock(i) for i in range(schedule.steps + 1)], np.int64)
        output = np.full(schedule.steps + 1, -1, np.int32)
        output[list(message.output_steps)] = np.arange(len(message.output_steps))
        self._steps = Steps(fractions, length, schedule.times, clocks, output)
        frames, omega = between(*self._pair)
        self._frames = frames
        vertical = HeldDepth(self._order.held_depth) if self._order.vertical == "held" else omega
        window = message.window if self._order.cubic else line(message.window)
        beside = beside_flow(
            self._order, self._own_kind, self._subdomain, window, self._time_levels, schedule
        )
        waves = (
            None
            if self._waves is None
            else stokes_drift(window, self._time_levels, self._waves, self._order.direction)
        )
        self._physics = Physics(
            SCHEMES[self._order.scheme](),
            vertical,
            self._subdomain.metric,
            COASTS[self._order.coast],
            beside,
            cubic(window, self._time_levels) if self._order.cubic else None,
            waves,
        )
        self._in_order = False
        if message.closing:
            self._records.add(as_records(self._particles, len(message.output_steps), self._order.record_type))
        elif not message.again:
            self._rest()

    def _rest(self) -> None:
        """Particles that move no more stay as they are to the end: their clock and their records need no
        steps."""
        p = self._particles
        resting = np.flatnonzero((p["status"] > ACTIVE) & ~self._takes_steps[p["status"]])
        if not len(resting):
            return
        records = as_records(p.take(resting), len(self._interval.output_steps), self._order.record_type)
        gone = p["status"][resting] >= GONE
        records["status"][1:, gone] = -1
        p["clock"][resting] = self._interval.schedule.last_clock
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
        records = self._records.blank(len(self._interval.output_steps), len(moving))
        with self._own_problems():
            rest = self._subdomain.mesh, self._frames, self._steps
            done = self._blocks.advance(p, moving, records, self._physics, rest, asked)
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
        to_move = starting | (self._takes_steps[p["status"]] & (p["clock"] < self._steps.clock[-1]))
        moving = np.flatnonzero(to_move)
        element, clock = p["element"][moving], p["clock"][moving]
        # mostly: then one key does, in two thirds of the time
        alike = len(clock) > 0 and bool((clock == clock[0]).all())
        moving = moving.take(np.argsort(element, kind="stable") if alike else np.lexsort((element, clock)))
        if self._in_order:
            return moving
        self._in_order = True
        self._particles = p.take(np.concatenate((moving, np.flatnonzero(~to_move))))
        return np.arange(len(moving))

    @contextmanager
    def _own_problems(self) -> Iterator[None]:
        """A stretch in which the user's own behaviour is called: what goes wrong in it becomes a sentence
        about its file."""
        if self._own is None:
            yield
            return
        with own_problems(self._own):
            yield
        lost = self._particles["id"][self._particles["status"] < 0]
        if len(lost):
            raise unusable(self._own, int(lost.min()))

    def _leaving(self, moving: np.ndarray) -> Batches:
        """Of the particles just moved, those that could not be taken to the end: out of here, by owner."""
        p = self._particles
        clock = p["clock"][moving]
        left = moving[(p["status"][moving] == ACTIVE) & (clock >= 0) & (clock < self._steps.clock[-1])]
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
        staying = np.ones(len(p), bool)
        staying[left[away]] = False
        self._particles = p.take(np.flatnonzero(staying))
        return batches_by_owner(travelling, owners[away])

    def absorb(self, arrivals: np.ndarray) -> None:
        """Take in particles from other workers."""
        self._received += len(arrivals)
        self._take_in(arrivals)

    def _take_in(self, particles: np.ndarray) -> None:
        particles = particles.take(np.arange(len(particles)))
        particles["element"] = self._subdomain.local(particles["element"])
        self._particles = together((self._particles, particles))

    # what it reports

    def report(self, rounds: int, stopped: bool = False) -> Report:
        """The interval in numbers and records; particles that were recorded for the last time go. Of an
        interval that was stopped half done only the numbers."""
        self._particles = where(self._particles, self._particles["clock"] >= 0)
        all_came = not (self._stuck or stopped)
        breach = first_breach(
            self._subdomain, self._particles, self._interval.schedule.last_clock if all_came else None
        )
        sound = breach is None  # else sampling could read beyond the arrays
        told = sound and not stopped
        unreported = self._records
        rows = self._records.rows(len(self._interval.output_steps)) if told else []
        at = [self._fraction_after(step) for step in self._interval.output_steps] if told else []
        of_tracks = zip(rows, at, strict=True) if self._order.tracks else ()
        records = [self._sampled(row, fraction, self._order.samples) for row, fraction in of_tracks]
        report = Report(
            worker=self._fields.number,
            steps=self._steps_taken,
            hand_offs=self._handed_off,
            rounds=rounds,
            stuck=self._stuck,
            below_bed=self._below_bed,
            counts=np.bincount(self._particles["status"], minlength=len(STATUS_NAMES))
            if sound
            else np.zeros(0, np.int64),
            records=records,
            fates=[np.bincount(row["status"], minlength=len(STATUS_NAMES)) for row in rows],
            statistics=self._asked(rows, at),
            alerts=[self._reduced(self._order.alerts[number]) for number in self._interval.alerts if told],
            advance_s=self._advance_s,
            peak_memory_bytes=peak_memory(),
            sent=self._sent,
            received=self._received,
            breach=breach,
            stopped=stopped,
            started_dry=self._started_dry,
        )
        self._begin_count()
        if stopped:
            self._records = unreported
        return report

    def keep(self) -> Kept:
        """All that this worker holds."""
        particles = self._particles.copy()
        particles["element"] = (
            self._subdomain.elements[particles["element"]] if len(particles) else particles["element"]
        )
        records = (
            [row.copy() for row in self._records.rows(len(self._interval.output_steps))]
            if self._records
            else []
        )
        for row in records:
            row["element"] = self._subdomain.elements[row["element"]]
        return Kept(particles, records)

    def _sampled(self, records: np.ndarray, fraction: float, samples: tuple[Sample, ...]) -> Fields:
        return sampled(records, fraction, self._subdomain, self._pair, samples, self._order.direction)

    def _asked(self, rows: list[np.ndarray], fractions: list[float]) -> list[Answers]:
        """What the records of each output of the interval say to the statistics."""
        if self._observer is None or not rows:
            return []
        heights = [
            partial(self._height, row, fraction) for row, fraction in zip(rows, fractions, strict=True)
        ]
        return self._observer.of_records(self._interval.rows, rows, self._subdomain, heights)

    def _height(self, row: np.ndarray, fraction: float) -> np.ndarray:
        return self._sampled(row, fraction, ())["z"]

    def _reduced(self, alert: AlertOrder) -> Partials:
        """What the particles of this worker say to an alert, at the end of the interval."""
        p = self._particles
        p = where(p, (p["status"] >= ACTIVE) & (p["status"] < GONE))
        (records,) = as_records(p, 1, self._order.record_type)
        columns = self._sampled(
            records, self._fraction_after(-1), tuple(s for s in alert.samples if s.name != "age")
        )
        columns["age"] = (self._interval.schedule.times[-1] - p["born"]) / 1e6
        return alert.condition.partials(columns)

    def moving_elements(self) -> np.ndarray:
        """Global elements of all moving particles."""
        moving: np.ndarray = self._subdomain.elements[
            self._particles["element"][self._particles["status"] <= ACTIVE]
        ]
        return moving

    def _fractions(self, times: np.ndarray) -> np.ndarray:
        """Place of times between the two frames, 0 to 1."""
        first, second = self._window.first, self._window.second
        return (times - first) / np.float64(second - first)

    def _fraction_after(self, step: int) -> float:
        return float(self._steps.fraction[step])
