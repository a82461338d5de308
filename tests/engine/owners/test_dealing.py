"""Records reach the owners of their stripes, whatever rank recorded them, and stripes are shared out evenly."""

from itertools import pairwise

import numpy as np
import pytest

from fvdrift.engine.owners.dealing import Dealer, Parcel, record_kinds
from fvdrift.engine.owners.places import Seat, share_out
from fvdrift.output.stripes import Stripes

KINDS = record_kinds({"temp": "f4", "age": "f4"})
STRIPES = Stripes(trajectories=1003, rows=5, width=100, per_file=11)


def records(ids: np.ndarray) -> dict[str, np.ndarray]:
    """Each number tells the particle it is of."""
    columns = {name: (ids * (n + 1)).astype(kind) for n, (name, kind) in enumerate(KINDS.items())}
    return {**columns, "id": ids.astype(np.int64)}


@pytest.mark.parametrize("ranks", [1, 2, 3, 20])
def test_every_record_reaches_its_owner_once(ranks: int) -> None:
    assert next(iter(KINDS)) == "id"
    assert all(wide.itemsize >= narrow.itemsize for wide, narrow in pairwise(KINDS.values()))
    owners = [(7 * stripe + 1) % ranks for stripe in range(len(STRIPES))]
    dealers = [Dealer(STRIPES, owners, KINDS, rank) for rank in range(ranks)]
    rng = np.random.default_rng(5)
    # of two rows, the second of few particles; each rank has some, in any order, in two parts
    recorded = [rng.permutation(1003), rng.choice(1003, 40, replace=False)]
    given: list[list[Parcel]] = [[] for _ in range(ranks)]
    for rank, dealer in enumerate(dealers):
        mine = [ids[rank::ranks] for ids in recorded]
        outgoing = dealer.pack([[records(ids[:5]), records(ids[5:])] for ids in mine])
        away = [parcel.data for to, parcel in sorted(outgoing.parcels.items()) if to != rank]
        assert outgoing.data.tobytes() == b"".join(data.tobytes() for data in away)
        for to, parcel in outgoing.parcels.items():
            assert len(parcel.data) == dealer.bytes_of(parcel.counts)
            given[to].append(parcel)
    arrived: list[list[np.ndarray]] = [[], []]
    for rank, dealer in enumerate(dealers):
        assert dealer.mine == [stripe for stripe in range(len(STRIPES)) if owners[stripe] == rank]
        for row, of_row in enumerate(dealer.open(given[rank])):
            for stripe, parts in of_row.items():
                for part in parts:
                    ids = part["id"] + STRIPES.ids(stripe).start
                    expected = records(ids)
                    for name in set(KINDS) - {"id"}:
                        np.testing.assert_array_equal(part[name], expected[name])
                    assert (STRIPES.of(ids) == stripe).all()
                    arrived[row].append(ids)
    for found, ids in zip(arrived, recorded, strict=True):
        np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.sort(ids))


def test_a_row_in_which_nobody_is_recorded() -> None:
    dealer = Dealer(STRIPES, [0] * len(STRIPES), KINDS, 0)
    outgoing = dealer.pack([[], [records(np.arange(0))]])
    assert all(not any(of_row.values()) for of_row in dealer.open([outgoing.parcels[0]]))


def seats(*nodes: str, blind: tuple[int, ...] = ()) -> list[Seat]:
    return [Seat(rank, node, rank not in blind) for rank, node in enumerate(nodes)]


def test_owners_are_spread_over_nodes_and_leave_rank_0_out() -> None:
    six = seats("a", "a", "a", "b", "b", "b")
    (places,) = share_out([STRIPES], six, dedicated=False)
    assert places is not None
    assert places.owners[:6] == (3, 1, 4, 2, 5, 3)
    assert places.writers == (5,)


def test_who_does_not_see_the_folder_owns_nothing() -> None:
    (places,) = share_out([STRIPES], seats("a", "b", "c", "d", blind=(1, 3)), dedicated=True)
    assert places is not None
    assert set(places.owners) == {2}
    (alone,) = share_out([STRIPES], seats("a", "b", "c", "d", blind=(1, 2, 3)), dedicated=True)
    assert alone is not None
    assert {*alone.owners, *alone.writers} == {0}  # there is nobody else


def test_few_ranks_all_own_and_members_begin_where_others_end() -> None:
    two = Stripes(trajectories=200, rows=5, width=100, per_file=2)
    one = Stripes(trajectories=100, rows=5, width=100, per_file=1)
    found = share_out([two, None, two, one, one], seats("a", "a", "a"), dedicated=False)
    assert found[1] is None
    assert [places.owners for places in found if places is not None] == [(0, 1), (2, 0), (1,), (2,)]
    assert [places.writers for places in found if places is not None] == [(2,), (1,), (1,), (2,)]
