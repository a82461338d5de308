"""Bytes from rank to rank, counted by kind and link."""

import numpy as np
import pytest

from fvdrift.engine.messages import Kept, KeptBeside, Stored, Weigh, Weight
from fvdrift.engine.report import Records, Report
from fvdrift.engine.transport.traffic import KINDS, LINKS, Traffic, bytes_by_kind, described

NODES = [0, 0, 2, 2, 2]  # of five ranks, each by its first rank


def counted(traffic: Traffic) -> dict:
    """What was sent, without what was not."""
    of_kinds = {kind: links for kind, links in described(traffic.state()).items() if kind in KINDS}
    return {(kind, link): n for kind, links in of_kinds.items() for link, n in links.items() if n}


def test_the_link_is_that_of_the_nodes() -> None:
    traffic = Traffic(NODES, 3)
    for to in range(5):
        traffic.add("rows", to, 10**to)
    assert counted(traffic) == {("rows", "ranks"): 11, ("rows", "node"): 10_100}  # 1000 stay on rank 3


def test_several_at_once_are_counted_like_one_after_the_other() -> None:
    at_once, one_by_one = Traffic(NODES, 3), Traffic(NODES, 3)
    weights = np.array([1, 10, 100, 1000, 10_000])
    at_once.add_each("checkpoints", weights)
    for to, nbytes in enumerate(weights):
        one_by_one.add("checkpoints", to, nbytes)
    assert (
        counted(at_once)
        == counted(one_by_one)
        == {("checkpoints", "ranks"): 11, ("checkpoints", "node"): 10_100}
    )


def test_a_communicator_of_some_ranks_has_numbers_of_its_own() -> None:
    traffic = Traffic(NODES, 3)
    workers = traffic.among([1, 2, 3, 4])
    workers.add("particles", 0, 5)  # rank 1
    workers.add("particles", 2, 7)  # itself
    workers.add("particles", 3, 11)  # rank 4
    assert counted(traffic) == {("particles", "ranks"): 5, ("particles", "node"): 11}


@pytest.mark.parametrize(
    ("nodes", "each", "first", "between"),
    [
        (1, 1, 0, 0),
        (1, 2, 1, 0),
        (1, 3, 2, 0),
        (1, 8, 3, 0),
        (1, 9, 4, 0),
        (8, 1, 3, 4),
        (16, 64, 4 + 6, 11),
        (3, 2, 3, 0),
    ],
)
def test_a_broadcast_reaches_all_others_once(nodes: int, each: int, first: int, between: int) -> None:
    """first: rounds of doubling until all have it, each with one message of rank 0, among nodes and on its own."""
    traffic = Traffic([node for node in range(nodes) for _ in range(each)])
    traffic.broadcast("mesh", 8)
    sent = counted(traffic)
    assert sent.get(("mesh", "manager"), 0) == 8 * first
    assert sent.get(("mesh", "ranks"), 0) == 8 * between
    assert sum(sent.values()) == 8 * (nodes * each - 1)


def test_a_report_is_rows_statistics_and_tallies() -> None:
    one = np.zeros(1, np.int64)
    report = Report(
        steps=one, stuck=one, sent=one, received=one, peak_memory_bytes=one, hand_offs=3, rounds=4, below_bed=6,
        counts=np.zeros(7, np.int64), records=[[{"x": np.zeros(100), "status": np.zeros(100, np.int8)}]],
        fates=[np.zeros(7, np.int64)], statistics=[[{"cells": np.zeros(50, np.int32)}, None]], alerts=[], advance_s=0.5,
    )  # fmt: skip
    found = bytes_by_kind(report)
    assert found["rows"] == 900
    assert found["statistics"] == 208
    # two arrays of 7, and no more than a word for each number
    assert 112 < found["tallies"] < 300
    assert set(found) == {"rows", "statistics", "tallies"}
    assert bytes_by_kind(Records(report.records)) == {"rows": 900}


def test_what_workers_hold_is_of_checkpoints() -> None:
    particles = np.zeros(10, [("x", "f8"), ("status", "i1")])
    assert bytes_by_kind(Kept(particles, [particles[:3]])) == {"checkpoints": 117}
    assert bytes_by_kind(Weight(np.zeros(4, np.int32), np.zeros(4, np.int64))) == {"tallies": 48}
    stored = Stored(1, 5, "sum", ("name",))
    assert bytes_by_kind(stored) == {"checkpoints": 8 + 8 + 3 + 4}
    assert bytes_by_kind(KeptBeside((stored, None)).plus(KeptBeside((stored,)))) == {
        "checkpoints": 2 * 23 + 8
    }
    assert bytes_by_kind(Weigh()) == {}
    assert bytes_by_kind(None) == {"tallies": 8}


def test_a_message_is_of_the_manager_where_rank_0_tells_or_hears_it() -> None:
    kept = Kept(np.zeros(10), [])
    for rank, to, link in [(0, 4, "manager"), (4, 0, "manager"), (4, 3, "node"), (4, 1, "ranks")]:
        traffic = Traffic(NODES, rank)
        traffic.add_message(kept, to)
        assert counted(traffic) == {("checkpoints", link): 80}


def test_files_are_counted_as_they_are_read_and_written(tmp_path) -> None:
    path = tmp_path / "file"
    traffic = Traffic()
    path.write_bytes(b"x" * 3_000_000)
    path.read_bytes()
    of_files = described(traffic.state())
    assert 3_000_000 <= of_files["written"] < 3_200_000
    assert 3_000_000 <= of_files["read"] < 3_200_000


def test_all_kinds_have_all_links() -> None:
    of_all = described(Traffic().state())
    assert set(of_all) == {*KINDS, "read", "written"}
    assert all(tuple(of_all[kind]) == LINKS for kind in KINDS)
