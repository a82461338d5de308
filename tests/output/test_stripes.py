"""How rows are cut: the whole is covered once, by chunks that are whole, in files of no more than was asked for."""

import numpy as np
import pytest

from fvdrift.output.chunks import chunk_shape
from fvdrift.output.stripes import FILE_BYTES, MOST_FILES, STRIPE_BYTES, Stripes, plan_stripes

ROW_BYTES = 54
RUNS = [
    (1, 1),
    (300, 40),
    (9001, 40),
    (10**6, 13),
    (10**7, 49),
    (10**8, 169),
    (10**9, 200),
    (10**9, 2000),
    (5, 10**6),
]


def rejoined(ranges):
    """Ids of ranges that must follow each other without a gap."""
    ends = [each.stop for each in ranges]
    assert [each.start for each in ranges] == [0, *ends[:-1]]
    return ends[-1]


@pytest.mark.parametrize("split", ["auto", "never", None, 10**6, 2 * 10**9, 10**13])
@pytest.mark.parametrize(("trajectories", "rows"), RUNS)
def test_every_id_is_in_one_stripe_of_whole_chunks_and_in_one_file(trajectories, rows, split):
    stripes = plan_stripes(trajectories, rows, ROW_BYTES, split)
    every = range(0, len(stripes), max(1, len(stripes) // 50))
    if len(every) == len(stripes):
        assert rejoined([stripes.ids(stripe) for stripe in every]) == trajectories
    assert rejoined([stripes.stripes_in(file) for file in range(stripes.files)]) == len(stripes)
    assert rejoined([stripes.ids_in(file) for file in range(stripes.files)]) == trajectories
    assert stripes.width % chunk_shape(trajectories, rows)[0] == 0
    for stripe in (*every, len(stripes) - 1):
        ids = stripes.ids(stripe)
        assert len(ids) > 0
        assert (stripes.of(np.array([ids[0], ids[-1]])) == stripe).all()
        assert stripe in stripes.stripes_in(stripes.file_of(stripe))
        assert rejoined(
            [range(c.start - ids.start, c.stop - ids.start) for c in stripes.chunks(stripe, rows)]
        ) == len(ids)


@pytest.mark.parametrize(("trajectories", "rows"), RUNS)
def test_files_and_stripes_are_of_the_size_they_are_to_have(trajectories, rows):
    total = trajectories * rows * ROW_BYTES
    chunk = chunk_shape(trajectories, rows)[0] * rows * ROW_BYTES
    auto = plan_stripes(trajectories, rows, ROW_BYTES)
    assert (auto.files == 1) == (total <= FILE_BYTES)
    assert auto.files <= MOST_FILES
    assert auto.width * rows * ROW_BYTES <= max(STRIPE_BYTES, chunk)
    assert (len(auto) == 1) == (total <= STRIPE_BYTES or len(auto) == -(-total // chunk))
    assert plan_stripes(trajectories, rows, ROW_BYTES, "never").files == 1
    size = 10**8
    asked = plan_stripes(trajectories, rows, ROW_BYTES, size)
    assert asked.width * rows * ROW_BYTES <= max(size / 8, chunk)
    assert asked.files <= MOST_FILES
    of_file = len(asked.ids_in(0)) * rows * ROW_BYTES
    assert of_file <= max(size, chunk, (total / MOST_FILES + asked.width * rows * ROW_BYTES))
    assert asked.files == 1 or of_file > size / 3
    assert total > size or asked.files == 1


@pytest.mark.parametrize("rows", range(1, 41))
def test_chunks_of_a_run_that_ended_early_cover_each_file_once(rows):
    stripes = Stripes(trajectories=50_000, rows=40, width=4680, per_file=4)
    assert chunk_shape(50_000, 40)[0] == 4681
    for file in range(stripes.files):
        chunks = [each for stripe in stripes.stripes_in(file) for each in stripes.chunks(stripe, rows)]
        ids, (wide, _) = stripes.ids_in(file), stripes.shape(file, rows)
        assert [each.start for each in chunks] == list(range(ids.start, ids.stop, wide))
        assert [each.stop for each in chunks] == [min(each.start + wide, ids.stop) for each in chunks]
