"""The model of time and memory: closed forms, what more of anything does, and limits that are clear
beforehand."""

import math
from itertools import pairwise

import pytest

from fvdrift.output import plan_stripes
from fvdrift.preparation.costs import COSTS, PLAIN_STEP_NS
from fvdrift.preparation.forcing_by import cannot_read, forcing_by
from fvdrift.preparation.run_sizes import AHEAD, Ranks, Sizes, ranks_of
from fvdrift.preparation.run_time import entry_ns, meeting, overlap, predict, rounds, worth

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


def on(ranks: int, forcing="manager", staged=True, **more) -> Ranks:
    return ranks_of(ranks, dedicated_from=16, **more)._replace(forcing=forcing, staged=staged)


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
    starting = [
        sum(predict(it, on(ranks)).parts[name] for name in ("starting", "cutting the mesh"))
        for ranks in RANKS
    ]
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


IDLE = {"elements": 10**6, "particles": 10**6, "intervals": 1000, "rows": 2}  # hardly anybody in many frames
WRITTEN = {"particles": 10**9, "particle_steps": 10**9, "rows": 100}


@pytest.mark.parametrize(
    ("limit", "how", "given"),
    [
        ("moving particles, by the workers", on(1), {"particles": 10**7, "rows": 2}),
        ("moving particles, by the workers", on(2), {"particles": 10**8, "rows": 2}),
        ("packing rows, by rank 0", on(1024), {"elements": 10**7, "particles": 10**9}),
        ("reading frames, by rank 0", on(1, cores=2), IDLE | {"particles": 1000, "packed": True}),
        ("reading frames, by rank 0", on(128), IDLE | {"packed": True}),
        ("sending frames, by rank 0", on(128), IDLE),
        ("reading frames, by the ranks of each node", on(128, "nodes", per_node=64), IDLE | {"packed": True}),
        ("the file system, reading frames", on(8192, "nodes", per_node=16), IDLE | {"packed": True}),
        ("packing rows, by their owners", on(64), WRITTEN | {"stripes": 63, "files": 63}),
        ("putting rows into files, by the ranks that write them", on(64), WRITTEN | {"stripes": 6300}),
        ("the file system, writing rows", on(1024), WRITTEN | {"stripes": 10**6, "files": 1000}),
        ("writing checkpoints, by all ranks", on(64), {"particles": 10**8, "rows": 2, "checkpoints": 10**4}),
        ("looking for statistics, by the workers", on(8), {"rows": 2, "looks": 10**11}),
        ("starting, by every rank", on(64, cores=2), {"particles": 100, "intervals": 1}),
        ("cutting the mesh, by rank 0", on(1), {"elements": 10**6, "particles": 100, "intervals": 1}),
        (
            "importing, from the file system that nodes share",
            on(1024, per_node=64, staged=False),
            {"particles": 100, "intervals": 1},
        ),
        (
            "meeting, by messages from rank to rank",
            on(10_000, "nodes"),
            {"particles": 10**5, "frames": 2, "intervals": 10_000, "row_bytes": 0},
        ),
    ],
)
def test_the_limit_is_named_and_who_it_is(limit, how, given):
    assert predict(sizes(**given), how).limited_by == limit


def test_reading_costs_nothing_where_a_core_is_left_and_particles_move_longer():
    few = sizes(particles=10**7, row_bytes=0)
    packed = few._replace(packed=True)
    alone, beside = on(1), on(1, cores=2)
    assert predict(packed, beside).beside["reading frames"] > predict(few, beside).beside["reading frames"]
    assert predict(packed, beside).seconds == predict(few, beside).seconds
    more = predict(packed, alone).seconds - predict(few, alone).seconds
    read = packed.frames * packed.frame_bytes
    assert more == pytest.approx(read / COSTS.inflate_bytes_per_s - read / COSTS.read_bytes_per_s)


