"""Who owns what: every particle has one owner, parts weigh alike, and what a worker sees grows as far as it
must."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fvdrift.mesh import whole_mesh as meshes
from fvdrift.mesh.partition import SHARE_BITS, Cuts, Surroundings, cut, share
from simple_meshes import even_levels, rectangle

WEIGHTS = hnp.arrays(np.int64, st.integers(1, 60), elements=st.integers(1, 10**6))


def build(elements: int = 300):
    mesh = rectangle(3000.0, 1500.0, elements=elements, seed=3)
    levels = np.repeat(even_levels(2)[:, None], len(mesh.x), axis=1)
    return meshes.build(
        mesh.x, mesh.y, mesh.triangles, levels, 0.5 * (levels[1:] + levels[:-1]), geographic=False
    )


@settings(deadline=None)
@given(WEIGHTS, st.integers(1, 40))
def test_cuts_are_a_rising_line_over_all_elements(weights: np.ndarray, workers: int) -> None:
    cuts = cut(weights, workers)
    assert cuts.workers == workers
    assert cuts.places[0] == 0
    assert cuts.places[-1] == len(weights) << SHARE_BITS
    assert (np.diff(cuts.places) >= 0).all()


@settings(deadline=None)
@given(WEIGHTS, st.integers(1, 40), st.lists(st.integers(0, 2**40), min_size=1, max_size=50))
def test_every_particle_has_one_owner_who_owns_its_element(
    weights: np.ndarray, workers: int, ids: list[int]
) -> None:
    cuts = cut(weights, workers)
    numbers = np.array(ids)
    elements = np.arange(len(ids)) % len(weights)
    owners = cuts.owner(elements, numbers)
    assert ((owners >= 0) & (owners < workers)).all()
    for element, owner in zip(elements, owners, strict=True):
        first, last = cuts.owned(int(owner))
        assert first <= element < last
    alone = [int(cuts.owner(elements[i : i + 1], numbers[i : i + 1])[0]) for i in range(len(ids))]
    assert alone == owners.tolist()


@settings(deadline=None)
@given(WEIGHTS, st.integers(1, 40))
def test_owned_ranges_cover_all_elements(weights: np.ndarray, workers: int) -> None:
    cuts = cut(weights, workers)
    ranges = [cuts.owned(worker) for worker in range(workers)]
    seen = np.zeros(len(weights), int)
    for first, last in ranges:
        assert 0 <= first <= last <= len(weights)
        seen[first:last] += 1
    assert (seen >= 1).all()
    light = weights <= weights.sum() / workers
    assert (seen[light] == 1).all()  # only what is heavier than a part is shared


@settings(deadline=None)
@given(WEIGHTS, st.integers(1, 40))
def test_no_part_is_heavier_than_one_and_an_element(weights: np.ndarray, workers: int) -> None:
    cuts = cut(weights, workers)
    part = weights.sum() / workers
    total = np.concatenate(([0], np.cumsum(weights)))
    element, inside = np.divmod(cuts.places, 1 << SHARE_BITS)
    at = total[element] + inside / 2.0**SHARE_BITS * np.append(weights, 0)[element]
    assert np.diff(at).max() <= 2 * part + 1 + weights.max() * 2.0**-SHARE_BITS


@pytest.mark.parametrize("workers", [2, 3, 7, 128])
def test_all_particles_in_one_element_are_dealt_out_evenly(workers: int) -> None:
    weights = np.ones(1000, np.int64)
    weights[417] = 10_000_000
    cuts = cut(weights, workers)
    ids = np.arange(100_000)
    held = np.bincount(cuts.owner(np.full(len(ids), 417), ids), minlength=workers)
    assert held.max() < 1.1 * held.mean()
    assert held.min() > 0.9 * held.mean()
    assert cut(weights, 1).owner(np.full(5, 417), ids[:5]).tolist() == [0] * 5


def test_even_weights_are_cut_evenly_and_more_workers_than_elements_get_nothing() -> None:
    assert cut(np.ones(12, np.int64), 4).places.tolist() == [i << SHARE_BITS for i in (0, 3, 6, 9, 12)]
    cuts = cut(np.ones(2, np.int64), 5)
    held = [np.bincount(cuts.owner(np.full(1000, e), np.arange(1000)), minlength=5) for e in (0, 1)]
    assert np.sum(held) == 2000
    assert (np.sum(held, axis=0) > 300).all()  # an element is more than a fifth: it is shared
    assert Cuts(np.array([0, 0, 5 << SHARE_BITS])).owned(0) == (0, 0)


def test_shares_of_ids_in_a_row_are_even() -> None:
    for first in (0, 10**6, 2**62):
        shares = share(first + np.arange(4096))
        assert ((shares >= 0) & (shares < 1 << SHARE_BITS)).all()
        assert np.abs(np.sort(shares) / 2.0**SHARE_BITS - np.arange(4096) / 4096).max() < 2e-3


def test_a_ring_is_all_that_share_a_node() -> None:
    mesh = build()
    around = Surroundings(mesh)
    for elements in ([0], [17, 200], range(40, 60)):
        expected = [
            e for e in range(mesh.elements) if np.isin(mesh.corners[e], mesh.corners[list(elements)]).any()
        ]
        assert around.ring(np.array(list(elements))).tolist() == expected


@pytest.mark.parametrize("distance", [0.0, 50.0, 200.0, 500.0, 1e9])
def test_nothing_within_reach_is_left_out(distance: float) -> None:
    """Brute force: 3000 straight moves of that length from the part end in elements it sees."""
    mesh = build(600)
    first, last = 200, 280
    seen = Surroundings(mesh).within_reach(first, last, distance)
    assert (np.diff(seen) > 0).all()
    assert np.isin(np.arange(first, last), seen).all()
    random = np.random.default_rng(1)
    corners = mesh.corners[random.integers(first, last, 3000)]
    weights = random.dirichlet((1, 1, 1), 3000)
    angle = random.uniform(0, 2 * np.pi, 3000)
    x = (weights * mesh.x[corners]).sum(axis=1) + min(distance, 3000.0) * np.cos(angle)
    y = (weights * mesh.y[corners]).sum(axis=1) + min(distance, 3000.0) * np.sin(angle)
    a, b, c = mesh.corners.T
    for px, py in zip(x, y, strict=True):
        area = (mesh.x[b] - mesh.x[a]) * (mesh.y[c] - mesh.y[a]) - (mesh.x[c] - mesh.x[a]) * (
            mesh.y[b] - mesh.y[a]
        )
        second = (
            (px - mesh.x[a]) * (mesh.y[c] - mesh.y[a]) - (mesh.x[c] - mesh.x[a]) * (py - mesh.y[a])
        ) / area
        third = (
            (mesh.x[b] - mesh.x[a]) * (py - mesh.y[a]) - (px - mesh.x[a]) * (mesh.y[b] - mesh.y[a])
        ) / area
        (inside,) = np.nonzero((second >= 0) & (third >= 0) & (second + third <= 1))
        assert np.isin(inside, seen).all()
    if distance < 300:
        assert len(seen) < mesh.elements


def test_a_part_of_nothing_sees_nothing() -> None:
    assert Surroundings(build()).within_reach(0, 0, 100.0).tolist() == []
