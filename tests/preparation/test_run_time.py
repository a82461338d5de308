"""The model of time and memory: closed forms, what more of anything does, and limits that are clear
beforehand."""

import math
from itertools import pairwise

import pytest

from fvdrift.output import plan_stripes
from fvdrift.preparation.costs import COSTS, PLAIN_STEP_NS
from fvdrift.preparation.run_sizes import Ranks, Sizes, ranks_of
from fvdrift.preparation.run_time import entry_ns, overlap, predict, releasing, rounds, worth

STEPS = 60
LAYERS = 10
RANKS = (1, 2, 4, 8, 15, 16, 64, 128, 1024, 10_000)


def sizes(elements=200_000, particles=100_000, intervals=24, **more) -> Sizes:
    """A run of `intervals` hours, 10 layers, u, v and omega."""
    given = {
        "elements": elements,
        "frames": intervals + 1,
        "frame_bytes": 4.0 * elements * (2 * LAYERS + 0.5 * (LAYERS + 1)),
        "window": 2,
        "packed": False,
        "particles": particles,
        "particle_steps": particles * intervals * STEPS,
        "intervals": intervals,
        "steps": STEPS,
        "rows": intervals + 1,
        "row_bytes": 34,
    }
    return Sizes(**(given | more))


def dealt(particles: int, rows: int, split="auto", **more) -> Sizes:
    """The same, with the stripes and files that such tracks are cut into."""
    cut = plan_stripes(particles, rows, 34, split)
    assert len(cut) > 1
    return sizes(particles=particles, rows=rows, stripes=len(cut), files=cut.files, **more)


def large(days: int) -> Sizes:
    """A hundred million particles, a million elements, 40 layers, a row every hour, a checkpoint a day."""
    hours = 24 * days
    frame = 4.0 * 1e6 * (2 * 40 + 0.5 * 41)
    return dealt(10**8, hours + 1, elements=10**6, intervals=hours, frame_bytes=frame, checkpoints=days)


def on(ranks: int, **more) -> Ranks:
    return ranks_of(ranks, dedicated_from=16, **more)


def test_one_worker_moves_particles_by_step_entry_and_rest():
    it = sizes(particle_steps=1_000_000_000, steps=100)
    nanoseconds = 1e9 * PLAIN_STEP_NS + 1e7 * (entry_ns(it, 1) + COSTS.rest_ns)
    assert predict(it, on(1)).parts["moving particles"] == pytest.approx(1e-9 * nanoseconds)


def test_an_option_costs_its_nanoseconds_in_every_step():
    plain, more = (
        predict(sizes(step_ns=ns), on(1)).parts["moving particles"]
        for ns in (PLAIN_STEP_NS, PLAIN_STEP_NS + 50)
    )
    assert more - plain == pytest.approx(50e-9 * sizes().particle_steps)


def test_rows_are_put_in_order_beside_the_moving_where_rank_0_only_manages():
    it = sizes(rows=25)
    gathering = 1e-9 * it.particles * 25 * COSTS.gather_ns

    def cost(ranks: int, of: Sizes) -> float:
        with_it, without = (
            predict(of, on(ranks), costs).parts["recording"]
            for costs in (COSTS, COSTS._replace(gather_ns=0.0))
        )
        return with_it - without

    assert cost(1, it) == pytest.approx(gathering)
    assert cost(15, it) == pytest.approx(gathering)
    assert cost(16, it) == 0.0
    hardly = it._replace(particle_steps=it.particles)  # the workers are back before
    assert cost(16, hardly) == pytest.approx(gathering - predict(hardly, on(16)).parts["moving particles"])


def test_the_memory_of_a_lone_worker_is_the_sum_of_what_it_holds():
    it = sizes(rows=25, intervals=24)
    costs = COSTS._replace(record_bytes=0.0)
    held = (6 + 3) * it.frame_bytes + it.elements * (COSTS.mesh_bytes + 2 * COSTS.subdomain_bytes)
    held += it.particles * (COSTS.particle_bytes + 2 * it.row_bytes)
    assert predict(it, on(1), costs).first_bytes == pytest.approx(
        COSTS.interpreter_bytes + COSTS.manager_bytes + held
    )


def test_a_piece_and_its_rim_never_exceed_the_mesh():
    assert overlap(200_000, 1) == 1.0
    for workers in RANKS:
        assert overlap(20, workers) / workers <= 1.0
    # cut_subdomain on a square of 199 712 elements: 1.072, 1.258, 1.794 for 10, 100, 1000 pieces
    assert overlap(199_712, 1000) == pytest.approx(1.794, rel=0.02)


def test_particles_change_hands_in_one_round_where_nobody_else_is():
    assert rounds(sizes(), 1) == 1.0
    assert rounds(sizes(), 4) < rounds(sizes(), 400)


