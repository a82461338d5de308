"""Ranges of the particles of releases, placed apart, lie where they lie when one places all."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.release import sites as placing
from fvdrift.release.check import Alike, Findings, check_share, together_checked
from fvdrift.release.roll import Roll, ended_before, shares
from fvdrift.release.sites import Sites

from .conftest import GRID

# of these about one particle in three finds no water in all its attempts, and ends the search of its point or shape
SLIVER = [[1.0, 1.0], [9.0, 9.0], [9.0, 9.00016]]
HARD = {"count": 12, "allow_outside": True}
BLOCKS = [
    {"point": [5.0, 5.0], "count": 9},
    {"point": [5.0, 5.0], "radius": 1.0, "count": 40},
    {"point": [10.99935, 5.0], "radius": 1.0, **HARD},
    {"polygon": SLIVER, **HARD},
    {"line": [[5.0, 5.0], [500000.0, 5.0]], **HARD},
    {"box": [2.0, 2.0, 12.0, 4.0], "count": 35, "every": "1h"},
    {"polygon": [[1.0, 1.0], [9.0, 1.0], [9.0, 9.0]], "spread": "volume", "count": 35},
    {"file": "s.csv", "radius": 1.0, "allow_outside": True},
]  # fmt: skip
ROWS = "x,y,count,time\n" + "10.99935,5,9,1h\n2,2,3,1h\n10.99935,4,8,1h\n" + "3,3,1,2h\n30,3,4,2h\n" * 3


@pytest.fixture
def sites(planned, water, tmp_path):
    (tmp_path / "s.csv").write_text(ROWS)
    plan = planned(*BLOCKS)
    volumes = np.unique(plan.events["shape"][plan.events["by_volume"]])
    return Sites(
        plan=plan,
        seed=5,
        steps=GRID,
        mesh=water["mesh"],
        search=water["grid"],
        geographic=False,
        depth=np.array([1.0, 2.0, 5.0, 0.0]),
        deepest={int(shape): 5.0 for shape in volumes},
    )


def by_all(ranks, work):
    """What each of so many ranks gives, which hand each other words: by rank."""
    words, met = [False] * ranks, Barrier(ranks)

    def told(rank):
        def tell(word):
            words[rank] = word
            met.wait(60)
            all_words = list(words)
            met.wait(60)
            return all_words

        return tell

    with ThreadPoolExecutor(ranks) as pool:
        return list(pool.map(lambda rank: work(rank=rank, ranks=ranks, told=told(rank)), range(ranks)))


@pytest.mark.parametrize("ranks", [1, 2, 3, 7])
def test_ranges_of_any_shape_lie_where_the_whole_lies(sites, monkeypatch, ranks):
    monkeypatch.setattr(placing, "PORTION", 11)
    roll = Roll(sites.plan, np.arange(len(sites.plan.events)))
    whole = [sites.place(event) for event in roll.events]
    element = np.concatenate([each.element for each in whole])
    x = np.concatenate([each.x for each in whole])
    ended = [(each.element < 0).any() and (each.element >= 0).any() for each in whole]
    assert sum(ended) >= 3  # searches that are given up on the way

    def share(**how):
        return [(first, placed.copy()) for first, placed in sites.share_of(roll, **how)]

    found = by_all(ranks, share)
    assert len({len(portions) for portions in found}) == 1
    seen = np.zeros(len(roll), int)
    for first, placed in [portion for portions in found for portion in portions]:
        at = slice(first, first + len(placed))
        seen[at] += 1
        assert (placed["element"] == element[at]).all()
        in_water = placed["element"] >= 0
        assert (placed["x"][in_water] == x[at][in_water]).all()
    assert (seen == 1).all()


def test_a_search_is_one_point_or_one_event(planned, tmp_path):
    (tmp_path / "s.csv").write_text("x,y,count,time\n1,1,2,1h\n2,2,3,1h\n3,3,2,2h\n")
    plan = planned({"file": "s.csv"}, {"box": [1.0, 1.0, 2.0, 2.0], "count": 4, "start": "3h"})
    roll = Roll(plan, [1, 0, 2])  # the row at two hours, those at one, the box
    assert [roll.end_of_search(place) for place in range(len(roll))] == [2, 2, 4, 4, 7, 7, 7, 11, 11, 11, 11]
    assert list(roll.parts(1, 8)) == [(0, range(1, 2)), (1, range(5)), (2, range(1))]
    assert shares(2, 9, 3) == [2, 4, 6, 9]
    # given up in the first share: the second lies all within that search, the third begins behind it
    assert ended_before(roll, [7, 8, 10, 11], [True, False, False], False) == [False, True, True, False]
    assert ended_before(roll, [4, 5, 6, 8], [True, False, False], False) == [False, True, True, False]
    assert ended_before(roll, [5, 5, 6, 8], [False] * 3, True) == [True, True, True, False]


def findings(sites, ranks):
    """Of all events, placed by so many ranks."""
    alike = Alike(np.arange(len(sites.plan.events)), np.ones(len(sites.plan.events), np.int64), None)
    checked = by_all(ranks, lambda **how: check_share(sites, alike, **how))
    found = Findings(sites.plan, np.zeros(2, np.int64))
    total = sum(each.by_element for each in checked)
    found.add(
        alike,
        checked[0]._replace(by_element=total, outside=together_checked([each.outside for each in checked])),
    )
    return found


@pytest.mark.parametrize("ranks", [1, 3])
def test_a_check_by_all_counts_and_says_what_one_does(sites, monkeypatch, ranks):
    monkeypatch.setattr(placing, "PORTION", 11)
    elements = np.concatenate([sites.place(event).element for event in range(len(sites.plan.events))])
    found = findings(sites, ranks)
    assert found.missing == np.count_nonzero(elements < 0)
    assert found.by_element.tolist() == np.bincount(elements[elements >= 0], minlength=2).tolist()
    assert not found.problems
    sites.plan.events["allow_outside"] = False
    said = []
    for event in range(len(sites.plan.events)):
        try:
            sites.place(event, strict=True)
        except RunFileError as error:
            said += error.problems
    assert len(said) >= 4
    assert findings(sites, ranks).problems == list(dict.fromkeys(said))
