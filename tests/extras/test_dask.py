"""Runs as tasks of dask.distributed: each in a process of a local cluster, in a thread of its own there."""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fvdrift

pytestmark = pytest.mark.extras
ROOT = Path(__file__).parents[2]
TREE: dict[str, Any] = {
    "forcing": {"files": [str(ROOT / "configs/estuary/estA_000*.nc")]}, "time": {"duration": "1h"},
    "boundary": {"open": str(ROOT / "configs/estuary/estA_obc.dat")}, "diffusion": {"horizontal": "1 m2/s"},
    "release": [{"count": 60, "box": [420000.0, 5541900.0, 445300.0, 5552100.0], "sigma": -0.3}],
    "output": {"every": "20min"},
}  # fmt: skip


def task(folder: Path, seed: int, **more: Any) -> tuple[fvdrift.FinishedRun, int]:
    made = fvdrift.run(TREE, progress=False, seed=seed, **{"output.file": folder / f"{seed}.nc"}, **more)
    assert isinstance(made, fvdrift.FinishedRun)
    return made, os.getpid()


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as connected,
    ):
        yield connected


def test_many_runs_have_the_bytes_that_each_has_alone(client: Any, tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    for seed in (1, 2):
        task(tmp_path / "alone", seed)
    tasks = [client.submit(task, tmp_path, seed, pure=False) for seed in range(1, 7)]
    done = client.gather(tasks)
    runs = [run for run, _ in done]
    assert {process for _, process in done}.isdisjoint({os.getpid()})
    assert [run.path.name for run in runs] == [f"{seed}.nc" for seed in range(1, 7)]
    assert len({run.path.read_bytes() for run in runs}) == 6
    for seed in (1, 2):
        assert (tmp_path / f"{seed}.nc").read_bytes() == (tmp_path / "alone" / f"{seed}.nc").read_bytes()
    with runs[0].dataset as tracks:
        assert tracks.sizes["trajectory"] == 60


def test_errors_come_back_whole(client: Any, tmp_path: Path) -> None:
    wrong = client.submit(
        task, tmp_path, 1, **{"release.0.cuont": 5, "time.stepp": "1s"}, pure=False, retries=0
    )
    with pytest.raises(fvdrift.RunFileError) as raised:
        wrong.result()
    assert len(raised.value.problems) == 2
    task(tmp_path, 3)
    with pytest.raises(fvdrift.RunFileError, match="give overwrite=True"):
        client.submit(task, tmp_path, 3, pure=False).result()


def test_a_run_and_its_errors_go_through_pickle() -> None:
    error = pickle.loads(pickle.dumps(fvdrift.RunFileError(["one", "two"])))
    assert (error.problems, str(error)) == (["one", "two"], "one\ntwo")
    stopped = pickle.loads(pickle.dumps(fvdrift.Interrupted("stopped")))
    assert (type(stopped), str(stopped)) == (fvdrift.Interrupted, "stopped")