@pytest.mark.parametrize("ranks", RANKS)
@pytest.mark.parametrize("what", ["particles", "elements", "intervals"])
def test_more_of_anything_takes_more_time_and_memory(ranks, what):
    grown = [predict(sizes(**{what: int(10**power)}), on(ranks)) for power in (4, 4.5, 5, 6, 7)]
    for less, more in pairwise(grown):
        assert more.seconds > less.seconds
        if what != "intervals":
            assert more.first_bytes > less.first_bytes
            assert more.other_bytes >= less.other_bytes
        # over a larger mesh fewer particles change hands, and they move longer, so more rows are put in order
        # meanwhile; the last band of rows may be a short one
        may_fall = {"elements": {"meeting", "recording"}, "intervals": {"packing the last rows"}}.get(
            what, set()
        )
        assert all(
            more.parts[name] >= less.parts[name] * (1 - 1e-12) for name in less.parts.keys() - may_fall
        )


@pytest.mark.parametrize("particles", [10**5, 10**7, 10**9])
@pytest.mark.parametrize("elements", [10**5, 10**7])
def test_more_ranks_never_move_particles_slower_nor_need_more_memory_each(elements, particles):
    it = sizes(elements, particles)
    grown = [predict(it, on(ranks)) for ranks in RANKS]
    starting = [predict(it, on(ranks)).parts["starting"] - releasing(it, on(ranks)) for ranks in RANKS]
    assert starting == pytest.approx(sorted(starting), rel=1e-12)
    for less, more in pairwise(grown):
        assert more.parts["moving particles"] <= less.parts["moving particles"]
        assert more.other_bytes <= less.other_bytes


def test_a_large_run_on_few_ranks_scales_by_their_number():
    many = sizes(particles=10**8, rows=2)
    one, eight = (predict(many, on(ranks)).parts["moving particles"] for ranks in (1, 8))
    assert one / eight == pytest.approx(8, rel=0.05)


def test_ranks_beyond_the_cores_move_nothing_faster():
    many = sizes(particles=10**7)
    two, eight = (predict(many, on(ranks, cores=2)).parts["moving particles"] for ranks in (2, 8))
    assert eight == pytest.approx(two, rel=0.1)


def test_threads_move_particles_nearly_as_ranks_do_and_need_less_memory():
    many = sizes(particles=10**7)
    few, threads, ranks = predict(many, on(2)), predict(many, on(2, threads=4)), predict(many, on(8))
    moving = [it.parts["moving particles"] for it in (ranks, threads, few)]
    assert moving == sorted(moving)  # a thread does not sort what another moves
    assert threads.first_bytes + threads.other_bytes < ranks.first_bytes + 7 * ranks.other_bytes


@pytest.mark.parametrize(
    ("limit", "ranks", "given"),
    [
        ("moving particles", 1, {"particles": 10**7, "rows": 2}),
        ("moving particles", 2, {"particles": 10**8, "rows": 2}),
        ("packing rows", 1024, {"elements": 10**7, "particles": 10**9}),
        ("reading", 1, {"elements": 10**6, "particles": 1000, "intervals": 1000, "packed": True}),
        (
            "reading",
            128,
            {"elements": 10**6, "particles": 10**6, "intervals": 1000, "rows": 2, "packed": True},
        ),
        ("sending frames", 128, {"elements": 10**6, "particles": 10**6, "intervals": 1000, "rows": 2}),
        (
            "packing rows",
            64,
            {"particles": 10**9, "particle_steps": 10**9, "rows": 100, "stripes": 63, "files": 63},
        ),
        (
            "putting rows into files",
            64,
            {"particles": 10**9, "particle_steps": 10**9, "rows": 100, "stripes": 6300},
        ),
        (
            "the file system",
            1024,
            {"particles": 10**9, "particle_steps": 10**9, "rows": 100, "stripes": 10**6, "files": 1000},
        ),
        ("writing checkpoints", 64, {"particles": 10**8, "rows": 2, "checkpoints": 10**4}),
        ("looking for statistics", 8, {"rows": 2, "looks": 10**11}),
        ("starting", 1, {"elements": 10**6, "particles": 100, "intervals": 1}),
        ("meeting", 10_000, {"elements": 10**5, "particles": 10**6, "intervals": 1000, "rows": 2}),
    ],
)
def test_the_limit_is_named(limit, ranks, given):
    assert predict(sizes(**given), on(ranks)).limited_by == limit


def test_reading_costs_nothing_while_particles_move_longer():
    few = sizes(particles=10**7)
    packed = few._replace(packed=True)
    assert predict(packed, on(1)).beside["reading"] > predict(few, on(1)).beside["reading"]
    assert predict(packed, on(1)).seconds == predict(few, on(1)).seconds


def test_readers_help_with_deflated_files_as_far_as_there_are_large_fields():
    for packed, times in ((True, (1, 2, 3, 3)), (False, (1, 1, 1, 1))):
        it = sizes(packed=packed)
        one, *more = (predict(it, on(1, readers=readers)) for readers in (1, 2, 3, 8))
        for other, factor in zip((one, *more), times, strict=True):
            assert one.beside["reading"] == pytest.approx(factor * other.beside["reading"])
            assert one.first_bytes == other.first_bytes


