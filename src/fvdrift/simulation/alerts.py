"""Alerts: looks at what all workers say of a condition, tells when it comes true, and whether the run is to
stop."""

from collections.abc import Callable
from copy import deepcopy

from fvdrift.engine.checkpoint import ToldState, WatchState
from fvdrift.expression import Partials
from fvdrift.preparation import AlertPlan

MOST_TOLD = 100  # times of one alert: one that comes and goes all the time fills neither log nor tracks


class Watch:
    """Judges alerts as the run goes on. An alert is told when it comes true, not each time it still is."""

    def __init__(self, alerts: tuple[AlertPlan, ...], describe_time: Callable[[int], str]):
        self._alerts = alerts
        self._describe_time = describe_time
        self._true = [False] * len(alerts)
        self._warned = [False] * len(alerts)
        self._times_true = [0] * len(alerts)
        self.told: list[ToldState] = []
        self.stop = False
        self._before_the_end: WatchState | None = None

    def state(self) -> WatchState:
        """For a checkpoint: what it knows, or knew before the end of the run was looked at, which is done
        again."""
        return self._now() if self._before_the_end is None else self._before_the_end

    def _now(self) -> WatchState:
        return {
            "true": self._true,
            "warned": self._warned,
            "times_true": self._times_true,
            "told": self.told,
            "stop": self.stop,
        }

    def restore(self, state: WatchState) -> None:
        """Go on from what `state` gave."""
        self._true, self._warned, self._times_true = state["true"], state["warned"], state["times_true"]
        self.told, self.stop = state["told"], state["stop"]

    def keep_for_the_end(self) -> None:
        """What is looked at from here on belongs to the end of the run."""
        self._before_the_end = deepcopy(self._now())

    def look(self, time: int, said: dict[int, list[Partials]]) -> list[str]:
        """Judge what was said at `time` (microseconds), by number of the alert; the sentences for the log."""
        sentences = []
        for number, partials in said.items():
            alert = self._alerts[number]
            merged = alert.condition.merge(partials)
            unknown = alert.condition.without_value(merged)
            if unknown and not self._warned[number]:
                self._warned[number] = True
                least = "; ".join(f"{text}: {count:,}" for text, count in unknown.items())
                sentences.append(
                    f"warning: alert {alert.condition.text}: particles without a value ({least})"
                )
            was, self._true[number] = self._true[number], alert.condition.holds(merged)
            if was or not self._true[number]:
                continue
            self.stop = self.stop or alert.stop
            self._times_true[number] += 1
            if self._times_true[number] > MOST_TOLD:
                continue
            values = alert.condition.values(merged)
            shown = ", ".join(f"{text} = {value:.6g}" for text, value in values.items())
            sentences.append(f"{self._describe_time(time)}: {alert.say} ({shown})")
            when = self._describe_time(time)
            self.told.append({"time": when, "when": alert.condition.text, "say": alert.say, "values": values})
            if self._times_true[number] == MOST_TOLD:
                sentences.append(
                    f"alert {alert.condition.text}: came true {MOST_TOLD} times: nothing more is said of it"
                )
        return sentences
