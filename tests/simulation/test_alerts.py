"""What is said of alerts, and how often."""

from typing import Any, cast

from fvdrift.preparation.variables import AlertPlan
from fvdrift.simulation.alerts import MOST_TOLD, Watch


class Flicker:
    """An alert that comes true at every second look."""

    text, say, stop = "max(age) > 1", "Again!", False

    def __init__(self) -> None:
        self.condition, self.looks = self, 0

    def merge(self, partials: Any) -> Any:
        return partials

    def without_value(self, merged: Any) -> dict[str, int]:
        return {"age": 3}

    def holds(self, merged: Any) -> bool:
        self.looks += 1
        return self.looks % 2 == 0

    def values(self, merged: Any) -> dict[str, float]:
        return {"max(age)": 2.0}


def test_an_alert_that_comes_and_goes_fills_no_log() -> None:
    watch = Watch((cast(AlertPlan, Flicker()),), str)
    said = [sentence for time in range(10_000) for sentence in watch.look(time, {0: []})]
    assert sum("Again!" in sentence for sentence in said) == len(watch.told) == MOST_TOLD
    assert sum("without a value" in sentence for sentence in said) == 1
    assert said[-1] == "alert max(age) > 1: came true 100 times: nothing more is said of it"
    assert len(said) == MOST_TOLD + 2
