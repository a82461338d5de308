"""Flushing against closed forms and against following one particle after the other."""

from dataclasses import replace

import numpy as np
import pytest

from fvdrift.statistics.flushing import e_folding, integral

from .ways import stretches
from .world import HOUR, asked, numbers_of, plan_of, still, wandering, write_boxes

BOXES = ((5, 5, 40, 60), (30, 30, 90, 70))


@pytest.mark.parametrize("stride", [1, 3])
def test_numbers_are_those_of_straight_ways(tmp_path, stride):
    """Of all who were released in the region and followed so long, by their age."""
    world = wandering(31, mortal=False)
    zones = write_boxes(tmp_path / "z.geojson", *BOXES)
    numbers = numbers_of(world, [{"kind": "flushing", "polygons": zones, "every": f"{stride}h"}])
    looks = len(range(0, 14, stride))
    last, step = 3600 * stride * (looks - 1), 3600 * stride
    inside, kept, observed, still_inside, still_kept = np.zeros((5, looks, 2), int)
    for p in range(400):
        ways, born = stretches(world, p, BOXES, stride), 3600 * world.born[p]
        if not ways or ways[0][2] < 0:
            continue
        region = ways[0][2]
        still_inside[:, region] += ways[-1][2] == region
        still_kept[:, region] += len(ways) == 1
        for k in range(looks):
            time = born + k * step
            if time <= last:
                observed[k, region] += 1
                inside[k, region] += any(
                    a <= time < b or time == b == last for a, b, code in ways if code == region
                )
                kept[k, region] += time < ways[0][1] or len(ways) == 1
    assert (kept < inside).any()
    np.testing.assert_array_equal(numbers["flushing_observed"], observed)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(numbers["flushing_fraction_inside"], inside / observed)
        np.testing.assert_array_equal(numbers["flushing_fraction_kept"], kept / observed)
    everybody = [
        sum(w[0][2] == k for p in range(400) if (w := stretches(world, p, BOXES, stride))) for k in (0, 1)
    ]
    np.testing.assert_array_equal(numbers["flushing_still_inside"], still_inside[0] / everybody)
    np.testing.assert_array_equal(numbers["flushing_still_kept"], still_kept[0] / everybody)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("every", ["10min", "30min", "3h"])
