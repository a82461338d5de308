"""What is asked of a scheduler: layouts that fit, margins over what is predicted, and wishes that are obeyed
or refused."""

import pytest

from fvdrift.errors import RunFileError
from fvdrift.jobs.resources import LONGEST_S, MEMORY_MARGIN, NODE_EXTRA, Resources, resources_of
from fvdrift.preparation.costs import COSTS
from fvdrift.preparation.run_sizes import AHEAD, Sizes
from fvdrift.preparation.run_time import overlap, predict
from fvdrift.preparation.size import shared_out
from fvdrift.settings.output import Parallel

SIZES = Sizes(
    elements=200_000, frames=25, frame_bytes=20.4e6, window=4, packed=True, particles=1_000_000, particle_steps=1_440_000_000,
    intervals=24, steps=60, rows=25, row_bytes=34,
)  # fmt: skip
FREE = {"ranks": None, "nodes": None, "ranks_per_node": None, "walltime_s": None, "memory_bytes": None}


def asked(sizes: Sizes = SIZES, wish: Parallel | None = None, **wishes: int) -> Resources:
    return resources_of(sizes, wish or Parallel(), **(FREE | wishes))


@pytest.mark.parametrize(
    ("wishes", "layout"),
    [
        ({"ranks": 8}, (8, 1, 8)),
        ({"ranks": 100, "ranks_per_node": 32}, (100, 4, 32)),
        ({"ranks": 100, "nodes": 4}, (100, 4, 25)),
        ({"nodes": 2, "ranks_per_node": 48}, (96, 2, 48)),
        ({"ranks": 101, "nodes": 4, "ranks_per_node": 32}, (101, 4, 32)),
    ],
)
def test_ranks_and_nodes_follow_from_what_is_given(
    wishes: dict[str, int], layout: tuple[int, int, int]
) -> None:
    needed = asked(**wishes)
    assert (needed.ranks, needed.nodes, needed.ranks_per_node) == layout
    assert 0 < needed.ranks_on_last <= needed.ranks_per_node
    assert (needed.nodes - 1) * needed.ranks_per_node + needed.ranks_on_last == needed.ranks


def test_a_small_run_gets_few_ranks_and_a_large_one_fills_a_node() -> None:
    tiny = SIZES._replace(particles=100, particle_steps=144_000, elements=2000, frame_bytes=2e5)
    huge = SIZES._replace(particles=10**9, particle_steps=10**14)
    assert asked(tiny).ranks == 1
    assert asked(huge).ranks == 64
    assert asked(tiny, nodes=3).ranks == 3


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"ranks": 65}, "on how many nodes"),
        ({"ranks": 100, "nodes": 2, "ranks_per_node": 32}, "only 64 fit on 2 node"),
        ({"ranks": 3, "nodes": 4}, "3 node"),
        ({"ranks": 32, "nodes": 2, "ranks_per_node": 32}, "1 node"),
    ],
)
def test_layouts_that_do_not_fit_are_refused_in_one_sentence(wishes: dict[str, int], words: str) -> None:
    with pytest.raises(RunFileError, match=words) as refused:
        asked(**wishes)
    assert refused.value.exit_code == 2
    assert len(refused.value.problems) == 1


def test_memory_of_a_node_is_that_of_its_ranks_and_more() -> None:
    needed = asked(ranks=60, nodes=4)
    predicted = predict(SIZES, shared_out(Parallel(), 60, SIZES))
    assert needed.first_bytes == pytest.approx(
        MEMORY_MARGIN * (predicted.first_bytes + 14 * predicted.other_bytes) + NODE_EXTRA, rel=1e-6
    )
    assert needed.other_bytes == pytest.approx(
        MEMORY_MARGIN * 15 * predicted.other_bytes + NODE_EXTRA, rel=1e-6
    )
    assert needed.first_mib * 2**20 >= needed.first_bytes


def test_frames_that_ranks_of_a_node_read_take_their_memory_once_on_each() -> None:
    by_rank_0, by_nodes = (
        asked(wish=Parallel(forcing=forcing), ranks=60, nodes=4) for forcing in ("manager", "nodes")
    )
    of_node = MEMORY_MARGIN * SIZES.frame_bytes * (SIZES.window + 2 * AHEAD + AHEAD)
    assert by_nodes.other_bytes - by_rank_0.other_bytes == pytest.approx(of_node, rel=1e-6)
    on_rank_0 = MEMORY_MARGIN * SIZES.frame_bytes * (SIZES.window + 3 + overlap(SIZES.elements, 59))
    assert by_nodes.first_bytes - by_rank_0.first_bytes == pytest.approx(of_node - on_rank_0, rel=1e-6)


def test_given_memory_is_that_of_each_rank() -> None:
    needed = asked(ranks=8, memory_bytes=2**30)
    assert needed.first_bytes == needed.other_bytes == 8 * 2**30 + NODE_EXTRA


def test_time_has_a_margin_and_is_one_a_person_would_write() -> None:
    needed = asked(ranks=4)
    assert needed.walltime_s >= 2 * needed.predicted_s + 300 + needed.lead_s
    assert needed.walltime_s % 300 == 0
    assert asked(SIZES._replace(particle_steps=10**15), ranks=4).walltime_s == LONGEST_S
    assert asked(ranks=4, walltime_s=7200).walltime_s == 7200


def test_the_signal_comes_early_enough_for_a_large_checkpoint_and_after_the_start_of_a_short_job() -> None:
    assert asked(ranks=4).lead_s >= 120
    large = SIZES._replace(particles=10**9)
    assert asked(large, ranks=4).lead_s >= 120 + 150  # 60 bytes of each, 100 MB a second and rank
    assert asked(large, ranks=64).lead_s < 120 + 15
    assert asked(ranks=4, walltime_s=120).lead_s == 60


def test_ranks_that_import_from_a_file_system_of_all_nodes_need_longer() -> None:
    staged, shared = (asked(ranks=1024, nodes=16, staged=staged) for staged in (True, False))
    assert shared.predicted_s - staged.predicted_s == pytest.approx(1024 * COSTS.calls / COSTS.calls_per_s)
    assert asked(ranks=64, staged=False).predicted_s == asked(ranks=64).predicted_s


def test_threads_are_those_of_the_run_file() -> None:
    assert asked(wish=Parallel(threads=4), ranks=4).threads == 4
