"""The score against numbers worked out by hand, and distances against the ellipsoid's own."""

import math

import numpy as np
import pytest

from fvdrift.comparison.skill import distance_by, lengths_along, normalised_separation, skill_score

PLANE = distance_by(None, False)


def published(particle, drifter, tolerance):
    """Liu & Weisberg (2011), eqs. 1 and 2, word by word, for tracks [(x, y), ...] from the start on."""
    separations, lengths, way = [], [], 0.0
    for i in range(1, len(drifter)):
        way += math.dist(drifter[i], drifter[i - 1])
        lengths.append(way)
        separations.append(math.dist(particle[i], drifter[i]))
    s = sum(separations) / sum(lengths)
    return 1 - s / tolerance if s <= tolerance else 0.0


def ours(particle, drifter, tolerance):
    (x, y), (far_x, far_y) = np.transpose(drifter).astype(float), np.transpose(particle).astype(float)
    d = PLANE(far_x, far_y, x, y)[1:]
    return skill_score(normalised_separation(d, lengths_along(x, y, PLANE)), tolerance)


def test_by_hand():
    # the drifter goes 3-4-5 twice: 5 and 10 m; the particle goes east only: 4 and 8 m off
    drifter, particle = [(0, 0), (3, 4), (6, 8)], [(0, 0), (3, 0), (6, 0)]
    assert ours(particle, drifter, 1.0) == pytest.approx(1 - 12 / 15)
    assert ours(particle, drifter, 2.0) == pytest.approx(1 - 6 / 15)
    assert ours(drifter, drifter, 1.0) == 1.0


@pytest.mark.parametrize("tolerance", [0.5, 1.0, 3.0])
def test_the_published_formula(tolerance):
    dice = np.random.default_rng(5)
    scores = set()
    for spread in (0.1, 1.0, 3.0):
        drifter = np.cumsum(dice.normal(size=(20, 2)), axis=0)
        particle = drifter + spread * np.cumsum(dice.normal(size=(20, 2)), axis=0)
        expected = published(particle.tolist(), drifter.tolist(), tolerance)
        assert ours(particle, drifter, tolerance) == pytest.approx(expected, abs=1e-12)
        scores.add(expected)
    assert len(scores) > 1


def test_the_opposite_way_has_no_skill():
    drifter = [(0, 0), (1, 0), (2, 0)]
    particle = [(0, 0), (-1, 0), (-2, 0)]
    assert ours(particle, drifter, 1.0) == 0.0  # s is 2
    assert ours(particle, drifter, 4.0) == 0.5
    # a score of the ends alone, or of d over distance from the start, would be another
    assert ours([(0, 0), (1, 1), (2, 0)], drifter, 1.0) == pytest.approx(1 - 1 / 3)


def test_a_loop_is_as_long_as_its_way():
    drifter = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    still = [(0, 0)] * 5
    assert ours(still, drifter, 1.0) == pytest.approx(1 - (2 + math.sqrt(2)) / 10)


def test_who_lies_still_has_no_score():
    assert math.isnan(ours([(0, 0), (1, 0)], [(0, 0), (0, 0)], 1.0))


def test_geodesics_of_the_ellipsoid():
    far = distance_by(None, True)
    # WGS 84: a degree of longitude at the equator is a pi / 180; of latitude there 110 574.4 m, at the pole 111 693.9 m
    assert far(0.0, 0.0, 1.0, 0.0) == pytest.approx(6_378_137 * math.pi / 180, abs=0.01)
    assert far(10.0, 0.0, 10.0, 1.0) == pytest.approx(110_574.4, abs=0.1)
    assert far(10.0, 89.0, 10.0, 90.0) == pytest.approx(111_693.9, abs=0.1)
    assert far(359.5, 0.0, 0.5, 0.0) == pytest.approx(6_378_137 * math.pi / 180, abs=0.01)
    # the sphere of FVCOM is half a per cent off
    assert abs(float(far(10.0, 0.0, 10.0, 1.0)) - 6_371_000 * math.pi / 180) > 500
    assert np.isnan(far(np.array([np.nan, 1.0]), 0.0, 1.0, 0.0)).tolist() == [True, False]


def test_a_projection_leads_to_the_ellipsoid():
    from pyproj import Transformer

    utm = Transformer.from_crs("EPSG:4326", "EPSG:32630", always_xy=True)
    back = Transformer.from_crs("EPSG:32630", "EPSG:4326", always_xy=True)
    far = distance_by(back.transform, False)
    (x0, y0), (x1, y1) = utm.transform(-3.0, 50.0), utm.transform(-3.0, 51.0)
    assert far(x0, y0, x1, y1) == pytest.approx(
        (y1 - y0) / 0.9996, rel=1e-7
    )  # the scale of UTM on its meridian