def test_no_time_depends_on_how_often_is_looked(tmp_path, every, together):
    """A channel of 0.5 m/s: of those released evenly over 9 km, at once or every 10 min for 12 h, the last
    leaves after 5 h.

    By looks alone flushing took 7649 s at 3 h, and a stay 15 109 s.
    """
    rows = 24 * 6 + 1
    times = np.zeros(1440, int) if together else np.repeat(np.arange(72), 20)
    x0 = 9000 + 9000 * (((np.arange(1440) * 577) % 1440 + 0.5) / 1440)  # evenly, and each release nearly so
    world = replace(still(x0, 5.0, rows - 1, every=HOUR // 6), born=times)
    row = np.arange(rows)[:, np.newaxis]
    world.x[:] = np.where(row < times, np.nan, x0 + 300.0 * (row - times))
    world.status[:] = np.where(row < times, 0, 1)
    zones = write_boxes(tmp_path / "z.geojson", (9000, 0, 18000, 10), (27000, 0, 30600, 10))
    kinds = [{"kind": kind, "polygons": zones, "every": every} for kind in ("flushing", "polygons")]
    numbers = numbers_of(world, kinds)
    for name in ("flushing_mean_residence_time", "flushing_mean_time_inside", "polygons_mean_stay"):
        assert numbers[name][0] == pytest.approx(9000, rel=2e-3), name
    for name in ("flushing_e_folding_time", "flushing_e_folding_time_kept"):
        assert numbers[name][0] == pytest.approx(18000 * (1 - np.exp(-1)), rel=5e-3), name
    assert numbers["flushing_observed"][0, 0] == len(x0)
    assert numbers["polygons_mean_stay"][1] == pytest.approx(7200, rel=1e-6)
    assert numbers["polygons_mean_age_at_entry"][1] == pytest.approx(27000, rel=1e-6)
    assert not numbers["flushing_mean_residence_time_is_lower_bound"].any()


def test_a_region_that_nobody_begins_in_has_no_times(tmp_path):
    """Not 0 s, which ensembles would take the mean of."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10), (40, 0, 50, 10))
    numbers = numbers_of(still(5.0, [5.0], 3), [{"kind": "flushing", "polygons": zones}])
    for name in ("mean_residence_time", "mean_time_inside", "e_folding_time", "still_inside", "still_kept"):
        assert np.isnan(numbers[f"flushing_{name}"][1]), name


def test_what_is_left_at_the_end_makes_a_mean_a_lower_bound_and_that_is_told(tmp_path):
    """Half stay, half leave after half an hour; and where all leave nothing is said."""
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10), (50, 0, 60, 10))
    x = np.array(
        [[5.0] * 10 + [55.0] * 4, [5.0] * 5 + [15.0] * 5 + [65.0] * 4, [5.0] * 5 + [15.0] * 5 + [65.0] * 4]
    )
    plan = plan_of(
        still(x, 5.0, 2), [{"kind": "flushing", "polygons": zones}, {"kind": "polygons", "polygons": zones}]
    )
    ledger = asked(still(x, 5.0, 2), plan)
    found = {variable.name: variable for variable in ledger.findings().variables()}
    for name, parts in (("mean_residence_time", [0.5, 0]), ("mean_time_inside", [0.5, 0])):
        assert found[f"flushing_{name}_is_lower_bound"].values.tolist() == [True, False]
        assert found[f"flushing_{name}"].attributes["comment"].startswith("1 of 2 are lower bounds")
        assert found[f"flushing_{name}"].values[0] == pytest.approx(3600 * 1.25, rel=2e-3)
        assert found["flushing_still_inside"].values.tolist() == parts
    assert found["flushing_e_folding_time"].attributes["comment"] == "not reached in 1 of 2 regions"
    assert np.isnan(found["flushing_e_folding_time"].values[0])
    said = list(ledger.findings().summary())
    assert "not reached" in said[2]
    assert ">= 1.25" in said[2]
    assert "0.5000" in said[2]
    assert ">=" not in said[3]
    assert "lower bound" in said[4]
    assert ">= 1.25" in said[7]


@pytest.mark.parametrize("exchange", [0.05, 0.4])
def test_r4_a_well_mixed_box_empties_by_its_volume_over_its_outflow(tmp_path, exchange):
    """Every hour a part of the box is exchanged and what is left is mixed: S = exp(-t Q / V), the e-folding
    time V / Q.

    Who is exchanged crosses the side at any time of the hour. Control: e-folding by straight lines between
    looks would be wrong by what an hour bends.
    """
    particles = 200_000
    random, kept = np.random.default_rng(1), np.ones(particles, bool)
    x = np.empty((61, particles))
    for row in range(61):
        # of the hour, when each crosses
        share = -np.log1p(-random.random(particles) * -np.expm1(-exchange)) / exchange
        x[row] = np.where(kept, 5.0, 5.0 + 5.0 / share)
        kept &= random.random(particles) < np.exp(-exchange)
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    numbers = numbers_of(still(x, 5.0, 60), [{"kind": "flushing", "polygons": zones}])
    hours = np.arange(61)
    left, expected = numbers["flushing_fraction_inside"][:, 0], np.exp(-exchange * hours)
    error = 4 * np.sqrt(expected * (1 - expected) / particles) + 1e-12
    assert (np.abs(left - expected) <= error).all()
    folding, mean = (
        numbers["flushing_e_folding_time"].item() / 3600,
        numbers["flushing_mean_residence_time"].item() / 3600,
    )
    print(f"\nR4 e-folding {folding:.4f} h ({1 / exchange:.4f}), mean residence {mean:.4f} h", end="")
    assert folding == pytest.approx(1 / exchange, rel=0.01)
    assert mean == pytest.approx((1 - np.exp(-60 * exchange)) / exchange, rel=0.01)
    straight = 2 + (np.exp(-0.8) - np.exp(-1)) / (np.exp(-0.8) - np.exp(-1.2))
    assert abs(straight - 2.5) > 0.01


def test_r4_the_tidal_prism_with_complete_mixing_every_cycle(tmp_path):
    """(1 - (1 - b) P / (V + P))^n is left after n cycles (Dyer 1973), where the mixing is imposed."""
    volume, prism, returned, particles = 3.0, 1.0, 0.25, 100_000
    stays = 1 - (1 - returned) * prism / (volume + prism)
    random, kept = np.random.default_rng(2), np.ones(particles, bool)
    x = np.empty((21, particles))
    for row in range(21):
        x[row] = np.where(kept, 5.0, 5.0 + 5.0 / random.random(particles))
        kept &= random.random(particles) < stays
    zones = write_boxes(tmp_path / "z.geojson", (0, 0, 10, 10))
    numbers = numbers_of(still(x, 5.0, 20), [{"kind": "flushing", "polygons": zones}])
    expected = stays ** np.arange(21)
    error = 4 * np.sqrt(expected * (1 - expected) / particles) + 1e-12
    assert (np.abs(numbers["flushing_fraction_kept"][:, 0] - expected) <= error).all()
    assert numbers["flushing_e_folding_time"].item() / 3600 == pytest.approx(-1 / np.log(stays), rel=0.01)


def test_e_folding_is_exact_for_exponentials_and_unknown_where_nothing_falls_so_far():
    hours = np.arange(30.0)
    parts = np.stack(
        [np.exp(-hours / 7.3), np.exp(-hours / 90), np.maximum(1 - hours / 4.5, 0), np.ones(30)], axis=1
    )
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
    assert numbers["flushing_observed"][0, 0] == 400  # also who is never seen active
