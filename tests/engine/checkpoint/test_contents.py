"""A checkpoint in several files: each rank its own archive, arrays found by name, particles looked through in shares."""

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fvdrift.engine.checkpoint.archive import Archive, DamagedError
from fvdrift.engine.checkpoint.contents import Contents, Standing, store, write_checkpoint
from fvdrift.engine.checkpoint.folder import archive_path
from fvdrift.engine.checkpoint.look import Damage, Kind, LookThrough, together
from fvdrift.engine.errands import OneProcess
from fvdrift.engine.messages import Keep, Kept, Refusal, Stored
from fvdrift.errors import OutputError
from fvdrift.output.mark import Mark, mark_beside
from fvdrift.output.run_lock import locked
from fvdrift.tools.particle_arrays import PARTICLE

WRITTEN = ("format", "since", "unfinished", "workers", "archives")
OF_A_RUN = Archive(Path(__file__).with_name("kept_by_ranks") / "tracks.checkpoint-0001.npz").state
STATE = {name: value for name, value in OF_A_RUN.items() if name not in WRITTEN}
KIND = Kind(PARTICLE, PARTICLE, total=40, elements=5, first=6, last=8, outputs=(7,))


class Stripe:
    """Keeps the sums of a stripe."""

    def __init__(self, number: int):
        self.number = number

    def state(self) -> Mapping[str, np.ndarray]:
        return {f"sums/{self.number}": np.full(3, self.number)}


def held(*ids: int, rows: int = 0) -> Kept:
    particles = np.zeros(len(ids), PARTICLE)
    particles["id"], particles["element"], particles["status"] = ids, np.array(ids) % 5, 1
    particles["clock"] = 6 + np.array(ids) % 3
    return Kept(particles, [particles[particles["clock"] >= 7]] * rows)


def kept_beside(tracks: Path, *ranks: Kept, mark: Mark | None = None) -> Contents:
    """A checkpoint of rank 0, which holds the first, and of others."""
    path = tracks.with_name("t.checkpoint-0001.npz")
    message = Keep(0, path, mark or mark_beside(tracks))
    others = [
        store(message, kept, [Stripe(2 * rank), Stripe(2 * rank + 1)], rank=rank, worker=rank)
        for rank, kept in enumerate(ranks[1:], 1)
    ]
    answers = [each for each in others if not isinstance(each, Refusal)]
    own = {"status": np.zeros(40, np.int8), **Stripe(0).state()}
    write_checkpoint(path, Standing(6, (6, 8)), [ranks[0], *answers], own, STATE)
    return Contents(path)


@pytest.fixture
def tracks(tmp_path: Path) -> Any:
    with locked([tmp_path / "t.nc"]):
        yield tmp_path / "t.nc"


def test_arrays_are_found_by_name_and_nothing_else_is_read(tracks: Path) -> None:
    found = kept_beside(tracks, held(1, 2), held(3, rows=1), held())
    path = tracks.with_name("t.checkpoint-0001.npz")
    assert sorted(each.name for each in tracks.parent.glob("*.npz")) == [
        "t.checkpoint-0001.npz",
        "t.checkpoint-0001.rank-0001.npz",
        "t.checkpoint-0001.rank-0002.npz",
    ]
    elsewhere = pickle.loads(pickle.dumps(found.archives))  # as it travels
    archive_path(path, 1).unlink()
    for number in (0, 4, 5):
        np.testing.assert_array_equal(elsewhere.array(f"sums/{number}"), [number] * 3)
    with pytest.raises(
        DamagedError, match=r"checkpoint-0001\.npz: t\.checkpoint-0001\.rank-0001\.npz is missing"
    ):
        elsewhere.array("sums/2")
    with pytest.raises(DamagedError, match="it has no sums/9"):
        elsewhere.array("sums/9")
    with pytest.raises(DamagedError, match="rank-0001"):
        found.check()


def test_a_rank_that_does_not_see_the_folder_sends_what_it_holds(tracks: Path) -> None:
    """Whatever stands at the same path on its own disk."""
    mark = mark_beside(tracks)
    assert mark.is_seen()
    unseen = (mark._replace(text=b"{}"), mark._replace(number=-1), mark._replace(path=Path("/gone/t.lock")))
    for other in unseen:
        assert not other.is_seen()
        found = kept_beside(tracks, held(1), held(2), mark=other)
        assert len(found.archives) == 1
        assert {"particles/0", "particles/1", "sums/2"} < found.names
        assert [int(kept.particles["id"][0]) for kept in found.kept()] == [1, 2]


