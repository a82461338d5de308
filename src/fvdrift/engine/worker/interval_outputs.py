"""What a worker says of its particles at the outputs of an interval, and at its end: to the tracks, to
statistics, to alerts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from fvdrift.expression import Partials
from fvdrift.fields import TimeLevel, between, sampled
from fvdrift.forcing import Fields
from fvdrift.mesh import Subdomain
from fvdrift.orders import AlertOrder, Sample, WorkOrder
from fvdrift.statistics import Answers, Ground, Levels, Observer, WaterAtLook
from fvdrift.tools.particle_arrays import where
from fvdrift_kernels.state import ACTIVE, GONE

from .interval import TakenInterval
from .interval_records import as_records


@dataclass(frozen=True)
class IntervalOutputs:
    """pair: the time levels that the interval lies between; ground: gives the elements whose water this worker answers
    for. Rows are of records (particle,), one for each output."""

    order: WorkOrder
    observer: Observer | None
    interval: TakenInterval
    subdomain: Subdomain
    pair: tuple[TimeLevel, TimeLevel]
    ground: Callable[[], Ground]

    def columns(self, rows: list[np.ndarray]) -> list[Fields]:
        """For the tracks; none where none are written."""
        if not (self.order.tracks and rows):
            return []
        samples = self.order.samples
        return [
            self._sampled(row, fraction, samples)
            for row, fraction in zip(rows, self._fractions(), strict=True)
        ]

    def answers(self, rows: list[list[np.ndarray]]) -> list[list[Answers]]:
        """What rows, in portions, say to the statistics: by row and portion."""
        if self.observer is None or not rows:
            return []
        said = []
        for number, portions, fraction in zip(
            self.interval.message.rows, rows, self._fractions(), strict=True
        ):
            wanted = partial(self._wanted, fraction)
            of_row = [
                self.observer.of_records(number, portion, self.subdomain, wanted) for portion in portions
            ]
            if self.observer.order.looks_at_water(number) and not self.interval.message.once_more:
                of_row.append(self.observer.of_water(number, self._water(fraction)))
            said.append(of_row)
        return said

    def partials(self, alert: AlertOrder, particles: np.ndarray) -> Partials:
        """What particles say to an alert, at the end of the interval."""
        p = where(particles, (particles["status"] >= ACTIVE) & (particles["status"] < GONE))
        (records,) = as_records(p, 1, self.order.record_type)
        samples = tuple(sample for sample in alert.samples if sample.name != "age")
        columns = self._sampled(records, self.interval.fraction_after(-1), samples)
        columns["age"] = (self.interval.message.schedule.times[-1] - p["born"]) / 1e6
        return alert.condition.partials(columns)

    def on_dry(self, particles: np.ndarray) -> int:
        """How many active particles are in elements that are dry at the end of the interval, as `sample_dry` has
        it."""
        frames, _ = between(*self.pair)
        fraction = self.interval.fraction_after(-1)
        wet = np.zeros(len(frames.wet0), bool)
        for weight, of_frame in ((1.0 - fraction, frames.wet0), (fraction, frames.wet1)):
            if weight > 0:
                wet |= (of_frame & 1) > 0
        if wet.all():
            return 0
        active = particles["element"][particles["status"] == ACTIVE]
        return int(np.count_nonzero(~wet[active]))

    def _fractions(self) -> list[float]:
        return [self.interval.fraction_after(step) for step in self.interval.message.output_steps]

    def _sampled(self, records: np.ndarray, fraction: float, samples: tuple[Sample, ...]) -> Fields:
        direction = self.order.direction
        return sampled(records, fraction, self.subdomain, self.pair, samples=samples, direction=direction)

    def _water(self, fraction: float) -> WaterAtLook:
        first, second = self.pair
        return WaterAtLook(self.ground(), Levels(first.depth, second.depth, first.wet, second.wet, fraction))

    def _wanted(self, fraction: float, records: np.ndarray) -> Fields:
        assert self.order.statistics is not None
        return self._sampled(records, fraction, self.order.statistics.samples)
