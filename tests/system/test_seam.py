"""A run takes its water from whatever is a `Forcing`: here from memory, without a file of FVCOM."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from whirl import DEPTH, HOUR, SIDE, TURN, Whirl

from .workshop import Tree, columns, solve, write_run

HALF = SIDE / 2
RING = [[HALF + 1000.0 * np.cos(a), HALF + 1000.0 * np.sin(a)] for a in np.linspace(0.0, 2 * np.pi, 9)[:-1]]


@pytest.fixture
def water(monkeypatch: pytest.MonkeyPatch) -> Whirl:
    it = Whirl()
    monkeypatch.setattr("fvdrift.preparation.stages.open_forcing", lambda run_file: it)
    return it


def tree(**more: Tree) -> Tree:
    return {
        "forcing": {"files": ["none.nc"]}, "time": {"step": "60s"},
        "release": [{"point": place, "sigma": -0.5} for place in RING],
        "output": {"every": "30min"}, **more,
    }  # fmt: skip


@pytest.mark.parametrize(("direction", "parts"), [("forward", 1), ("forward", 3), ("backward", 2)])
def test_a_run_turns_with_water_in_memory(water: Whirl, tmp_path: Path, direction: str, parts: int) -> None:
    # one window: the two frames that an hour lies between
    path = write_run(tmp_path, tree(time={"step": "60s", "end": "1h", "direction": direction}))
    tracks = columns(solve(path, parts=parts))
    sign = 1 if direction == "forward" else -1
    angle = sign * TURN * 1800.0 * np.arange(3)
    start = np.array(RING) @ [1, 1j] - HALF * (1 + 1j)
    expected = start[:, np.newaxis] * np.exp(1j * angle)
    found = tracks["x"] + 1j * tracks["y"] - HALF * (1 + 1j)
    # velocities are single precision: 0.9 m/s to 6e-8 of it, over an hour
    np.testing.assert_allclose(found, expected, atol=2e-3)
    np.testing.assert_allclose(tracks["z"], -DEPTH / 2, atol=1e-4)


def test_what_is_wrong_names_the_forcing_as_it_calls_itself(water: Whirl, tmp_path: Path) -> None:
    water.max_gap = HOUR - 1
    with pytest.raises(
        ForcingError, match=r"hour 0 of the whirl: no record for 1 h after 0 h \(the next is 1 h in hour 1"
    ):
        solve(write_run(tmp_path, tree()))
    with pytest.raises(
        ForcingError, match="whirl: the forcing covers 0 h to 2 h, the run asks for 0 h to 3 h"
    ):
        solve(write_run(tmp_path, tree(time={"step": "60s", "end": "3h"})))