def test_who_cannot_write_answers_why(tracks: Path) -> None:
    message = Keep(0, tracks.parent / "gone" / "t.checkpoint-0001.npz", mark_beside(tracks))
    answer = store(message, held(1), [], rank=1, worker=1)
    assert isinstance(answer, Refusal)
    assert answer.exit_code == 4
    assert "rank-0001.npz: cannot be written: No such file" in answer.error


def test_an_archive_that_rank_0_does_not_find_is_not_counted_on(tracks: Path) -> None:
    path = tracks.with_name("t.checkpoint-0001.npz")
    absent = Stored(1, 100, "0" * 32, ("particles/1",))
    with pytest.raises(OutputError, match=r"rank-0001\.npz: was removed or replaced while"):
        write_checkpoint(path, Standing(6, None), [held(1), absent], {}, STATE)
    assert not path.exists()


def test_no_two_keepers_have_arrays_of_one_name(tracks: Path) -> None:
    path = tracks.with_name("t.checkpoint-0001.npz")
    message = Keep(0, path, mark_beside(tracks))
    with pytest.raises(ValueError, match="sums/3"):
        store(message, held(1), [Stripe(3), Stripe(3)], rank=1, worker=1)
    stored = store(message, held(1), [Stripe(3)], rank=1, worker=1)
    assert isinstance(stored, Stored)
    with pytest.raises(ValueError, match="sums/3"):
        write_checkpoint(path, Standing(6, None), [held(2), stored], Stripe(3).state(), STATE)
    assert not path.exists()


class OneOfTwo(OneProcess):
    """Two ranks, one after the other: rank 1 first."""

    def __init__(self, rank: int, seen: list[bool]):
        self.rank, self._seen = rank, seen
        self.given: list[np.ndarray] = []
        self.before: list[np.ndarray] = []

    def told(self, value: Any) -> list[Any]:
        return self._seen

    def summed(self, numbers: np.ndarray) -> np.ndarray:
        self.given.append(numbers)
        return numbers + self.before[0] if self.before else numbers

    def united(self, bits: np.ndarray) -> np.ndarray:
        self.given.append(bits)
        return bits | self.before[1] if self.before else bits


@pytest.mark.parametrize("seen", [[True, True], [True, False]])
def test_ranks_look_through_a_share_each(seen: list[bool], tracks: Path) -> None:
    """What they count adds up to what one rank counts."""
    found = kept_beside(tracks, held(1, 2, 7, rows=1), held(3, 14, 39), held(4), held(*range(20, 30)))
    errand = LookThrough(found.archives, mark_beside(tracks), KIND)
    whole = errand(OneProcess())
    second, first = OneOfTwo(1, seen), OneOfTwo(0, seen)
    of_second = errand(second)
    first.before = second.given
    of_first = errand(first)
    assert not isinstance(of_first, Damage)
    assert not isinstance(of_second, Damage)
    assert not isinstance(whole, Damage)
    assert (of_second.held.sum() > 0) == seen[1]
    both = replace(together([of_first, of_second]), readers=(0,))
    for name, value in vars(whole).items():
        np.testing.assert_array_equal(getattr(both, name), value, err_msg=name)
    assert whole.held[1] == 17
    assert whole.leaving == 0
    ids = np.concatenate([kept.particles["id"] for kept in found.kept()])
    np.testing.assert_array_equal(whole.moving, np.bincount(ids % 5, minlength=5))
    assert np.bitwise_count(whole.found).sum() == 17
    assert whole.passed == np.count_nonzero(ids % 3 >= 1)
    assert whole.recorded == 3  # 1, 2 and 7, of the first worker


@pytest.mark.parametrize("other", [held(3, 1), held(3, 3), held(40), held(-1)])
def test_a_particle_that_is_there_twice_or_cannot_be_is_found(other: Kept, tracks: Path) -> None:
    found = kept_beside(tracks, held(1, 2), held(4), other)
    damage = LookThrough(found.archives, mark_beside(tracks), KIND)(OneProcess())
    assert isinstance(damage, Damage)
    assert damage.said.startswith("particles/2: has a particle that ")


def test_a_particle_that_two_ranks_read_is_found_by_number(tracks: Path) -> None:
    found = kept_beside(tracks, held(1, 2), held(2))
    errand = LookThrough(found.archives, mark_beside(tracks), KIND)
    second, first = OneOfTwo(1, [True, True]), OneOfTwo(0, [True, True])
    second_part = errand(second)
    first.before = second.given
    both = together([errand(first), second_part])
    assert np.bitwise_count(both.found).sum() == 2 < both.held.sum()
