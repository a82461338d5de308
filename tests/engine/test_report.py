"""What several workers report together, beside what is known of each."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fvdrift.engine.manager.tally import Tally
from fvdrift.engine.messages import Refusal, Weight
from fvdrift.engine.report import Breach, Records, Report
from fvdrift.expression import parse_alert
from fvdrift.tools.particle_arrays import STATUS_NAMES

ALERT = parse_alert("mean(age) > 1 and min(age) > 0", ["age"])
numbers = st.integers(0, 1000)
eighths = numbers.map(lambda number: number / 8)  # seconds whose sums are exact
whole = st.lists(numbers, min_size=len(STATUS_NAMES), max_size=len(STATUS_NAMES))


@st.composite
def of_workers(draw: st.DrawFn) -> list[Report]:
    """What each of some workers says of an interval with two outputs and an alert."""
    return [draw(of_one(worker)) for worker in range(draw(st.integers(1, 9)))]


@st.composite
def of_one(draw: st.DrawFn, worker: int) -> Report:
    one = {name: np.array([draw(numbers)]) for name in ("steps", "sent", "received", "peak_memory_bytes")}
    ages = np.array(draw(st.lists(st.floats(-1e300, 1e300), max_size=3)))
    columns = {"age": ages, "status": np.ones(len(ages), np.int8)}
    breach = Breach("x", 1, 2, 0.0, 0.0, 0.0, 0, "active", worker) if draw(st.booleans()) else None
    return Report(
        **one,
        stuck=np.array([draw(st.integers(0, 2))]),
        **{name: draw(numbers) for name in ("hand_offs", "rounds", "below_bed", "started_dry", "released", "not_in_water")},
        **{name: draw(eighths) for name in ("advance_s", "computing_s", "transfer_s")},
        counts=np.array(draw(whole)),
        records=[[{"x": np.full(3, worker + 0.1 * output)}] for output in range(2)],
        fates=[np.array(draw(whole)) for _ in range(2)],
        statistics=[[{"cells": np.array([worker])}] for _ in range(2)],
        alerts=[] if breach else [ALERT.partials(columns)],
        breach=breach,
        stopped=draw(st.booleans()),
        trouble=draw(st.sampled_from([None, Refusal(f"disk {worker}", 5)])),
        apart=draw(st.sampled_from([(), (worker,)])),
    )  # fmt: skip


def in_groups(reports: list[Report], draw: st.DataObject) -> Report:
    """Neighbours are put together in any order."""
    left = list(reports)
    while len(left) > 1:
        at = draw.draw(st.integers(0, len(left) - 2))
        left[at : at + 2] = [left[at].plus(left[at + 1])]
    return left[0]


@settings(deadline=None, max_examples=50)
@given(of_workers(), st.data())
def test_it_does_not_matter_who_puts_what_together(reports: list[Report], data: st.DataObject) -> None:
    together, one_by_one = in_groups(reports, data), reduce(Report.plus, reports)
    for name, value in vars(together).items():
        np.testing.assert_equal(value, getattr(one_by_one, name), name)


@settings(deadline=None, max_examples=50)
@given(of_workers(), st.data())
def test_it_says_what_all_have_said(reports: list[Report], data: st.DataObject) -> None:
    together = in_groups(reports, data)
    for name in ("steps", "stuck", "sent", "received", "peak_memory_bytes"):
        assert getattr(together, name).tolist() == [int(getattr(report, name)[0]) for report in reports]
    for name in (
        "hand_offs",
        "below_bed",
        "advance_s",
        "transfer_s",
        "started_dry",
        "released",
        "not_in_water",
    ):
        assert getattr(together, name) == sum(getattr(report, name) for report in reports)
    for name in ("rounds", "computing_s"):
        assert getattr(together, name) == max(getattr(report, name) for report in reports)
    np.testing.assert_array_equal(together.counts, sum(report.counts for report in reports))
    for output in range(2):
        np.testing.assert_array_equal(together.fates[output], sum(report.fates[output] for report in reports))
        assert [part["x"][0] for part in together.records[output]] == [
            w + 0.1 * output for w in range(len(reports))
        ]
        assert [said["cells"][0] for said in together.statistics[output]] == list(range(len(reports)))
    assert together.breach == next((report.breach for report in reports if report.breach), None)
    assert together.trouble == next((report.trouble for report in reports if report.trouble), None)
    assert together.stopped == any(report.stopped for report in reports)
    assert list(together.apart) == [worker for report in reports for worker in report.apart]
    said = [report.alerts[0] for report in reports if report.alerts]
    if said:
        assert together.alerts == [ALERT.merge(said)]


def test_a_tally_counts_the_busiest_of_each_interval() -> None:
    """And the imbalance is that of the steps of the busiest over the mean."""
    tally, nobody = Tally(), np.zeros(len(STATUS_NAMES), np.int64)
    for steps in ([10, 30], [50, 30]):
        each = [
            Report(
                steps=np.array([of_one]), stuck=np.zeros(1), sent=np.zeros(1), received=np.zeros(1),
                peak_memory_bytes=np.array([of_one]), hand_offs=0, rounds=2, below_bed=0, counts=nobody + 1, records=[],
                fates=[], statistics=[], alerts=[], advance_s=0.5,
            )
            for of_one in steps
        ]  # fmt: skip
        tally.add(reduce(Report.plus, each))
    assert (tally.particle_steps, tally.busiest_steps, tally.rounds, tally.advance_cpu_s) == (120, 80, 4, 2.0)
    assert tally.imbalance(2) == pytest.approx(80 / 60)
    assert tally.peak_memory == [50, 30]
    assert tally.held.tolist() == [2] * len(STATUS_NAMES)


def test_many_records_go_apart_and_come_back() -> None:
    few, many = ([[{"x": np.arange(count, dtype=float)}]] for count in (10, 100_000))
    for records, apart in ((few, False), (many, True)):
        report = Report(
            steps=np.ones(1), stuck=np.ones(1), sent=np.ones(1), received=np.ones(1), peak_memory_bytes=np.ones(1),
            hand_offs=0, rounds=0, below_bed=0, counts=np.ones(1), records=records, fates=[], statistics=[], alerts=[],
            advance_s=0.0,
        )  # fmt: skip
        found = report.set_apart(7)
        assert isinstance(found, Records) is apart
        assert report.apart == ((7,) if apart else ())
        assert bool(report.records) is not apart
        if found is not None:
            report.take(found)
        assert report.records is records or report.records == records


@given(st.lists(st.lists(st.integers(0, 20), max_size=30), min_size=2, max_size=5))
def test_weights_are_those_of_all_particles(held: list[list[int]]) -> None:
    """held: by worker, the element of each particle."""
    weights = [Weight(*np.unique(np.array(its, np.int64), return_counts=True)) for its in held]
    together = reduce(Weight.plus, weights)
    elements, particles = np.unique(
        np.concatenate([np.array(its, np.int64) for its in held]), return_counts=True
    )
    np.testing.assert_array_equal(together.elements, elements)
    np.testing.assert_array_equal(together.particles, particles)