def test_readers_help_with_deflated_files_as_far_as_the_largest_field_lets_them():
    for packed, times in ((True, (1, 2, 2.5, 2.5)), (False, (1, 1, 1, 1))):
        it = sizes(packed=packed, largest=0.4)
        one, *more = (predict(it, on(1, readers=readers)) for readers in (1, 2, 3, 8))
        for other, factor in zip((one, *more), times, strict=True):
            assert one.beside["reading frames"] == pytest.approx(factor * other.beside["reading frames"])
            assert one.first_bytes == other.first_bytes


def test_more_particles_are_worth_more_ranks():
    numbers = [worth(sizes(particles=particles, rows=2), on) for particles in (10**3, 10**5, 10**7, 10**9)]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1
    assert numbers[-1] >= 64


def test_every_size_in_the_range_has_a_finite_answer():
    for elements in (10**5, 10**6, 10**7):
        for particles in (10**5, 10**7, 10**9):
            for ranks in RANKS:
                for forcing in ("manager", "nodes"):
                    it = predict(sizes(elements, particles), on(ranks, forcing))
                    assert math.isfinite(it.seconds)
                    assert it.seconds >= max(*it.parts.values(), *it.beside.values())
                    assert it.by.keys() >= it.parts.keys() | it.beside.keys()


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

    one_rank, tree = 10**9 * COSTS.kept_bytes / COSTS.row_bytes_per_s, 2 * 10 * COSTS.round_s
    assert of_one(1) == pytest.approx(one_rank, rel=1e-3)
    assert of_one(8) == pytest.approx(one_rank / 8, rel=1e-3)
    assert of_one(1024) == pytest.approx(10**9 * COSTS.kept_bytes / COSTS.disk_bytes_per_s + tree)


@pytest.mark.parametrize(("days", "seconds"), [(1, 10), (30, 220)])
def test_what_a_large_run_writes_does_not_hold_it_up(days, seconds):
    """Rows, checkpoints and releases on 1024 ranks, were there nothing else that they could be written beside."""
    it = large(days)._replace(stored=0.0)
    needed = predict(it, on(1024))
    beside = max(
        needed.beside[name] for name in ("writing rows", "putting rows into files", "the file system")
    )
    after = ("releasing", "recording", "packing the last rows", "writing checkpoints")
    alone = max(needed.parts["packing rows"], beside) + sum(needed.parts[name] for name in after)
    assert alone < seconds
    assert needed.disk_rate <= COSTS.disk_bytes_per_s


def test_all_members_pack_what_one_run_of_their_particles_would_and_each_makes_its_file():
    one, many = (predict(sizes(particles=10**6, files=files), on(8)) for files in (1, 100))
    assert many.beside["packing rows"] == one.beside["packing rows"]
    more = many.parts["packing the last rows"] - one.parts["packing the last rows"]
    assert more == pytest.approx(99 * COSTS.file_s)


def test_the_ranks_of_a_node_read_each_a_field_and_those_of_the_frames_ahead():
    """u is two fifths of a frame: with two ranks each reads half of it all, with many one of every two u."""
    it = sizes(packed=True, largest=0.4)
    alone = it.frames * it.frame_bytes / COSTS.inflate_bytes_per_s
    for ranks, share in ((2, 1 / 2), (4, 1 / 4), (8, 0.4 / AHEAD), (64, 0.4 / AHEAD)):
        needed = predict(it, on(ranks, "nodes"))
        assert needed.parts["reading frames"] == pytest.approx(alone * share)
        assert needed.cpu["reading frames"] == pytest.approx(alone)
    spread = predict(it, on(9, "nodes", per_node=4))  # on three nodes, the last with one rank
    assert spread.parts["reading frames"] == pytest.approx(alone)
    assert spread.cpu["reading frames"] == pytest.approx(3 * alone)
    shared = predict(it, on(64, "nodes", cores=2))
    assert shared.parts["reading frames"] == pytest.approx(alone / 2)
    beside = predict(it, on(2, "nodes", cores=4))
    assert beside.beside["reading frames"] == pytest.approx(alone / 2)
    assert "reading frames" not in beside.parts


