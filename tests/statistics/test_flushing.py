"""Flushing against closed forms and against following one particle after the other."""

import numpy as np
import pytest

from fvdrift.statistics.flushing import e_folding, integral

from .world import in_box, numbers_of, still, wandering, write_boxes

BOXES = ((5, 5, 40, 60), (30, 30, 90, 70))


def test_numbers_are_those_of_a_loop(tmp_path):
    world = wandering(31)
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    numbers = numbers_of(world, [{"kind": "flushing", "polygons": zones}])
    first, second = (in_box(world, box) & world.there for box in BOXES)
    code = np.where(first, 0, np.where(second, 1, -1))
    inside, kept, observed = np.zeros((3, 14, 2), int)
    for p in range(code.shape[1]):
        seen = np.flatnonzero(world.there[:, p])
        if not len(seen) or code[seen[0], p] < 0:
            continue
        region, staying = code[seen[0], p], True
        for elapsed, row in enumerate(range(seen[0], 14)):
            here = code[row, p] == region
            staying = staying and here
            observed[elapsed, region] += 1
            inside[elapsed, region] += here
            kept[elapsed, region] += staying
    assert (kept < inside).any()
    np.testing.assert_array_equal(numbers["flushing_observed"], observed)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(numbers["flushing_fraction_inside"], inside / observed)
        np.testing.assert_array_equal(numbers["flushing_fraction_kept"], kept / observed)


@pytest.mark.parametrize("exchange", [0.05, 0.4])
def test_r4_a_well_mixed_box_empties_by_its_volume_over_its_outflow(tmp_path, exchange):
    """Every hour a part of the box is exchanged and what is left is mixed: S = exp(-t Q / V), the e-folding time V / Q.

    Control: e-folding by straight lines between looks would be wrong by what an hour bends.
    """
    particles = 200_000
    random, kept = np.random.default_rng(1), np.ones(particles, bool)
    x = np.empty((61, particles))
    for row in range(61):
        x[row] = np.where(kept, 5.0, 50.0)
        kept &= random.random(particles) < np.exp(-exchange)
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    numbers = numbers_of(still(x, 5.0, 60), [{"kind": "flushing", "polygons": zones}])
    hours = np.arange(61)
    left, expected = numbers["flushing_fraction_inside"][:, 0], np.exp(-exchange * hours)
    error = 4 * np.sqrt(expected * (1 - expected) / particles) + 1e-12
    assert (np.abs(left - expected) <= error).all()
    folding, mean = numbers["flushing_e_folding_time"].item() / 3600, numbers["flushing_mean_residence_time"].item() / 3600
    print(f"\nR4 e-folding {folding:.4f} h ({1 / exchange:.4f}), mean residence {mean:.4f} h", end="")
    assert folding == pytest.approx(1 / exchange, rel=0.01)
    whole = 0.5 / np.tanh(exchange / 2) if exchange == 0.4 else (1 - np.exp(-3)) * 0.5 / np.tanh(exchange / 2)
    assert mean == pytest.approx(whole, rel=0.01)  # the sum of trapezoids of an exponential
    straight = 2 + (np.exp(-0.8) - np.exp(-1)) / (np.exp(-0.8) - np.exp(-1.2))
    assert abs(straight - 2.5) > 0.01


def test_r4_the_tidal_prism_with_complete_mixing_every_cycle(tmp_path):
    """(1 - (1 - b) P / (V + P))^n is left after n cycles (Dyer 1973), where the mixing is imposed."""
    volume, prism, returned, particles = 3.0, 1.0, 0.25, 100_000
    stays = 1 - (1 - returned) * prism / (volume + prism)
    random, kept = np.random.default_rng(2), np.ones(particles, bool)
    x = np.empty((21, particles))
    for row in range(21):
        x[row] = np.where(kept, 5.0, 50.0)
        kept &= random.random(particles) < stays
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    numbers = numbers_of(still(x, 5.0, 20), [{"kind": "flushing", "polygons": zones}])
    expected = stays ** np.arange(21)
    error = 4 * np.sqrt(expected * (1 - expected) / particles) + 1e-12
    assert (np.abs(numbers["flushing_fraction_kept"][:, 0] - expected) <= error).all()
    assert numbers["flushing_e_folding_time"].item() / 3600 == pytest.approx(-1 / np.log(stays), rel=0.01)


def test_e_folding_is_exact_for_exponentials_and_unknown_where_nothing_falls_so_far():
    hours = np.arange(30.0)
    parts = np.stack([np.exp(-hours / 7.3), np.exp(-hours / 90), np.maximum(1 - hours / 4.5, 0), np.ones(30)], axis=1)
    found = e_folding(parts, 3600.0) / 3600
    assert found[0] == pytest.approx(7.3, rel=1e-12)
    assert np.isnan(found[[1, 3]]).all()
    assert found[2] == pytest.approx(4.5 * (1 - np.exp(-1)), rel=0.02)
    assert e_folding(np.array([[1.0], [0.0]]), 3600.0).item() == pytest.approx(3600 * (1 - np.exp(-1)))
    assert integral(parts, 1.0)[3] == 29


def test_all_water_is_one_region():
    world = wandering(5)
    numbers = numbers_of(world, [{"kind": "flushing"}])
    assert list(numbers["flushing_region_name"]) == ["all water"]
    first = np.array([np.flatnonzero(world.there[:, p])[:1] for p in range(400)], dtype=object)
    assert numbers["flushing_observed"][0, 0] == sum(map(len, first))
