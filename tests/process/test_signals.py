"""What a process does when it is sent a signal: notices it where it is held, ends where nothing is lost, and
at the second."""

import os
import signal
import subprocess
import sys

import pytest

from fvdrift.errors import Interrupted
from fvdrift.process import signals as interruption
from fvdrift.process.signals import Alarm, listening


@pytest.mark.parametrize("number", interruption.STOPPING)
def test_before_anything_is_to_be_kept_a_signal_ends_the_run(number: signal.Signals) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in a background shell it is ignored
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and this one by nohup
    with listening(), pytest.raises(Interrupted, match=f"stopped by {number.name} before the first step"):
        signal.raise_signal(number)
    assert Interrupted("").exit_code == 75


def test_held_it_is_only_noticed_and_copies_of_it_count_once() -> None:
    with listening() as signals, signals.held():
        alarm = Alarm(signals)
        assert not alarm.asked()
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGUSR1)
        assert alarm.asked()
        assert alarm.reason == "SIGUSR1"


def test_a_checkpoint_is_asked_for_as_often_as_wanted() -> None:
    with listening() as signals:
        alarm = Alarm(signals)
        for _ in range(2):
            assert not alarm.wanted()
            os.kill(os.getpid(), signal.SIGUSR2)
            assert alarm.wanted()
        assert not alarm.asked()


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with listening():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_when_the_run_is_over_a_signal_does_not_change_its_exit_code() -> None:
    program = [
        "import os, signal; from fvdrift.process.signals import listening",
        "with listening(True): pass",
        "os.kill(os.getpid(), signal.SIGUSR1)",
    ]
    assert subprocess.run([sys.executable, "-c", "\n".join(program)], timeout=60, check=False).returncode == 0


def test_what_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with listening() as signals, signals.held():
            os.kill(os.getpid(), signal.SIGTERM)
            assert not signals.stop
    finally:
        signal.signal(signal.SIGTERM, before)


def test_where_the_process_has_more_to_do_a_second_signal_ends_only_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interruption, "ONCE_S", -1.0)
    with listening(spare_process=True) as signals, signals.held():
        signal.raise_signal(signal.SIGUSR1)
        assert signals.stop == "SIGUSR1"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


PROGRAM = """
import os, signal, sys, time
from fvdrift.process.signals import listening
with listening() as signals, signals.held():
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(float(sys.argv[1]))
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.2)
    print("still here")
"""


@pytest.mark.parametrize(("wait", "code"), [(1.2, -signal.SIGTERM), (0.0, 0)])
def test_a_second_signal_ends_at_once_but_not_an_echo_of_the_first(wait: float, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(wait)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code
    assert ("still here" in done.stdout) == (code == 0)
