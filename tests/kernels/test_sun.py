"""The sun against almanacs: solstices, equinoxes, noon, sunrise, and one position worked out to a second of
arc."""

import numpy as np
import pytest

from fvdrift_kernels.sun import SUNRISE, sun_directions, verticals

MINUTE = 60_000_000
DAY = 1440 * MINUTE


def directions(*times):
    """Towards the sun at ISO times (UTC) or at microseconds."""
    at = np.array(
        [t if isinstance(t, np.int64) else np.datetime64(t, "us").astype(np.int64) for t in times], np.int64
    )
    out = np.full((len(at), 3), np.nan)
    sun_directions(at, out)
    return out


def up(lon, lat):
    lon, lat = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    out = np.full((len(lon), 3), np.nan)
    verticals(lon, lat, out)
    return out


def overhead(time):
    """Longitude and latitude (degrees) where the sun stands overhead."""
    ((x, y, z),) = directions(time)
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(z))


def day(date, lon, lat):
    """Sines of the sun's elevation through 24 hours from midnight UTC of `date`, every ten seconds."""
    times = np.datetime64(date, "us").astype(np.int64) + np.arange(0, DAY, MINUTE // 6)
    return directions(*times) @ up(lon, lat)[0]


def rise_and_set(date, lon, lat):
    """Minutes after midnight UTC at which the sun rises and sets, to half of ten seconds."""
    seen = day(date, lon, lat) > SUNRISE
    rises, sets = (np.flatnonzero(change) for change in (seen[1:] & ~seen[:-1], seen[:-1] & ~seen[1:]))
    assert len(rises) == len(sets) == 1
    return (rises[0] + 0.5) / 6, (sets[0] + 0.5) / 6


@pytest.mark.parametrize(
    ("time", "declination"),
    [
        ("2000-03-20T07:35", 0.0), ("2020-03-20T03:50", 0.0), ("2020-09-22T13:31", 0.0), ("2024-03-20T03:06", 0.0),
        ("2020-06-20T21:44", 23.44), ("2020-12-21T10:02", -23.44), ("2000-06-21T01:48", 23.44),
    ],
)  # fmt: skip
def test_the_sun_is_as_far_north_as_solstices_and_equinoxes_say(time, declination):
    assert overhead(time)[1] == pytest.approx(declination, abs=0.02)


@pytest.mark.parametrize(
    ("date", "minutes"), [("2021-02-11", -14.2), ("2021-11-03", 16.4), ("2010-02-11", -14.2)]
)
def test_noon_is_off_by_the_equation_of_time(date, minutes):
    """Apparent less mean time: where it is negative the sun has yet to come over Greenwich at 12:00."""
    assert -4.0 * overhead(f"{date}T12:00")[0] == pytest.approx(minutes, abs=0.1)


def test_the_worked_example_of_the_solar_position_algorithm():
    """I. Reda, A. Andreas: Solar position algorithm for solar radiation applications, NREL (2008), table
    A5.1: at 105.1786 W on 2003-10-17 12:30:30 (UTC - 7 h) the declination is -9.31434 and the local hour
    angle 11.10590 degrees."""
    lon, lat = overhead("2003-10-17T19:30:30")
    assert lat == pytest.approx(-9.31434, abs=0.01)
    assert lon == pytest.approx(-105.1786 - 11.10590, abs=0.01)


def test_the_sun_goes_west_once_a_day():
    # the equation of time is zero on this day
    assert overhead("2020-04-15T18:00")[0] == pytest.approx(-90, abs=0.1)
    assert overhead("2020-04-15T06:00")[0] == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize("date", ["2020-03-20", "2020-06-20", "2020-09-22", "2020-12-21"])
def test_a_day_on_the_equator_lasts_seven_minutes_more_than_twelve_hours(date):
    rises, sets = rise_and_set(date, 0.0, 0.0)
    assert sets - rises == pytest.approx(727, abs=0.7)
    # the control: the centre of a sun without refraction
    seen = np.count_nonzero(day(date, 0.0, 0.0) > 0.0) / 6
    assert seen == pytest.approx(720, abs=0.7)


@pytest.mark.parametrize(
    ("date", "rises", "sets"),
    [("2020-06-21", 3 * 60 + 43, 20 * 60 + 21), ("2020-12-21", 8 * 60 + 4, 15 * 60 + 53)],
)
def test_the_sun_rises_and_sets_in_london(date, rises, sets):
    assert rise_and_set(date, -0.1278, 51.5074) == (
        pytest.approx(rises, abs=1.5),
        pytest.approx(sets, abs=1.5),
    )


def test_polar_day_and_polar_night():
    for lat, summer, winter in ((78.2, "2020-06-20", "2020-12-21"), (-78.2, "2020-12-21", "2020-06-20")):
        assert (day(summer, 15.6, lat) > SUNRISE).all()
        assert (day(winter, 15.6, lat) < SUNRISE).all()
    # the midnight sun is seen 50' beyond the polar circle, at 66.56 N
    assert (day("2020-06-20", 0.0, 65.9) > SUNRISE).all()
    assert not (day("2020-06-20", 0.0, 65.5) > SUNRISE).all()


def test_directions_and_verticals_have_length_one():
    random = np.random.default_rng(1)
    sun = directions(*random.integers(-600_000_000_000_000, 2_500_000_000_000_000, 1000))  # 1950 to 2049
    np.testing.assert_allclose(np.linalg.norm(sun, axis=1), 1.0, rtol=2e-15)
    places = up(random.uniform(-540, 540, 1000), random.uniform(-90, 90, 1000))
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 1.0, rtol=2e-15)
    np.testing.assert_allclose(up([0, 90, 30], [0, 0, 90]), np.eye(3), atol=1e-16)
    np.testing.assert_allclose(up([240.0], [50.0]), up([-120.0], [50.0]), atol=1e-15)


def test_a_time_has_its_direction_in_whatever_company():
    times = np.datetime64("2020-05-01", "us").astype(np.int64) + MINUTE * np.arange(1000)
    together = directions(*times)
    for first, last in ((0, 1), (3, 10), (501, 1000)):
        assert directions(*times[first:last]).tobytes() == together[first:last].tobytes()