def test_every_node_has_the_file_system_give_it_every_frame():
    it = sizes(packed=True, stored=0.6)
    all_frames = 0.6 * it.frames * it.frame_bytes
    few, many = (
        predict(it, on(ranks, "nodes", per_node=16)).beside["the file system"] for ranks in (16, 1600)
    )
    rows = predict(it, on(16)).beside["the file system"] - all_frames / COSTS.node_bytes_per_s
    assert few == pytest.approx(all_frames / COSTS.node_bytes_per_s + rows)
    assert many == pytest.approx(100 * all_frames / COSTS.disk_bytes_per_s + rows)


def test_frames_are_once_on_a_node_and_not_on_rank_0():
    it = sizes(stored=0.5)
    by_rank_0, by_nodes = (predict(it, on(64, forcing, per_node=16)) for forcing in ("manager", "nodes"))
    assert by_rank_0.node_bytes == 0.0
    assert by_nodes.node_bytes == (it.window + 2.5 * AHEAD) * it.frame_bytes
    whole = it.window + 3 + overlap(it.elements, 63)
    assert by_rank_0.first_bytes - by_nodes.first_bytes == pytest.approx(whole * it.frame_bytes)
    assert by_rank_0.other_bytes == by_nodes.other_bytes


def test_a_meeting_is_a_tree_down_and_one_up_and_the_rounds_between():
    it = sizes()
    steps = 10 + 10 + rounds(it, 1023) * math.log2(1023)
    assert meeting(it, on(1024)) == pytest.approx(it.intervals * steps * COSTS.round_s)
    for ranks in (2, 8, 64):
        more = meeting(it, on(2 * ranks)) - meeting(it, on(ranks))
        assert (
            more < 10 * it.intervals * COSTS.round_s
        )  # a level more of each tree, not as many messages again


def test_importing_from_a_file_system_that_nodes_share_takes_longer_the_more_ranks_do():
    few, many = (
        predict(sizes(), on(ranks, per_node=32, staged=False)).parts["importing"] for ranks in (64, 1024)
    )
    assert few == pytest.approx(64 * COSTS.calls / COSTS.calls_per_s)
    assert many == pytest.approx(16 * few)
    assert predict(sizes(), on(1024, per_node=32)).parts["importing"] == 0.0
    assert predict(sizes(), on(64, staged=False)).parts["importing"] == 0.0  # its own disk


@pytest.mark.parametrize(("days", "rows", "seconds"), [(1, True, 25), (30, False, 210)])
def test_a_large_run_whose_frames_are_read_by_nodes(days, rows, seconds):
    it = large(days)._replace(packed=True, stored=0.65)
    it = it if rows else it._replace(row_bytes=0, stripes=0)
    how = on(1024, per_node=64)
    assert forcing_by(it, how, "auto") == "nodes"
    by_rank_0, by_nodes = (predict(it, how._replace(forcing=forcing)) for forcing in ("manager", "nodes"))
    assert by_nodes.seconds < seconds < by_rank_0.seconds


def test_who_reads_is_wished_or_chosen_by_the_time_it_takes():
    few, many = sizes(elements=1000, packed=True), sizes(elements=10**6, particles=1000, packed=True)
    assert [forcing_by(it, on(64), "auto") for it in (few, many)] == ["manager", "nodes"]
    assert [forcing_by(it, on(2), "auto") for it in (few, many)] == ["manager", "nodes"]
    assert [forcing_by(few, on(64), wish) for wish in ("manager", "nodes")] == ["manager", "nodes"]
    for impossible, how in ((many, on(1)), (many._replace(located=False), on(64))):
        assert [forcing_by(impossible, how, wish) for wish in ("auto", "nodes")] == ["manager", "manager"]
        assert cannot_read(impossible, how)
    assert cannot_read(many, on(64)) == ""
