"""Alerts: what they mean, what is refused, and that no number of workers makes one flip."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fvdrift.expression.condition import parse_alert
from fvdrift.expression.text import ExpressionError
from fvdrift_kernels.state import ACTIVE, STATUS_NAMES, STRANDED

NAMES = ("x", "depth", "temp", "salinity", "happiness", "age", "status", "dry")
STATUSES = {name: number for number, name in enumerate(STATUS_NAMES)}


def alert_of(text):
    return parse_alert(text, NAMES, STATUSES)


def columns(**given):
    count = len(next(iter(given.values())))
    return {"status": np.full(count, ACTIVE, np.int8)} | {
        name: np.array(values) for name, values in given.items()
    }


def holds(text, **given):
    alert = alert_of(text)
    return alert.holds(alert.partials(columns(**given)))


def reduced(text, **given):
    """The value of one reduction."""
    alert = alert_of(f"{text} > 0")
    (value,) = alert.values(alert.partials(columns(**given))).values()
    return value


# what they mean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min(temp)", 10.0),
        ("max(temp)", 13.0),
        ("mean(temp)", 11.5),
        ("sum(temp)", 46.0),
        ("count(temp > 11)", 2.0),
        ("fraction(temp > 11 and age > 2)", 0.25),
        ("max(min(temp, age))", 3.0),
        ("mean((temp - 12)**2)", 1.5),
        ("count(dry)", 1.0),
    ],
)
def test_reductions(text, expected):
    given = {"temp": [10.0, 11.0, 12.0, 13.0], "age": [0, 1, 2, 3], "dry": np.array([0, 0, 1, 0], np.int8)}
    assert reduced(text, **given) == expected


def test_conditions_are_put_together():
    happy = {"happiness": [0.95, 0.91], "temp": [12.0, 14.0]}
    assert holds("min(happiness) > 0.9", **happy)
    assert not holds("min(happiness) > 0.92", **happy)
    assert holds("min(happiness) > 0.92 or mean(temp) == 13", **happy)
    assert holds("not min(happiness) > 0.92 and max(temp) - min(temp) < 3", **happy)
    assert holds("0.9 < min(happiness) < max(happiness) < 1", **happy)
    assert holds("min(mean(temp), max(happiness)) < 1", **happy)
    assert holds("(mean(temp) > 3) == (max(temp) > 3)", **happy)
    assert holds("fraction(temp > 13) >= 0.5", **happy)


def test_it_names_what_it_needs_and_what_it_found():
    alert = alert_of("min( happiness )>0.9 and  min(happiness) < 2 and mean(temp+age) > 3")
    assert alert.names == ("happiness", "temp", "age")
    found = alert.values(alert.partials(columns(happiness=[0.5], temp=[3.0], age=[1.0])))
    assert found == {"min(happiness)": 0.5, "mean(temp + age)": 4.0}
    assert alert.condition.names == ("min(happiness)", "mean(temp + age)")


def test_only_active_particles_count_unless_status_is_named():
    given = {"temp": [10.0, 20.0, 30.0], "status": np.array([ACTIVE, STRANDED, ACTIVE], np.int8)}
    assert reduced("mean(temp)", **given) == 20.0
    assert reduced("count(temp > 0)", **given) == 2.0
    assert reduced("count(status == stranded)", **given) == 1.0
    assert reduced("max(temp if status == stranded else -1)", **given) == 20.0


WITHOUT_VALUE = [
    "min(temp) < 99",
    "max(temp) < 99",
    "mean(temp) < 99",
    "sum(temp) < 99",
    "fraction(temp > 1) < 99",
]
WITHOUT_VALUE += ["not mean(temp) > 99", "mean(temp) != 99", "not (max(temp) > 99 or min(temp) > 99)"]
WITHOUT_VALUE += ["(mean(temp) > 99) == (min(temp) > 99)"]


@pytest.mark.parametrize("text", WITHOUT_VALUE)
def test_with_no_particle_no_alert_on_a_value_is_true(text):
    alert = alert_of(text)
    nobody = columns(temp=np.empty(0))
    assert not alert.holds(alert.merge([]))
    assert not alert.holds(alert.merge([alert.partials(nobody)] * 3))
    assert not alert.holds(alert.partials(columns(temp=[5.0], status=[STRANDED])))
    # the control: with one particle all are true, and workers without any change nothing
    merged = alert.merge(
        [alert.partials(nobody), alert.partials(columns(temp=[0.0])), alert.partials(nobody)]
    )
    assert alert.holds(merged)


OF_NONE = ["count(temp > 1) < 1", "not count(temp)", "count(temp) == 0 or min(temp) > 99"]


@pytest.mark.parametrize("text", OF_NONE)
def test_a_count_of_none_is_zero(text):
    alert = alert_of(text)
    assert alert.holds(alert.merge([]))
    assert alert.holds(alert.partials(columns(temp=[5.0], status=[STRANDED])))
    assert not alert.holds(alert.partials(columns(temp=[5.0])))


def test_a_condition_on_status_runs_over_all_particles_of_the_run():
    here = columns(temp=[10.0, 30.0], age=[5.0, 6.0], status=[ACTIVE, STRANDED])
    numbers = np.array([4, 1, 1, 0, 0, 3, 1])  # of each status, in the order of STATUS_NAMES

    def value(text):
        alert = alert_of(f"{text} > 0")
        (found,) = alert.values(alert.merge([alert.partials(here), alert.of_absent(numbers)])).values()
        return found

    assert value("count(status == exited)") == 3.0
    assert value("count(status == not_released)") == 4.0
    assert value("fraction(status == dead)") == pytest.approx(0.1)
    assert value("mean(status == exited)") == pytest.approx(0.3)
    assert value("sum(status != active)") == 9.0
    assert value("max(status)") == STATUSES["dead"]
    assert value("min(status)") == STATUSES["not_released"]
    # what is not there has a status and nothing else
    assert value("fraction(status == stranded and temp > 20)") == pytest.approx(0.1)
    assert value("count(status == exited or temp > 20)") == 4.0
    assert value("mean(temp if status == stranded or status == active else temp)") == 20.0
    assert value("max(temp if status == active else 11)") == 11.0
    assert value("count(temp > 20)") == 0.0  # the control: without status it is of active ones
    alert = alert_of("count(age > 5.5 or status == dead) > 0")
    assert not alert.without_value(alert.of_absent(numbers))


def test_stranded_particles_set_off_an_alert_when_none_is_active():
    text = "count(status == stranded) > 1 or min(temp) > 0"
    assert holds(text, temp=[5.0, 5.0], status=[STRANDED, STRANDED])
    assert not holds(text, temp=[5.0], status=[STRANDED])


# what is not known


@pytest.mark.parametrize("kind", ["min", "max", "mean", "sum"])
@pytest.mark.parametrize(
    "condition", ["{} > 0", "{} < 100", "{} == 10", "not {} > 99", "{} != 3", "not not {} > 0", "1 < {} < 99"]
)
def test_a_particle_without_value_keeps_the_alert_from_being_true(kind, condition):
    alert = alert_of(condition.format(f"{kind}(temp)"))
    known, unknown = (alert.partials(columns(temp=[10.0, v])) for v in (10.0, math.nan))
    merged = alert.merge([known, unknown])
    assert not alert.holds(merged)
    assert math.isnan(alert.values(merged)[f"{kind}(temp)"])
    assert alert.without_value(merged) == {f"{kind}(temp)": 1}
    assert alert.without_value(known) == {}


def test_a_particle_without_value_is_counted_as_not_true():
    given = {"temp": [10.0, math.nan, 20.0, 30.0]}
    assert reduced("count(temp > 15)", **given) == 2.0
    assert reduced("fraction(temp > 15)", **given) == 0.5
    assert reduced("count(temp)", **given) == 3.0
    assert reduced("count(not temp > 15)", **given) == 1.0
    assert reduced("count(temp != 10)", **given) == 2.0
    assert reduced("count(1 if temp > 15 else 1)", **given) == 3.0


def test_one_reduction_without_value_does_not_hide_another():
    assert holds("min(temp) > 0 or max(age) > 5", temp=[math.nan], age=[6.0])
    assert holds("not (min(temp) > 0 and max(age) > 9)", temp=[math.nan], age=[6.0])
    assert not holds("not (min(temp) > 0 and max(age) > 5)", temp=[math.nan], age=[6.0])


# any number of workers

VALUES = st.floats(-1e6, 1e6, width=32) | st.sampled_from(
    [0.0, -0.0, 1e16, -1e16, 0.1, 1.0, math.nan, math.inf]
)
ALL_KINDS = (
    "min(temp) > max(age) or mean(temp) > sum(age) or count(temp > age) > fraction(status == stranded)"
)


@settings(deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES, st.sampled_from([ACTIVE, STRANDED])), max_size=40), st.data())
def test_any_partition_in_any_order_finds_the_same_to_the_bit(rows, data):
    table = np.array(rows, float).reshape(-1, 3)
    alert = alert_of(ALL_KINDS)

    def partials(some):
        return alert.partials({"temp": some[:, 0], "age": some[:, 1], "status": some[:, 2].astype(np.int8)})

    workers = data.draw(st.integers(1, 5))
    owner = np.array(
        data.draw(st.lists(st.integers(0, workers - 1), min_size=len(rows), max_size=len(rows))), int
    )
    order = data.draw(st.permutations(range(workers)))
    whole = partials(table)
    merged = alert.merge(
        [pickle.loads(pickle.dumps(partials(table[owner == worker][::-1]))) for worker in order]
    )
    assert (
        np.array(list(alert.values(merged).values())).tobytes()
        == np.array(list(alert.values(whole).values())).tobytes()
    )
    assert alert.holds(merged) == alert.holds(whole)


def test_one_rounding_from_the_threshold_nothing_flips():
    values = np.random.default_rng(2).normal(12, 3, 1000)
    mean = math.fsum(values) / len(values)
    splits = [[values[i::n] for i in range(n)] for n in (1, 2, 3, 4, 7)]
    below = float(np.nextafter(mean, -np.inf))
    for threshold, expected in ((below, True), (mean, False)):
        alert = alert_of(f"mean(temp) > {threshold!r}")
        found = {
            alert.holds(alert.merge([alert.partials(columns(temp=part)) for part in split]))
            for split in splits
        }
        assert found == {expected}
    # the control: plain sums do flip
    assert {sum(float(np.sum(part)) for part in split) / len(values) > below for split in splits} == {
        True,
        False,
    }


def test_what_workers_send_is_small():
    alert = alert_of(ALL_KINDS)
    rng = np.random.default_rng(1)
    partials = alert.partials(columns(temp=rng.normal(size=100_000), age=rng.normal(size=100_000)))
    assert len(pickle.dumps(partials)) < 3000
    assert pickle.loads(pickle.dumps(alert)) == alert


# what is refused


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("min(happyness) > 0.9", 5, 'unknown name "happyness" (did you mean "happiness"?)'),
        ("count(status == strandet) > 1", 17, 'did you mean "stranded"?'),
        ("temp > 3", 1, '"temp" has a value for every particle: reduce it, as in min(temp)'),
        ("min(temp, age) > 3", 5, "min of several arguments is the function, not the reduction"),
        ("mean(temp) > tmep", 14, 'unknown name "tmep" (did you mean "temp"?)'),
        ("mean(temp) > stranded", 14, '"stranded" belongs in a reduction, as in count(status == stranded)'),
        (
            "mean(max(temp)) > 3",
            6,
            "max of one argument is a reduction over particles, and cannot stand inside mean(...)",
        ),
        (
            "sum(1 + mean(temp)) > 3",
            9,
            "mean is a reduction over particles, and cannot stand inside sum(...)",
        ),
        ("mean(temp, age) > 3", 1, "mean takes one argument"),
        ("count() > 3", 1, "count takes one argument"),
        ("maen(temp) > 3", 1, 'unknown reduction "maen" (did you mean "mean"?)'),
        ("nothing(temp) > 3", 1, 'unknown function "nothing"'),
        ("min(temp)", 1, "this is a number, not a condition: compare it"),
        ("max(temp) if min(temp) > 3 else 1", 1, "not a condition"),
        ("1 > 0", 1, "nothing is reduced over particles"),
        ("min(temp) > 3 &", 15, "has no meaning here"),
        ("", 1, "there is no expression"),
    ],
)
def test_it_is_refused_in_words_with_the_place(text, column, words):
    with pytest.raises(ExpressionError) as caught:
        alert_of(text)
    assert words in str(caught.value)
    assert caught.value.column == column


def test_any_variable_is_taken_when_they_are_not_known_yet():
    assert parse_alert("min(nitrate) > 3 and count(status == stranded) > 1", None, STATUSES).names == (
        "nitrate",
        "status",
    )
    with pytest.raises(ExpressionError, match="reduce it, as in min"):
        parse_alert("nitrate > 3", None, STATUSES)


SIGNS = ["(", ")", "+", "-", "<", ">", "==", ",", "and", "or", "not", "if", "else", "1", "2.5"]
TOKENS = st.sampled_from([*SIGNS, "temp", "status", "stranded", "min(", "max(", "mean(", "count(", "sum("])


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=40) | st.lists(TOKENS, max_size=40).map(" ".join))
def test_any_text_is_an_alert_or_refused(text):
    try:
        outcome = alert_of(text)
    except ExpressionError as error:
        outcome = error
    if isinstance(outcome, ExpressionError):
        assert 1 <= outcome.column <= len(text) + 1
    else:
        given = {name: np.array([1.0, 2.0]) for name in NAMES}
        assert outcome.holds(outcome.partials(given)) in (True, False)
