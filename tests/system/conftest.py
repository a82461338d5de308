"""The runs of `cases`, each done once on one part in this process: what all other ways to run them are held
against."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from .cases import CASES
from .workshop import MPIEXEC, digest, solve, start, write_run


class Truth(NamedTuple):
    """A run file, its tracks by one worker, and what they hash to."""

    run_file: Path
    tracks: Path
    digest: str


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Truth]:
    """By name of a case: its run by one worker."""
    done: dict[str, Truth] = {}

    def of(name: str) -> Truth:
        if name not in done:
            folder = tmp_path_factory.mktemp(name)
            run_file = write_run(folder, CASES[name](folder))
            tracks = solve(run_file, output="one.nc")
            done[name] = Truth(run_file, tracks, digest(tracks))
        return done[name]

    return of


@pytest.fixture(scope="session")
def on_ranks(truth: Callable[[str], Truth]) -> Callable[[int, str], dict[str, Path]]:
    """By number of ranks and kind of manager: the tracks of all cases, run one after the other under one
    mpiexec."""
    if MPIEXEC is None:
        pytest.skip("no mpiexec")
    done: dict[tuple[int, str], dict[str, Path]] = {}

    def of(ranks: int, manager: str) -> dict[str, Path]:
        if (ranks, manager) not in done:
            tracks = {name: truth(name).tracks.with_name(f"{manager}{ranks}.nc") for name in CASES}
            runs = [
                (str(truth(name).run_file), f"output.file={tracks[name].name}", f"parallel.manager={manager}")
                for name in CASES
            ]
            ran = start(
                json.dumps(runs),
                ranks=ranks,
                program=[Path(__file__).with_name("run_several.py")],
                timeout=300,
            )
            assert ran.returncode == 0, ran.stderr
            done[ranks, manager] = tracks
        return done[ranks, manager]

    return of
