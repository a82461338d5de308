"""Bytes from rank to rank by the model, beside those that were counted in runs."""

import pytest

from fvdrift.preparation.run_bytes import READER, bytes_by_kind
from fvdrift.preparation.run_sizes import Sizes, ranks_of

# scripts/benchmark_bytes.py with its defaults: u and v of ten layers on elements, wet; omega and zeta at nodes
ELEMENTS, FRAME = 200_000, 4 * (21 * 200_000 + 12 * 100_000)
RUN = Sizes(
    elements=ELEMENTS, frames=13, frame_bytes=FRAME, window=4, packed=False, particles=10**6, particle_steps=720 * 10**6,
    intervals=12, steps=60, rows=13, row_bytes=34, stripes=15, files=2, looks=24 * 10**6, checkpoints=2,
)  # fmt: skip
COUNTED = {  # MB
    4: {"rows": 525, "releases": 21, "statistics": 246, "frames": 209, "mesh": 89, "particles": 13},
    16: {"rows": 660, "releases": 26, "statistics": 308, "frames": 299, "mesh": 368, "particles": 39},
}


@pytest.mark.parametrize("ranks", COUNTED)
def test_the_model_gives_what_was_counted(ranks: int) -> None:
    predicted = bytes_by_kind(RUN, ranks_of(ranks, dedicated_from=16))
    for kind, counted in COUNTED[ranks].items():
        assert predicted[kind] / 1e6 == pytest.approx(counted, rel=0.2), kind


def test_frames_go_to_all_but_rank_0_and_nowhere_with_nodes() -> None:
    by_rank_0, by_nodes = (
        bytes_by_kind(RUN, ranks_of(2, dedicated_from=16)._replace(forcing=forcing))
        for forcing in ("manager", "nodes")
    )
    assert RUN.frames * FRAME / 2 < by_rank_0["frames"] < 1.05 * RUN.frames * FRAME / 2
    assert by_nodes["frames"] == 0.0
    # where its elements stand in the files, four bytes each and of half as many nodes, and what reading needs of all
    more = by_nodes["mesh"] - by_rank_0["mesh"]
    assert more == pytest.approx(6 * ELEMENTS / 2 + READER * ELEMENTS, rel=0.05)
    assert {kind for kind in by_nodes if by_nodes[kind] != by_rank_0[kind]} == {"frames", "mesh", "tallies"}


def test_one_rank_sends_nothing_and_without_tracks_there_are_no_rows() -> None:
    assert bytes_by_kind(RUN, ranks_of(1, dedicated_from=16)) == {}
    assert bytes_by_kind(RUN._replace(row_bytes=0, stripes=0), ranks_of(4, dedicated_from=16))["rows"] == 0
