"""Runs put together at random, on parts and with meetings at random: the bytes are those of one part,
always."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fvdrift.engine.manager import decomposition as pieces
from fvdrift.timeline import intervals as timetable

from .cases import ALL
from .flows import LENGTH, WIDTH, channel, gyres, without
from .workshop import HOUR, Tree, digest, record, solve, write_run

MINUTE = HOUR // 60


@pytest.fixture(scope="module")
def waters(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of forcing files: still to fast, drying, tilted layers, without omega, on the sphere."""
    folder = tmp_path_factory.mktemp("waters")
    return [
        str(channel(folder / "slow.nc", gyres(0.05), elements=40, sigma="uneven")),
        str(channel(folder / "faster.nc", gyres(0.3, growth=5.0), elements=700, sigma="node")),
        str(channel(folder / "fast.nc", gyres(2.5, drift=1.0), elements=900, frames=9, every=HOUR // 2)),
        str(
            channel(
                folder / "beach.nc",
                gyres(0.8, drift=0.2),
                wet=True,
                h=lambda x, y: 9.0 - 11.0 * y / WIDTH,
                frames=9,
            )
        ),
        str(channel(folder / "ww.nc", without(gyres(0.8), "omega"), elements=200, sigma="node", wet=True)),
        str(channel(folder / "continuity.nc", without(gyres(0.8), "omega", "ww"), elements=200)),
        str(channel(folder / "globe.nc", gyres(1.0), coordinates="geographic", sigma="node")),
    ]


def any_run(pick: random.Random, waters: list[str]) -> Tree:
    """A run file; times are in whole minutes."""
    forcing = pick.choice(waters)
    frame = 30 if "fast.nc" in forcing else 60
    step = pick.choice([1, 2, 5, 7, 10, 13, 30, frame])
    begin, length = pick.randint(0, 60), pick.randint(1, 180)
    sphere = "globe" in forcing
    corners = [-4.0, 50.0, -3.86, 50.0225] if sphere else ALL
    backward = pick.random() < 0.25
    whole_steps = length // step

    def moment() -> str:
        """On the grid of steps, which begins at the end of a backward run."""
        steps = pick.randint(0, whole_steps)
        return f"{begin + length - steps * step if backward else begin + steps * step}min"

    def block() -> Tree:
        middle = [pick.uniform(0.1, 0.9) * LENGTH, pick.uniform(0.1, 0.9) * WIDTH]
        tree: dict[str, Any] = {"count": pick.choice([1, 5, 150])}
        if sphere or pick.random() < 0.6:
            tree["box"] = corners
        else:
            tree |= {"point": middle, "radius": pick.choice(["0m", "50m", "1km"])}
        tree["depth"] = pick.choice(["uniform", "surface", "bottom", "3m", ["0m", "50m"]])
        tree["start"] = moment()
        if pick.random() < 0.5:
            tree["every"] = f"{step * pick.choice([1, 2, 7])}min"
        return tree

    advection = (
        {}
        if sphere
        else pick.choice([{}, {}, {"depth": "4m"}, {"dimension": "2d"}, {"dimension": "surface"}])
    )
    ends = [[-1.0, -1.0], [1.0, -1.0], [1.0, WIDTH], [-1.0, WIDTH]]
    return {
        "seed": pick.randint(0, 2**40), "forcing": {"files": [forcing]}, "advection": advection,
        "time": {
            "start": f"{begin}min", "duration": f"{length}min", "step": f"{step}min",
            "direction": "backward" if backward else "forward",
        },
        "release": [block() for _ in range(pick.randint(1, 3))],
        "boundary": {
            "coast": pick.choice(["slide", "reflect", "strand"]),
            "open": "none" if sphere else pick.choice(["none", forcing.replace(".nc", "_obc.dat"), ends]),
        },
        "output": {
            "every": f"{step * pick.choice([1, 2, 3, 8])}min",
            "variables": pick.sample(["u", "v", "temp", "zeta", "age", "water_depth"], pick.randint(0, 4)),
        },
    }  # fmt: skip


def stirred_run(pick: random.Random, waters: list[str]) -> Tree:
    """The same with random walks, sinking, an alert that may stop it, and either interpolation in time."""
    tree = any_run(pick, waters)
    across = pick.choice(["3 m2/s", "300 m2/s", "smagorinsky"])
    tree["diffusion"] = {"horizontal": across}
    if not tree["advection"]:
        tree["diffusion"]["vertical"] = "0.02 m2/s"
        tree["behaviour"] = {"settling": pick.choice(["0 m/s", "2 mm/s", "-5 mm/s"])}
        tree["boundary"]["bottom"] = pick.choice(["reflect", "deposit"])
    tree["forcing"]["time_interpolation"] = pick.choice(["cubic", "linear"])
    tree["alert"] = [
        {
            "when": f"mean(sigma) < {-pick.random()!r} or max(age) > 3000",
            "action": pick.choice(["log", "stop"]),
        }
    ]
    return tree


def same_bytes(
    number: int, waters: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, kind: Callable = any_run
) -> dict[str, Any]:
    pick = random.Random(number)
    path = write_run(folder, kind(pick, waters))
    one = digest(solve(path, output="one.nc"))
    monkeypatch.setattr(pieces, "REACH", pick.choice([1.5, 1.5, 0.3, 1e-3]))
    monkeypatch.setattr(pieces, "SLOWEST_REACH", pick.choice([0.25, 1e-3]))
    monkeypatch.setattr(pieces, "OUT_OF_BALANCE", pick.choice([1.2, 1.0]))
    monkeypatch.setattr(pieces, "WORTH_IT", pick.choice([0.9, 10.0]))
    monkeypatch.setattr(timetable, "RECORD_BYTES", pick.choice([256 << 20, 1]))
    parts = pick.choice([2, 3, 4, 5, 9, 30])
    tracks = solve(path, parts=parts, output="parts.nc")
    assert digest(tracks) == one, (number, parts, path.read_text())
    return record(tracks)


@pytest.mark.parametrize("number", range(40))
def test_any_run(number: int, waters: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same_bytes(number, waters, tmp_path, monkeypatch)


@pytest.mark.validation
def test_a_hundred_stirred_runs(waters: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [same_bytes(5000 + number, waters, tmp_path, monkeypatch, stirred_run) for number in range(100)]
    for key in ("hand_offs", "widened_pieces", "alerts"):
        assert sum(bool(one[key]) for one in said) > 4, key
    assert sum(one["final_counts"]["deposited"] > 0 for one in said) > 5


@pytest.mark.validation
def test_a_thousand_runs(waters: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [same_bytes(1000 + number, waters, tmp_path, monkeypatch) for number in range(1000)]
    for key in ("hand_offs", "repartitions", "widened_pieces", "particle_steps"):
        assert sum(one[key] > 0 for one in said) > 50, key
    for fate in ("stranded", "exited"):
        assert sum(one["final_counts"][fate] > 0 for one in said) > 50, fate
