"""The record of a run: whole or not at all, and JSON whatever is put into it."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import OutputError
from fvdrift.output.paths import record_path
from fvdrift.output.run_record import RunRecord


@pytest.fixture
def record(tmp_path):
    return RunRecord(tmp_path / "t.run.json", command=["fvdrift", "run"], ranks=2, versions={"numpy": "2"})


def read(record):
    return json.loads(record.path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_it_lies_beside_the_tracks():
    assert record_path(Path("out/a.b.nc")) == Path("out/a.b.run.json")


def test_released_is_the_sum_of_all_fates(record):
    record.add_counts("2020-05-01T00:00:00Z", {"not_released": 3, "active": 5, "exited": np.int64(2)})
    record.write(0)
    (counts,) = read(record)["counts"]
    assert counts["released"] == 7
    assert counts["not_released"] == 3
    assert counts["stranded"] == 0


def test_timings_add_up_and_the_last_write_counts(record):
    record.set_seconds({"read_s": 1.5})
    record.write(None)
    assert read(record)["exit"] is None
    record.set_seconds({"read_s": 1.75, "advance_cpu_s": np.float64(2)})
    record.set(particle_steps=10**12, peak_memory_bytes=[1, 2])
    record.write(3)
    content = read(record)
    assert content["exit"] == 3
    assert content["timings"]["read_s"] == 1.75
    assert content["timings"]["advance_cpu_s"] == 2
    assert content["particle_steps"] == 10**12
    assert content["ranks"] == 2
    assert content["ended"] >= content["started"]


def test_anything_numpy_gives_is_written_as_json(record):
    record.set(
        imbalance=np.float64("nan"),
        share=np.arange(3),
        folder=Path("a"),
        worst=float("inf"),
        ok=np.bool_(True),
    )
    record.write(0)
    content = read(record)
    assert content["imbalance"] is None
    assert content["worst"] is None
    assert content["share"] == [0, 1, 2]
    assert content["folder"] == "a"
    assert content["ok"] is True


def test_a_failed_write_keeps_the_old_record(record, monkeypatch):
    record.write(None)
    before = record.path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"t\.run\.json: cannot be written: No space left"):
        record.write(0)
    assert record.path.read_bytes() == before
    assert os.listdir(record.path.parent) == ["t.run.json"]