def test_more_particles_are_worth_more_ranks():
    numbers = [
        worth(sizes(particles=particles, rows=2), dedicated_from=16)
        for particles in (10**3, 10**5, 10**7, 10**9)
    ]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1
    assert numbers[-1] >= 64


def test_every_size_in_the_range_has_a_finite_answer():
    for elements in (10**5, 10**6, 10**7):
        for particles in (10**5, 10**7, 10**9):
            for ranks in RANKS:
                it = predict(sizes(elements, particles), on(ranks))
                assert math.isfinite(it.seconds)
                assert it.seconds >= max(*it.parts.values(), *it.beside.values())
                assert it.limited_by in it.parts or it.limited_by in it.beside


def test_only_the_last_rows_are_packed_after_the_last_step():
    whole, day = predict(sizes(rows=1), on(1)), predict(sizes(rows=800), on(1))
    assert whole.beside["packing rows"] == 0.0
    assert whole.parts["packing the last rows"] == pytest.approx(
        34 * sizes().particles / COSTS.final_bytes_per_s + COSTS.file_s
    )
    assert day.beside["packing rows"] > 10 * day.parts["packing the last rows"] > 0.0


def test_rows_that_are_dealt_are_packed_by_all_and_put_in_place_by_one_for_each_file():
    it, ranks = dealt(10**8, 100, split=10**9), 21
    needed, records = predict(it, on(ranks)), 10**8 * 100
    owners = ranks - 1
    assert (it.files, math.ceil(it.files / owners)) == (64, 4)
    recording = records / owners * (COSTS.record_ns + COSTS.deal_ns + 0.95 * 34 * COSTS.send_ns)
    assert needed.parts["recording"] == pytest.approx(1e-9 * recording)
    last = 10 / 100  # of ten bands
    stripes = math.ceil(it.stripes / owners)
    packing = stripes * 34 * records / it.stripes / COSTS.final_bytes_per_s
    assert needed.parts["packing rows"] == pytest.approx(packing * (1 - last))
    putting = 4e-9 * 34 * records / 64 * (COSTS.put_ns + 0.95 * COSTS.take_ns)
    assert needed.beside["putting rows into files"] == pytest.approx(putting * (1 - last))


def test_rank_0_holds_nothing_of_a_particle_whose_rows_others_own():
    few, many = (predict(dealt(particles, 25), on(64)) for particles in (10**8, 3 * 10**8))
    assert few.first_bytes == many.first_bytes
    assert few.other_bytes < many.other_bytes
    few, many = (predict(sizes(particles=particles, row_bytes=0), on(64)) for particles in (10**5, 10**9))
    assert few.first_bytes == many.first_bytes


def test_an_owner_has_memory_for_two_rows_and_a_band():
    without, with_rows = (
        predict(sizes(particles=10**8, row_bytes=0), on(64)),
        predict(dealt(10**8, 25), on(64)),
    )
    stripes = dealt(10**8, 25).stripes
    owned = 10**8 / stripes * math.ceil(stripes / 63)
    further = COSTS.record_bytes * (25 / 24 - 1)
    assert with_rows.other_bytes - without.other_bytes == pytest.approx(owned * (34 * (2 + 12) + further))


def test_a_checkpoint_is_written_by_all_as_fast_as_the_file_system_takes_it():
    def of_one(ranks: int) -> float:
        return predict(sizes(particles=10**9, checkpoints=3), on(ranks)).parts["writing checkpoints"] / 3

    one_rank = 10**9 * COSTS.kept_bytes / COSTS.row_bytes_per_s
    assert of_one(1) == pytest.approx(one_rank, rel=1e-3)
    assert of_one(8) == pytest.approx(one_rank / 8, rel=1e-3)
    assert of_one(1024) == pytest.approx(10**9 * COSTS.kept_bytes / COSTS.disk_bytes_per_s + 0.1024)


@pytest.mark.parametrize(("days", "seconds"), [(1, 10), (30, 220)])
def test_what_a_large_run_writes_does_not_hold_it_up(days, seconds):
    """Rows, checkpoints and releases on 1024 ranks, were there nothing else that they could be written beside."""
    it = large(days)
    needed = predict(it, on(1024))
    beside = max(
        needed.beside[name] for name in ("writing rows", "putting rows into files", "the file system")
    )
    alone = max(needed.parts["packing rows"], beside) + releasing(it, on(1024))
    alone += sum(needed.parts[name] for name in ("recording", "packing the last rows", "writing checkpoints"))
    assert alone < seconds
    assert needed.disk_rate <= COSTS.disk_bytes_per_s


def test_all_members_pack_what_one_run_of_their_particles_would_and_each_makes_its_file():
    one, many = (predict(sizes(particles=10**6, files=files), on(8)) for files in (1, 100))
    assert many.beside["packing rows"] == one.beside["packing rows"]
    more = many.parts["packing the last rows"] - one.parts["packing the last rows"]
    assert more == pytest.approx(99 * COSTS.file_s)
